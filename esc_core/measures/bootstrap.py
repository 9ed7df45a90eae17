"""95% intervals by bootstrap over recordings, since clips cut from one recording are not independent.

Two sets of predictions of the same clips are compared clip by clip; whether their difference could be chance,
`Difference.more_than_chance` decides, by the interval and by a sign-flip test.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.config import require
from esc_core.measures.intervals import ALPHA, LEVEL

N_RESAMPLES = 2_000
"""Resamples of a bootstrap; the ends of an interval then vary by about a tenth of its width from seed to seed."""

EXACT = 10
"""Number of differing recordings up to which the sign-flip test is exact: it counts all 2^n assignments of signs."""


@dataclass(frozen=True)
class Difference:
    """How two sets of predictions of the same clips differ.

    Attributes
    ----------
    accuracy : float
        Accuracy of the first minus that of the second.
    interval : tuple of float
        Its 95% interval, by bootstrap over recordings.
    p : float
        Two-sided p of the sign-flip test over recordings.
    only_first, only_second : int
        Clips that only one of the two classifies correctly.
    n_clips : int
        Clips compared.
    """

    accuracy: float
    interval: tuple[float, float]
    p: float
    only_first: int
    only_second: int
    n_clips: int

    @property
    def more_than_chance(self) -> bool:
        """Whether the interval excludes zero and p is below `ALPHA`."""
        low, high = self.interval
        return self.p < ALPHA and not low <= 0 <= high


def recording_weights(recordings: Sequence[str], *, n_resamples: int = N_RESAMPLES, seed: int = 0) -> np.ndarray:
    """Draw bootstrap resamples: as many recordings as there are, with replacement.

    Parameters
    ----------
    recordings : sequence of str, length n
        Recording of each clip.
    n_resamples : int
        Number of resamples.
    seed : int
        Seed of the draws.

    Returns
    -------
    numpy.ndarray, shape (n_resamples, n), float32
        How often each clip is in each resample; all clips of a recording equally often.

    Raises
    ------
    ParameterError
        If there are no resamples or no recordings.
    """
    require(n_resamples >= 1, "n_resamples must be at least 1", n_resamples)
    _, index = np.unique(np.asarray(recordings), return_inverse=True)
    n = int(index.max(initial=-1)) + 1
    require(n >= 1, "recordings must not be empty", list(recordings))
    drawn = np.random.default_rng(seed).integers(n, size=(n_resamples, n))
    drawn += n * np.arange(n_resamples)[:, None]  # one bincount for all resamples
    counts = np.bincount(drawn.ravel(), minlength=n * n_resamples).reshape(n_resamples, n)
    return counts[:, index].astype(np.float32)


def accuracy_interval(
    correct: np.ndarray, recordings: Sequence[str], *, weights: np.ndarray | None = None, seed: int = 0
) -> tuple[float, float]:
    """Return the 95% interval of the accuracy.

    If all clips are correctly classified, or none, every resample has the same accuracy; the interval is then the exact
    binomial one for as many trials as there are recordings (Clopper and Pearson 1934).

    Parameters
    ----------
    correct : numpy.ndarray, shape (n,), bool
        Whether each clip is correctly classified.
    recordings : sequence of str, length n
        Recording of each clip.
    weights : numpy.ndarray, shape (n_resamples, n), optional
        From `recording_weights`, where they have been drawn already.
    seed : int
        Seed of the draws.

    Returns
    -------
    low, high : float
        In 0–1.

    Raises
    ------
    ParameterError
        If `recordings` is empty.
    """
    n = len(set(recordings))
    require(n >= 1, "recordings must not be empty", list(recordings))
    if correct.all() or not correct.any():
        from scipy.stats import binomtest

        exact = binomtest(n if correct.all() else 0, n).proportion_ci(LEVEL, method="exact")
        return float(exact.low), float(exact.high)
    if weights is None:
        weights = recording_weights(recordings, seed=seed)
    return _percentiles(weights @ correct.astype(np.float32) / weights.sum(axis=1))


def macro_recall_interval(
    correct: np.ndarray,
    labels: np.ndarray,
    recordings: Sequence[str],
    *,
    weights: np.ndarray | None = None,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95% interval of the mean of the categories' recalls.

    Parameters
    ----------
    correct : numpy.ndarray, shape (n,), bool
        Whether each clip is correctly classified.
    labels : numpy.ndarray, shape (n,), int
        True targets.
    recordings : sequence of str, length n
        Recording of each clip.
    weights : numpy.ndarray, shape (n_resamples, n), optional
        From `recording_weights`, where they have been drawn already.
    seed : int
        Seed of the draws.

    Returns
    -------
    low, high : float
        In 0–1; the interval of the accuracy if all clips are correctly classified, or none.
    """
    if correct.all() or not correct.any():
        return accuracy_interval(correct, recordings)
    if weights is None:
        weights = recording_weights(recordings, seed=seed)
    member = (labels[:, None] == np.unique(labels)).astype(np.float32)
    n, n_correct = weights @ member, weights @ (member * correct[:, None])
    # a category without a clip in a resample is left out of that resample's mean
    return _percentiles(np.nanmean(np.divide(n_correct, n, out=np.full_like(n, np.nan), where=n > 0), axis=1))


def paired_difference(
    first: np.ndarray,
    second: np.ndarray,
    recordings: Sequence[str],
    *,
    weights: np.ndarray | None = None,
    seed: int = 0,
) -> Difference:
    """Compare two sets of predictions clip by clip.

    Parameters
    ----------
    first, second : numpy.ndarray, shape (n,), bool
        Whether each of the two classifies each clip correctly.
    recordings : sequence of str, length n
        Recording of each clip.
    weights : numpy.ndarray, shape (n_resamples, n), optional
        From `recording_weights`, where they have been drawn already.
    seed : int
        Seed of the draws.

    Returns
    -------
    Difference
        First minus second.
    """
    gap = first.astype(np.float32) - second.astype(np.float32)
    if weights is None:
        weights = recording_weights(recordings, seed=seed)
    resampled = weights @ gap / weights.sum(axis=1)
    _, index = np.unique(np.asarray(recordings), return_inverse=True)
    return Difference(
        accuracy=float(gap.mean()),
        interval=_percentiles(resampled),
        p=_sign_flip_p(np.bincount(index, weights=gap), seed=seed),
        only_first=int((first & ~second).sum()),
        only_second=int((second & ~first).sum()),
        n_clips=len(first),
    )


def _sign_flip_p(sums: np.ndarray, *, seed: int) -> float:
    """Return the two-sided p of a sign-flip test: the share of sign assignments whose sum is at least as far from 0.

    With few differing recordings it shows, unlike the bootstrap, how little they prove: four against none have
    p = 0.125.
    """
    sums = sums[sums != 0]
    if sums.size <= EXACT:
        signs = np.array(list(itertools.product((-1, 1), repeat=sums.size))).reshape(2**sums.size, sums.size)
        return float(np.mean(np.abs(signs @ sums) >= abs(sums.sum())))
    signs = np.random.default_rng(seed).choice((-1, 1), size=(N_RESAMPLES, sums.size))
    n_as_far = int((np.abs(signs @ sums) >= abs(sums.sum())).sum())
    # one is added so that no finite number of draws gives p = 0 (Davison and Hinkley 1997, chapter 4)
    return (1 + n_as_far) / (1 + N_RESAMPLES)


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
