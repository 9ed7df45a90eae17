"""How much of the categories shows without labels: clusters beside categories, and what neighbours tell out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.dataset import Dataset
from esc_core.errors import TrainingError
from esc_core.measures.intervals import accuracy_interval
from esc_core.training.data.splits import fold_split
from esc_core.training.quick.regression import fit, one_blas_thread
from esc_core.unsupervised.vectors import Embeddings, Scale

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

Classify = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Takes training directions, their targets, and directions; returns the targets that it predicts of the latter."""


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


def agreement(labels: np.ndarray, targets: np.ndarray, recordings: Sequence[str], *, seed: int = 0) -> list[Measure]:
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
    shuffled = [rng.permutation(targets) for _ in range(N_SHUFFLES)]
    kept = _leaving_groups_out(recordings, rng)
    found = []
    for name, score in (("nmi", normalized_mutual_info_score), ("ari", adjusted_rand_score)):
        value = float(score(targets, labels))
        chance = float(np.mean([score(other, labels) for other in shuffled]))
        partial = np.array([score(targets[rows], labels[rows]) for rows in kept])
        found.append(Measure(name, value, _jackknife_interval(value, partial), chance, len(targets)))
    return found


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


def out_of_fold(
    dataset: Dataset, embeddings: Callable[[int], Embeddings], *, classifiers: dict[str, Classify] | None = None
) -> list[Measure]:
    """Measure what embeddings tell of the category of clips that nothing was fitted to.

    Fold by fold, the classifiers get the clips of the other folds, without those whose recording also lies in the
    held-out fold. The standardisation is of these clips, too.

    Parameters
    ----------
    dataset : Dataset
        Clips in two folds at least.
    embeddings : callable
        Takes a fold, returns embeddings that no label and no clip of this fold took part in making.
    classifiers : dict of str to callable, optional
        By name; `nearest_neighbour` as "nearest" and `linear_probe` as "probe" if left out.

    Returns
    -------
    list of Measure
        Accuracy of each classifier over all folds, with its bootstrap interval over recordings.

    Raises
    ------
    TrainingError
        If no fold can be held out.
    """
    classifiers = classifiers or {"nearest": nearest_neighbour, "probe": linear_probe}
    correct: dict[str, list[np.ndarray]] = {name: [] for name in classifiers}
    tested, chance = [], []
    for fold in dataset.fold_numbers:
        found = embeddings(fold)
        try:
            train, val = _split(dataset, found, fold)
        except TrainingError:  # too few recordings to hold this one out
            continue
        scale, targets = Scale.of(found.x[train]), dataset.labels[found.positions]
        x, y = scale(found.x[train]), targets[train]
        for name, classify in classifiers.items():
            correct[name].append(classify(x, y, scale(found.x[val])) == targets[val])
        shares = np.bincount(y, minlength=len(dataset.categories)) / len(y)
        chance.append(shares[targets[val]])
        tested.append(found.positions[val])
    if not tested:
        raise TrainingError("no fold can be held out: clips of two folds, from different recordings, are needed")
    recordings = [dataset.clips[i].src_file for i in np.concatenate(tested)]
    return [_accuracy(name, np.concatenate(own), recordings, chance) for name, own in correct.items()]


def _accuracy(name: str, correct: np.ndarray, recordings: Sequence[str], chance: list[np.ndarray]) -> Measure:
    interval = accuracy_interval(correct, recordings)
    return Measure(name, float(correct.mean()), interval, float(np.concatenate(chance).mean()), len(correct))


def _split(dataset: Dataset, found: Embeddings, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of `found.x` to fit to and to test."""
    read = set(found.positions.tolist())
    unreadable = {clip.filename for i, clip in enumerate(dataset.clips) if i not in read}
    split = fold_split(dataset, val_fold=fold, unreadable=unreadable)
    return np.searchsorted(found.positions, split.train), np.searchsorted(found.positions, split.val)


def nearest_neighbour(x: np.ndarray, targets: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return the target of the nearest training clip by cosine.

    Parameters
    ----------
    x : numpy.ndarray, shape (n_train, d)
        Directions of the training clips.
    targets : numpy.ndarray, shape (n_train,), int
        Their targets.
    of : numpy.ndarray, shape (n, d)
        Directions to classify.

    Returns
    -------
    numpy.ndarray, shape (n,), int
        Targets.
    """
    return np.asarray(targets[np.argmax(of @ x.T, axis=1)])


def linear_probe(x: np.ndarray, targets: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return the targets by a logistic regression on the training clips; arguments as for `nearest_neighbour`."""
    with one_blas_thread():
        kernel, bias = fit(x, targets, n_classes=int(targets.max()) + 1)
        return np.argmax(of @ kernel + bias, axis=1)
