"""Waveform transforms: each on a sound with a known answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from esc_core.augment import from_dict
from esc_core.augment.convolution import convolve
from esc_core.augment.noise import colored_noise
from esc_core.augment.room import room_response
from esc_core.errors import AudioError, ParameterError
from esc_core.measures.loudness import a_weighting_db, active_power, active_span, loudest_db

SR = 16_000


def make(name: str, **values: Any) -> Any:
    return from_dict({"name": name, **values})


def change(y: np.ndarray, name: str, *, sr: int = SR, seed: int = 0, **values: Any) -> np.ndarray:
    """Apply a transform with one draw."""
    transform = make(name, **values)
    return transform.apply(y, sr, transform.draw(np.random.default_rng(seed), y.shape))


def tone(frequency: float, *, seconds: float = 1.0, sr: int = SR, amplitude: float = 0.5) -> np.ndarray:
    t = np.arange(round(seconds * sr)) / sr
    return (amplitude * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def peak_frequency(y: np.ndarray, sr: int = SR) -> float:
    """Frequency of the strongest bin in the middle half of a sound, in steps of 0.1 Hz."""
    middle = y[y.size // 4 : 3 * y.size // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size), 10 * sr))
    return float(spectrum.argmax() / 10)


def level(y: np.ndarray) -> float:
    """Level in dB of the middle half, past any attack."""
    return 10 * float(np.log10(np.mean(np.square(y[y.size // 4 : 3 * y.size // 4], dtype=np.float64))))


@pytest.mark.parametrize(("n_steps", "expected"), [(2, 493.88), (-12, 220.0), (0, 440.0)])
def test_pitch_shift_moves_a_tone(n_steps: float, expected: float) -> None:
    """440 Hz two semitones up is 493.9 Hz, an octave down 220 Hz, and the length stays."""
    y = tone(440, seconds=2)
    out = change(y, "pitch_shift", n_steps=n_steps)
    assert out.shape == y.shape
    assert peak_frequency(out) == pytest.approx(expected, abs=1.0)


def test_time_stretch_moves_a_pair_of_impulses() -> None:
    """Played faster by 1.25, impulses at 1.0 and 2.0 s come at 0.8 and 1.6 s, as closely as a vocoder can (20 ms)."""
    sr = 44_100
    y = np.zeros(3 * sr, np.float32)
    y[[sr, 2 * sr]] = 1.0
    out = change(y, "time_stretch", sr=sr, rate=1.25)
    assert out.size == round(y.size / 1.25)
    times, power = np.arange(out.size) / sr, np.square(out, dtype=np.float64)
    for lies, nearby in ((0.8, times < 1.2), (1.6, times >= 1.2)):
        assert power[nearby] @ times[nearby] / power[nearby].sum() == pytest.approx(lies, abs=0.020)


def test_time_stretch_keeps_the_pitch() -> None:
    """A tone keeps its frequency."""
    assert peak_frequency(change(tone(440, seconds=2), "time_stretch", rate=0.8)) == pytest.approx(440, abs=1)


def test_speed_moves_both() -> None:
    """1.25 times as fast, 440 Hz are 550 Hz and two seconds are 1.6 s."""
    out = change(tone(440, seconds=2), "speed", rate=1.25)
    assert out.size == 1.6 * SR
    assert peak_frequency(out) == pytest.approx(550, abs=0.2)


@pytest.mark.parametrize("name", ["pitch_shift", "time_stretch"])
def test_a_sound_too_short_to_analyse(name: str) -> None:
    """Fewer than 64 samples are rejected, 64 are enough."""
    with pytest.raises(AudioError, match=f"{name} needs at least 64 samples, got 63"):
        change(tone(440)[:63], name)
    assert np.isfinite(change(tone(440)[:64], name)).all()


@pytest.mark.parametrize("color", ["white", "pink", "brown"])
@pytest.mark.parametrize("snr_db", [-5.0, 10.0, 40.0])
def test_noise_has_the_snr_that_was_asked(color: str, snr_db: float) -> None:
    """Over the active second, not over the four seconds of padding."""
    y = np.pad(tone(300), (SR, 3 * SR))
    noise = change(y, "noise", snr_db=snr_db, color=color).astype(np.float64) - y
    active = slice(SR, 2 * SR)
    measured = 10 * np.log10(np.mean(np.square(y[active], dtype=np.float64)) / np.mean(noise[active] ** 2))
    assert measured == pytest.approx(snr_db, abs=0.1)
    assert noise[:SR].std() > 0  # noise is everywhere


@pytest.mark.parametrize(("color", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_noise_falls_as_its_color_says(color: str, slope: float) -> None:
    """White is flat, pink falls by 3 dB per octave, brown by 6, from 62.5 Hz to 8 kHz."""
    n = 20 * 44_100
    power = np.abs(np.fft.rfft(colored_noise(n, sr=44_100, color=color, seed=5).astype(np.float64))) ** 2
    frequencies = np.fft.rfftfreq(n, 1 / 44_100)
    edges = 62.5 * 2.0 ** np.arange(8)
    octaves = [10 * np.log10(power[(frequencies >= low) & (frequencies < 2 * low)].mean()) for low in edges[:-1]]
    assert np.polyfit(np.arange(7), octaves, 1)[0] == pytest.approx(slope, abs=0.1)
    np.testing.assert_allclose(np.diff(octaves), slope, atol=0.5)


def test_noise_is_normal() -> None:
    """The samples of pink noise are normally distributed: kurtosis 3, no skew."""
    noise = colored_noise(200_000, sr=SR, color="pink", seed=1).astype(np.float64)
    z = noise / noise.std()
    assert np.mean(z**4) == pytest.approx(3, abs=0.15)
    assert np.mean(z**3) == pytest.approx(0, abs=0.1)


def test_silence_stays_silent() -> None:
    """There is no ratio to nothing, so no noise is added to silence, and no background."""
    y = np.zeros(SR, np.float32)
    assert not change(y, "noise", snr_db=0).any()
    assert not make("background").apply(y, tone(300), {"snr_db": 0.0, "position": 0.0}, sr=SR).any()


def test_a_colour_is_drawn_from_several() -> None:
    """A colour is drawn uniformly from a list; any other word is rejected."""
    noise, rng = make("noise", color=["pink", "brown"]), np.random.default_rng(0)
    drawn = [noise.draw(rng, (9,))["color"] for _ in range(200)]
    assert 70 < drawn.count("pink") < 130
    assert set(drawn) == {"pink", "brown"}
    with pytest.raises(
        ParameterError, match="noise: color must be one of white, pink, brown, or a list of them, got 'red'"
    ):
        make("noise", color="red")


@pytest.mark.parametrize("seconds", [0.3, 4.0])
@pytest.mark.parametrize("position", [0.0, 0.6, 1.0])
def test_background_has_the_snr_that_was_asked(seconds: float, position: float) -> None:
    """Short backgrounds are repeated over the whole clip, long ones are cut; padding of either sound is ignored."""
    y = np.pad(tone(300, seconds=1.5), (0, SR // 2))
    behind = np.pad(tone(1000, seconds=seconds), SR)
    added = make("background").apply(y, behind, {"snr_db": 12.0, "position": position}, sr=SR).astype(np.float64) - y
    assert 10 * np.log10(active_power(y, SR) / np.mean(added**2)) == pytest.approx(12, abs=0.35)  # faded at the seams
    assert np.square(added).reshape(-1, 800).sum(axis=1).min() > 0
    assert make("background").lam({}) == 1.0


def test_background_seams_do_not_click() -> None:
    """Where a background repeats there is no jump."""
    behind = tone(100, seconds=0.2537)
    out = make("background").apply(tone(50), behind, {"snr_db": 0.0, "position": 0.3}, sr=SR) - tone(50)
    assert np.abs(np.diff(out)).max() < 1.1 * 2 * np.pi * 100 / SR * np.abs(out).max()


def test_time_shift() -> None:
    """By whole samples, circularly or with silence."""
    y = np.arange(1, 6, dtype=np.float32)
    shift = make("time_shift")
    for fill, seconds, expected in (
        ("wrap", 2, [4, 5, 1, 2, 3]),
        ("wrap", -1, [2, 3, 4, 5, 1]),
        ("silence", 2, [0, 0, 1, 2, 3]),
        ("silence", -2, [3, 4, 5, 0, 0]),
        ("silence", 9, [0, 0, 0, 0, 0]),
    ):
        assert shift.apply(y, 1, {"seconds": seconds, "fill": fill}).tolist() == expected


def test_random_crop() -> None:
    """A window within a longer sound, or a shorter sound within the window, at the drawn position."""
    y = np.arange(1, 6, dtype=np.float32)
    crop = make("random_crop")
    for seconds, position, expected in (
        (2, 0.0, [1, 2]),
        (2, 1.0, [4, 5]),
        (3, 0.5, [2, 3, 4]),
        (7, 0.0, [1, 2, 3, 4, 5, 0, 0]),
        (7, 1.0, [0, 0, 1, 2, 3, 4, 5]),
    ):
        assert crop.apply(y, 1, {"seconds": seconds, "position": position}).tolist() == expected


def test_silence_trim() -> None:
    """Padding is removed and the pause within stays, to within a frame of 25 ms."""
    sound = np.concatenate([tone(300, seconds=0.5), np.zeros(SR // 2, np.float32), tone(300, seconds=0.5)])
    out = change(np.pad(sound, (SR, 2 * SR)), "silence_trim")
    np.testing.assert_array_equal(out, sound)
    quiet = np.concatenate([0.001 * sound, sound])
    assert change(quiet, "silence_trim", threshold_db=70).size == quiet.size
    assert change(quiet, "silence_trim", threshold_db=50).size == sound.size
    assert change(np.zeros(99, np.float32), "silence_trim").size == 99
    assert active_span(np.zeros(99, np.float32), SR) == slice(0, 99)


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 12.0])
def test_gain_and_polarity(gain_db: float) -> None:
    """Twenty times the common logarithm of the ratio is the gain; polarity is a sign."""
    y = tone(300)
    assert level(change(y, "gain", gain_db=gain_db)) - level(y) == pytest.approx(gain_db, abs=1e-4)
    np.testing.assert_array_equal(change(y, "polarity"), -y)


@pytest.mark.parametrize("amplitude", [0.01, 0.9])
def test_clipping_is_relative_to_the_sound(amplitude: float) -> None:
    """Driven by 6 dB, a sine is flat for two thirds of the time, however loud it is, and the peak stays."""
    y = tone(100, amplitude=amplitude)
    hard, soft = change(y, "hard_clip", drive_db=20 * np.log10(2)), change(y, "soft_clip", drive_db=20 * np.log10(2))
    for out in (hard, soft):
        assert np.abs(out).max() == pytest.approx(amplitude, rel=1e-3)
    assert np.mean(np.abs(hard) > 0.9999 * amplitude) == pytest.approx(2 / 3, abs=0.01)
    np.testing.assert_allclose(soft, amplitude * np.tanh(2 * y / amplitude) / np.tanh(2), rtol=1e-4, atol=1e-6)
    for name in ("hard_clip", "soft_clip"):
        assert not change(np.zeros(9, np.float32), name).any()


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("low_pass", {"cutoff_hz": 1000}, {250: 0, 1000: -3.01, 2000: -25.5}),
        ("high_pass", {"cutoff_hz": 1000}, {500: -24.1, 1000: -3.01, 4000: 0}),
        ("band_pass", {"low_hz": 300, "high_hz": 3400}, {150: -24.1, 300: -3.01, 1000: 0, 3400: -3.01}),
        ("low_pass", {"cutoff_hz": 20_000}, {250: 0, 7500: 0}),
        ("high_pass", {"cutoff_hz": 20}, {40: 0, 7500: 0}),
    ],
)
def test_filters(name: str, values: dict[str, float], expected: dict[float, float]) -> None:
    """3 dB down at the cut-off frequency, 24 dB per octave beyond, 0 dB in the pass band."""
    for frequency, gain_db in expected.items():
        y = tone(frequency)
        tolerance = 1.0 if gain_db < -20 else 0.05  # near half the rate the digital filter is a little steeper
        assert level(change(y, name, **values)) - level(y) == pytest.approx(gain_db, abs=tolerance)


def test_band_pass_edges_may_not_cross() -> None:
    """Every lower cut-off that can be drawn must lie below every upper one."""
    with pytest.raises(ParameterError, match=r"low_hz must be below high_hz, got \(500.0, 400.0\)"):
        make("band_pass", low_hz=[100, 500], high_hz=[400, 4000])


def test_equalizer_is_exact_at_its_points() -> None:
    """Tones at 60 Hz, in the middle (980 Hz) and at 16 kHz get the gains of three points, without delay."""
    equalizer, values = make("equalizer"), {"gain_db": [6.0, -6.0, 3.0]}
    for frequency, gain_db in ((60, 6), (980, -6), (16_000, 3), (242, 0)):
        y = tone(frequency, sr=44_100)
        assert level(equalizer.apply(y, 44_100, values)) - level(y) == pytest.approx(gain_db, abs=0.4)
    impulse = np.eye(1, 4000, 1234, dtype=np.float32)[0]
    out = equalizer.apply(impulse, 44_100, values)
    assert (out.size, int(np.abs(out).argmax())) == (4000, 1234)


@pytest.mark.parametrize(("n", "m"), [(5, 3), (100, 1), (1000, 777), (300, 2000)])
def test_convolution(n: int, m: int) -> None:
    """The same as the sum of products, for long and short responses."""
    rng = np.random.default_rng(0)
    y, response = rng.standard_normal(n, np.float32), rng.standard_normal(m, np.float32)
    np.testing.assert_allclose(convolve(y, response), np.convolve(y, response), atol=1e-3)


@pytest.mark.parametrize("rt60", [0.2, 0.6, 1.5])
@pytest.mark.parametrize("drr_db", [-6.0, 6.0])
def test_reverberation_time_is_what_was_asked(rt60: float, drr_db: float) -> None:
    """Schroeder's backward integral of the echoes falls by 60 dB in RT60, and the direct sound has its share."""
    sr = 44_100
    energy = room_response(rt60=rt60, drr_db=drr_db, sr=sr, seed=3).astype(np.float64) ** 2
    assert energy.sum() == pytest.approx(1)
    assert 10 * np.log10(energy[0] / energy[1:].sum()) == pytest.approx(drr_db, abs=0.01)
    decay = 10 * np.log10(np.cumsum(energy[:0:-1])[::-1] / energy[1:].sum())
    fitted = np.flatnonzero((decay <= -5) & (decay >= -35))  # T30
    measured = -60 / np.polyfit(fitted / sr, decay[fitted], 1)[0]
    assert measured == pytest.approx(rt60, rel=0.1)


