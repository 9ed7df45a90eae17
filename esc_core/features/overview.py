"""What a data set holds: level, silence and siblings of each clip, and the sums over categories and folds."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from esc_core import audio
from esc_core.config import FeatureConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.features.mel import cache_key

SILENCE_SECONDS = 0.01
SILENCE_RANGE = 1e-4
"""10 ms that stay within this range are digital silence: −80 dB, what lossy formats make of zeros."""

ACTIVE_SECONDS = 0.025
ACTIVE_DB = 40.0
"""25 ms are active when their power is less than this below the loudest 25 ms of the clip, in dB."""

_VERSION = 1
"""To be raised when a figure is computed otherwise; what is cached is then computed anew."""


class SoundStats(NamedTuple):
    """Figures of one sound.

    Attributes
    ----------
    seconds : float
        Length, in seconds.
    active_seconds : float
        Length of what lies within 40 dB of the loudest moment, in seconds.
    silence : float
        Share that is digital silence, such as padding; 0–1.
    level_db : float
        Root-mean-square level of the active part, in dBFS; NaN for pure silence.
    """

    seconds: float
    active_seconds: float
    silence: float
    level_db: float


def sound_stats(y: np.ndarray, sr: int) -> SoundStats:
    """Measure one sound.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    SoundStats
        Length, active part, silence, level.
    """
    if not y.size:
        return SoundStats(0.0, 0.0, 1.0, np.nan)
    short = _frames(y, sr, SILENCE_SECONDS)
    silence = float((np.ptp(short, axis=1) <= SILENCE_RANGE).mean())
    power = np.square(_frames(y, sr, ACTIVE_SECONDS), dtype=np.float64).mean(axis=1)
    loudest = power.max()
    if loudest <= 0:
        return SoundStats(y.size / sr, 0.0, silence, np.nan)
    active = power > loudest * 10 ** (-ACTIVE_DB / 10)
    level_db = 10 * np.log10(power[active].mean())
    return SoundStats(y.size / sr, float(active.mean() * y.size / sr), silence, float(level_db))


def _frames(y: np.ndarray, sr: int, seconds: float) -> np.ndarray:
    """Cut into whole frames, shape (n_frames, samples); a sound shorter than one is a frame of its own."""
    length = min(y.size, max(1, round(seconds * sr)))
    return y[: y.size // length * length].reshape(-1, length)


def clip_stats(
    dataset: Dataset, *, progress: Callable[[int, int], None] | None = None, n_workers: int | None = None
) -> pd.DataFrame:
    """Measure every clip of a data set, or read what was measured before.

    The table is kept under ``ESC_HOME/overview`` as long as names, sizes and times of the files stay the same.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    progress : callable, optional
        Called with clips done and clips in all.
    n_workers : int, optional
        Threads; one a core if left out.

    Returns
    -------
    pandas.DataFrame
        A row a clip, in the order of ``dataset.clips``: clip_id, category, target, group, fold, src_file, the fields
        of `SoundStats`, and siblings: the number of other clips cut from the same recording.

    Raises
    ------
    AudioError
        If a clip can't be read.
    """
    path = esc_home() / "overview" / f"{cache_key(dataset, FeatureConfig())}-{_VERSION}.csv"
    measured = _read(path)
    if measured is None or len(measured) != len(dataset.clips):
        measured = _measure(dataset, progress, n_workers or os.cpu_count() or 1)
        _store(measured, path)
    known = dataset.table[["clip_id", "category", "target", "group", "fold", "src_file"]]
    siblings = known.groupby("src_file")["clip_id"].transform("size") - 1
    return pd.concat([known, measured], axis=1).assign(siblings=siblings)


def _measure(dataset: Dataset, progress: Callable[[int, int], None] | None, n_workers: int) -> pd.DataFrame:
    rows = []
    with ThreadPoolExecutor(n_workers) as pool:
        paths = [dataset.path(clip) for clip in dataset.clips]
        for row in pool.map(lambda path: sound_stats(*audio.load(path)), paths):
            rows.append(row)
            if progress:
                progress(len(rows), len(paths))
    return pd.DataFrame(rows, columns=SoundStats._fields)


def _read(path: Path) -> pd.DataFrame | None:
    try:
        return pd.read_csv(path, dtype=float)[list(SoundStats._fields)]
    except (OSError, ValueError, KeyError):
        return None  # not there, or damaged: measured again


def _store(table: pd.DataFrame, path: Path) -> None:
    # without room on the disk the figures are measured again next time
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(fd, "w", encoding="utf-8", newline="") as file:
                table.to_csv(file, index=False, float_format="%.6g")
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)


def by_category(stats: pd.DataFrame) -> pd.DataFrame:
    """Sum up the clips of each category.

    Parameters
    ----------
    stats : pandas.DataFrame
        From `clip_stats`, or a part of it.

    Returns
    -------
    pandas.DataFrame
        A row a category, ordered by target: group, category, clips, recordings, with_siblings (clips that share
        their recording), active_seconds, silence and level_db (means).
    """
    return _summed(stats, ["target", "group", "category"]).drop(columns="target")


def by_group(stats: pd.DataFrame) -> pd.DataFrame:
    """Sum up the clips of each group; as `by_category`, with the number of categories."""
    order = stats.groupby("group")["target"].min().sort_values().index
    categories = stats.groupby("group")["category"].nunique().rename("categories")
    return _summed(stats, ["group"]).set_index("group").join(categories).loc[order].reset_index()


def _summed(stats: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    groups = stats.assign(shared=stats["siblings"] > 0).groupby(keys, sort=True)
    return groups.agg(
        clips=("clip_id", "size"),
        recordings=("src_file", "nunique"),
        with_siblings=("shared", "sum"),
        active_seconds=("active_seconds", "mean"),
        silence=("silence", "mean"),
        level_db=("level_db", "mean"),
    ).reset_index()


def fold_counts(stats: pd.DataFrame) -> pd.DataFrame:
    """Count the clips of each category in each fold.

    Parameters
    ----------
    stats : pandas.DataFrame
        From `clip_stats`, or a part of it.

    Returns
    -------
    pandas.DataFrame
        Rows categories, ordered by target; columns folds 1–5; int.
    """
    counts = pd.crosstab([stats["target"], stats["category"]], stats["fold"])
    return counts.droplevel("target").reindex(columns=range(1, 6), fill_value=0)
