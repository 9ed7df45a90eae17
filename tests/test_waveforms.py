"""Waveforms as model input: 5 s at one rate, stored in 16 bits, the active part levelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core.config import esc_home
from esc_core.dataset import Dataset, load_dataset
from esc_core.features.cache import unreadable_rows
from esc_core.features.waveforms import clip_waveform, extract_waveforms, five_seconds, from_pcm, level_wave, to_pcm
from tests.zip_server import make_clips, make_table

SR = 8_000


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Write three clips of noise."""
    root = tmp_path / "data"
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    clips = make_clips(3)
    for name, content in clips.items():
        (root / "audio" / name).write_bytes(content)
    (root / "meta" / "esc50.csv").write_bytes(make_table(list(clips)))
    return load_dataset(root)


@pytest.mark.parametrize("seconds", [0.5, 5.0, 6.0])
def test_every_clip_is_five_seconds(tmp_path: Path, seconds: float) -> None:
    """Shorter clips are padded with silence, longer ones are cut; the rate is that asked for."""
    y = 0.5 * np.sin(np.arange(round(seconds * SR)) / 3).astype(np.float32)
    sf.write(tmp_path / "one.wav", y, SR, subtype="FLOAT")
    read = clip_waveform(tmp_path / "one.wav", SR)
    assert read.shape == (5 * SR,)
    n = min(y.size, read.size)
    np.testing.assert_array_equal(read[:n], y[:n])
    assert not read[n:].any()
    assert clip_waveform(tmp_path / "one.wav", 2 * SR).shape == (10 * SR,)
    assert five_seconds(y, SR).shape == (5 * SR,)


def test_sixteen_bits() -> None:
    """A round trip is off by half a step at most; samples beyond full scale are clipped, not wrapped."""
    y = np.random.default_rng(0).uniform(-1, 1, 1_000).astype(np.float32)
    assert np.abs(from_pcm(to_pcm(y)) - y).max() <= 0.51 / 32_767
    assert from_pcm(to_pcm(np.array([1.5, -1.5, 1.0], np.float32))).tolist() == [1.0, -1.0, 1.0]
    assert from_pcm(to_pcm(y)).dtype == np.float32


def test_a_data_set_is_read_once(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row i is clip i; a second call opens the same file; another rate or other data has another file."""
    seen: list[tuple[int, int]] = []
    waves = extract_waveforms(dataset, SR, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert (waves.shape, waves.dtype) == ((3, 5 * SR), np.int16)
    for row, clip in zip(waves, dataset.clips, strict=True):
        np.testing.assert_array_equal(row, to_pcm(clip_waveform(dataset.path(clip), SR)))
    with monkeypatch.context() as patch:
        patch.setattr("esc_core.features.waveforms.clip_waveform", None)
        np.testing.assert_array_equal(extract_waveforms(dataset, SR), waves)
    extract_waveforms(dataset, 2 * SR)
    extract_waveforms(Dataset(dataset.root, dataset.clips[:2]), SR)
    assert len(list((esc_home() / "features").iterdir())) == 3


def test_an_unreadable_clip_costs_only_its_row(dataset: Dataset) -> None:
    """It is marked with a value that no waveform has: even the loudest is clipped at ±32,767."""
    sf.write(dataset.path(dataset.clips[0]), np.full(5 * SR, -2.0), SR, subtype="FLOAT")
    dataset.path(dataset.clips[1]).write_bytes(b"no sound")
    waves = extract_waveforms(dataset, SR)
    assert unreadable_rows(waves).tolist() == [1]
    assert waves[0].tolist() == [-32_767] * (5 * SR)
    np.testing.assert_array_equal(waves[2], to_pcm(clip_waveform(dataset.path(dataset.clips[2]), SR)))


@pytest.mark.parametrize("gain", [1e-3, 1.0])
def test_levelling(gain: float) -> None:
    """The padding is removed, pauses stay, and the active part has a mean square of 1 whatever the input level."""
    tone = np.sin(np.arange(SR) / 5)
    y = np.concatenate([np.zeros(SR), tone, np.zeros(SR), tone, np.zeros(SR)]).astype(np.float32)
    levelled = level_wave(np.float32(gain) * y, SR)
    assert (levelled.size, levelled.dtype) == (3 * SR, np.float32)
    assert np.square(levelled[:SR]).mean() == pytest.approx(1, abs=1e-3)
    assert not levelled[SR : 2 * SR].any()


def test_silence_stays_silence() -> None:
    """There is nothing to level."""
    assert level_wave(np.zeros(100, np.float32), SR).tolist() == [0.0] * 100
