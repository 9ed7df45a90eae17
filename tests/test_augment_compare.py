"""Before and after on one scale, presets, the lines of Python, and the tipping points of a model's response."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esc_core import audio
from esc_core.augment import REGISTRY, Applied, Compose
from esc_core.augment.audible import audible_waveform, griffin_lim
from esc_core.augment.compare import MAX_LOUDER_DB, compare
from esc_core.augment.presets import PRESETS
from esc_core.augment.script import python_lines
from esc_core.config import FeatureConfig
from esc_core.errors import AudioError
from esc_core.inference.tipping import Sweep, margins_of, sweeps, tipping_points

ROOT = Path(audio.__file__).parent.parent
SR = 16_000
PICTURE = FeatureConfig()


def noise(seconds: float = 2.0, *, amplitude: float = 0.05, seed: int = 0) -> np.ndarray:
    """White noise with half a second of silence on both sides."""
    y = amplitude * np.random.default_rng(seed).standard_normal(round(seconds * SR))
    return np.pad(y.clip(-1, 1), SR // 2).astype(np.float32)


def passed(y: np.ndarray, *chain: dict[str, Any], seed: int = 0) -> Applied:
    other = noise(1.0, seed=9)
    return Compose.from_json(chain)(y, SR, np.random.default_rng(seed), second=lambda: other)


def test_a_gain_is_the_difference() -> None:
    """A gain of 6 dB is 6 dB in every active cell, and both spectrograms share one scale."""
    y = noise()
    found = compare(y, passed(y, {"name": "gain", "gain_db": 6.0}), picture=PICTURE)
    low, high = found.scale_db
    assert (high - low, found.after_db.max()) == (pytest.approx(70), pytest.approx(high))
    assert found.before_db.max() == pytest.approx(high - 6, abs=0.01)
    assert found.difference_db is not None
    sounding = found.before_db > low + 1
    np.testing.assert_allclose(found.difference_db[sounding], 6, atol=0.01)
    assert not found.difference_db[found.after_db == low].any()  # silence is as silent as before
    assert (found.quieter_db, found.scale, found.sr, found.approximate) == (0, 1, SR, False)
    np.testing.assert_array_equal(found.before, y)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_difference_only_where_nothing_moved(name: str) -> None:
    """There is none where time or pitch changes; elsewhere it has the shape of both spectrograms."""
    y = noise()
    found = compare(y, passed(y, {"name": name}), picture=PICTURE)
    assert (found.difference_db is not None) == REGISTRY[name].keeps_alignment
    if found.difference_db is not None:
        assert found.difference_db.shape == found.before_db.shape == found.after_db.shape
    assert found.before_db.min() >= found.scale_db[0]
    assert found.before_db.shape[1] == pytest.approx(found.before.size / found.features.hop_length, abs=2)


@pytest.mark.parametrize(("gain_db", "quieter"), [(-30.0, 0.0), (10.0, 0.0), (20.0, 20.0 - MAX_LOUDER_DB)])
def test_the_cap_turns_both_down(gain_db: float, quieter: float) -> None:
    """A quiet clip made 20 dB louder is played 8 dB more quietly, and so is the clip: their difference stays."""
    y = noise(amplitude=0.005)
    found = compare(y, passed(y, {"name": "gain", "gain_db": gain_db}), picture=PICTURE)
    assert found.quieter_db == pytest.approx(quieter, abs=1e-3)
    assert 20 * np.log10(found.scale) == pytest.approx(-quieter, abs=1e-3)


def test_what_a_spectrogram_is_compared_with() -> None:
    """The part that the model sees, without the padding, at its own rate; the sound after is an approximation."""
    y = noise(2.0)
    found = compare(np.repeat(y, 2), passed(y, {"name": "freq_mask"}), picture=PICTURE)
    assert found.before.size == pytest.approx(2.0 * 2 * SR, abs=2 * PICTURE.n_fft)
    assert (found.approximate, found.sr) == (True, PICTURE.sr)


def test_masks_are_the_difference() -> None:
    """Only the masked bands differ."""
    y = noise()
    applied = passed(y, {"name": "freq_mask", "freq_mask_param": 20, "n_freq_masks": 1}, seed=3)
    found = compare(y, applied, picture=PICTURE)
    ((start, end),) = applied.steps[0][1]["bands"]
    assert found.difference_db is not None
    rows = np.flatnonzero(np.abs(found.difference_db).max(axis=1) > 1e-3)
    assert rows.tolist() == list(range(start, end))


def test_one_frame_is_no_sound() -> None:
    """A spectrogram of one frame is rejected with a message."""
    with pytest.raises(AudioError, match="a single frame is too short to be made audible"):
        griffin_lim(np.ones((64, 1), np.float32), PICTURE)


def test_a_shorter_second_spectrogram_is_followed_by_silence() -> None:
    """Two clips of different length can be mixed; beyond the second's end only the first remains."""
    y = noise(2.0)
    applied = passed(y, {"name": "power_mix", "ratio": 0.5})
    alone = passed(y, {"name": "mel_gain", "gain_db": 0.0})
    assert applied.mel is not None
    assert alone.mel is not None
    assert applied.mel.shape == alone.mel.shape
    np.testing.assert_allclose(applied.mel[:, -20:], 0.5 * alone.mel[:, -20:], rtol=1e-5)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_why_and_makes_a_sound(name: str) -> None:
    """Each is a valid chain that gives another sound with another seed, and a sentence."""
    preset = PRESETS[name]
    assert preset.why.endswith((".", "?"))
    y = noise()
    first, second = (audible_waveform(passed(y, *preset.steps, seed=seed))[0] for seed in (1, 2))
    assert np.isfinite(first).all()
    assert first.shape != second.shape or not np.array_equal(first, second)


