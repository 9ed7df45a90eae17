"""Calibration of a network: temperature and thresholds, chosen on clips that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esc_core import metrics
from esc_core.inference.certainty import choose_threshold
from esc_core.metrics import softmax
from esc_core.models.card import Calibration


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """A network's logits of clips that it was not trained on.

    Attributes
    ----------
    logits : numpy.ndarray, shape (n, n_classes)
        Logits of each clip; of runs of version 0.2.0 and before, of five crops of each, (n, n_crops, n_classes).
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
        The temperature of least negative log-likelihood (Guo et al. 2017, arXiv:1706.04599), and the threshold of
        `esc_core.inference.certainty`.
    """
    labels = np.concatenate([fold.labels for fold in folds])
    grid = np.round(np.arange(0.2, 2.01, 0.02), 2)
    losses = [
        metrics.negative_log_likelihood(np.concatenate([clip_probs(fold, t) for fold in folds]), labels) for t in grid
    ]
    temperature = float(grid[int(np.argmin(losses))])
    probs = np.concatenate([clip_probs(fold, temperature) for fold in folds])
    return Calibration(temperature, not_sure_below=choose_threshold(probs, labels))


def clip_probs(fold: HeldOut, temperature: float) -> np.ndarray:
    """Return the probabilities of each held-out clip, shape (n, n_classes)."""
    if fold.logits.ndim == 3:
        return crop_probs(fold.logits, temperature)
    return softmax(fold.logits / np.float32(temperature))


def crop_probs(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the mean probabilities of crops, shape (..., n_classes), from their logits (..., n_crops, n_classes)."""
    return np.asarray(softmax(logits / np.float32(temperature)).mean(axis=-2))
