"""The map of a data set: points, clusters and islands, computed once and kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import esc_home
from esc_core.dataset import Clip, Dataset
from esc_core.disk.files import read_arrays, reason, write_whole
from esc_core.errors import DatasetError, TrainingError
from esc_core.features.cache import data_key
from esc_core.unsupervised.agreement import Measure, agreement, out_of_fold
from esc_core.unsupervised.clusters import NO_CLUSTER, cluster_names, hdbscan, k_means, strangers
from esc_core.unsupervised.embedders import Embedder
from esc_core.unsupervised.layout import lay_out
from esc_core.unsupervised.vectors import Embeddings, Scale

_VERSION = 1
"""Raised whenever points or clusters are computed otherwise; stored maps are then made again."""


@dataclass(frozen=True)
class SoundMap:
    """Where the clips of a data set lie, and which lie together.

    Attributes
    ----------
    positions : numpy.ndarray, shape (n,), int
        Positions in ``dataset.clips`` of the clips that can be read.
    points : numpy.ndarray, shape (n, 2), float32
        Their points, in [-1, 1].
    clusters : numpy.ndarray, shape (n,), int
        Their clusters by k-means on the embeddings, as many as there are categories.
    islands : numpy.ndarray, shape (n,), int
        Their clusters by HDBSCAN on the points; `NO_CLUSTER` for clips that lie alone.
    """

    positions: np.ndarray
    points: np.ndarray
    clusters: np.ndarray
    islands: np.ndarray

    def clips(self, dataset: Dataset) -> list[Clip]:
        """Return the clips on the map, in its order."""
        return [dataset.clips[i] for i in self.positions]


def map_path(dataset: Dataset, embedder: Embedder, *, seed: int = 0) -> Path:
    """Return the file of a map, which need not exist."""
    return esc_home() / "maps" / f"{data_key(dataset, 'map', _VERSION, *embedder.key, seed)}.npz"


def read_map(path: Path) -> SoundMap | None:
    """Return a stored map; None if it is missing or damaged."""
    stored = read_arrays(path, "positions", "points", "clusters", "islands")
    if stored is None:
        return None
    n = len(stored["positions"]) if stored["positions"].ndim == 1 else -1
    whole = all(stored[name].shape == (n,) and stored[name].dtype.kind == "i" for name in _WHOLE_NUMBERS)
    points = stored["points"]
    good = whole and points.shape == (n, 2) and points.dtype == np.float32 and bool(np.isfinite(points).all())
    return SoundMap(**stored) if good else None


_WHOLE_NUMBERS = ("positions", "clusters", "islands")


def make_map(dataset: Dataset, embedder: Embedder, embeddings: Embeddings, *, seed: int = 0) -> SoundMap:
    """Lay a data set out and cluster it, or open the map if it was made before.

    Parameters
    ----------
    dataset : Dataset
        The clips. Of their categories only the number is used.
    embedder : Embedder
        What made the embeddings.
    embeddings : Embeddings
        From `esc_core.unsupervised.vectors.embed_dataset`.
    seed : int
        Seed of layout and clusters.

    Returns
    -------
    SoundMap
        The map.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    """
    path = map_path(dataset, embedder, seed=seed)
    found = read_map(path)
    if found is not None and np.array_equal(found.positions, embeddings.positions):
        return found
    x = Scale.of(embeddings.x)(embeddings.x)
    points = lay_out(x, seed=seed)
    clusters = k_means(x, n_clusters=len(dataset.categories), seed=seed)
    made = SoundMap(embeddings.positions, points, clusters, hdbscan(points))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda file: np.savez(file, **vars(made)))
    except OSError as error:
        raise DatasetError(f"the map can't be stored in {path.parent}: {reason(error)}") from error
    return made


def measure_map(dataset: Dataset, found: SoundMap, embeddings: Callable[[int], Embeddings]) -> list[Measure]:
    """Measure how much of the categories a map's clusters and its embeddings show.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    found : SoundMap
        The map.
    embeddings : callable
        Takes a fold, returns embeddings of all clips that no clip of this fold took part in making.

    Returns
    -------
    list of Measure
        NMI and ARI of the clusters; nearest neighbour and linear probe out of fold, where a fold can be held out.
    """
    targets = dataset.labels[found.positions]
    measures = agreement(found.clusters, targets, [clip.src_file for clip in found.clips(dataset)])
    try:
        return measures + out_of_fold(dataset, embeddings)
    except TrainingError:  # a data set of one fold
        return measures


COLUMNS = ("filename", "category", "fold", "x", "y", "cluster", "cluster_name", "island", "island_name", "deviations")
"""Columns of the table of a map. The last one is empty for a clip that belongs to its cluster, else how far it is from
the cluster's centre, in deviations above the median."""


def map_rows(dataset: Dataset, found: SoundMap, embeddings: Embeddings) -> Iterator[tuple[Any, ...]]:
    """Yield a row of `COLUMNS` for each clip on a map.

    Parameters
    ----------
    dataset, found
        As for `measure_map`.
    embeddings : Embeddings
        What the map was made of.

    Yields
    ------
    tuple
        The cells; None where there is nothing to say, and for the island of a clip that lies alone.
    """
    clips = found.clips(dataset)
    categories = [clip.category for clip in clips]
    names, islands = cluster_names(found.clusters, categories), cluster_names(found.islands, categories)
    far = {one.row: round(one.distance, 1) for one in strangers(Scale.of(embeddings.x)(embeddings.x), found.clusters)}
    for i, clip in enumerate(clips):
        x, y = (round(float(value), 4) for value in found.points[i])
        cluster, island = int(found.clusters[i]), int(found.islands[i])
        of_island = (None, None) if island == NO_CLUSTER else (island, islands[island])
        yield clip.filename, clip.category, clip.fold, x, y, cluster, names[cluster], *of_island, far.get(i)
