"""Sounds that a trained generator is asked for: as many of each category, as the mel power that classifiers read."""

from __future__ import annotations

import numpy as np

from esc_core.config import require
from esc_core.generate.generator import Generator


def made_sounds(generator: Generator, *, per_category: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Make as many sounds of each category.

    Parameters
    ----------
    generator : Generator
        Trained.
    per_category : int
        How many of each.
    seed : int
        Seed of the points.

    Returns
    -------
    log_mel : numpy.ndarray, shape (n, n_mels, n_frames), float32
        Category by category.
    labels : numpy.ndarray, shape (n,), int
        Which category was asked for.
    """
    require(per_category >= 1, "per_category must be at least 1", per_category)
    labels = np.repeat(np.arange(len(generator.card.labels)), per_category)
    points = generator.points(len(labels), seed=seed)
    parts = [
        generator.log_mel(points[labels == label], generator.category(label, n=per_category))
        for label in range(len(generator.card.labels))
    ]
    return np.concatenate(parts), labels


def mel_of(log_mel: np.ndarray) -> np.ndarray:
    """Return mel power of what a generator made, float32."""
    return np.power(np.float32(10.0), np.asarray(log_mel, np.float32))
