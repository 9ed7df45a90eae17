"""Intervals by bootstrap over recordings: clips cut from one recording are one draw, not several."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.config import require

LEVEL = 0.95
"""Share of the resamples that an interval holds."""

ALPHA = 1 - LEVEL
"""A difference whose p lies below is called more than chance."""

N_RESAMPLES = 2_000
"""Resamples of a bootstrap; the ends of an interval then move by about a tenth of its width from seed to seed."""

EXACT = 10
"""Recordings that differ up to which all ways to give them signs are counted, not some."""


@dataclass(frozen=True)
class Difference:
    """How two sets of predictions of the same clips differ.

    Attributes
    ----------
    accuracy : float
        Accuracy of the first minus that of the second.
    interval : tuple of float
        Its 95% interval, by recording.
    p : float
        Two-sided: how often a difference as large turns up when each recording's own is given a sign by chance.
    only_first, only_second : int
        Clips that only one of the two names rightly.
    n_clips : int
        Clips compared.
    """

    accuracy: float
    interval: tuple[float, float]
    p: float
    only_first: int
    only_second: int
    n_clips: int


def recording_weights(recordings: Sequence[str], *, n_resamples: int = N_RESAMPLES, seed: int = 0) -> np.ndarray:
    """Draw recordings with replacement, again and again.

    Parameters
    ----------
    recordings : sequence of str, length n
        Recording of each clip.
    n_resamples : int
        How often.
    seed : int
        Seed of the draws.

    Returns
    -------
    numpy.ndarray, shape (n_resamples, n), float32
        How often each clip is in each resample; siblings are in it together.
    """
    require(n_resamples >= 1, "n_resamples must be at least 1", n_resamples)
    _, position = np.unique(np.asarray(recordings), return_inverse=True)
    n = int(position.max(initial=-1)) + 1
    require(n >= 1, "recordings must not be empty", list(recordings))
    drawn = np.random.default_rng(seed).integers(n, size=(n_resamples, n))
    drawn += n * np.arange(n_resamples)[:, None]  # a row of counts a resample, in one go
    counts = np.bincount(drawn.ravel(), minlength=n * n_resamples).reshape(n_resamples, n)
    return counts[:, position].astype(np.float32)


def accuracy_interval(
    right: np.ndarray, recordings: Sequence[str], *, weights: np.ndarray | None = None, seed: int = 0
) -> tuple[float, float]:
    """Return the 95% interval of the accuracy.

    Where all clips were named rightly, or none, each resample says the same, however few there are; the interval is
    then the exact one of as many tosses as there are recordings (Clopper and Pearson 1934).

    Parameters
    ----------
    right : numpy.ndarray, shape (n,), bool
        Whether each clip was named rightly.
    recordings : sequence of str, length n
        Recording of each clip.
    weights : numpy.ndarray, shape (n_resamples, n), optional
        Of `recording_weights`, where they are known already.
    seed : int
        Seed of the draws.

    Returns
    -------
    low, high : float
        In 0–1.
    """
    n = len(set(recordings))
    require(n >= 1, "recordings must not be empty", list(recordings))
    unsure = 1 - ((1 - LEVEL) / 2) ** (1 / n)
    if right.all():
        return 1 - unsure, 1.0
    if not right.any():
        return 0.0, unsure
    if weights is None:
        weights = recording_weights(recordings, seed=seed)
    return _middle(weights @ right.astype(np.float32) / weights.sum(axis=1))


def macro_recall_interval(
    right: np.ndarray,
    labels: np.ndarray,
    recordings: Sequence[str],
    *,
    weights: np.ndarray | None = None,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95% interval of the mean of the categories' recalls.

    Parameters
    ----------
    right : numpy.ndarray, shape (n,), bool
        Whether each clip was named rightly.
    labels : numpy.ndarray, shape (n,), int
        True positions.
    recordings : sequence of str, length n
        Recording of each clip.
    weights : numpy.ndarray, shape (n_resamples, n), optional
        Of `recording_weights`, where they are known already.
    seed : int
        Seed of the draws.

    Returns
    -------
    low, high : float
        In 0–1; that of the accuracy where all clips were named rightly, or none.
    """
    if right.all() or not right.any():
        return accuracy_interval(right, recordings)
    if weights is None:
        weights = recording_weights(recordings, seed=seed)
    member = (labels[:, None] == np.unique(labels)).astype(np.float32)
    n, found = weights @ member, weights @ (member * right[:, None])
    # a category that a resample happens to miss says nothing there
    return _middle(np.nanmean(np.divide(found, n, out=np.full_like(n, np.nan), where=n > 0), axis=1))


def mean_interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Return the 95% interval of the mean of a few repeats, by Student's t.

    Parameters
    ----------
    values : sequence of float, length n
        One a repeat.

    Returns
    -------
    low, high : float
        Both NaN for a single repeat, which says nothing about the next.
    """
    from scipy.stats import t

    x = np.asarray(values, float)
    require(x.size >= 1, "values must not be empty", list(values))
    if x.size == 1:
        return float("nan"), float("nan")
    half = float(t.ppf((1 + LEVEL) / 2, x.size - 1) * x.std(ddof=1) / np.sqrt(x.size))
    return float(x.mean()) - half, float(x.mean()) + half


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
        Whether each names each clip rightly.
    recordings : sequence of str, length n
        Recording of each clip.
    weights : numpy.ndarray, shape (n_resamples, n), optional
        Of `recording_weights`, where they are known already.
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
    drawn = weights @ gap / weights.sum(axis=1)
    _, position = np.unique(np.asarray(recordings), return_inverse=True)
    return Difference(
        accuracy=float(gap.mean()),
        interval=_middle(drawn),
        p=_sign_flips(np.bincount(position, weights=gap), seed=seed),
        only_first=int((first & ~second).sum()),
        only_second=int((second & ~first).sum()),
        n_clips=len(first),
    )


def _sign_flips(sums: np.ndarray, *, seed: int) -> float:
    """Return how often the sum is as far from 0 as it is, or farther, when each recording's part gets a sign by chance.

    With few parts that differ, unlike resamples, it knows how little they prove: four against none are p = 0.125.
    """
    sums = sums[sums != 0]
    if sums.size <= EXACT:
        signs = np.array(list(itertools.product((-1, 1), repeat=sums.size))).reshape(2**sums.size, sums.size)
        return float(np.mean(np.abs(signs @ sums) >= abs(sums.sum())))
    signs = np.random.default_rng(seed).choice((-1, 1), size=(N_RESAMPLES, sums.size))
    as_far = int((np.abs(signs @ sums) >= abs(sums.sum())).sum())
    # one is added so that no finite number of draws proves certainty (Davison and Hinkley 1997, chapter 4)
    return (1 + as_far) / (1 + N_RESAMPLES)


def _middle(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
