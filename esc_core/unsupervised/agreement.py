"""How much clusters and categories have in common, beside chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

N_SHUFFLES = 20
"""Shuffles of the categories whose mean agreement is called chance."""

N_GROUPS = 20
"""Groups of recordings that are left out in turn for the interval of an agreement."""

TITLES = {
    "nmi": "clusters share with categories (NMI)",
    "ari": "pairs of clips that clusters and categories agree on (ARI)",
    "nearest": "nearest neighbour has the category",
    "probe": "linear probe is correct",
}
"""What is measured, by name."""


@dataclass(frozen=True)
class Measure:
    """A figure beside chance.

    Attributes
    ----------
    name : str
        One of `TITLES`.
    value : float
        1 is best.
    interval : tuple of float
        Its 95% interval.
    chance : float
        What random labels give.
    n : int
        Clips that count.
    """

    name: str
    value: float
    interval: tuple[float, float]
    chance: float
    n: int


def agreement(
    labels: np.ndarray,
    targets: np.ndarray,
    recordings: Sequence[str],
    *,
    folds: np.ndarray | None = None,
    seed: int = 0,
) -> list[Measure]:
    """Compare clusters with categories.

    Normalised mutual information says how much of one the other tells (0: nothing, 1: all); the adjusted Rand index,
    how many pairs both put together or apart, beyond chance (Hubert and Arabie 1985). With many clusters the former
    lies well above 0 by chance alone.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n,), int
        Cluster of each clip; clips in no cluster count as one.
    targets : numpy.ndarray, shape (n,), int
        Category of each clip.
    recordings : sequence of str, length n
        Recording of each clip.
    folds : numpy.ndarray, shape (n,), optional
        Fold of each clip, if each fold has clusters of its own; the figures are then means over the folds.
    seed : int
        Seed of the shuffles and of the groups.

    Returns
    -------
    list of Measure
        NMI and ARI. Their intervals are of the jackknife over groups of recordings: a bootstrap would count a clip and
        its own copy as a pair that agrees.
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    rng = np.random.default_rng(seed)
    folds = np.zeros(len(targets), int) if folds is None else folds
    shuffled = [_shuffled(targets, folds, rng) for _ in range(N_SHUFFLES)]
    kept = _leaving_groups_out(recordings, rng)
    found = []
    for name, score in (("nmi", normalized_mutual_info_score), ("ari", adjusted_rand_score)):
        value = _mean_score(score, targets, labels, folds)
        chance = float(np.mean([_mean_score(score, other, labels, folds) for other in shuffled]))
        partial = np.array([_mean_score(score, targets[rows], labels[rows], folds[rows]) for rows in kept])
        found.append(Measure(name, value, _jackknife_interval(value, partial), chance, len(targets)))
    return found


def _mean_score(
    score: Callable[[np.ndarray, np.ndarray], float], targets: np.ndarray, labels: np.ndarray, folds: np.ndarray
) -> float:
    return float(np.mean([score(targets[folds == fold], labels[folds == fold]) for fold in np.unique(folds)]))


def _shuffled(targets: np.ndarray, folds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the targets in another order within each fold, so that each fold keeps its numbers of clips."""
    out = targets.copy()
    for fold in np.unique(folds):
        out[folds == fold] = rng.permutation(targets[folds == fold])
    return out


def _leaving_groups_out(recordings: Sequence[str], rng: np.random.Generator) -> list[np.ndarray]:
    _, index = np.unique(np.asarray(recordings), return_inverse=True)
    n = int(index.max()) + 1
    group = (rng.permutation(n) % min(N_GROUPS, n))[index]
    return [np.flatnonzero(group != k) for k in range(min(N_GROUPS, n))]


def _jackknife_interval(value: float, partial: np.ndarray) -> tuple[float, float]:
    """Return the 95% interval of a value from those without one group each (Efron and Stein 1981)."""
    from scipy.stats import t

    g = len(partial)
    if g < 2:
        return float("nan"), float("nan")
    half = float(t.ppf(0.975, g - 1) * np.sqrt((g - 1) / g * np.square(partial - partial.mean()).sum()))
    return value - half, min(1.0, value + half)
