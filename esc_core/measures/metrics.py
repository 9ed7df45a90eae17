"""Softmax, accuracy, top-k accuracy, recall, and calibration of probabilities."""

from __future__ import annotations

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis."""
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return the logarithm of `softmax`."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def accuracy(probs: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of clips whose most probable category is the true one.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities or logits.
    labels : numpy.ndarray, shape (n,), int
        True targets.

    Returns
    -------
    float
        In 0–1.
    """
    return top_k_accuracy(probs, labels, k=1)


def top_k_accuracy(probs: np.ndarray, labels: np.ndarray, *, k: int) -> float:
    """Return the share of clips whose true category is among the k most probable.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities or logits.
    labels : numpy.ndarray, shape (n,), int
        True targets.
    k : int
        Number of most probable categories that count.

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
        True and predicted targets.
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
    """Return each category's recall, its share of correctly classified clips; NaN for a category without clips.

    Parameters
    ----------
    labels, predicted : numpy.ndarray, shape (n,), int
        True and predicted targets.
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
    """Return the mean negative log of the true category's probability, in nats.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities.
    labels : numpy.ndarray, shape (n,), int
        True targets.

    Returns
    -------
    float
        0 is best.
    """
    return float(-np.log(np.maximum(probs[np.arange(len(labels)), labels], 1e-12)).mean())


def brier_score(probs: np.ndarray, labels: np.ndarray) -> float:
    """Return the squared error of the probabilities, summed over categories and averaged over clips (Brier 1950).

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities.
    labels : numpy.ndarray, shape (n,), int
        True targets.

    Returns
    -------
    float
        In 0–2; 0 is best.
    """
    # Σ (p − y)² = Σ p² − 2 p_true + 1
    return float((np.square(probs).sum(axis=1) - 2 * probs[np.arange(len(labels)), labels] + 1).mean())


def expected_calibration_error(probs: np.ndarray, labels: np.ndarray, *, n_bins: int = 15) -> float:
    """Return the expected calibration error (Guo et al. 2017, arXiv:1706.04599).

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Probabilities.
    labels : numpy.ndarray, shape (n,), int
        True targets.
    n_bins : int
        Number of bins of equal width over the confidence.

    Returns
    -------
    float
        Mean absolute difference of confidence and accuracy, weighted by the bins' sizes, in 0–1.
    """
    confidence, correct = probs.max(axis=1), probs.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    sums = np.zeros(n_bins)
    np.add.at(sums, bins, correct - confidence)
    return float(np.abs(sums).sum() / len(labels))
