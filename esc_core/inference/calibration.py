"""Calibration of a network: temperature and thresholds, chosen on clips that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esc_core import metrics
from esc_core.inference.certainty import choose_threshold
from esc_core.inference.crops import softmax
from esc_core.models.card import Calibration


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """A network's logits of clips that it was not trained on.

    Attributes
    ----------
    logits : numpy.ndarray, shape (n, n_crops, n_classes)
        Logits of each crop of each clip.
    labels : numpy.ndarray, shape (n,), int
        Targets: the true category of each clip.
    """

    logits: np.ndarray
    labels: np.ndarray


def calibrate(folds: Sequence[HeldOut]) -> Calibration:
    """Choose temperature and thresholds on held-out logits.

    Parameters
    ----------
    folds : sequence of HeldOut
        The logits of each network's held-out fold.

    Returns
    -------
    Calibration
        The temperature of least negative log-likelihood (Guo et al. 2017, arXiv:1706.04599), and a threshold each for
        clips and for single windows.
    """
    labels = np.concatenate([fold.labels for fold in folds])
    grid = np.round(np.arange(0.2, 2.01, 0.02), 2)
    losses = [
        metrics.negative_log_likelihood(np.concatenate([clip_probs(fold, t) for fold in folds]), labels) for t in grid
    ]
    temperature = float(grid[int(np.argmin(losses))])
    probs = np.concatenate([clip_probs(fold, temperature) for fold in folds])
    windows = np.concatenate([window_probs(fold, temperature) for fold in folds])
    return Calibration(
        temperature,
        not_sure_below=choose_threshold(probs, labels),
        event_below=choose_threshold(windows, np.concatenate([window_labels(fold) for fold in folds])),
    )


def clip_probs(fold: HeldOut, temperature: float) -> np.ndarray:
    """Return the probabilities of each clip, averaged over its crops, shape (n, n_classes)."""
    return softmax(fold.logits / temperature).mean(axis=1)


def window_probs(fold: HeldOut, temperature: float) -> np.ndarray:
    """Return the probabilities of each crop, shape (n * n_crops, n_classes)."""
    return softmax(fold.logits / temperature).reshape(-1, fold.logits.shape[-1])


def window_labels(fold: HeldOut) -> np.ndarray:
    """Return the true category of each crop, shape (n * n_crops,)."""
    return np.repeat(fold.labels, fold.logits.shape[1])