@pytest.mark.parametrize("chain", [[{"name": "noise", "snr_db": [3, 9]}], [{"name": "mixup"}, {"name": "time_mask"}]])
def test_the_lines_of_python_make_the_same_sound(chain: list[dict[str, Any]], tmp_path: Path) -> None:
    """Run in a process of their own, they write the bytes that the library computes here."""
    for name, seed in (('a "b".wav', 1), ("other.wav", 2)):
        (tmp_path / name).write_bytes(audio.to_wav_bytes(noise(seed=seed), SR))
    paths = [str(tmp_path / name) for name in ('a "b".wav', "other.wav")]
    lines = python_lines(paths[0], chain, 5, second=paths[1], audible=len(chain) > 1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", lines], cwd=tmp_path, env=environment, check=True, timeout=120)
    (y, sr), (second, _) = map(audio.load, paths)
    applied = Compose.from_json(chain)(y, sr, np.random.default_rng(5), second=lambda: second)
    assert (tmp_path / "augmented.wav").read_bytes() == audio.to_wav_bytes(*audible_waveform(applied)[:2])


def test_what_can_be_swept() -> None:
    """Drawn numbers, each over its range; not names, masks, or steps that did not act."""
    applied = passed(
        noise(),
        {"name": "pitch_shift", "n_steps": [1, 2]},
        {"name": "noise", "snr_db": 10, "color": "pink"},
        {"name": "gain", "p": 0.0},
        {"name": "mel_shift", "n_bands": 2},
        {"name": "freq_mask"},
    )
    found = {(sweep.step, sweep.name): sweep for sweep in sweeps(applied, seconds=1.0)}
    assert list(found) == [(0, "n_steps"), (1, "snr_db"), (3, "n_bands")]
    assert found[0, "n_steps"].values == tuple(float(n) for n in range(-6, 7))
    assert 1 <= found[0, "n_steps"].drawn <= 2
    assert (found[1, "snr_db"].values[0], found[1, "snr_db"].values[-1], found[1, "snr_db"].unit) == (-5, 40, "dB")
    assert all(isinstance(value, int) for value in found[3, "n_bands"].values)
    assert isinstance(found[3, "n_bands"], Sweep)


def test_a_sweep_ends_where_the_sound_does() -> None:
    """No frequency above half the rate, no time beyond the length; the present value lies on the curve."""
    y = noise(0.2)
    sr, seconds = 8_000, y.size / 8_000
    chain = [
        {"name": "low_pass", "cutoff_hz": 15_000.0},
        {"name": "time_shift", "seconds": 0.1},
        {"name": "reverb"},
    ]
    applied = Compose.from_json(chain)(y, sr, np.random.default_rng(0))
    found = {sweep.name: sweep for sweep in sweeps(applied, seconds=seconds)}
    assert found["cutoff_hz"].values[-1] == found["cutoff_hz"].drawn == 4_000.0
    assert (found["seconds"].values[0], found["seconds"].values[-1]) == pytest.approx((-seconds, seconds), abs=1e-6)
    assert found["rt60"].values[-1] == REGISTRY["reverb"].parameters["rt60"].high, "the room is not the sound"


@pytest.mark.parametrize(
    ("margins", "points"),
    [
        ([0.5, 0.5, 0.5, 0.5], []),
        ([-0.1, -0.2, -0.1, -0.2], []),
        ([0.3, -0.1, -0.3, -0.5], [0.75]),
        ([-0.5, 0.5, 0.2, -0.6], [0.5, 2.25]),
        ([0.5, np.nan, -0.5, -0.5], []),
    ],
)
def test_tipping_points(margins: list[float], points: list[float]) -> None:
    """Where the margin crosses zero, on straight lines; a missing answer is not a crossing."""
    assert tipping_points((0.0, 1.0, 2.0, 3.0), np.array(margins)) == pytest.approx(points)


def test_a_margin_is_over_the_best_other() -> None:
    """Above zero exactly where the category is the best guess."""
    probs = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [np.nan] * 3])
    np.testing.assert_allclose(margins_of(probs, 0), [0.2, -0.3, np.nan])
