"""Augmentation: each transform does what it says, depends on the seed only, and rejects invalid settings."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esc_core import augment
from esc_core.augment import REGISTRY, Compose, Transform, from_dict
from esc_core.augment.base import PairTransform, SpectrogramTransform
from esc_core.augment.ranges import Values
from esc_core.config import MEL_CHAIN
from esc_core.errors import ParameterError
from esc_core.features import LOG_FLOOR

ROOT = Path(augment.__file__).parent.parent.parent

STEPS: dict[str, dict[str, Any]] = {
    "crop_stretch": {"n_frames": 32, "rate": [0.8, 1.25]},
    "power_mix": {"ratio": [0.2, 0.8]},
    "mel_shift": {"n_bands": [-3, 3]},
    "mel_equalizer": {"gain_db": [-4.0, 4.0], "n_points": [2, 5]},
    "mel_gain": {"gain_db": [-6.0, 6.0]},
    "freq_mask": {"freq_mask_param": 6, "n_freq_masks": 2},
    "time_mask": {"time_mask_param": 9, "n_time_masks": 2},
}
"""One step of each transform that training uses."""


def spectrogram(n_mels: int = 16, n_frames: int = 40, *, seed: int = 0) -> np.ndarray:
    """Mel power of any magnitude between 1e-3 and 1."""
    rng = np.random.default_rng(seed)
    return (10 ** rng.uniform(-3, 0, (n_mels, n_frames))).astype(np.float32)


def make(name: str, **values: Any) -> Any:
    return from_dict({"name": name, **values})


def applied(transform: Transform, mel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw and apply; a pair transform gets a second sound of the same shape."""
    values = transform.draw(rng, mel.shape)
    if isinstance(transform, PairTransform):
        return transform.apply(mel, spectrogram(*mel.shape, seed=99), values)
    assert isinstance(transform, SpectrogramTransform)
    return transform.apply(mel, values)


def test_the_recipe_is_covered() -> None:
    """Every transform of the training recipe is among those tested here."""
    assert {step["name"] for step in MEL_CHAIN} <= STEPS.keys() <= REGISTRY.keys()


@pytest.mark.parametrize("name", REGISTRY)
def test_json_there_and_back(name: str) -> None:
    """By default and with a probability, a round trip through JSON gives an equal transform."""
    for step in ({"name": name}, {"name": name, "p": 0.25}, {"name": name, **STEPS.get(name, {})}):
        transform = from_dict(step)
        assert (transform.name, type(transform)) == (name, REGISTRY[name])
        kept = json.loads(json.dumps(transform.to_dict()))
        assert step.items() <= kept.items()
        assert from_dict(kept) == transform


