"""Clusters of sounds, found without labels; then their names by what is in them, and what fits them least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.config import require
from esc_core.words import listed, readable

NO_CLUSTER = -1
"""Label of a sound that HDBSCAN leaves alone."""

MOSTLY = 0.6
"""Share of a cluster that one category, or two together, must have to name it."""

FAR = 3.5
"""A sound does not belong where its distance from the centre is this many deviations above its cluster's median."""

_N_STARTS = 4
"""k-means runs from several starts, and the closest clusters are kept."""

_LEAST_CLUSTER = 8
"""Fewest sounds of a cluster of HDBSCAN, in a data set with several times as many."""


def k_means(x: np.ndarray, *, n_clusters: int, seed: int = 0) -> np.ndarray:
    """Divide sounds into clusters, each of which lies around its mean (Lloyd 1982).

    Parameters
    ----------
    x : numpy.ndarray, shape (n, d)
        Directions of the sounds.
    n_clusters : int
        Number of clusters; fewer if there are fewer different sounds.
    seed : int
        Seed of the starts.

    Returns
    -------
    numpy.ndarray, shape (n,), int
        Cluster of each sound, from 0, the largest first.

    Raises
    ------
    ParameterError
        If there is no sound, or no cluster is asked for.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    require(n_clusters >= 1, "n_clusters must be at least 1", n_clusters)
    require(len(x) >= 1, "clusters need at least 1 sound", len(x))
    n = min(n_clusters, len(np.unique(x, axis=0)))
    with threadpool_limits(1):  # the order in which threads add up would change the result
        found = KMeans(n, n_init=_N_STARTS, random_state=seed).fit_predict(np.asarray(x, np.float32))
    return _by_size(found)


def hdbscan(points: np.ndarray, *, least: int | None = None) -> np.ndarray:
    """Find clusters where sounds lie densely, in any number and shape (Campello et al. 2013).

    Parameters
    ----------
    points : numpy.ndarray, shape (n, d)
        Few dimensions, such as those of a map: in many, all sounds are about equally far apart.
    least : int, optional
        Fewest sounds of a cluster; by default 8, or an eighth of all in a small data set.

    Returns
    -------
    numpy.ndarray, shape (n,), int
        Cluster of each sound, from 0, the largest first; `NO_CLUSTER` for sounds that lie alone.

    Raises
    ------
    ParameterError
        If a cluster may have fewer than 2 sounds.
    """
    from sklearn.cluster import HDBSCAN

    least = max(2, min(_LEAST_CLUSTER, len(points) // 8)) if least is None else least
    require(least >= 2, "a cluster must have at least 2 sounds", least)
    if len(points) < least:
        return np.full(len(points), NO_CLUSTER)
    return _by_size(HDBSCAN(min_cluster_size=least, n_jobs=1, copy=True).fit_predict(points))


def _by_size(labels: np.ndarray) -> np.ndarray:
    """Return clusters numbered by size, so that numbers mean something; of equal ones the first met comes first."""
    counts = Counter(label for label in labels.tolist() if label >= 0)
    number = {label: i for i, (label, _) in enumerate(counts.most_common())}
    return np.array([number.get(label, NO_CLUSTER) for label in labels.tolist()], int)


def cluster_names(labels: np.ndarray, categories: Sequence[str]) -> tuple[str, ...]:
    """Name clusters by what is in them.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n,), int
        Cluster of each sound.
    categories : sequence of str, length n
        Category of each sound.

    Returns
    -------
    tuple of str
        A name for each cluster, such as "mostly rain and sea waves", or "mixed: wind, rain, sea waves" where no two
        categories make up `MOSTLY` of it. No two clusters have the same name: a later one gets a number.
    """
    used: Counter[str] = Counter()
    names = []
    for label in range(int(labels.max(initial=NO_CLUSTER)) + 1):
        inside = [name for name, own in zip(categories, labels == label, strict=True) if own]
        name = _name(inside)
        used[name] += 1
        names.append(f"{name} ({used[name]})" if used[name] > 1 else name)
    return tuple(names)


def _name(inside: Sequence[str]) -> str:
    # of equally frequent ones the first in the alphabet, so that the order of the clips does not matter
    common = sorted(Counter(inside).items(), key=lambda item: (-item[1], item[0]))
    first = [readable(name) for name, _ in common[:3]]
    share = np.cumsum([n for _, n in common]) / max(1, len(inside))
    if len(common) == 1:
        return f"only {first[0]}"
    for n in (1, 2):
        if share[n - 1] >= MOSTLY:
            return f"mostly {' and '.join(first[:n])}"
    return f"mixed: {listed(first)}"


@dataclass(frozen=True)
class Stranger:
    """A sound that does not belong to its cluster.

    Attributes
    ----------
    row : int
        Its row.
    cluster : int
        Its cluster.
    distance : float
        Distance from the cluster's centre, in deviations above the median of the cluster.
    """

    row: int
    cluster: int
    distance: float


def strangers(x: np.ndarray, labels: np.ndarray, *, far: float = FAR) -> list[Stranger]:
    """Return the sounds that lie far from the centre of their cluster, the farthest first.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, d)
        Directions of the sounds.
    labels : numpy.ndarray, shape (n,), int
        Cluster of each; sounds in no cluster are passed over.
    far : float
        Least distance, in deviations above the median. A deviation is 1.4826 times the median of the distances' own
        differences from their median, which a few strangers do not widen (Iglewicz and Hoaglin 1993).

    Returns
    -------
    list of Stranger
        Clusters of fewer than 4 sounds have none.
    """
    found = []
    for label in range(int(labels.max(initial=NO_CLUSTER)) + 1):
        rows = np.flatnonzero(labels == label)
        if len(rows) < 4:
            continue
        distance = np.linalg.norm(x[rows] - np.median(x[rows], axis=0), axis=1)
        beyond = distance - np.median(distance)
        deviation = 1.4826 * float(np.median(np.abs(beyond)))
        if deviation > 0:
            found += [Stranger(int(i), label, float(b / deviation)) for i, b in zip(rows, beyond, strict=True)]
    return sorted((one for one in found if one.distance >= far), key=lambda one: -one.distance)
