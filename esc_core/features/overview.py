"""Statistics of a data set: level, silence and siblings of each clip, summarised by category, group and fold."""

from __future__ import annotations

import contextlib
import io
import os
import zlib
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from esc_core import audio
from esc_core.config import FeatureConfig, esc_home
from esc_core.dataset import GROUPS, OTHER, Dataset
from esc_core.disk.files import write_whole
from esc_core.errors import AudioError
from esc_core.features.extraction import cache_key

SILENCE_SECONDS = 0.01
SILENCE_RANGE = 1e-4
"""10 ms are digital silence if their peak-to-peak amplitude is at most this, −80 dB: lossy formats don't keep zeros."""

ACTIVE_SECONDS = 0.025
ACTIVE_DB = 40.0
"""25 ms are active if their power is less than this below the loudest 25 ms of the clip, in dB."""

_VERSION = 3
"""Raised whenever a figure is computed or stored differently; cached tables are then computed again."""


class SoundStats(NamedTuple):
    """Figures of one sound.

    Attributes
    ----------
    seconds : float
        Length, in seconds.
    active_seconds : float
        Length of the part within 40 dB of the loudest moment, in seconds.
    silence : float
        Share of digital silence, such as padding; 0–1.
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
    power = np.var(_frames(y, sr, ACTIVE_SECONDS), axis=1, dtype=np.float64)  # a constant offset is no sound
    loudest = power.max()
    if loudest <= 0:
        return SoundStats(y.size / sr, 0.0, silence, np.nan)
    active = power > loudest * 10 ** (-ACTIVE_DB / 10)
    level_db = 10 * np.log10(power[active].mean())
    return SoundStats(y.size / sr, float(active.mean() * y.size / sr), silence, float(level_db))


def _frames(y: np.ndarray, sr: int, seconds: float) -> np.ndarray:
    """Cut into whole frames, shape (n_frames, samples); a sound shorter than a frame is one frame."""
    length = min(y.size, max(1, round(seconds * sr)))
    return y[: y.size // length * length].reshape(-1, length)


def clip_stats(
    dataset: Dataset, *, progress: Callable[[int, int], None] | None = None, n_workers: int | None = None
) -> pd.DataFrame:
    """Measure every clip of a data set, or read the table if it was measured before.

    The table is kept under ``ESC_HOME/overview`` until a name, size or modification time of the files changes.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    progress : callable, optional
        Called with the clips done and all clips.
    n_workers : int, optional
        Number of threads; one per core if left out.

    Returns
    -------
    pandas.DataFrame
        One row per clip, in the order of ``dataset.clips``: clip_id, category, target, group, fold, src_file, the
        fields of `SoundStats`, and siblings: the number of other clips cut from the same recording.

    Notes
    -----
    The figures of a clip that can't be read are NaN; means leave it out.
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
        for row in pool.map(_stats_of, paths):
            rows.append(row)
            if progress:
                progress(len(rows), len(paths))
    return pd.DataFrame(rows, columns=SoundStats._fields)


def _stats_of(path: Path) -> SoundStats:
    try:
        return sound_stats(*audio.load(path))
    except AudioError:  # one bad clip must not cost the others' figures
        return SoundStats(np.nan, np.nan, np.nan, np.nan)


def _read(path: Path) -> pd.DataFrame | None:
    try:
        checksum, text = path.read_bytes().split(b"\n", 1)
        if checksum != _checksum(text):
            return None
        return pd.read_csv(io.BytesIO(text), dtype=float)[list(SoundStats._fields)]
    except (OSError, ValueError, KeyError):
        return None  # missing or damaged: measured again


def _checksum(text: bytes) -> bytes:
    """Return the first line of a stored table: the CRC-32 of all that follows it."""
    return f"# {zlib.crc32(text):08x}".encode()


def _store(table: pd.DataFrame, path: Path) -> None:
    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()
    with contextlib.suppress(OSError):  # on a full disk the clips are measured again next time
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda file: file.write(_checksum(text) + b"\n" + text))


def by_category(stats: pd.DataFrame) -> pd.DataFrame:
    """Summarise the clips of each category.

    Parameters
    ----------
    stats : pandas.DataFrame
        From `clip_stats`, or a part of it.

    Returns
    -------
    pandas.DataFrame
        One row per category, ordered by target: group, category, clips, recordings, with_siblings (clips that share
        their recording), active_seconds, silence and level_db (means).
    """
    return _summed(stats, ["target", "group", "category"]).drop(columns="target")


def by_group(stats: pd.DataFrame) -> pd.DataFrame:
    """Summarise the clips of each group, as `by_category` does, with the number of categories."""
    order = [group for group in (*GROUPS, OTHER) if (stats["group"] == group).any()]
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


def fold_counts(stats: pd.DataFrame, folds: Collection[int]) -> pd.DataFrame:
    """Count the clips of each category in each fold.

    Parameters
    ----------
    stats : pandas.DataFrame
        From `clip_stats`, or a part of it.
    folds : collection of int
        The folds of the data set; a part of it may lack some.

    Returns
    -------
    pandas.DataFrame
        Integer counts; rows are categories, ordered by target; columns are the folds.
    """
    counts = pd.crosstab([stats["target"], stats["category"]], stats["fold"])
    return counts.droplevel("target").reindex(columns=sorted(folds), fill_value=0)
