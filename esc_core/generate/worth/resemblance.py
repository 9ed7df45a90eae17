"""Generated sounds beside real ones: whether they are copies, and whether they are as diverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esc_core.config import require
from esc_core.unsupervised.vectors import Scale

RARE = 0.05
"""Share of new real sounds that lie so close to a training sound that it is counted as a copy, for comparison."""

_RIDGE = 1e-6
"""Added to a covariance's diagonal: of fewer sounds than numbers it has no root that can be trusted."""


@dataclass(frozen=True)
class Copies:
    """Whether generated sounds are copies of training sounds.

    Attributes
    ----------
    nearest : numpy.ndarray, shape (n,), int
        Row of the training sound nearest to each generated one; from `judge`, the position of its clip.
    similarity : numpy.ndarray, shape (n,), float
        Cosine with it: 1 for the same direction.
    real : numpy.ndarray, shape (m,), float
        The same of real held-out sounds, which can't be copies.
    """

    nearest: np.ndarray
    similarity: np.ndarray
    real: np.ndarray

    @property
    def limit(self) -> float:
        """Similarity that only `RARE` of the real held-out sounds exceed."""
        return float(np.quantile(self.real, 1 - RARE))

    @property
    def share(self) -> float:
        """Share of generated sounds above this limit, 0–1; `RARE` if they are as new as real ones."""
        return float((self.similarity > self.limit).mean())

    @property
    def closer(self) -> float:
        """How often a generated sound lies nearer to a training sound than a real held-out one, 0–1; 0.5 if alike."""
        above = (self.similarity[:, None] > self.real[None]).mean()
        return float(above + 0.5 * (self.similarity[:, None] == self.real[None]).mean())


@dataclass(frozen=True)
class Diversity:
    """How far the generated sounds as a whole are from the real ones.

    Attributes
    ----------
    distance : float
        Fréchet distance between generated and real sounds.
    floor : float
        The same between halves of the real sounds by fold, which no generator can be expected to beat.
    n : int
        Sounds on each side, the same for both figures, since fewer sounds give larger ones.
    """

    distance: float
    floor: float
    n: int


def find_copies(generated: np.ndarray, train: np.ndarray, held_out: np.ndarray) -> Copies:
    """Look for the nearest training sound of each generated one.

    Parameters
    ----------
    generated, train, held_out : numpy.ndarray, shape (n, d)
        Embeddings of generated sounds, of what the generator has heard, and of real sounds that it has not.

    Returns
    -------
    Copies
        By the cosine of standardised embeddings.
    """
    scale = Scale.of(train)
    known = scale(train)
    similarity = scale(generated) @ known.T
    real = scale(held_out) @ known.T
    return Copies(similarity.argmax(axis=1), similarity.max(axis=1), real.max(axis=1))


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Fréchet distance of two sets of embeddings, each taken for normally distributed.

    As for pictures (Heusel et al. 2017, arXiv:1706.08500), in another embedding: only distances in the same embedding
    compare.

    Parameters
    ----------
    a, b : numpy.ndarray, shape (n, d)
        Embeddings on one scale.

    Returns
    -------
    float
        0 for two sets of the same mean and covariance.
    """
    gap = a.mean(axis=0, dtype=float) - b.mean(axis=0, dtype=float)
    first, second = (np.cov(x.astype(float), rowvar=False) + _RIDGE * np.eye(x.shape[1]) for x in (a, b))
    root = _root(first)
    # the eigenvalues of first · second are those of this symmetric product, whose root is real
    product = np.linalg.eigvalsh(root @ second @ root)
    shared = np.sqrt(np.maximum(product, 0)).sum()
    return float(max(0.0, gap @ gap + np.trace(first) + np.trace(second) - 2 * shared))


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)


def diversity(generated: np.ndarray, real: np.ndarray, folds: np.ndarray, *, seed: int = 0) -> Diversity:
    """Compare generated sounds with real ones, and real ones with each other.

    Parameters
    ----------
    generated : numpy.ndarray, shape (n, d)
        Embeddings of generated sounds.
    real : numpy.ndarray, shape (m, d)
        Embeddings of what the generator has heard.
    folds : numpy.ndarray, shape (m,), int
        Their folds, at least two.
    seed : int
        Which sounds are taken where one side has more.

    Returns
    -------
    Diversity
        Both figures for as many sounds.

    Raises
    ------
    ParameterError
        If there is one fold only.
    """
    numbers = np.unique(folds)
    require(len(numbers) >= 2, "real sounds of at least 2 folds are needed to compare them with each other", numbers)
    directions = Scale.of(real)
    real, generated = directions(real), directions(generated)
    first = np.isin(folds, numbers[: len(numbers) // 2])
    n = min(int(first.sum()), int((~first).sum()), len(generated))
    rng = np.random.default_rng(seed)

    def some(x: np.ndarray) -> np.ndarray:
        return x[rng.permutation(len(x))[:n]]

    halves = some(real[first]), some(real[~first])
    made = some(generated)
    return Diversity(float(np.mean([frechet_distance(made, half) for half in halves])), frechet_distance(*halves), n)
