"""Walks: from one point to another, and from one category to another."""

from __future__ import annotations

import numpy as np

from esc_core.config import require


def between_points(a: np.ndarray, b: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return points on the way from one to another along a great circle (Shoemake 1985).

    A straight way would lead past the middle, where a generator has never been: nearly all of its points have the same
    length.

    Parameters
    ----------
    a, b : numpy.ndarray, shape (n_latent,)
        The ends.
    shares : numpy.ndarray, shape (n,)
        How far along, 0 for `a` and 1 for `b`.

    Returns
    -------
    numpy.ndarray, shape (n, n_latent), float32
        The ends are exactly `a` and `b`; the length changes evenly between theirs.

    Raises
    ------
    ParameterError
        If a share is outside [0, 1].
    """
    t = _shares(shares)
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    cosine = float(a @ b) / max(float(lengths[0] * lengths[1]), 1e-12)
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-4:  # the same direction, or the opposite one: there is no one circle
        way = (1 - t) * a + t * b
    else:
        directions = [end / length for end, length in zip((a, b), lengths, strict=True)]
        way = (np.sin((1 - t) * angle) * directions[0] + np.sin(t * angle) * directions[1]) / np.sin(angle)
        way = way * ((1 - t) * lengths[0] + t * lengths[1])
    return np.where(t == 0, a, np.where(t == 1, b, way)).astype(np.float32)


def between_categories(a: int, b: int, shares: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Return the weights of the categories on the way from one to another.

    Parameters
    ----------
    a, b : int
        Labels of the ends.
    shares : numpy.ndarray, shape (n,)
        How far along, 0 for `a` and 1 for `b`.
    n_classes : int
        Number of categories.

    Returns
    -------
    numpy.ndarray, shape (n, n_classes), float32
        They add up to 1.

    Raises
    ------
    ParameterError
        If a share is outside [0, 1].
    """
    t = _shares(shares)
    one = np.eye(n_classes, dtype=np.float32)
    return ((1 - t) * one[a] + t * one[b]).astype(np.float32)


def _shares(shares: np.ndarray) -> np.ndarray:
    t = np.asarray(shares, float)[:, None]
    require(bool(((t >= 0) & (t <= 1)).all()), "shares must be in [0, 1]", shares)
    return t
