"""Accuracy, top-k, recall, and calibration of probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def accuracy(probs: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of clips whose most probable category is right.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities or logits.
    labels : numpy.ndarray, shape (n,), int
        True positions.

    Returns
    -------
    float
        In 0–1.
    """
    return top_k_accuracy(probs, labels, k=1)


def top_k_accuracy(probs: np.ndarray, labels: np.ndarray, *, k: int) -> float:
    """Return the share of clips whose category is among the k most probable.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities or logits.
    labels : numpy.ndarray, shape (n,), int
        True positions.
    k : int
        How many guesses count.

    Returns
    -------
    float
        In 0–1.
    """
    best = np.argsort(-probs, axis=1, kind="stable")[:, :k]
    return float((best == np.asarray(labels)[:, None]).any(axis=1).mean())


def confusion(labels: np.ndarray, predicted: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Count predictions by true category.

    Parameters
    ----------
    labels, predicted : numpy.ndarray, shape (n,), int
        True and predicted positions.
    n_classes : int
        Number of categories.

    Returns
    -------
    numpy.ndarray, shape (n_classes, n_classes), int
        Rows true, columns predicted.
    """
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def recall(labels: np.ndarray, predicted: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Return each category's share of clips that were found; NaN for a category without clips.

    Parameters
    ----------
    labels, predicted : numpy.ndarray, shape (n,), int
        True and predicted positions.
    n_classes : int
        Number of categories.

    Returns
    -------
    numpy.ndarray, shape (n_classes,), float
        In 0–1.
    """
    counts = confusion(labels, predicted, n_classes=n_classes)
    n = counts.sum(axis=1)
    return np.divide(np.diag(counts), n, out=np.full(n_classes, np.nan), where=n > 0)


def negative_log_likelihood(probs: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of −ln of the true category's probability, in nats.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities.
    labels : numpy.ndarray, shape (n,), int
        True positions.

    Returns
    -------
    float
        0 is perfect.
    """
    return float(-np.log(np.maximum(probs[np.arange(len(labels)), labels], 1e-12)).mean())


def brier_score(probs: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean squared distance from the truth, summed over the categories (Brier 1950).

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities.
    labels : numpy.ndarray, shape (n,), int
        True positions.

    Returns
    -------
    float
        In 0–2; 0 is perfect.
    """
    # Σ (p − y)² = Σ p² − 2 p_true + 1
    return float((np.square(probs).sum(axis=1) - 2 * probs[np.arange(len(labels)), labels] + 1).mean())


def expected_calibration_error(probs: np.ndarray, labels: np.ndarray, *, n_bins: int = 15) -> float:
    """Return how far confidence and accuracy lie apart (Guo et al. 2017, arXiv:1706.04599).

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities.
    labels : numpy.ndarray, shape (n,), int
        True positions.
    n_bins : int
        Bins of equal width over the confidence.

    Returns
    -------
    float
        Mean absolute gap weighted by the bins' sizes, in 0–1.
    """
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    sums = np.zeros(n_bins)
    np.add.at(sums, bins, right - confidence)
    return float(np.abs(sums).sum() / len(labels))


def coverage_and_error(probs: np.ndarray, labels: np.ndarray, *, threshold: float) -> tuple[float, float]:
    """Return what a "not sure" threshold keeps, and how much of that is wrong.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities.
    labels : numpy.ndarray, shape (n,), int
        True positions.
    threshold : float
        Highest probability from which on an answer is given.

    Returns
    -------
    coverage : float
        Share of clips that get an answer, in 0–1.
    error : float
        Share of these answers that is wrong, in 0–1; 0 if there is none.
    """
    answered = probs.max(axis=1) >= threshold
    wrong = (probs.argmax(axis=1) != labels) & answered
    return float(answered.mean()), float(wrong.sum() / max(1, answered.sum()))


def not_sure_threshold(probs: np.ndarray, labels: np.ndarray, *, max_error: float = 0.1) -> float:
    """Find the lowest threshold at which at most `max_error` of the answers are wrong.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Out-of-fold probabilities.
    labels : numpy.ndarray, shape (n,), int
        True positions.
    max_error : float
        Share of wrong answers allowed, in 0–1.

    Returns
    -------
    float
        A probability on a grid of 0.01; 0.99 if no lower one will do.
    """
    grid = np.round(np.arange(0.0, 1.0, 0.01), 2)
    return float(next((t for t in grid if coverage_and_error(probs, labels, threshold=t)[1] <= max_error), grid[-1]))


def bootstrap_interval(
    right: np.ndarray, recordings: Sequence[str], *, n_draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95% interval of an accuracy, by a bootstrap over recordings.

    Clips of one recording are alike: they are drawn together, or the interval would be too narrow.

    Parameters
    ----------
    right : numpy.ndarray, shape (n,), bool
        Whether each clip was named rightly.
    recordings : sequence of str
        The recording of each clip.
    n_draws : int
        Bootstrap samples.
    seed : int
        Decides them.

    Returns
    -------
    low, high : float
        The 2.5th and 97.5th percentile, in 0–1.
    """
    _, group = np.unique(np.asarray(recordings), return_inverse=True)
    n_clips = np.bincount(group)
    n_right = np.bincount(group, weights=np.asarray(right, float))
    drawn = np.random.default_rng(seed).integers(len(n_clips), size=(n_draws, len(n_clips)))
    values = n_right[drawn].sum(axis=1) / n_clips[drawn].sum(axis=1)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
