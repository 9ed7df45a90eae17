"""Sounds nearest to a sound, by cosine similarity."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np


def unit(x: np.ndarray) -> np.ndarray:
    """Return vectors, shape (..., d), brought to length 1, float32; a vector of zeros stays as it is."""
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    return np.divide(x, length, out=np.zeros(x.shape, np.float32), where=length > 0, casting="same_kind")


def more_like(
    vector: np.ndarray, x: np.ndarray, *, k: int, leave_out: Collection[int] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sounds most like one.

    Parameters
    ----------
    vector : numpy.ndarray, shape (d,)
        Direction of the sound, as `Scale` returns it; of a clip or of any other sound.
    x : numpy.ndarray, shape (n, d)
        Directions to choose from, on the same scale.
    k : int
        The most that are returned.
    leave_out : collection of int
        Rows that are not returned, such as the sound itself.

    Returns
    -------
    rows : numpy.ndarray, shape (m,), int
        Rows of `x`, the most similar first; of equally similar ones the first in `x`.
    similarity : numpy.ndarray, shape (m,), float32
        Cosine of the angle between both: 1 for the same direction, 0 for nothing in common, −1 for the opposite.
    """
    similarity = unit(x) @ unit(np.asarray(vector, np.float32))
    allowed = np.setdiff1d(np.arange(len(x)), np.array(list(leave_out), int))
    order = allowed[np.argsort(-similarity[allowed], kind="stable")][:k]
    return order, similarity[order]
