"""Remarks: clipped, very quiet and band-limited recordings get one, and no others."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from esc_core.inference import remarks
from esc_core.inference.remarks import clipped_share, highest_frequency, remarks_on

SR = 44_100
FMAX = 8_000.0


def sine(freq: float, *, sr: int = SR, peak: float = 0.5, seconds: float = 2.0) -> np.ndarray:
    return (peak * np.sin(2 * np.pi * freq * np.arange(round(seconds * sr)) / sr)).astype(np.float32)


def noise(*, sr: int = SR, level: float = 0.1, seconds: float = 2.0, seed: int = 0) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(round(seconds * sr))).astype(np.float32)


def quantised(y: np.ndarray, bits: int) -> np.ndarray:
    """Round to the steps of so many bits, as WAV files hold them: one step more below than above."""
    steps = 2 ** (bits - 1)
    return (np.clip(np.round(y * steps), -steps, steps - 1) / steps).astype(np.float32)


def kinds(y: np.ndarray, sr: int = SR) -> list[str]:
    """Return a word for each remark."""
    words = {"is clipped": "clipped", "is very quiet": "quiet", "holds nothing above": "band"}
    return [next(word for part, word in words.items() if part in r) for r in remarks_on(y, sr, model_fmax=FMAX)]


def test_a_good_recording() -> None:
    """Noise at a usual level over all frequencies needs no remark."""
    assert remarks_on(noise(), SR, model_fmax=FMAX) == []


def test_each_remark_is_a_sentence() -> None:
    """Its figures are those of the recording, whose highest harmonic below 4 kHz is the thirteenth."""
    y = 0.3 + np.clip(sine(300, sr=8_000, peak=1e-3), -5e-4, 5e-4)  # a constant changes no remark
    clipped, quiet, band = remarks_on(y, 8_000, model_fmax=FMAX)
    assert clipped == "The recording is clipped: its loudest parts are cut off, which sounds like crackling."
    assert quiet.startswith("The recording is very quiet (67 dB below full scale)")
    assert band == "The recording holds nothing above 3.9 kHz; the model uses up to 8 kHz."


@pytest.mark.parametrize("freq", [20, 50, 440, 1_000])
@pytest.mark.parametrize("peak", [1.0, 0.5, 0.01])
def test_a_clipped_sine(freq: float, peak: float) -> None:
    """Cut off at half its height it is flat for two thirds of the time, whatever the frequency and the volume."""
    y = np.clip(2 * sine(freq, peak=peak), -peak, peak)
    assert clipped_share(y) == pytest.approx(2 / 3, abs=0.1)
    assert "clipped" in kinds(y)


@pytest.mark.parametrize("bits", [8, 16])
def test_clipped_by_a_converter(bits: int) -> None:
    """Noise that is too loud sits at both ends of the numbers, of which the lower one is a step farther out."""
    slow = np.convolve(noise(level=4.0), np.ones(20) / 20, mode="same")
    assert "clipped" in kinds(quantised(slow, bits))
    assert "clipped" in kinds(quantised(2 * sine(440, peak=1.0) + noise(level=0.05), bits))


def test_clipped_on_one_side() -> None:
    """An amplifier may run out on one side only."""
    assert "clipped" in kinds(np.minimum(sine(440), 0.3))
    assert "clipped" in kinds(np.maximum(sine(440), -0.3))


@pytest.mark.parametrize(("n_flat", "clipped"), [(4, False), (12, False), (13, True), (100, True)])
def test_clipped_is_more_than_one_sample_in_2000(n_flat: int, clipped: bool) -> None:
    """Of 20,000 samples with a neighbour on either side, ten in a flat run are 0.05%: as many as may be."""
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 20_002).astype(np.float32)
    y[5_000 : 5_000 + n_flat] = 1.0
    assert clipped_share(y) == pytest.approx((n_flat - 2) / 20_000)
    assert ("clipped" in kinds(y)) == clipped


@pytest.mark.parametrize("freq", [20, 50, 100, 200, 440, 3_000])
@pytest.mark.parametrize("bits", [None, 16, 8])
@pytest.mark.parametrize("peak", [0.9, 0.5, 0.08])
def test_a_clean_sine(freq: float, bits: int | None, peak: float) -> None:
    """Hum dwells at its peak, and few bits make the peak flat, yet nothing was cut off."""
    y = sine(freq, peak=peak)
    assert "clipped" not in kinds(y if bits is None else quantised(y, bits))


@pytest.mark.parametrize("bits", [16, 8])
def test_noise_of_few_bits_is_no_fault(bits: int) -> None:
    """The clips of an 8-bit copy get no remark: neither their steps nor their noise floor is one."""
    y = quantised(noise(sr=16_000, level=0.2), bits)
    assert remarks_on(y, 16_000, model_fmax=FMAX) == []
    low = np.cumsum(noise(sr=16_000))
    low = 0.9 * low / np.abs(low).max()
    assert remarks_on(quantised(low, 8), 16_000, model_fmax=FMAX) == []


def test_a_square_wave_is_flat() -> None:
    """It can't be distinguished from a sound that was cut off, and sounds like one."""
    assert clipped_share(np.sign(sine(441.7))) > 0.9


