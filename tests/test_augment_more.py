"""Mixtures, whole chains on waveforms, chains on disk, and the description of each transform."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from esc_core import augment
from esc_core.augment import REGISTRY, Compose, augment_file, chain_from_file, from_dict
from esc_core.augment.audible import audible_waveform, griffin_lim
from esc_core.augment.base import PairTransform, SpectrogramTransform, Transform, WaveformTransform
from esc_core.config import FeatureConfig
from esc_core.errors import AudioError, ParameterError
from esc_core.features import level_mel, mel_power
from esc_core.measures.loudness import loudest_db

ROOT = Path(augment.__file__).parent.parent.parent
SR = 8_000
FEATURES = FeatureConfig(sr=SR, n_fft=256, hop_length=128, n_mels=16, fmax=4_000)
SMALL_MEL = (16, 40)


def sound(n: int = 4_000, *, seed: int = 0) -> np.ndarray:
    """Noise that swells and fades."""
    rng = np.random.default_rng(seed)
    return (0.3 * np.hanning(n) * rng.standard_normal(n)).astype(np.float32)


def tone(frequency: float, *, seconds: float = 1.0, sr: int = SR, amplitude: float = 0.5) -> np.ndarray:
    t = np.arange(round(seconds * sr)) / sr
    return (amplitude * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def spectrogram(*, seed: int = 0) -> np.ndarray:
    return (10 ** np.random.default_rng(seed).uniform(-3, 0, SMALL_MEL)).astype(np.float32)


def make(name: str, **values: Any) -> Any:
    return from_dict({"name": name, **values})


def chain(*steps: dict[str, Any]) -> Compose:
    return Compose.from_json(steps)


def on_array(transform: Transform, first: np.ndarray, second: np.ndarray, values: dict[str, Any]) -> np.ndarray:
    """Apply a transform of any domain to the array that it acts on."""
    if isinstance(transform, WaveformTransform):
        return transform.apply(first, SR, values)
    if isinstance(transform, PairTransform):
        return transform.apply(first, second, values, sr=SR if first.ndim == 1 else None)
    assert isinstance(transform, SpectrogramTransform)
    return transform.apply(first, values)


def kinds(name: str) -> tuple[str, ...]:
    cls = REGISTRY[name]
    return cls.acts_on if issubclass(cls, PairTransform) else (cls.domain,)


ON_ARRAYS = [(name, kind) for name in REGISTRY for kind in kinds(name)]


def test_every_transform_of_the_lab_is_there() -> None:
    """The transforms that page, command line and training rely on."""
    promised = """pitch_shift time_stretch noise background time_shift random_crop gain polarity low_pass high_pass
        band_pass equalizer reverb soft_clip hard_clip speed silence_trim crop_stretch time_roll mel_shift
        mel_equalizer mel_gain freq_mask time_mask power_mix mixup between_class cutmix_time"""
    assert set(REGISTRY) == set(promised.split())


@pytest.mark.parametrize("name", REGISTRY)
def test_what_people_are_told(name: str) -> None:
    """A title, sentences on what it imitates and when it destroys the label, a labelled slider for each parameter."""
    cls, transform = REGISTRY[name], make(name)
    for sentence in (cls.imitates, cls.destroys_label, *(p.help for p in cls.parameters.values())):
        assert re.fullmatch(r"[A-Z0-9].{4,}\.", sentence), sentence
    for label in (cls.title, *(p.label for p in cls.parameters.values())):
        assert re.fullmatch(r"[A-Z][A-Za-z -]+", label), label
    assert len({p.label for p in cls.parameters.values()}) == len(cls.parameters)
    assert set(cls.parameters) == set(transform.to_dict()) - {"name"}
    for key, parameter in cls.parameters.items():
        if not parameter.choices:
            assert parameter.bounds[0] <= parameter.low < parameter.high <= parameter.bounds[1]
            assert 0 < parameter.step <= (parameter.high - parameter.low) / 2
            make(name, **{key: int(parameter.low) if parameter.whole else parameter.low})
            with pytest.raises(ParameterError, match=f"{name}: {key} must be"):
                make(name, **{key: parameter.bounds[1] + 1})


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("pitch_shift", {"n_steps": 2.345}, "pitch +2.3 semitones"),
        ("pitch_shift", {"n_steps": -0.04}, "pitch +0.0 semitones"),
        ("time_stretch", {"rate": 0.8}, "tempo ×0.80"),
        ("speed", {"rate": 2.0}, "speed ×2.00 (pitch +12.0 semitones)"),
        ("noise", {"snr_db": 14.2, "color": "pink", "seed": 1}, "pink noise 14 dB below"),
        ("background", {"snr_db": -5.0, "position": 0.5}, "background 5 dB above"),
        ("gain", {"gain_db": -3.0}, "gain −3.0 dB"),
        ("band_pass", {"low_hz": 300.0, "high_hz": 3400.0}, "only 300 Hz to 3.4 kHz"),
        ("reverb", {"rt60": 0.6, "drr_db": 3.0, "seed": 1}, "room with 0.60 s reverberation, direct sound +3 dB"),
        ("freq_mask", {"bands": [[3, 5], [7, 7]]}, "bands 3–4 masked"),
        ("time_mask", {"frames": [[7, 7]]}, "no frames masked"),
        ("mixup", {"lam": 0.7}, "mixup, 70% of the label to the first, 30% to the second"),
    ],
)
def test_drawn_values_in_words(name: str, values: dict[str, Any], words: str) -> None:
    """In words that a person would use."""
    assert make(name).describe(values) == words


def test_what_stays_aligned() -> None:
    """Only transforms of time or pitch prevent before and after from being subtracted."""
    moving = {name for name, cls in REGISTRY.items() if not cls.keeps_alignment}
    assert moving == {
        *("pitch_shift", "time_stretch", "speed", "time_shift", "random_crop", "silence_trim"),
        *("crop_stretch", "time_roll", "mel_shift"),
    }
    assert all(not cls.keeps_alignment for cls in REGISTRY.values() if not cls.keeps_length)


def ranges_of(transform: type[Transform]) -> st.SearchStrategy[dict[str, Any]]:
    """Any setting that the sliders allow, as a number or as a range to draw from."""

    def one(p: Any) -> st.SearchStrategy[Any]:
        if p.choices:
            return st.sampled_from([*p.choices, list(p.choices)])
        number = st.integers(int(p.low), int(p.high)) if p.whole else st.floats(p.low, p.high)
        return number if p.single else number | st.tuples(number, number).map(lambda pair: sorted(pair))

    return st.fixed_dictionaries({key: one(p) for key, p in transform.parameters.items()})


@pytest.mark.parametrize(("name", "kind"), ON_ARRAYS)
@given(data=st.data())
@settings(max_examples=12)
def test_any_setting_gives_a_sound(name: str, kind: str, data: st.DataObject) -> None:
    """Finite float32 of the same length where promised, the input unchanged, and the same bytes twice."""
    values = data.draw(ranges_of(REGISTRY[name]))
    if name == "band_pass":
        values |= {"low_hz": 300, "high_hz": 3_400} if np.max(values["low_hz"]) >= np.min(values["high_hz"]) else {}
    transform = make(name, **values)
    n, silent = data.draw(st.integers(64, 3_000)), data.draw(st.booleans())
    first = sound(n) if kind == "waveform" else spectrogram()
    second = sound(data.draw(st.integers(1, 4_000)), seed=1) if kind == "waveform" else spectrogram(seed=1)
    first = np.zeros_like(first) if silent else first
    kept = first.tobytes(), second.tobytes()
    for array in (first, second):
        array.flags.writeable = False
    drawn = transform.draw(np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))), first.shape)
    out = on_array(transform, first, second, drawn)
    assert out.dtype == np.float32
    assert out.size > 0
    assert np.isfinite(out).all()
    if transform.keeps_length:
        assert out.shape == first.shape
    elif name in ("time_stretch", "speed"):
        assert out.size == pytest.approx(n / drawn["rate"], abs=1)
    elif name in ("random_crop", "crop_stretch"):
        assert out.shape[-1] == (round(drawn["seconds"] * SR) if name == "random_crop" else transform.n_frames)
    assert not np.shares_memory(out, first)
    assert not np.shares_memory(out, second)
    assert (first.tobytes(), second.tobytes()) == kept
    again = json.loads(json.dumps(drawn))
    assert on_array(transform, first, second, again).tobytes() == out.tobytes()
    assert re.search(r"\w", transform.describe(again))
    if isinstance(transform, PairTransform):
        assert 0 <= transform.lam(again) <= 1


@given(data=st.data())
@settings(max_examples=25)
def test_any_chain_keeps_within_the_headroom(data: st.DataObject) -> None:
    """The result of any chain of waveform steps is finite and within [-1, 1], and describes each step."""
    names = [name for name in REGISTRY if "waveform" in kinds(name) and REGISTRY[name].domain == "waveform"]
    steps = [
        {"name": name, "p": data.draw(st.sampled_from([0.5, 1.0]))}
        for name in data.draw(st.lists(st.sampled_from(names), max_size=4))
    ]
    y = sound(1_500) * data.draw(st.sampled_from([0.0, 1.0, 40.0]))
    applied = chain(*steps, {"name": "gain", "gain_db": [-40.0, 40.0]})(y, SR, np.random.default_rng(0))
    assert np.isfinite(applied.y).all()
    assert np.abs(applied.y).max() <= 1
    assert applied.headroom_db <= 0
    assert (applied.headroom_db < 0) == ("turned down" in " ".join(applied.describe()))


def test_headroom_is_reported() -> None:
    """A sine of amplitude 0.5 made 12 dB louder would reach 1.99: it is turned down by 6 dB, not clipped."""
    applied = chain({"name": "gain", "gain_db": 12})(tone(440), SR, np.random.default_rng(0))
    assert applied.headroom_db == pytest.approx(-12 + 20 * np.log10(2), abs=0.01)
    assert np.abs(applied.y).max() == 1
    np.testing.assert_allclose(applied.y, 2 * tone(440), atol=1e-3)
    assert applied.describe() == ["gain +12.0 dB", "turned down by 6.0 dB so that nothing clips"]


def test_quiet_stays_quiet() -> None:
    """A sound that fits is not changed."""
    applied = chain({"name": "gain", "gain_db": -40})(tone(440), SR, np.random.default_rng(0))
    np.testing.assert_allclose(applied.y, 0.01 * tone(440), rtol=1e-6)
    assert applied.headroom_db == 0


def test_louder_than_numbers_go() -> None:
    """Fourteen times 60 dB overflow: an error, not infinity."""
    with pytest.raises(AudioError, match="too loud to be stored as numbers"), np.errstate(over="ignore"):
        chain(*[{"name": "gain", "gain_db": 60}] * 14)(tone(440), SR, np.random.default_rng(0))


def test_mixup_weights() -> None:
    """Weights sum to 1, on samples and on the label, drawn from a symmetric Beta distribution."""
    mixup, rng = make("mixup", mixup_alpha=0.2), np.random.default_rng(0)
    lams = np.array([mixup.draw(rng, (9,))["lam"] for _ in range(2000)])
    assert lams.mean() == pytest.approx(0.5, abs=0.03)
    assert lams.var() == pytest.approx(0.25 / 1.4, abs=0.01)  # of Beta(0.2, 0.2)
    for shape in ((9,), SMALL_MEL):
        ones = np.ones(shape, np.float32)
        np.testing.assert_allclose(mixup.apply(ones, ones, {"lam": 0.3}), 1, atol=1e-6)
        np.testing.assert_allclose(mixup.apply(ones, 0 * ones, {"lam": 0.3}), 0.3, atol=1e-6)
    assert mixup.lam({"lam": 0.3}) == 0.3


@pytest.mark.parametrize("name", ["mixup", "between_class", "cutmix_time"])
def test_the_second_waveform_is_brought_to_the_first(name: str) -> None:
    """Shorter ones are padded with silence, longer ones are cut."""
    pair = make(name)
    values = pair.draw(np.random.default_rng(1), (SR,))
    for n in (100, 3 * SR):
        out = pair.apply(tone(300), np.ones(n, np.float32), values, sr=SR)
        assert out.shape == (SR,)


@pytest.mark.parametrize("name", ["mixup", "cutmix_time"])
def test_spectrograms_need_one_shape(name: str) -> None:
    """A chain that mixes spectrograms must crop them first."""
    pair = make(name)
    with pytest.raises(ParameterError, match=f"{name}: both sounds must have the same shape"):
        pair.apply(spectrogram(), spectrogram()[:, 1:], pair.draw(np.random.default_rng(0), SMALL_MEL))


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9])
def test_between_class_shares_the_loudness(ratio: float) -> None:
    """A loud 1 kHz and a quiet 100 Hz tone are mixed at loudness r to 1 − r, with no more energy than they have."""
    high, low = tone(1000, amplitude=0.8), tone(100, amplitude=0.1)
    out = make("between_class").apply(high, low, {"ratio": ratio}, sr=SR)
    weights, *_ = np.linalg.lstsq(np.stack([high, low], axis=1).astype(np.float64), out.astype(np.float64))
    assert np.hypot(*weights) == pytest.approx(1, abs=1e-3)
    heard_db = [loudest_db((w * y).astype(np.float32), SR) for w, y in zip(weights, (high, low), strict=True)]
    assert heard_db[0] - heard_db[1] == pytest.approx(20 * np.log10(ratio / (1 - ratio)), abs=0.01)
    assert make("between_class").lam({"ratio": ratio}) == ratio


def test_between_class_at_its_ends() -> None:
    """With r = 1 it is the first sound, with r = 0 the second; mixed with silence it keeps its weight."""
    pair, y, silence = make("between_class"), tone(1000), np.zeros(SR, np.float32)
    np.testing.assert_array_equal(pair.apply(y, tone(100), {"ratio": 1.0}, sr=SR), y)
    np.testing.assert_array_equal(pair.apply(y, tone(100), {"ratio": 0.0}, sr=SR), tone(100))
    np.testing.assert_allclose(pair.apply(y, silence, {"ratio": 0.5}, sr=SR), y / np.sqrt(2), rtol=1e-5)
    for name in ("between_class", "background"):
        with pytest.raises(ParameterError, match=f"{name}: it acts on waveforms and needs their rate"):
            make(name).apply(y, y, {"ratio": 0.5, "snr_db": 0.0, "position": 0.0})


def test_cutmix_replaces_a_stretch() -> None:
    """From 20 to 70% of the time is the second sound, and half of the label."""
    cutmix, values = make("cutmix_time"), {"start": 0.2, "end": 0.7}
    a, b = spectrogram(), spectrogram(seed=1)
    np.testing.assert_array_equal(cutmix.apply(a, b, values), np.concatenate([a[:, :8], b[:, 8:28], a[:, 28:]], axis=1))
    assert cutmix.lam(values) == pytest.approx(0.5)
    drawn = [cutmix.draw(np.random.default_rng(i), (9,)) for i in range(500)]
    assert all(0 <= v["start"] <= v["end"] <= 1 + 1e-12 for v in drawn)
    assert np.mean([cutmix.lam(v) for v in drawn]) == pytest.approx(0.5, abs=0.05)


def test_cutmix_fades_at_the_seams() -> None:
    """Between 1 and −1 there is no jump; outside of 5 ms it is one or the other."""
    ones = np.ones(SR, np.float32)
    out = make("cutmix_time").apply(ones, -ones, {"start": 0.25, "end": 0.75}, sr=SR)
    assert np.abs(np.diff(out)).max() < 0.06
    assert (out[: SR // 4 - 21] == 1).all()
    assert (out[SR // 4 + 21 : 3 * SR // 4 - 21] == -1).all()


@pytest.mark.parametrize(("share", "source"), [(0.0, [0, 1, 2, 3]), (0.25, [3, 0, 1, 2]), (1.0, [0, 1, 2, 3])])
def test_time_roll(share: float, source: list[int]) -> None:
    """Circularly, by a share of the frames."""
    mel = np.tile(np.arange(4, dtype=np.float32), (3, 1))
    assert make("time_roll").apply(mel, {"share": share})[0].tolist() == source


def test_waveform_steps_come_first() -> None:
    """The message names both steps."""
    rule = "noise acts on waveforms and must come before mel_gain, which acts on spectrograms"
    for steps in (
        ({"name": "mel_gain"}, {"name": "noise"}),
        ({"name": "mel_gain"}, {"name": "mixup"}, {"name": "noise"}),
    ):
        with pytest.raises(ParameterError, match=rule):
            chain(*steps)


def test_a_mixture_acts_on_what_it_finds() -> None:
    """Mixup acts on waveforms or spectrograms; backgrounds may be in the same chain and stay when it is removed."""
    assert chain({"name": "noise"}, {"name": "mixup"}, {"name": "mel_gain"}).n_waveform_steps == 2
    assert chain({"name": "noise"}, {"name": "mel_gain"}, {"name": "mixup"}).n_waveform_steps == 1
    both = chain({"name": "background"}, {"name": "background"}, {"name": "mixup"})
    assert [t.name for t in both.unmixed().transforms] == ["background", "background"]
    with pytest.raises(ParameterError, match="at most one pair transform, got 2"):
        chain({"name": "mixup"}, {"name": "power_mix"})
    with pytest.raises(ParameterError, match="must act on spectrograms, got 'background'"):
        both.mix(spectrogram(), spectrogram, np.random.default_rng(0))


def test_a_chain_of_both_domains() -> None:
    """The spectrogram is that of the changed waveform, levelled; its own steps follow."""
    steps = {"name": "gain", "gain_db": -6}, {"name": "mel_gain", "gain_db": 10}
    applied = chain(*steps)(sound(), SR, np.random.default_rng(0), features=FEATURES)
    mel = mel_power(applied.y, FEATURES)
    np.testing.assert_allclose(applied.mel, 10 * level_mel(mel), rtol=1e-4)
    assert applied.mel_level == pytest.approx(float(mel.max() / level_mel(mel).max()), rel=1e-4)
    assert chain(steps[0])(sound(), SR, np.random.default_rng(0)).mel is None


def test_what_precedes_the_mixture_acts_on_both() -> None:
    """On waveforms as on spectrograms, each with its own draw; a background is not transformed."""
    up, half = {"name": "gain", "gain_db": [-20, 0]}, {"name": "mixup"}
    applied = chain(up, half)(tone(400), SR, np.random.default_rng(0), second=lambda: tone(1000))
    gains = [10 ** (applied.draws[key][0]["gain_db"] / 20) for key in ("first", "second")]
    assert gains[0] != gains[1]
    lam = applied.lam
    np.testing.assert_allclose(applied.y, lam * gains[0] * tone(400) + (1 - lam) * gains[1] * tone(1000), atol=1e-6)
    behind = chain(up, {"name": "background", "snr_db": 0, "position": 0})
    applied = behind(tone(400), SR, np.random.default_rng(0), second=lambda: tone(1000))
    assert applied.draws["second"] == [None, None]
    assert applied.lam == 1


MIXED = (
    {"name": "noise", "snr_db": [0, 20], "color": ["white", "pink", "brown"]},
    {"name": "background", "p": 0.5},
    {"name": "reverb"},
    {"name": "time_roll"},
    {"name": "mixup"},
    {"name": "freq_mask", "p": 0.5},
)


def test_draws_reproduce_the_sound() -> None:
    """Drawn values give the same bytes after a round trip through JSON; a skipped step stays skipped."""
    compose = chain(*MIXED)
    for seed in range(4):
        drawn = compose(
            sound(), SR, np.random.default_rng(seed), second=lambda: sound(3_999, seed=5), features=FEATURES
        )
        again = compose.replay(
            sound(), SR, json.loads(json.dumps(drawn.draws)), second=lambda: sound(3_999, seed=5), features=FEATURES
        )
        assert drawn.mel is not None
        assert again.mel is not None
        assert (again.y.tobytes(), again.mel.tobytes()) == (drawn.y.tobytes(), drawn.mel.tobytes())
        assert (again.lam, again.describe(), again.draws) == (drawn.lam, drawn.describe(), drawn.draws)
        assert len(drawn.steps) == 6 - drawn.draws["first"].count(None)
    with pytest.raises(ParameterError, match="draws must hold 6 entries each"):
        compose.replay(sound(), SR, {"first": [], "second": []})


@pytest.mark.parametrize(
    ("y", "sr", "message"),
    [
        (np.array([0.1, np.nan]), SR, "holds NaN or infinite samples"),
        (np.zeros((2, 3)), SR, r"one axis and at least one sample, got shape \(2, 3\)"),
        (np.zeros(0), SR, r"at least one sample, got shape \(0,\)"),
        (np.zeros(9), 100, r"sr must be in \[1000, 768000\] Hz, got 100"),
    ],
)
def test_what_is_no_waveform(y: np.ndarray, sr: int, message: str) -> None:
    """The message says what is wrong."""
    with pytest.raises((AudioError, ParameterError), match=message):
        chain({"name": "gain"})(y, sr, np.random.default_rng(0))


def test_a_mixture_needs_another_sound() -> None:
    """A chain that mixes needs a second sound, and says so."""
    with pytest.raises(AudioError, match="mixup needs another sound, and none was given"):
        chain({"name": "mixup"})(sound(), SR, np.random.default_rng(0))


def test_no_result_shares_memory_with_its_input() -> None:
    """Not even by an empty chain; any numeric type is accepted."""
    y = np.linspace(-1, 1, 50)
    out = Compose(())(y, SR, np.random.default_rng(0)).y
    assert out.dtype == np.float32
    assert not np.shares_memory(out, Compose(())(out, SR, np.random.default_rng(0)).y)


PROGRAM = """
import hashlib, json, sys
import numpy as np
from esc_core.augment import Compose, REGISTRY
for late in ("librosa", "scipy.signal", "tensorflow", "keras"):
    assert late not in sys.modules or "pytest" in sys.modules, late