def test_reverb_rings_on_and_keeps_the_length() -> None:
    """After the sound the room rings on, 60 dB lower after RT60, and the clip keeps its length."""
    y = np.pad(colored_noise(SR // 2, sr=SR, color="white", seed=1), (0, SR))
    out = change(y, "reverb", rt60=0.5, drr_db=0)
    assert out.shape == y.shape
    end = SR // 2
    just_after, later = (np.square(out[i : i + 800], dtype=np.float64).mean() for i in (end, end + SR // 4))
    assert 10 * np.log10(just_after / later) == pytest.approx(30, abs=2)


def test_a_weighting() -> None:
    """The table of IEC 61672: 0 dB at 1 kHz, −19.1 at 100 Hz, −50.5 at 20 Hz, +1.0 at 4 kHz, −6.6 at 16 kHz."""
    exact = 1000 * 10 ** (np.array([0, -10, -17, 6, 12]) / 10)  # nominal 1000, 100, 20, 4000, 16000 Hz
    np.testing.assert_allclose(a_weighting_db(exact), [0.0, -19.1, -50.5, 1.0, -6.6], atol=0.06)


@pytest.mark.parametrize("sr", [16_000, 44_100])
def test_loudness_is_that_of_the_loudest_moment(sr: int) -> None:
    """100 Hz is 19.1 dB below 1 kHz, half the amplitude is 6 dB less, and only the loudest window counts."""
    reference = loudest_db(tone(1000, sr=sr), sr)
    assert loudest_db(tone(100, sr=sr), sr) - reference == pytest.approx(-19.1, abs=0.3)
    assert loudest_db(tone(1000, sr=sr, amplitude=0.25), sr) - reference == pytest.approx(-6.02, abs=0.01)
    assert loudest_db(np.pad(tone(1000, sr=sr, seconds=0.3), 2 * sr), sr) == pytest.approx(reference, abs=0.1)
    assert loudest_db(np.zeros(10, np.float32), sr) == -np.inf
