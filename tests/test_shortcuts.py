"""What silence and bandwidth alone give away: the edges of a band, the vote of neighbours, and a whole data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.shortcuts import about, band_edges, measure, nearest
from esc_core.dataset import load_dataset
from tests.small_runs import NAMES, write_tones

SR = 16_000


def test_edges_of_a_band() -> None:
    """Of two tones and a weak third one outside, the two; an offset is no sound."""
    t = np.arange(2 * SR) / SR
    y = np.sin(2 * np.pi * 500 * t) + np.sin(2 * np.pi * 3000 * t) + 0.01 * np.sin(2 * np.pi * 7000 * t) + 0.3
    assert band_edges(y.astype(np.float32), SR) == pytest.approx((500, 3000), abs=1)


def test_silence_has_no_band() -> None:
    """Nor has an offset."""
    assert band_edges(np.zeros(SR, np.float32), SR) == (0, 0)
    assert band_edges(np.full(SR, 0.5, np.float32), SR) == (0, 0)


def test_neighbours_vote_whatever_the_unit() -> None:
    """Two heaps far apart; a figure in hertz weighs as much as one in seconds."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 20)
    train = np.stack([labels + 0.1 * rng.random(40), 9000 * rng.random(40)], axis=1)
    test = np.array([[0.05, 4000.0], [1.05, 4000.0]])
    for unit in (1.0, 1000.0):
        assert nearest(train * [unit, 1], labels, test * [unit, 1], n_classes=2).tolist() == [0, 1]


def test_equal_figures_say_nothing() -> None:
    """Where all training clips look alike, all clips get one name."""
    labels = np.arange(30) % 3
    named = nearest(np.zeros((30, 2)), labels, np.array([[0.0, 0.0], [1.0, 0.0], [0.0, -1.0]]), n_classes=3)
    assert len(set(named.tolist())) == 1


def test_tones_are_known_by_their_band(tmp_path: Path) -> None:
    """Bandwidth names each tone in every fold; silence, of which they have none, can't."""
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    cells, clips = measure(dataset)
    assert [(cell["cue"], cell["fold"]) for cell in cells] == [
        (cue, fold) for cue in ("silence", "bandwidth", "both") for fold in range(1, 6)
    ]
    accuracy = {cue: np.mean([c["accuracy"] for c in cells if c["cue"] == cue]) for cue in ("silence", "bandwidth")}
    assert accuracy["bandwidth"] == 1
    assert accuracy["silence"] < 0.8
    for cue in ("silence", "bandwidth", "both"):
        own = [clip for clip in clips if clip["cue"] == cue]
        assert sorted(clip["filename"] for clip in own) == sorted(clip.filename for clip in dataset.clips)
        assert {clip["predicted"] for clip in own} <= set(NAMES)
    assert about(cells)["epoch"] is None
