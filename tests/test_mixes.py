"""The benchmark of long recordings: what it mixes, and what it counts as found and as false."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from benchmarks.mixes import N_CLIPS, N_OVERLAPS, SECONDS, SR, Score, Sound, mixes, plain_events
from esc_core.dataset import Clip, Dataset
from esc_core.inference.timeline import Timeline


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Write twelve categories of fold 1, a clip each whose sound lasts from 1 to 4 s of 5, and one of fold 2."""
    (tmp_path / "audio").mkdir()
    y = np.zeros(5 * SR)
    y[SR : 4 * SR] = 0.5 * (-1.0) ** np.arange(3 * SR)
    clips = []
    for target in range(13):
        fold = 2 if target == 12 else 1
        name = f"{fold}-{target}-A-{target}.wav"
        sf.write(tmp_path / "audio" / name, y, SR)
        clips.append(Clip(name, fold, target, f"category {target}", False, str(target), "A"))
    return Dataset(tmp_path, tuple(clips))


def test_mixes_of_a_fold(dataset: Dataset) -> None:
    """Ten clips of the fold, of ten categories, where the mix says; two pairs overlap; between them room tone."""
    built = mixes(dataset, 1)
    assert len(built) == 4
    for y, sounds in built:
        assert y.size == SECONDS * SR
        assert len({sound.category for sound in sounds}) == N_CLIPS
        assert "category 12" not in {sound.category for sound in sounds}
        assert [sound.end - sound.start for sound in sounds] == pytest.approx([3.0] * N_CLIPS, abs=0.05)
        # the clips are 5 s long, their sounds 3 s
        gaps = np.array([after.start - before.end - 2 for before, after in pairwise(sounds)])
        assert ((gaps < -0.9) & (gaps > -2.6)).sum() == N_OVERLAPS
        assert (gaps > 0.5).sum() == N_CLIPS - 1 - N_OVERLAPS
        for sound in sounds:
            middle = y[round((sound.start + 0.1) * SR) : round((sound.end - 0.1) * SR)]
            assert np.abs(middle).max() > 0.45
            assert np.abs(np.diff(middle)).min() > 0.9
        level = 10 * np.log10(np.mean(np.square(y[: SR // 2], dtype=float)))
        assert level == pytest.approx(-65, abs=0.2)


def test_mixes_are_seeded(dataset: Dataset) -> None:
    """The same fold gives the same mixes, which differ from each other."""
    (first, sounds), (second, _) = mixes(dataset, 1)[:2]
    again, same = mixes(dataset, 1)[0]
    np.testing.assert_array_equal(first, again)
    assert sounds == same
    assert not np.array_equal(first, second)


def test_what_is_found_and_what_is_false() -> None:
    """By category and overlap: a second event of one clip is neither found again nor false."""
    score = Score()
    sounds = [Sound("dog", 10, 13), Sound("rain", 20, 25)]
    events = [("dog", 12.9, 15), ("dog", 9, 10.5), ("dog", 20, 25), ("rain", 25, 27), ("cat", 10, 13)]
    score.add(events, sounds, 60)
    score.add([], [Sound("cow", 0, 1)], 60)
    assert (score.clips, score.found, score.events, score.false) == (3, 1, 5, 3)
    assert score.recall == pytest.approx(1 / 3)
    assert score.false_per_minute == pytest.approx(1.5)
    assert score.missed == ["rain", "cow"]


def test_the_plain_rule() -> None:
    """Neighbouring windows with one best category at or above the threshold."""
    probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.5, 0.4], [0.2, 0.7], [0.8, 0.2]])
    times = np.arange(5) + 0.5
    found = plain_events(Timeline(times, 1.0, 1.0, probs, np.zeros(5, bool), (), (), probs.mean(axis=0), 5.0), 0.6)
    assert [(e.start, e.end, e.category, e.prob) for e in found] == [(0, 2, 0, 0.9), (3, 4, 1, 0.7), (4, 5, 0, 0.8)]