y = (0.3 * np.random.default_rng(1).standard_normal((2, 6000))).astype(np.float32)
digest, rng = hashlib.sha256(), np.random.default_rng(int(sys.argv[1]))
for name in sorted(REGISTRY):
    applied = Compose.from_json([{"name": name}])(y[0], 16000, rng, second=lambda: y[1])
    digest.update(applied.y.tobytes() + (b"" if applied.mel is None else applied.mel.tobytes()))
    digest.update(json.dumps(applied.draws).encode())
print(digest.hexdigest())
"""


def test_the_same_seed_in_another_process(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every transform gives the same bytes in both processes, and importing them loads nothing heavy."""

    def here(seed: int) -> str:
        monkeypatch.setattr(sys, "argv", ["-c", str(seed)])
        exec(PROGRAM, {})
        return capsys.readouterr().out

    command = [sys.executable, "-c", PROGRAM, "7"]
    there = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout
    assert re.fullmatch(r"[0-9a-f]{64}\n", there)
    assert here(7) == there
    assert here(8) != there


def test_griffin_lim_sounds_like_the_spectrogram() -> None:
    """A tone keeps its frequency and level, is the same twice, and is labelled as an approximation."""
    applied = chain({"name": "mel_gain", "gain_db": -6})(tone(1000), SR, np.random.default_rng(0), features=FEATURES)
    y, sr, approximate = audible_waveform(applied, features=FEATURES)
    assert (sr, approximate) == (SR, True)
    spectrum = np.abs(np.fft.rfft(y))
    assert spectrum.argmax() * sr / y.size == pytest.approx(1000, abs=60)
    assert 20 * np.log10(y[1000:7000].std() / tone(1000).std()) == pytest.approx(-6, abs=3)
    assert applied.mel is not None
    assert griffin_lim(applied.mel, FEATURES).tobytes() == griffin_lim(applied.mel, FEATURES).tobytes()
    plain = chain({"name": "gain"})(tone(1000), SR, np.random.default_rng(0))
    assert audible_waveform(plain) == (plain.y, SR, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "chain.json can't be read: No such file"),
        ("", "chain.json: the chain is not valid JSON: Expecting value, line 1, column 1"),
        ('[\n{"name": "gain",}]', "chain.json: the chain is not valid JSON: .*, line 2, column"),
        (b"[\xff]", "chain.json: the chain must be text in UTF-8"),
        ("[" * 100_000, "chain.json: the chain can't be read as JSON"),
        ('{"name": "gain"}', "chain.json: the chain must be a list of steps"),
        ('[{"name": "gian"}]', "chain.json: name must be one of"),
        ('[{"name": "gain", "gain_db": NaN}]', "chain.json: gain: gain_db must be a number"),
        ('[{"name": "gain", "gain_db": 1' + "0" * 400 + "}]", "chain.json: gain: gain_db must be a number"),
    ],
)
def test_a_bad_chain_file(tmp_path: Path, text: str | bytes | None, message: str) -> None:
    """The message begins with the file's name and says where the mistake is."""
    path = tmp_path / "chain.json"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ParameterError, match=message):
        chain_from_file(path)


