"""Embeddings → two dimensions, in which sounds that are alike lie together; where a new sound goes."""

from __future__ import annotations

import warnings

import numpy as np

from esc_core.libraries import load_tensorflow
from esc_core.unsupervised.neighbours import more_like

N_NEIGHBORS = 15
"""Sounds that each sound is kept near to: fewer show more detail, more show more of the whole."""

MIN_DIST = 0.1
"""How near points may lie."""

_FEWEST = 8
"""Sounds below which neighbours say nothing; the two directions of the largest variance are shown instead."""


def lay_out(x: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Lay sounds out in a plane by UMAP (McInnes et al. 2018, arXiv:1802.03426).

    Distances between neighbours mean something; those between islands, and the axes, mean nothing.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, d)
        Directions of the sounds; compared by cosine.
    seed : int
        Seed; the same one gives the same points on the same machine.

    Returns
    -------
    numpy.ndarray, shape (n, 2), float32
        Centred, with a largest absolute value of 1.
    """
    if len(x) < _FEWEST:
        return _normalised(_principal(x))
    load_tensorflow()  # umap imports it, and its messages would reach standard error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about one thread, which a seed needs, and about few neighbours
        from umap import UMAP

        reducer = UMAP(
            n_neighbors=min(N_NEIGHBORS, len(x) - 1), min_dist=MIN_DIST, metric="cosine", random_state=seed, n_jobs=1
        )
        points = reducer.fit_transform(np.asarray(x, np.float32))
    return _normalised(points)


def _principal(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(x), 2))
    n = min(2, s.size)
    points[:, :n] = u[:, :n] * s[:n]
    return points


def _normalised(points: np.ndarray) -> np.ndarray:
    centred = points - points.mean(axis=0)
    return (centred / (np.abs(centred).max(initial=0.0) or 1.0)).astype(np.float32)


def place(vector: np.ndarray, x: np.ndarray, points: np.ndarray, *, k: int = N_NEIGHBORS) -> np.ndarray:
    """Return where a new sound goes: among the points of its nearest neighbours.

    It is the weighted geometric median of their points, which lies with the many; the mean would lie between two
    islands, where nothing is. UMAP's own transform begins alike, but needs the fitted reducer, which can't be stored
    safely, and half a minute of compilation in each process.

    Parameters
    ----------
    vector : numpy.ndarray, shape (d,)
        Direction of the new sound.
    x : numpy.ndarray, shape (n, d)
        Directions of the sounds on the map.
    points : numpy.ndarray, shape (n, 2)
        Their points.
    k : int
        Neighbours that count, each the more the nearer it is.

    Returns
    -------
    numpy.ndarray, shape (2,), float32
        A copy of a sound on the map lies where that sound does.
    """
    rows, similarity = more_like(vector, x, k=k)
    weights = 1 / np.maximum(1 - similarity.astype(float), 1e-6)
    near = points[rows].astype(float)
    point = np.average(near, axis=0, weights=weights)
    for _ in range(100):  # Weiszfeld's algorithm
        pull = weights / np.maximum(np.linalg.norm(near - point, axis=1), 1e-9)
        point = np.average(near, axis=0, weights=pull)
    return point.astype(np.float32)
