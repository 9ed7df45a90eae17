"""95% intervals by formulas: of shares whose counts are known, and of the mean of a few repeats.

Two shares of different clips could be equal where their intervals overlap, see `could_be_equal`. Predictions of the
same clips are compared clip by clip, see `esc_core.measures.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from esc_core.config import require

ALPHA = 0.05
"""Significance level: a difference with a smaller p is more than chance."""

LEVEL = 1 - ALPHA
"""Confidence level of every interval."""


def could_be_equal(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Tell whether two shares of different clips could differ by chance: whether their 95% intervals overlap.

    Where they do not overlap, the interval of the difference excludes zero. The reverse does not hold: the rule is on
    the safe side.
    """
    return first[0] <= second[1] and second[0] <= first[1]


def share_interval(n_true: int, n: int) -> tuple[float, float]:
    """Return the 95% interval of a share of which only the counts are known (Wilson 1927).

    Parameters
    ----------
    n_true, n : int
        Counts; `n` is at least 1.

    Returns
    -------
    low, high : float
        In 0–1.
    """
    from scipy.stats import binomtest

    interval = binomtest(n_true, n).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def share_difference(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, tuple[float, float]]:
    """Return the difference of two shares of which only the counts are known, with its 95% interval.

    Newcombe's interval (1998, *Statistics in Medicine* 17, method 10), which takes the two as independent. Where both
    are of the same clips, it is wider than it need be: the rule is on the safe side.

    Parameters
    ----------
    first, second : tuple of int
        How many, and of how many.

    Returns
    -------
    difference : float
        First minus second.
    interval : tuple of float
        Its 95% interval.
    """
    shares, ends = zip(*((one[0] / one[1], share_interval(*one)) for one in (first, second)), strict=True)
    gap = shares[0] - shares[1]
    below = np.hypot(shares[0] - ends[0][0], ends[1][1] - shares[1])
    above = np.hypot(ends[0][1] - shares[0], shares[1] - ends[1][0])
    return gap, (float(gap - below), float(gap + above))


def mean_interval(
    values: Sequence[float] | np.ndarray, *, lowest: float = -np.inf, highest: float = np.inf
) -> tuple[float, float]:
    """Return the 95% interval of the mean of a few repeats, by Student's t.

    Parameters
    ----------
    values : sequence of float, length n
        One per repeat.
    lowest, highest : float
        What the mean can be at all; the interval ends there.

    Returns
    -------
    low, high : float
        Both NaN for a single repeat, whose spread is unknown.

    Raises
    ------
    ParameterError
        If `values` is empty.
    """
    from scipy import stats

    x = np.asarray(values, float)
    require(x.size >= 1, "values must not be empty", list(values))
    if x.size == 1:
        return float("nan"), float("nan")
    # not t.interval, which is NaN if all repeats are equal
    half = float(stats.t.ppf((1 + LEVEL) / 2, x.size - 1) * stats.sem(x))
    return max(lowest, float(x.mean()) - half), min(highest, float(x.mean()) + half)