def test_a_chain_file(tmp_path: Path) -> None:
    """A written chain is read, with or without a byte-order mark."""
    steps = [{"name": "pitch_shift", "n_steps": [-2, 2]}, {"name": "noise", "snr_db": 10, "color": "pink", "p": 0.5}]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path = tmp_path / "chain.json"
        path.write_text(json.dumps(steps), encoding=encoding)
        assert chain_from_file(path).to_json() == steps


def test_augment_file(tmp_path: Path) -> None:
    """A chain turns a file into a WAV file, the same for the same seed, and returns phrases on what was done."""
    source, other, out = (tmp_path / name for name in ("in.flac", "other.wav", "out.wav"))
    sf.write(source, tone(440), SR)
    sf.write(other, tone(1000, sr=16_000), 16_000)
    noisy = chain({"name": "gain", "gain_db": -6}, {"name": "noise", "snr_db": 10, "color": "pink"})
    assert augment_file(source, out, chain=noisy, seed=3).steps == ("gain −6.0 dB", "pink noise 10 dB below")
    first = hashlib.sha256(out.read_bytes()).digest()
    y, sr = sf.read(out)
    assert (y.shape, sr) == ((SR,), SR)
    augment_file(source, out, chain=noisy, seed=3)
    assert hashlib.sha256(out.read_bytes()).digest() == first
    augment_file(source, out, chain=noisy, seed=4)
    assert hashlib.sha256(out.read_bytes()).digest() != first
    augment_file(source, out, chain=noisy, seed=3, first_seconds=0.5)
    assert sf.info(out).frames == SR // 2
    behind = chain({"name": "background", "snr_db": 0})
    assert augment_file(source, out, chain=behind, second=other).steps == ("background 0 dB below",)
    masked = augment_file(source, out, chain=chain({"name": "mel_shift", "n_bands": 3}))
    assert masked.steps == ("mel bands +3", "made audible from the spectrogram by Griffin-Lim, an approximation")
    assert masked.remarks == ()
    assert sf.info(out).samplerate == 16_000


