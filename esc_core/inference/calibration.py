"""Calibration of a network: temperature and thresholds, chosen on clips that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.inference.certainty import FEW_DEGRADED_ERRORS, MAX_ERROR, choose_threshold
from esc_core.measures import metrics
from esc_core.measures.metrics import softmax
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
    degraded : numpy.ndarray or None, shape (n, n_classes)
        Logits of the same clips in a noisy room, where they were asked for.
    """

    logits: np.ndarray
    labels: np.ndarray
    degraded: np.ndarray | None = None


def held_out_fits(logits: np.ndarray, labels: np.ndarray, *, n_classes: int) -> bool:
    """Return whether two stored arrays are logits and labels of held-out clips, as `HeldOut` takes them."""
    clips = logits.ndim in (2, 3) and logits.shape[-1] == n_classes
    shapes = clips and labels.shape == logits.shape[:1] and labels.size > 0
    kinds = logits.dtype.kind == "f" and labels.dtype.kind in "iu"
    return bool(shapes and kinds and np.isfinite(logits).all() and 0 <= labels.min() <= labels.max() < n_classes)


def calibrate(folds: Sequence[HeldOut], *, max_error: float = MAX_ERROR) -> Calibration:
    """Choose temperature and thresholds on held-out logits.

    Parameters
    ----------
    folds : sequence of HeldOut
        The logits of each network's held-out fold.
    max_error : float
        Largest share of the answers to clean clips that may be wrong, in 0–1.

    Returns
    -------
    Calibration
        The temperature of least negative log-likelihood (Guo et al. 2017, arXiv:1706.04599), and the threshold of
        `esc_core.inference.certainty`: over all clips, clean and degraded, where there are both.
    """
    grid = np.round(np.arange(0.2, 2.01, 0.02), 2)
    temperature = float(min(grid, key=lambda t: _loss(folds, float(t))))
    labels = np.concatenate([fold.labels for fold in folds])
    below = choose_threshold(
        np.concatenate([clip_probs(fold, temperature) for fold in folds]), labels, max_error=max_error
    )
    if degraded := [fold for fold in folds if fold.degraded is not None]:
        probs = np.concatenate([_degraded_probs(fold, temperature) for fold in degraded])
        labels = np.concatenate([fold.labels for fold in degraded])
        below = max(below, choose_threshold(probs, labels, max_error=FEW_DEGRADED_ERRORS))
    return Calibration(temperature, not_sure_below=below)


def _loss(folds: Sequence[HeldOut], temperature: float) -> float:
    clean = [(clip_probs(fold, temperature), fold.labels) for fold in folds]
    degraded = [(_degraded_probs(fold, temperature), fold.labels) for fold in folds if fold.degraded is not None]
    probs, labels = (np.concatenate(arrays) for arrays in zip(*clean, *degraded, strict=True))
    return float(metrics.negative_log_likelihood(probs, labels))


def _degraded_probs(fold: HeldOut, temperature: float) -> np.ndarray:
    return softmax(np.asarray(fold.degraded) / np.float32(temperature))


def clip_probs(fold: HeldOut, temperature: float) -> np.ndarray:
    """Return the probabilities of each held-out clip, shape (n, n_classes)."""
    if fold.logits.ndim == 3:
        return crop_probs(fold.logits, temperature)
    return softmax(fold.logits / np.float32(temperature))


def crop_probs(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the mean probabilities of crops, shape (..., n_classes), from their logits (..., n_crops, n_classes)."""
    return np.asarray(softmax(logits / np.float32(temperature)).mean(axis=-2))
