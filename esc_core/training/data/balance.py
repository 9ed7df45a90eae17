"""Strategies for rare categories: weights in the loss, balanced sampling, repeated clips of the rare ones."""

from __future__ import annotations

import numpy as np


def class_weights(labels: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Return a weight for each category, inverse to its number of clips.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n,), int
        Positions of the training clips' categories.
    n_classes : int
        Number of categories.

    Returns
    -------
    numpy.ndarray, shape (n_classes,), float32
        Their mean over the clips is 1, so that the learning rate keeps its meaning; 0 for a category without clips.
    """
    counts = np.bincount(labels, minlength=n_classes)
    weights = np.divide(1.0, counts, out=np.zeros(n_classes), where=counts > 0)
    return (weights * len(labels) / np.count_nonzero(counts)).astype(np.float32)


def clip_shares(labels: np.ndarray) -> np.ndarray:
    """Return the probability of drawing each clip that makes all categories equally likely.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n,), int
        Positions of the training clips' categories.

    Returns
    -------
    numpy.ndarray, shape (n,), float64
        Probabilities; they sum to 1.
    """
    weights = 1 / np.bincount(labels)[labels]
    return weights / weights.sum()


def epoch_clips(labels: np.ndarray, *, balance: str) -> np.ndarray:
    """Return the indices of an epoch's training clips; clips of rare categories may occur more than once.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n,), int
        Positions of the training clips' categories.
    balance : str
        One of `esc_core.config.BALANCES`. With "augment_rare" the clips of each category are repeated until it has as
        many as the most frequent one, spread evenly.

    Returns
    -------
    numpy.ndarray, shape (n_indices,), int
        Positions in `labels`; all of them first.
    """
    every = np.arange(len(labels))
    if balance != "augment_rare":
        return every
    most = np.bincount(labels).max()
    return np.concatenate([every, *(np.resize(own, most)[len(own) :] for own in _by_category(labels))])


def _by_category(labels: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(labels == k) for k in np.unique(labels)]
