"""Pictures against arrays: what a picture shows, the same clip in both inputs, and the measurement end to end."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.picture_routes import SIDE, both_routes, picture_colours, picture_png
from benchmarks.pictures import NOTE, as_text, compare, settings
from esc_core.config import FeatureConfig
from esc_core.dataset import load_dataset
from esc_core.features import LOG_FLOOR, mel_power
from esc_core.plots.spectrograms import band_centres, magma
from esc_core.training.study.tables import write_results
from tests.small_runs import TINY, write_tones

FEATURES = FeatureConfig()


def tone(frequency: float, *, seconds: float = 5.0) -> np.ndarray:
    """Return the mel power of a clip that is a tone for some seconds, then silent."""
    t = np.arange(5 * FEATURES.sr) / FEATURES.sr
    return mel_power(np.sin(2 * np.pi * frequency * t) * (t < seconds), FEATURES)


@pytest.mark.parametrize("band", [8, 32, 56])
def test_a_tone_is_a_bright_row(band: int) -> None:
    """At the height of its band, in 128 × 128 colours of 0–1, from the first column to the last."""
    colours = picture_colours(picture_png(tone(band_centres(FEATURES)[band])))
    assert (colours.shape, colours.dtype) == ((SIDE, SIDE, 3), np.float32)
    assert colours.min() >= 0
    assert colours.max() <= 1
    brightness = colours.mean(axis=2)
    expected = (1 - (band + 0.5) / FEATURES.n_mels) * SIDE
    assert np.abs(brightness.argmax(axis=0) + 0.5 - expected).max() <= 1
    far = np.abs(np.arange(SIDE) - expected) > SIDE / 4
    assert brightness.max(axis=0).min() > 3 * brightness[far, 8:-8].max()


def test_silence_is_dark() -> None:
    """A silent clip has the darkest colour throughout, and so has the silent half of another."""
    darkest = magma()[0].astype(np.float32) / 255
    silent = picture_colours(picture_png(np.zeros((FEATURES.n_mels, FEATURES.clip_frames), np.float32)))
    np.testing.assert_array_equal(silent, np.broadcast_to(darkest, silent.shape))
    half = picture_colours(picture_png(tone(1000.0, seconds=2.5)))
    np.testing.assert_array_equal(half[:, SIDE // 2 + 4 :].reshape(-1, 3).max(axis=0), darkest)


def test_an_array_is_the_whole_clip() -> None:
    """Bands × frames in one channel; padding stays where it is, and the active part has its usual level."""
    arrays, _ = both_routes(FEATURES)
    mel = tone(1000.0, seconds=2.5)
    x = arrays.load(arrays.store(mel))
    assert (x.shape, x.dtype) == ((FEATURES.n_mels, FEATURES.clip_frames, 1), np.float32)
    power = 10 ** x[..., 0].astype(np.float64)
    np.testing.assert_allclose(power[:, 110:], LOG_FLOOR, rtol=1e-4)
    assert power[:, 10:90].sum(axis=0) == pytest.approx(1.0, rel=0.05)


def test_loudness_changes_neither_input() -> None:
    """Both are levelled clip by clip, so that neither has a cue that the other lacks."""
    mel = tone(1000.0, seconds=2.5)
    for route in both_routes(FEATURES):
        one, other = (route.load(route.store(part)) for part in (mel, mel / 100))
        np.testing.assert_allclose(one, other, atol=0.02)


def test_both_routes_from_files_to_tables(tmp_path: Path) -> None:
    """Two epochs on tones: the same clips and settings for both, and three files in a study's form."""
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    usual = settings(width=2, n_epochs=2, fold=1)
    config = replace(usual, batch_size=4, dropout=0.0, learning_rate=0.02, features=TINY.features)
    lines: list[str] = []
    grid, rows = compare(dataset, config, progress=lines.append)
    write_results(tmp_path / "out", grid, rows, command="python -m benchmarks.pictures", note=NOTE)

    assert lines[-1].startswith("epoch 2/2: arrays loss ")
    held_out = sorted(clip.filename for clip in dataset.clips if clip.fold == 1)
    assert all(sorted(row.filenames) == held_out for row in rows)
    arrays, pictures = (row.result for row in rows)
    assert arrays["n_train"] == pictures["n_train"] == 24
    assert pictures["n_parameters"] - arrays["n_parameters"] == 2 * 9 * 2  # two more channels in the first convolution
    assert (arrays["memory_bytes"], pictures["memory_bytes"]) == (4 * 16 * 201, 4 * SIDE * SIDE * 3)
    assert arrays["disk_bytes"] == arrays["memory_bytes"]
    assert 500 < pictures["disk_bytes"] < pictures["memory_bytes"] / 4
    assert all(0 < row.result["convert_ms"] < row.result["input_ms"] for row in rows)

    with (tmp_path / "out" / "pictures.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["route"], row["fold"], row["seed"]) for row in table] == [("arrays", "1", "0"), ("pictures", "1", "0")]
    with (tmp_path / "out" / "pictures-clips.csv").open(newline="") as file:
        clips = list(csv.DictReader(file))
    assert list(clips[0]) == ["route", "fold", "seed", "filename", "category", "predicted"]
    for row in table:
        right = [clip["category"] == clip["predicted"] for clip in clips if clip["route"] == row["route"]]
        assert float(row["accuracy"]) == pytest.approx(np.mean(right))
    about = json.loads((tmp_path / "out" / "pictures.json").read_text(encoding="utf-8"))
    assert (about["epoch"], about["n_done"], about["data"]) == ("last", 2, ["8 kHz, 16-bit copy"])
    assert "Pillow" in about["note"]
    text = as_text(rows)
    assert "| pictures |" in text
    assert "of 6 clips" in text
