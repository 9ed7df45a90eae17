"""A whole data set → its embeddings, kept on disk, and their standardisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from esc_core import audio
from esc_core.config import CLIP_SECONDS, esc_home
from esc_core.dataset import Dataset
from esc_core.errors import DatasetError
from esc_core.features.cache import data_key, stored_array, unreadable_rows
from esc_core.unsupervised.embedders import Embedder
from esc_core.unsupervised.neighbours import unit


@dataclass(frozen=True)
class Embeddings:
    """The embeddings of the clips that can be read.

    Attributes
    ----------
    x : numpy.ndarray, shape (n, d), float32
        As the embedder returns them.
    positions : numpy.ndarray, shape (n,), int
        Positions of their clips in ``dataset.clips``, ascending.
    """

    x: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class Scale:
    """Mean and spread of embeddings, by which others are brought to the same scale.

    Attributes
    ----------
    mean, deviation : numpy.ndarray, shape (d,), float32
        Of each number; the deviation of a number that is always the same counts as 1.
    """

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray) -> Scale:
        """Return the scale of embeddings, shape (n, d)."""
        deviation = x.std(axis=0, dtype=float)
        # below this it is the rounding of equal numbers
        deviation[deviation < 1e-6 * np.abs(x).max(axis=0, initial=0.0) + 1e-12] = 1.0
        return cls(x.mean(axis=0, dtype=float).astype(np.float32), deviation.astype(np.float32))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return embeddings, shape (..., d), as directions: standardised, then brought to length 1, float32.

        Only directions are compared, since a sound that is unusual in everything would otherwise be far from all.
        """
        return unit((x - self.mean) / self.deviation)


def embed_dataset(
    dataset: Dataset,
    embedder: Embedder,
    *,
    progress: Callable[[int, int], None] | None = None,
    n_workers: int | None = None,
    folder: Path | None = None,
) -> Embeddings:
    """Compute the embeddings of a data set, or open them if they were computed before; see `stored_array`.

    Parameters
    ----------
    dataset : Dataset
        The clips; the first 5 s of each are read.
    embedder : Embedder
        From `load_embedder`.
    progress : callable, optional
        Called with the clips done and all clips.
    n_workers : int, optional
        Number of threads; one per core if left out.
    folder : pathlib.Path, optional
        Folder of the cache; ``ESC_HOME/features`` if left out.

    Returns
    -------
    Embeddings
        Without the clips that can't be read.

    Raises
    ------
    DatasetError
        If no clip can be read, or the disk is full or can't be written.
    """

    def row(i: int) -> np.ndarray:
        y, sr = audio.load(dataset.path(dataset.clips[i]))
        return embedder.vector(y[: round(CLIP_SECONDS * sr)], sr)

    stored = stored_array(
        (folder or esc_home() / "features") / f"{data_key(dataset, 'embeddings', *embedder.key)}.npy",
        row,
        shape=(len(dataset.clips), embedder.size),
        dtype="<f4",
        progress=progress,
        n_workers=n_workers,
    )
    positions = np.setdiff1d(np.arange(len(stored)), unreadable_rows(stored))
    if not positions.size:
        raise DatasetError("no clip of the data set can be read")
    return Embeddings(np.asarray(stored[positions]), positions)