def test_a_chain_there_and_back() -> None:
    """The recipe's chain survives a round trip through JSON."""
    chain = Compose.from_json(MEL_CHAIN)
    assert Compose.from_json(json.loads(json.dumps(chain.to_json()))) == chain
    assert [t.name for t in chain.transforms] == [step["name"] for step in MEL_CHAIN]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({}, "a step must be an object with a name, got {}"),
        ("mel_gain", "a step must be an object with a name, got 'mel_gain'"),
        ({"name": ["mel_gain"]}, "a step must be an object with a name, got {'name': ['mel_gain']}"),
        ({"name": "mel_gian"}, "name must be one of crop_stretch, freq_mask, mel_equalizer, mel_gain, "),
        ({"name": "mel_gain", "db": 3}, "mel_gain takes gain_db, p, got 'db'"),
        ({"name": "mel_gain", "p": 1.5}, "mel_gain: p must be in [0, 1], got 1.5"),
        ({"name": "mel_gain", "p": [0, 1]}, "mel_gain: p must be in [0, 1], got (0, 1)"),
        ({"name": "mel_gain", "p": True}, "mel_gain: p must be in [0, 1], got True"),
        (
            {"name": "mel_gain", "gain_db": 61},
            "mel_gain: gain_db must be a number or [low, high] in [-60, 60] dB, got 61",
        ),
        ({"name": "mel_gain", "gain_db": [6, -6]}, "in [-60, 60] dB, got (6, -6)"),
        ({"name": "mel_gain", "gain_db": [1, 2, 3]}, "in [-60, 60] dB, got (1, 2, 3)"),
        ({"name": "mel_gain", "gain_db": "loud"}, "in [-60, 60] dB, got 'loud'"),
        ({"name": "mel_gain", "gain_db": None}, "in [-60, 60] dB, got None"),
        ({"name": "mel_gain", "gain_db": float("nan")}, "in [-60, 60] dB, got nan"),
        ({"name": "mel_gain", "gain_db": [0, float("inf")]}, "in [-60, 60] dB, got (0, inf)"),
        ({"name": "crop_stretch", "n_frames": 0}, "crop_stretch: n_frames must be a whole number in [1, 10000] frames"),
        ({"name": "crop_stretch", "n_frames": 9.5}, "n_frames must be a whole number in [1, 10000] frames, got 9.5"),
        ({"name": "crop_stretch", "n_frames": [9, 12]}, "in [1, 10000] frames, got (9, 12)"),
        ({"name": "crop_stretch", "rate": 0}, "crop_stretch: rate must be a number or [low, high] in [0.25, 4], got 0"),
        ({"name": "mel_shift", "n_bands": 65}, "mel_shift: n_bands must be a whole number or [low, high] in [-64, 64]"),
        ({"name": "mel_shift", "n_bands": [-0.5, 0.5]}, "in [-64, 64] bands, got (-0.5, 0.5)"),
        ({"name": "mel_equalizer", "gain_db": -41}, "mel_equalizer: gain_db must be a number or [low, high] in [-40,"),
        ({"name": "mel_equalizer", "n_points": 1}, "mel_equalizer: n_points must be a whole number or [low, high] in"),
        ({"name": "mel_equalizer", "n_points": [2.5, 5]}, "in [2, 32] points, got (2.5, 5)"),
        ({"name": "freq_mask", "freq_mask_param": -1}, "freq_mask: freq_mask_param must be a whole number in [0, 512]"),
        ({"name": "freq_mask", "freq_mask_param": 2.5}, "in [0, 512] bands, got 2.5"),
        ({"name": "freq_mask", "n_freq_masks": [1, 2]}, "freq_mask: n_freq_masks must be a whole number in [1, 10]"),
        ({"name": "time_mask", "time_mask_param": [1, 9]}, "time_mask: time_mask_param must be a whole number in [0,"),
        ({"name": "time_mask", "n_time_masks": 1.5}, "time_mask: n_time_masks must be a whole number in [1, 10]"),
        ({"name": "power_mix", "ratio": 1.1}, "power_mix: ratio must be a number or [low, high] in [0, 1], got 1.1"),
    ],
)
def test_what_a_step_may_not_say(step: Any, message: str) -> None:
    """The message names the transform, the parameter, its bounds with their unit, and the value received."""
    with pytest.raises(ParameterError, match=re.escape(message)):
        from_dict(step)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"name": "mel_gain"}, "a chain must be a list of steps"),
        ("mel_gain", "a chain must be a list of steps"),
        (None, "a chain must be a list of steps"),
        ([{"name": "power_mix"}, {"name": "mel_gain"}, {"name": "power_mix"}], "at most one pair transform, got 2"),
        ([{"name": "mel_gain"}, {"name": "echo"}], "name must be one of"),
    ],
)
def test_what_a_chain_may_not_say(steps: Any, message: str) -> None:
    """A chain is a list, and mixes at most once."""
    with pytest.raises(ParameterError, match=re.escape(message)):
        Compose.from_json(steps)


