"""Statistics of single sounds with known answers, summaries, and the cache on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from esc_core.config import esc_home
from esc_core.dataset import Dataset, load_dataset
from esc_core.features import overview

SR = 16_000


def tone(seconds: float, amplitude: float = 0.5) -> np.ndarray:
    """Make a tone of 1 kHz."""
    return (amplitude * np.sin(2 * np.pi * 1000 * np.arange(int(seconds * SR)) / SR)).astype(np.float32)


def padded(seconds: float) -> np.ndarray:
    """Make a tone, then digital silence up to 5 s."""
    return np.pad(tone(seconds), (0, int((5 - seconds) * SR)))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Four clips: two siblings of dog, one more dog, one rain."""
    rows = [("1-7-A-0", 1, 0, "dog", 7, 1.0), ("1-7-B-0", 1, 0, "dog", 7, 2.0), ("2-8-A-0", 2, 0, "dog", 8, 3.0)]
    rows.append(("3-9-A-10", 3, 10, "rain", 9, 5.0))
    (tmp_path / "audio").mkdir()
    (tmp_path / "meta").mkdir()
    for name, *_, seconds in rows:
        sf.write(tmp_path / "audio" / f"{name}.wav", padded(seconds), SR)
    lines = [f"{name}.wav,{fold},{target},{category},False,{src},A" for name, fold, target, category, src, _ in rows]
    text = "\n".join(["filename,fold,target,category,esc10,src_file,take", *lines])
    (tmp_path / "meta" / "esc50.csv").write_text(text, encoding="utf-8")
    return load_dataset(tmp_path)


def test_padding_is_silence_and_not_active() -> None:
    """Of a tone of 2 s in 5 s, 60% is digital silence, 2 s are active, and the level is the tone's."""
    stats = overview.sound_stats(padded(2.0), SR)
    assert stats.seconds == 5.0
    assert stats.silence == pytest.approx(0.6, abs=0.005)
    assert stats.active_seconds == pytest.approx(2.0, abs=0.05)
    assert stats.level_db == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.05)


def test_quiet_noise_is_no_digital_silence() -> None:
    """A sound 50 dB below a tone is not silent, but not active."""
    y = tone(5.0)
    y[2 * SR :] = tone(3.0, amplitude=0.5 * 10 ** (-50 / 20))
    stats = overview.sound_stats(y, SR)
    assert stats.silence == 0.0
    assert stats.active_seconds == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("y", [np.zeros(SR, np.float32), np.zeros(0, np.float32)])
def test_pure_silence_has_no_level(y: np.ndarray) -> None:
    """Silence and an empty array are fully silent."""
    stats = overview.sound_stats(y, SR)
    assert (stats.silence, stats.active_seconds) == (1.0, 0.0)
    assert np.isnan(stats.level_db)


def test_a_sound_shorter_than_a_frame_is_measured() -> None:
    """Five milliseconds are one frame."""
    assert overview.sound_stats(tone(0.005), SR).active_seconds == pytest.approx(0.005)


def test_clips_have_their_figures_and_siblings(dataset: Dataset) -> None:
    """One row per clip, in the order of the table."""
    stats = overview.clip_stats(dataset)
    assert stats["clip_id"].tolist() == ["1-7-A-0", "1-7-B-0", "2-8-A-0", "3-9-A-10"]
    assert stats["siblings"].tolist() == [1, 1, 0, 0]
    assert stats["silence"].to_numpy() == pytest.approx([0.8, 0.6, 0.4, 0.0], abs=0.005)


def test_sums_by_category_group_and_fold(dataset: Dataset) -> None:
    """Counts add up, means are of the clips."""
    stats = overview.clip_stats(dataset)
    dogs, rain = overview.by_category(stats).to_dict("records")
    assert (dogs["group"], dogs["category"], dogs["clips"], dogs["recordings"]) == ("animals", "dog", 3, 2)
    assert dogs["with_siblings"] == 2
    assert dogs["silence"] == pytest.approx(0.6, abs=0.005)
    assert rain["clips"] == 1
    groups = overview.by_group(stats)
    assert groups["group"].tolist() == ["animals", "nature"]
    assert groups["categories"].tolist() == [1, 1]
    counts = overview.fold_counts(stats, dataset.fold_numbers)
    assert counts.loc["dog"].tolist() == [2, 1, 0]
    assert counts.to_numpy().sum() == 4


def test_groups_keep_their_order_when_the_table_starts_elsewhere(dataset: Dataset) -> None:
    """Groups have ESC-50's order, not by alphabet nor by the first clip."""
    stats = overview.clip_stats(dataset).iloc[::-1]
    assert overview.by_group(stats)["group"].tolist() == ["animals", "nature"]


def test_second_time_nothing_is_measured(dataset: Dataset) -> None:
    """The figures are read from disk, and are the same."""
    first = overview.clip_stats(dataset)
    calls: list[int] = []
    again = overview.clip_stats(dataset, progress=lambda done, n: calls.append(done))
    assert calls == []
    pd.testing.assert_frame_equal(first, again, rtol=1e-4)


def test_changed_clip_is_measured_again(dataset: Dataset) -> None:
    """Other content gives another key."""
    overview.clip_stats(dataset)
    sf.write(dataset.path(dataset.clips[0]), tone(4.0), SR)
    assert overview.clip_stats(dataset)["silence"][0] == 0.0


def test_damaged_cache_is_measured_again(dataset: Dataset) -> None:
    """A file that is not a table is ignored and replaced; no incomplete file is left."""
    expected = overview.clip_stats(dataset)
    (kept,) = (esc_home() / "overview").iterdir()
    kept.write_bytes(b"")
    pd.testing.assert_frame_equal(overview.clip_stats(dataset), expected, rtol=1e-4)
    assert [path.name for path in (esc_home() / "overview").iterdir()] == [kept.name]


def test_progress_counts_to_the_end(dataset: Dataset) -> None:
    """One call per clip."""
    calls: list[tuple[int, int]] = []
    overview.clip_stats(dataset, progress=lambda done, n: calls.append((done, n)), n_workers=2)
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_unreadable_clip_does_not_stop_the_rest(dataset: Dataset) -> None:
    """Its figures are missing; the others stand."""
    dataset.path(dataset.clips[2]).write_bytes(b"no sound")
    missing = overview.clip_stats(dataset)["seconds"].isna()
    assert missing.tolist() == [i == 2 for i in range(len(dataset.clips))]


@pytest.mark.real_data
def test_facts_of_esc50(esc50_dir: Path) -> None:
    """1524 recordings, 795 clips that share one, 40 clips per category, 8 per category in each fold."""
    stats = overview.clip_stats(load_dataset(esc50_dir))
    assert len(stats) == 2000
    assert stats["src_file"].nunique() == 1524
    assert int((stats["siblings"] > 0).sum()) == 795
    assert overview.by_category(stats)["clips"].tolist() == [40] * 50
    assert overview.by_group(stats)["clips"].tolist() == [400] * 5
    assert overview.by_category(stats)["with_siblings"].sum() == 795
    assert (overview.fold_counts(stats, range(1, 6)).to_numpy() == 8).all()
    padded_share = (stats["silence"] > 0.05).mean()
    assert 0.14 <= padded_share <= 0.35  # 8 bits round quiet tails to silence as well
