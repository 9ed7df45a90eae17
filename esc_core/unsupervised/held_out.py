"""What embeddings tell of clips that nothing was fitted to: clusters, nearest neighbour, linear probe, fold by fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from esc_core.dataset import Dataset
from esc_core.errors import TrainingError
from esc_core.measures.bootstrap import accuracy_interval
from esc_core.training.data.splits import fold_split
from esc_core.training.quick.regression import fit, one_blas_thread
from esc_core.unsupervised.agreement import Measure, agreement
from esc_core.unsupervised.clusters import k_means
from esc_core.unsupervised.vectors import Embeddings, Scale

Classify = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Takes training directions, their targets, and directions; returns the targets that it predicts of the latter."""


OfFold = Callable[[int], Embeddings]
"""Takes a fold, returns embeddings of all clips that no label and no clip of this fold took part in making."""


@dataclass(frozen=True)
class HeldOut:
    """What was predicted for held-out clips.

    Attributes
    ----------
    positions : numpy.ndarray, shape (n,), int
        Positions of the clips in ``dataset.clips``, fold after fold.
    correct : dict of str to numpy.ndarray, shape (n,), bool
        By classifier, whether it named each clip's category.
    chance : float
        Share that random labels give.
    """

    positions: np.ndarray
    correct: dict[str, np.ndarray]
    chance: float

    def measures(self, dataset: Dataset) -> list[Measure]:
        """Return the accuracy of each classifier over all folds, with its bootstrap interval over recordings."""
        recordings = [dataset.clips[i].src_file for i in self.positions]
        return [
            Measure(name, float(own.mean()), accuracy_interval(own, recordings), self.chance, len(own))
            for name, own in self.correct.items()
        ]


def classify_held_out(
    dataset: Dataset, embeddings: OfFold, *, classifiers: dict[str, Classify] | None = None
) -> HeldOut:
    """Classify each clip by those of the other folds.

    Fold by fold, the classifiers get the clips of the other folds, without those whose recording also lies in the
    held-out fold. The standardisation is of these clips, too.

    Parameters
    ----------
    dataset : Dataset
        Clips in two folds at least.
    embeddings : callable
        See `OfFold`.
    classifiers : dict of str to callable, optional
        By name; `nearest_neighbour` as "nearest" and `linear_probe` as "probe" if left out.

    Returns
    -------
    HeldOut
        What each classifier said.

    Raises
    ------
    TrainingError
        If no fold can be held out.
    """
    classifiers = classifiers or {"nearest": nearest_neighbour, "probe": linear_probe}
    correct: dict[str, list[np.ndarray]] = {name: [] for name in classifiers}
    tested, chance = [], []
    for part in _parts(dataset, embeddings):
        for name, classify in classifiers.items():
            correct[name].append(classify(part.x, part.y, part.of) == part.truth)
        shares = np.bincount(part.y, minlength=len(dataset.categories)) / len(part.y)
        chance.append(shares[part.truth])
        tested.append(part.positions)
    return HeldOut(
        np.concatenate(tested),
        {name: np.concatenate(own) for name, own in correct.items()},
        float(np.concatenate(chance).mean()),
    )


def cluster_held_out(dataset: Dataset, embeddings: OfFold, *, seed: int = 0) -> list[Measure]:
    """Compare the clusters of held-out clips with their categories.

    Fold by fold, k-means divides the clips of the other folds, into as many clusters as there are categories; each
    held-out clip goes to the cluster whose centre is nearest.

    Parameters
    ----------
    dataset, embeddings
        As for `classify_held_out`.
    seed : int
        Seed of clusters, shuffles and groups.

    Returns
    -------
    list of Measure
        NMI and ARI, means over the folds; see `agreement`.

    Raises
    ------
    TrainingError
        If no fold can be held out.
    """
    parts = list(_parts(dataset, embeddings))
    positions = np.concatenate([part.positions for part in parts])
    labels = [_nearest_centre(part.x, part.of, n_clusters=len(dataset.categories), seed=seed) for part in parts]
    recordings = [dataset.clips[i].src_file for i in positions]
    folds = np.repeat(np.arange(len(parts)), [len(part.positions) for part in parts])
    return agreement(np.concatenate(labels), dataset.labels[positions], recordings, folds=folds, seed=seed)


def _nearest_centre(x: np.ndarray, of: np.ndarray, *, n_clusters: int, seed: int) -> np.ndarray:
    labels = k_means(x, n_clusters=n_clusters, seed=seed)
    centres = np.stack([x[labels == k].mean(axis=0) for k in range(int(labels.max()) + 1)])
    # the squared distance, without what is the same for all centres
    return np.argmin(np.square(centres).sum(axis=1) - 2 * of @ centres.T, axis=1)


@dataclass(frozen=True)
class _Part:
    """A fold that is held out: directions and targets of the training clips, and of its own; its clips' positions."""

    x: np.ndarray
    y: np.ndarray
    of: np.ndarray
    truth: np.ndarray
    positions: np.ndarray


def _parts(dataset: Dataset, embeddings: OfFold) -> Iterator[_Part]:
    n = 0
    for fold in dataset.fold_numbers:
        found = embeddings(fold)
        try:
            train, val = _split(dataset, found, fold)
        except TrainingError:  # too few recordings to hold this one out
            continue
        n += 1
        scale, targets = Scale.of(found.x[train]), dataset.labels[found.positions]
        yield _Part(scale(found.x[train]), targets[train], scale(found.x[val]), targets[val], found.positions[val])
    if not n:
        raise TrainingError("no fold can be held out: clips of two folds, from different recordings, are needed")


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
