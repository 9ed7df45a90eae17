"""The map of a data set: points, clusters and islands, computed once and kept on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import esc_home
from esc_core.dataset import Clip, Dataset
from esc_core.disk.files import read_arrays, read_json, reason, write_json, write_whole
from esc_core.disk.stored import Kind, count, fits, list_of, maybe, number
from esc_core.errors import DatasetError, TrainingError
from esc_core.features.cache import data_key
from esc_core.unsupervised.agreement import TITLES, Measure, agreement
from esc_core.unsupervised.clusters import NO_CLUSTER, cluster_names, hdbscan, k_means, strangers
from esc_core.unsupervised.embedders import Embedder
from esc_core.unsupervised.held_out import OfFold, classify_held_out
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
    x : numpy.ndarray, shape (n, d), float32
        Directions of their embeddings.
    mean, deviation : numpy.ndarray, shape (d,), float32
        Scale of the embeddings.
    """

    positions: np.ndarray
    points: np.ndarray
    clusters: np.ndarray
    islands: np.ndarray
    x: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def clips(self, dataset: Dataset) -> list[Clip]:
        """Return the clips on the map, in its order."""
        return [dataset.clips[i] for i in self.positions]

    def direction(self, vector: np.ndarray) -> np.ndarray:
        """Return the direction, shape (d,), of another sound's embedding, on the scale of the map."""
        return Scale(self.mean, self.deviation)(vector)


def map_path(dataset: Dataset, key: tuple[Any, ...], *, seed: int = 0) -> Path:
    """Return the file of a map, which need not exist; `key` is that of an embedder."""
    return esc_home() / "maps" / f"{data_key(dataset, 'map', _VERSION, *key, seed)}.npz"


def read_map(path: Path) -> SoundMap | None:
    """Return a stored map; None if it is missing or damaged."""
    stored = read_arrays(path, *(field.name for field in fields(SoundMap)))
    return SoundMap(**stored) if stored is not None and _is_whole(stored) else None


def _is_whole(stored: dict[str, np.ndarray]) -> bool:
    n, d = (stored[name].size for name in ("positions", "mean"))
    shapes = {"points": (n, 2), "x": (n, d), "mean": (d,), "deviation": (d,)}
    return all(stored[name].shape == (n,) and stored[name].dtype.kind == "i" for name in _WHOLE_NUMBERS) and all(
        stored[name].shape == shape and stored[name].dtype == np.float32 and bool(np.isfinite(stored[name]).all())
        for name, shape in shapes.items()
    )


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
    path = map_path(dataset, embedder.key, seed=seed)
    found = read_map(path)
    if found is not None and np.array_equal(found.positions, embeddings.positions):
        return found
    scale = Scale.of(embeddings.x)
    x = scale(embeddings.x)
    points = lay_out(x, seed=seed)
    clusters = k_means(x, n_clusters=len(dataset.categories), seed=seed)
    made = SoundMap(embeddings.positions, points, clusters, hdbscan(points), x, scale.mean, scale.deviation)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda file: np.savez(file, **vars(made)))
    except OSError as error:
        raise DatasetError(f"the map can't be stored in {path.parent}: {reason(error)}") from error
    return made


def measure_map(dataset: Dataset, found: SoundMap, embeddings: OfFold) -> list[Measure]:
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
        return measures + classify_held_out(dataset, embeddings).measures(dataset)
    except TrainingError:  # a data set of one fold
        return measures


def write_measures(path: Path, measures: Sequence[Measure]) -> None:
    """Keep the measures of a map beside its file; raise OSError if they can't be written."""
    write_json(path.with_suffix(".json"), {"measures": [asdict(one) for one in measures]})


def read_measures(path: Path) -> list[Measure]:
    """Return the measures of a map with this file; none if they are missing or damaged."""
    rows: Any = read_json(path.with_suffix(".json")).get("measures")
    if not list_of(lambda row: fits(row, _MEASURE))(rows):
        return []
    return [Measure(**{**row, "interval": tuple(row["interval"])}) for row in rows]


_MEASURE: dict[str, Kind] = {
    "name": lambda value: value in TITLES,
    "value": number,
    "interval": lambda value: list_of(maybe(number))(value) and len(value) == 2,
    "chance": number,
    "n": count,
}


COLUMNS = ("filename", "category", "fold", "x", "y", "cluster", "cluster_name", "island", "island_name", "deviations")
"""Columns of the table of a map. The last one is empty for a clip that belongs to its cluster, else how far it is from
the cluster's centre, in deviations above the median."""


def map_rows(dataset: Dataset, found: SoundMap) -> Iterator[tuple[Any, ...]]:
    """Yield a row of `COLUMNS` for each clip on a map.

    Parameters
    ----------
    dataset, found
        As for `measure_map`.

    Yields
    ------
    tuple
        The cells; None where there is nothing to say, and for the island of a clip that lies alone.
    """
    clips = found.clips(dataset)
    categories = [clip.category for clip in clips]
    names, islands = cluster_names(found.clusters, categories), cluster_names(found.islands, categories)
    far = {one.row: round(one.distance, 1) for one in strangers(found.x, found.clusters)}
    for i, clip in enumerate(clips):
        x, y = (round(float(value), 4) for value in found.points[i])
        cluster, island = int(found.clusters[i]), int(found.islands[i])
        of_island = (None, None) if island == NO_CLUSTER else (island, islands[island])
        yield clip.filename, clip.category, clip.fold, x, y, cluster, names[cluster], *of_island, far.get(i)
