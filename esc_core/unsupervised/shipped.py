"""Maps of ESC-50 that come with the program, so that nobody waits for them: points, clusters and directions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import ASSETS_DIR
from esc_core.dataset import Dataset
from esc_core.dataset.known import original_md5
from esc_core.dataset.layout import clip_stem
from esc_core.disk.files import read_arrays, write_whole
from esc_core.errors import DatasetError
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.maps import SoundMap, read_measures, write_measures
from esc_core.unsupervised.neighbours import unit

MAPS_DIR = ASSETS_DIR / "maps"
"""Folder of the shipped maps, a file for each embedding."""

_STEPS = 127
"""Steps from 0 to the largest number of a direction, which is stored in 8 bits; cosines change by less than 0.01."""

_ARRAYS = ("names", "key", "points", "clusters", "islands", "x", "step", "mean", "deviation")


def shipped_map(dataset: Dataset, key: Sequence[Any], *, folder: Path = MAPS_DIR) -> SoundMap | None:
    """Return the shipped map of a data set.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    key : sequence
        Key of the embedding, see `esc_core.unsupervised.embedders.embedding_key`.
    folder : pathlib.Path
        Folder of the maps.

    Returns
    -------
    SoundMap or None
        None unless the data set is all of ESC-50, and the map was made with this key.
    """
    if not is_esc50(dataset):
        return None
    stored = read_arrays(folder / f"{key[0]}.npz", *_ARRAYS)
    if stored is None or str(stored["key"]) != _as_text(key):
        return None
    position = {clip.clip_id: i for i, clip in enumerate(dataset.clips)}
    positions = np.array([position[clip_stem(name)] for name in stored["names"].tolist()])
    order = np.argsort(positions)
    return SoundMap(
        positions=positions[order],
        points=stored["points"][order].astype(np.float32),
        clusters=stored["clusters"][order].astype(int),
        islands=stored["islands"][order].astype(int),
        x=unit(stored["x"][order].astype(np.float32) * stored["step"]),
        mean=stored["mean"],
        deviation=stored["deviation"],
    )


def shipped_measures(name: str, *, folder: Path = MAPS_DIR) -> list[Measure]:
    """Return what was measured of the shipped map of an embedding; none if there is no such map."""
    return read_measures(folder / f"{name}.npz")


def has_shipped_map(dataset: Dataset, name: str, *, folder: Path = MAPS_DIR) -> bool:
    """Return whether there is a file for a data set and an embedding, without reading it."""
    return is_esc50(dataset) and (folder / f"{name}.npz").is_file()


def is_esc50(dataset: Dataset) -> bool:
    """Return whether a data set is all of ESC-50, in whatever format.

    Names like those of ESC-50 are not enough: the synthetic starter set has such names, too.
    """
    return not dataset.synthetic and {clip.clip_id for clip in dataset.clips} == _esc50_ids()


@lru_cache(maxsize=1)
def _esc50_ids() -> frozenset[str]:
    return frozenset(clip_stem(name) for name in original_md5())


def write_shipped(
    dataset: Dataset, key: Sequence[Any], found: SoundMap, measures: Sequence[Measure], *, folder: Path = MAPS_DIR
) -> Path:
    """Store the map of ESC-50 to be shipped, without anything that could be heard.

    Parameters
    ----------
    dataset : Dataset
        ESC-50, all of it.
    key : sequence
        Key of the embedding.
    found : SoundMap
        The map.
    measures : sequence of Measure
        What was measured of it.
    folder : pathlib.Path
        Folder of the maps.

    Returns
    -------
    pathlib.Path
        The file: points as 16-bit floats, clusters and directions in 8 bits.

    Raises
    ------
    DatasetError
        If the data set is not ESC-50, or not each of its clips can be read.
    OSError
        If the file can't be written.
    """
    if not is_esc50(dataset) or len(found.positions) != len(dataset.clips):
        raise DatasetError("only a map of all 2000 clips of ESC-50 is shipped")
    step = np.float32(np.abs(found.x).max() / _STEPS)
    arrays: dict[str, Any] = {
        "names": np.array([clip.filename for clip in found.clips(dataset)]),
        "key": np.array(_as_text(key)),
        "points": found.points.astype(np.float16),
        "clusters": found.clusters.astype(np.int8),
        "islands": found.islands.astype(np.int8),
        "x": np.round(found.x / step).astype(np.int8),
        "step": step,
        "mean": found.mean,
        "deviation": found.deviation,
    }
    path = folder / f"{key[0]}.npz"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda file: np.savez_compressed(file, **arrays))
    write_measures(path, measures)
    return path


def _as_text(key: Sequence[Any]) -> str:
    return json.dumps(list(key), sort_keys=True)