PROGRAM = """
import hashlib, json, sys
import numpy as np
from esc_core.augment import Compose
rng = np.random.default_rng(0)
mels = (10 ** rng.uniform(-3, 0, (2, 16, 40))).astype(np.float32)
chain, rng = Compose.from_json(json.loads(sys.argv[1])), np.random.default_rng(int(sys.argv[2]))
digest = hashlib.sha256()
for _ in range(20):
    mel, lam = chain.mix(mels[0], lambda: mels[1], rng)
    digest.update(mel.tobytes() + repr(lam).encode())
print(digest.hexdigest())
"""


def test_the_same_seed_in_another_process(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty clips through the whole recipe give the same bytes in both processes, twice; another seed gives others."""
    chain = json.dumps(MEL_CHAIN)

    def here(seed: int) -> str:
        monkeypatch.setattr(sys, "argv", ["-c", chain, str(seed)])
        exec(PROGRAM, {})
        return capsys.readouterr().out

    there = subprocess.run(
        [sys.executable, "-c", PROGRAM, chain, "7"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert re.fullmatch(r"[0-9a-f]{64}\n", there)
    assert here(7) == there
    assert here(7) == there
    assert here(8) != there


@pytest.mark.parametrize("name", STEPS)
def test_applying_leaves_nothing_to_chance(name: str) -> None:
    """Drawn values are plain JSON, and applying them twice gives the same bytes."""
    transform, mel = make(name, **STEPS[name]), spectrogram()
    values = transform.draw(np.random.default_rng(3), mel.shape)
    again = json.loads(json.dumps(values))
    assert again == values
    sounds = (mel, spectrogram(seed=1)) if isinstance(transform, PairTransform) else (mel,)
    assert transform.apply(*sounds, values).tobytes() == transform.apply(*sounds, again).tobytes()


@given(
    name=st.sampled_from(sorted(STEPS)),
    shape=st.tuples(st.integers(1, 20), st.integers(1, 60)),
    seed=st.integers(0, 2**32 - 1),
    silent=st.booleans(),
)
@settings(max_examples=60)
def test_any_sound_comes_out_sound(name: str, shape: tuple[int, int], seed: int, silent: bool) -> None:
    """Finite float32 power of the correct shape, whatever is drawn, also for silence; the input is unchanged."""
    mel = np.zeros(shape, np.float32) if silent else spectrogram(*shape)
    before = mel.copy()
    mel.flags.writeable = False
    out = applied(make(name, **STEPS[name]), mel, np.random.default_rng(seed))
    assert out.dtype == np.float32
    assert out.shape == ((shape[0], 32) if name == "crop_stretch" else shape)
    assert np.isfinite(out).all()
    assert (out >= 0).all()
    np.testing.assert_array_equal(mel, before)


@pytest.mark.parametrize(
    ("rate", "start", "source"),
    [
        (1.0, 0, [0, 1, 2, 3, 4, 5]),
        (1.0, 4, [4, 5, 6, 7, 8, 9]),
        (2.0, 0, [0, 2, 4, 6, 8, None]),
        (0.5, 3, [1, 2, 2, 3, 3, 4]),
        (0.5, 14, [7, 7, 8, 8, 9, 9]),
        (1.0, -2, [None, None, 0, 1, 2, 3]),
        (4.0, -3, [None, None, None, 0, 4, None]),
    ],
)
def test_crop_stretch(rate: float, start: int, source: list[int | None]) -> None:
    """Frame i of the window is frame (start + i) × rate of the sound, and silence where there is none."""
    mel = np.tile(np.arange(1, 11, dtype=np.float32), (3, 1))
    out = make("crop_stretch", n_frames=6).apply(mel, {"rate": rate, "start": start})
    np.testing.assert_array_equal(out, np.tile([0 if i is None else i + 1 for i in source], (3, 1)))


@pytest.mark.parametrize(("rate", "starts"), [(1.0, (0, 8)), (2.0, (-2, 0)), (0.5, (0, 28)), (4.0, (-7, 0))])
def test_crop_stretch_draws_every_place(rate: float, starts: tuple[int, int]) -> None:
    """A window lies anywhere within a longer sound, a shorter sound anywhere within the window."""
    crop, rng = make("crop_stretch", n_frames=12, rate=rate), np.random.default_rng(0)
    drawn = {crop.draw(rng, (3, 20))["start"] for _ in range(500)}
    assert drawn == set(range(starts[0], starts[1] + 1))


def test_a_rate_is_drawn_from_its_range() -> None:
    """Uniformly between the two ends."""
    crop, rng = make("crop_stretch", rate=[0.8, 1.25]), np.random.default_rng(0)
    rates = [crop.draw(rng, (3, 20))["rate"] for _ in range(1000)]
    assert 0.8 <= min(rates) < 0.81
    assert 1.24 < max(rates) <= 1.25
    assert np.mean(rates) == pytest.approx(1.025, abs=0.01)


@pytest.mark.parametrize(("n_bands", "row"), [(0, 5), (3, 8), (-3, 2)])
def test_mel_shift_moves_a_row(n_bands: int, row: int) -> None:
    """Upwards by whole bands, and nothing else appears."""
    mel = np.zeros((10, 4), np.float32)
    mel[5] = 1.0
    out = make("mel_shift").apply(mel, {"n_bands": n_bands})
    assert np.flatnonzero(out.any(axis=1)).tolist() == [row]
    np.testing.assert_array_equal(out[row], mel[5])


def test_mel_shift_repeats_the_edge() -> None:
    """The edge band is repeated."""
    mel = np.arange(1, 6, dtype=np.float32)[:, None]
    assert make("mel_shift").apply(mel, {"n_bands": 2})[:, 0].tolist() == [1, 1, 1, 2, 3]
    assert make("mel_shift").apply(mel, {"n_bands": -9})[:, 0].tolist() == [5, 5, 5, 5, 5]


def test_whole_numbers_are_drawn_to_both_ends() -> None:
    """−3 and 3 are drawn as often as the others."""
    shift, rng = make("mel_shift", n_bands=[-3, 3]), np.random.default_rng(0)
    drawn = [shift.draw(rng, (16, 40))["n_bands"] for _ in range(700)]
    counts = {n: drawn.count(n) for n in sorted(set(drawn))}
    assert list(counts) == [-3, -2, -1, 0, 1, 2, 3]
    assert min(counts.values()) > 60


@pytest.mark.parametrize("gain_db", [-6.0, 0.0, 10.0])
def test_gain_is_exact(gain_db: float) -> None:
    """Ten times the common logarithm of the ratio is the gain."""
    mel = spectrogram()
    gain = make("mel_gain", gain_db=gain_db)
    out = gain.apply(mel, gain.draw(np.random.default_rng(0), mel.shape))
    np.testing.assert_allclose(10 * np.log10(out / mel), gain_db, atol=1e-4)


def test_equalizer_is_exact_at_its_points() -> None:
    """The gains of three points hold at the lowest, the middle and the highest band, with straight lines between."""
    mel = spectrogram(9)
    out = make("mel_equalizer").apply(mel, {"gain_db": [4.0, -4.0, 0.0]})
    curve = 10 * np.log10(out / mel)
    np.testing.assert_allclose(curve, np.tile([[4], [2], [0], [-2], [-4], [-3], [-2], [-1], [0]], 40), atol=1e-4)


def test_equalizer_draws_its_points() -> None:
    """As many gains as points, each within its range."""
    equalizer, rng = make("mel_equalizer", gain_db=[-4, 4], n_points=[2, 5]), np.random.default_rng(0)
    drawn = [equalizer.draw(rng, (16, 40))["gain_db"] for _ in range(200)]
    assert {len(gains) for gains in drawn} == {2, 3, 4, 5}
    assert all(-4 <= gain <= 4 for gains in drawn for gain in gains)


@pytest.mark.parametrize(("name", "key", "axis"), [("freq_mask", "bands", 0), ("time_mask", "frames", 1)])
def test_masks_lie_where_they_say(name: str, key: str, axis: int) -> None:
    """Inside the spans is the mean log power of the whole sound; outside, the sound is unchanged."""
    mel = spectrogram()
    out = make(name).apply(mel, {key: [[2, 5], [9, 10], [7, 7]]})
    masked = np.isin(np.arange(mel.shape[axis]), [2, 3, 4, 9])
    inside, outside = np.compress(masked, out, axis=axis), np.compress(~masked, out, axis=axis)
    fill = np.exp(np.log(mel.astype(np.float64) + LOG_FLOOR).mean())
    np.testing.assert_allclose(inside, fill, rtol=1e-5)
    np.testing.assert_array_equal(outside, np.compress(~masked, mel, axis=axis))


@pytest.mark.parametrize(
    ("step", "key", "size"),
    [
        ({"name": "freq_mask", "freq_mask_param": 6, "n_freq_masks": 2}, "bands", 16),
        ({"name": "time_mask", "time_mask_param": 6, "n_time_masks": 2}, "frames", 40),
    ],
)
def test_masks_are_drawn_within_the_sound(step: dict, key: str, size: int) -> None:
    """Every width from zero to the greatest, at every position from the first to the last."""
    mask, rng = from_dict(step), np.random.default_rng(0)
    draws = [mask.draw(rng, (16, 40))[key] for _ in range(500)]
    assert {len(spans) for spans in draws} == {2}
    spans = [span for draw in draws for span in draw]
    assert {end - start for start, end in spans} == set(range(7))
    assert min(start for start, _ in spans) == 0
    assert max(end for _, end in spans) == size


def test_a_mask_wider_than_the_sound() -> None:
    """It covers at most the whole sound."""
    mask, rng = make("freq_mask", freq_mask_param=512), np.random.default_rng(0)
    spans = [mask.draw(rng, (4, 9))["bands"][0] for _ in range(100)]
    assert {end - start for start, end in spans} == set(range(5))
    assert all(0 <= start <= end <= 4 for start, end in spans)


@pytest.mark.parametrize(
    ("ratio", "first", "second"), [(1.0, 1, 0), (0.0, 0, 1), (0.5, 0.5, 0.5), (0.8, 16 / 17, 1 / 17)]
)
def test_power_mix_weighs_by_squares(ratio: float, first: float, second: float) -> None:
    """Amplitudes r and 1 − r are powers r² and (1 − r)², normalised to unit level; the label is shared r to 1 − r."""
    a, b, mix = spectrogram(), spectrogram(seed=1), make("power_mix", ratio=ratio)
    values = mix.draw(np.random.default_rng(0), a.shape)
    np.testing.assert_allclose(mix.apply(a, b, values), first * a + second * b, rtol=1e-5)
    assert mix.lam(values) == ratio


def test_power_mix_needs_one_shape() -> None:
    """Two sounds of different lengths are an error of the chain, which has no crop before the mixture."""
    rule = r"power_mix: both sounds must have the same shape, got \(\(16, 40\), \(16, 30\)\)"
    with pytest.raises(ParameterError, match=rule):
        make("power_mix").apply(spectrogram(), spectrogram(16, 30), {"ratio": 0.5})


def mixed(
    steps: list[dict[str, Any]], first: np.ndarray, second: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, float]:
    return Compose.from_json(steps).mix(first, lambda: second, np.random.default_rng(seed))


def test_what_precedes_the_mixture_acts_on_both() -> None:
    """A shift before it moves both rows, one after it the mixture; each sound has its own draw."""
    low, high = np.zeros((2, 10, 4), np.float32)
    low[2], high[5] = 1.0, 1.0
    half, up = {"name": "power_mix", "ratio": 0.5}, {"name": "mel_shift", "n_bands": 1}
    for steps in ([up, half], [half, up], [{"name": "mel_shift", "n_bands": 3}, half, {**up, "n_bands": -2}]):
        mel, lam = mixed(steps, low, high)
        assert lam == 0.5
        assert np.flatnonzero(mel.any(axis=1)).tolist() == [3, 6]
    apart = {
        tuple(np.flatnonzero(mixed([{**up, "n_bands": [-1, 1]}, half], low, high, seed)[0].any(axis=1)))
        for seed in range(200)
    }
    assert apart == {(i, j) for i in (1, 2, 3) for j in (4, 5, 6)}


def test_sounds_of_any_length_are_mixed_after_the_crop() -> None:
    """The recipe's order brings both to the window's length first."""
    mel, lam = mixed(
        [{"name": "crop_stretch", "n_frames": 12}, {"name": "power_mix"}], spectrogram(), spectrogram(16, 5)
    )
    assert mel.shape == (16, 12)
    assert 0 < lam < 1


def test_a_chain_without_a_mixture() -> None:
    """The label is not shared, and the second sound is never requested."""
    chain = Compose.from_json([{"name": "mel_gain", "gain_db": 10}, {"name": "power_mix", "p": 0}])

    def never() -> np.ndarray:
        raise AssertionError

    mel = spectrogram()
    for steps in (chain, chain.unmixed()):
        out, lam = steps.mix(mel, never, np.random.default_rng(0))
        assert lam == 1.0
        np.testing.assert_allclose(out, 10 * mel, rtol=1e-6)
    assert [t.name for t in chain.unmixed().transforms] == ["mel_gain"]


@pytest.mark.parametrize(("p", "low", "high"), [(0.0, 0, 0), (0.3, 250, 350), (1.0, 1000, 1000)])
def test_a_probability_is_kept(p: float, low: int, high: int) -> None:
    """A step acts as often as its probability says, mixtures included."""
    mel, rng = np.ones((2, 3), np.float32), np.random.default_rng(0)
    gain = Compose.from_json([{"name": "mel_gain", "gain_db": 10, "p": p}])
    assert low <= sum(gain.mix(mel, lambda: mel, rng)[0].max() > 5 for _ in range(1000)) <= high
    mix = Compose.from_json([{"name": "power_mix", "ratio": 0.5, "p": p}])
    assert low <= sum(mix.mix(mel, lambda: mel, rng)[1] < 1 for _ in range(1000)) <= high


def test_a_chain_changes_neither_sound() -> None:
    """The training clips stay in memory for all epochs: nothing is written into them."""
    first, second = spectrogram(), spectrogram(seed=1)
    kept = hashlib.sha256(first.tobytes() + second.tobytes()).digest()
    for mel in (first, second):
        mel.flags.writeable = False
    chain, rng = Compose.from_json(MEL_CHAIN), np.random.default_rng(0)
    for _ in range(20):
        mel, _ = chain.mix(first, lambda: second, rng)
        assert mel.dtype == np.float32
        assert np.isfinite(mel).all()
    assert hashlib.sha256(first.tobytes() + second.tobytes()).digest() == kept


@pytest.mark.parametrize("steps", [[], [{"name": "power_mix"}]], ids=["alone", "before a mixture"])
def test_waveform_steps_are_refused(steps: list[dict[str, Any]]) -> None:
    """A chain for training on spectrograms can't hold a transform of another domain."""

    @dataclass(frozen=True)
    class Shout(Transform):
        name = "shout"
        domain = "waveform"

        def describe(self, values: Values) -> str:
            return "shout"

    chain = Compose((Shout(), *Compose.from_json(steps).transforms))
    mel = spectrogram()
    with pytest.raises(ParameterError, match="the transform must act on spectrograms, got 'shout'"):
        chain.mix(mel, lambda: mel, np.random.default_rng(0))