@pytest.mark.parametrize(
    "y", [np.zeros(0), np.zeros(1), np.ones(2), np.zeros(1_000), np.eye(1, 1_000, 500)[0]], ids=len
)
def test_nothing_to_be_clipped(y: np.ndarray) -> None:
    """Silence, a click, and a handful of samples have no flat top."""
    assert clipped_share(y.astype(np.float32)) == 0.0


@pytest.mark.parametrize(("level_db", "quiet"), [(-39.5, False), (-40.5, True), (-90.0, True)])
def test_quiet(level_db: float, quiet: bool) -> None:
    """Below −40 dB over the active part."""
    y = noise(level=1.0)
    y *= 10 ** (level_db / 20) / np.sqrt(np.mean(y**2))
    assert ("quiet" in kinds(y)) == quiet


def test_padding_and_an_offset_are_no_sound() -> None:
    """A loud click in silence is not very quiet; a quiet sound on a loud constant is, and has its whole band."""
    click = np.zeros(4 * SR, np.float32)
    click[SR : SR + 1_000] = noise(level=0.2)[:1_000]
    assert kinds(click) == []
    assert kinds(0.3 + noise(level=1e-3)) == ["quiet"]
    assert highest_frequency(0.3 + noise(level=1e-3), SR) == pytest.approx(SR / 2, abs=50)


@pytest.mark.parametrize("sr", [16_000, 22_050, 44_100, 48_000])
def test_a_telephone(sr: int) -> None:
    """What was once sampled at 8 kHz is empty above 4 kHz, at whatever rate it comes."""
    y = librosa.resample(noise(sr=8_000), orig_sr=8_000, target_sr=sr)
    assert kinds(y, sr) == ["band"]
    assert highest_frequency(y, sr) == pytest.approx(4_000, abs=200)


def test_a_low_rate_of_its_own() -> None:
    """A file at 8 kHz can hold nothing above 4 kHz."""
    assert kinds(noise(sr=8_000), 8_000) == ["band"]
    assert highest_frequency(noise(sr=8_000), 8_000) == pytest.approx(4_000, abs=10)


@pytest.mark.parametrize(("freq", "limited"), [(4_500, True), (4_950, False)])
def test_band_limited_is_below_three_fifths_of_the_models_band(freq: float, limited: bool) -> None:
    """Of 8 kHz: below 4.8 kHz; a window's side lobes reach a little above the tone."""
    assert ("band" in kinds(sine(freq))) == limited


@pytest.mark.parametrize("sr", [11_025, 16_000])
def test_a_rate_that_is_nearly_enough(sr: int) -> None:
    """Up to 5.5 kHz of the 8 kHz that the model hears is no reason for a remark."""
    assert kinds(noise(sr=sr), sr) == []


def test_a_short_sound_and_silence() -> None:
    """Shorter than one frame of the spectrum, or without any power, nothing is missing."""
    assert highest_frequency(noise(seconds=0.02), SR) == pytest.approx(SR / 2, abs=25)
    assert highest_frequency(np.zeros(SR, np.float32), SR) == SR / 2


def test_blocks_change_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs across the edge of two blocks count once."""
    y = np.clip(2 * sine(440, peak=0.5), -0.5, 0.4).astype(np.float32)
    whole = clipped_share(y)
    monkeypatch.setattr(remarks, "BLOCK", 7)
    assert clipped_share(y) == whole > 0.5