def test_what_is_unusual_about_the_files(tmp_path: Path) -> None:
    """Remarks of decoding come back with the result, those on the second sound with its name."""
    source, other, out = (tmp_path / name for name in ("in.wav", "other.wav", "out.wav"))
    for path in (source, other):
        sf.write(path, tone(440), SR)
        path.write_bytes(path.read_bytes()[: 44 + SR])  # half of its samples
    done = augment_file(source, out, chain=chain({"name": "background", "snr_db": 0}), second=other)
    remark = "The file is cut short: its header promises 1 s of sound, and 0.5 s can be read."
    assert done.remarks == (remark, f"other.wav: {remark}")
    assert (sf.info(out).frames, out.read_bytes()) == (SR // 2, done.wav)


def test_augment_file_that_can_not_be(tmp_path: Path) -> None:
    """Each reason has its own message."""
    source, gain = tmp_path / "in.wav", chain({"name": "gain"})
    with pytest.raises(AudioError, match=r"in.wav: There is no file of this name"):
        augment_file(source, tmp_path / "out.wav", chain=gain)
    source.write_bytes(b"RIFF, but no sound")
    with pytest.raises(AudioError, match=r"in.wav: "):
        augment_file(source, tmp_path / "out.wav", chain=gain)
    sf.write(source, tone(440), SR)
    with pytest.raises(AudioError, match=r"out.mp3 can't be written: the result is a WAV file"):
        augment_file(source, tmp_path / "out.mp3", chain=gain)
    with pytest.raises(AudioError, match=r"out.wav can't be written: No such file"):
        augment_file(source, tmp_path / "nowhere" / "out.wav", chain=gain)
    with pytest.raises(ParameterError, match="seed must be a whole number from 0, got -1"):
        augment_file(source, tmp_path / "out.wav", chain=gain, seed=-1)
    for seconds in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="first_seconds must be above 0"):
            augment_file(source, tmp_path / "out.wav", chain=gain, first_seconds=seconds)
