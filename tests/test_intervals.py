"""Intervals: exact values, resamples of recordings, and paired comparisons that can be counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core import intervals
from esc_core.errors import ParameterError

NAMES = [f"r{i}" for i in range(400)]
"""A recording of its own for each clip."""


def shares(n: int, *, wrong: int) -> np.ndarray:
    """`n` clips, the first `wrong` of which are wrong."""
    return np.arange(n) >= wrong


def test_a_resample_draws_as_many_recordings_with_replacement() -> None:
    """Recordings, not clips, are drawn; their number is kept, and their clips stay together."""
    recordings = ["a"] * 3 + ["b"] + ["c"] * 2
    weights = intervals.recording_weights(recordings, n_resamples=500)
    assert weights.shape == (500, 6)
    assert (weights[:, :3] == weights[:, :1]).all()
    assert (weights[:, 4] == weights[:, 5]).all()
    assert (weights[:, [0, 3, 4]].sum(axis=1) == 3).all()


def test_a_recording_may_be_drawn_any_number_of_times() -> None:
    """Of n draws among n each recording gets a binomial count: mean 1, variance 1 − 1/n, at times more than three."""
    weights = intervals.recording_weights(NAMES[:50], n_resamples=4000)
    assert weights.max() > 4
    assert weights.mean() == pytest.approx(1)
    assert weights.var() == pytest.approx(1 - 1 / 50, abs=0.02)
    above_three = 1 - sum(math.comb(50, k) * 0.02**k * 0.98 ** (50 - k) for k in range(4))
    assert (weights > 3).mean() == pytest.approx(above_three, rel=0.1)


def test_a_seed_draws_the_same_and_another_something_else() -> None:
    first, again, other = (intervals.recording_weights(NAMES, n_resamples=5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("recordings", "n_resamples", "rule"),
    [([], 10, "recordings must not be empty"), (["a"], 0, "n_resamples must be at least 1")],
)
def test_nothing_to_draw(recordings: list[str], n_resamples: int, rule: str) -> None:
    with pytest.raises(ParameterError, match=rule):
        intervals.recording_weights(recordings, n_resamples=n_resamples)


@pytest.mark.parametrize(("n", "low"), [(1, 0.025), (10, 0.6915), (100, 0.9638)])
def test_all_correct_is_exact(n: int, low: float) -> None:
    """The lower end is (0.05/2)^(1/n) of Clopper and Pearson; none correct is its mirror image."""
    correct = np.ones(n, bool)
    assert low == pytest.approx(0.025 ** (1 / n), abs=5e-5)
    assert intervals.accuracy_interval(correct, NAMES[:n]) == pytest.approx((low, 1.0), abs=5e-5)
    assert intervals.accuracy_interval(~correct, NAMES[:n]) == pytest.approx((0.0, 1 - low), abs=5e-5)


def test_exact_counts_recordings_not_clips() -> None:
    """Forty clips of four recordings prove no more than four."""
    recordings = [f"r{i // 10}" for i in range(40)]
    low, high = intervals.accuracy_interval(np.ones(40, bool), recordings)
    assert (low, high) == pytest.approx((0.025 ** (1 / 4), 1.0))


def test_bootstrap_of_single_clips_is_the_binomial() -> None:
    """Where each clip is a recording, the interval is the share's plus or minus 1.96 standard errors, nearly."""
    low, high = intervals.accuracy_interval(shares(400, wrong=80), NAMES)
    half = 1.96 * math.sqrt(0.8 * 0.2 / 400)
    assert (low, high) == pytest.approx((0.8 - half, 0.8 + half), abs=0.006)


def test_siblings_widen_the_interval() -> None:
    """Recordings of four clips that are all right or all wrong count as one trial each: twice the width."""
    recordings = [f"r{i // 4}" for i in range(400)]
    alone = np.subtract(*reversed(intervals.accuracy_interval(shares(400, wrong=80), NAMES)))
    together = np.subtract(*reversed(intervals.accuracy_interval(shares(400, wrong=80), recordings)))
    assert together / alone == pytest.approx(2, rel=0.1)


def test_weights_that_were_drawn_are_used() -> None:
    """With the identity as the only resample the interval is the accuracy itself."""
    correct = shares(400, wrong=100)
    one = np.ones((1, 400), np.float32)
    assert intervals.accuracy_interval(correct, NAMES, weights=one) == pytest.approx((0.75, 0.75))
    labels = np.arange(400) % 4
    assert intervals.macro_recall_interval(correct, labels, NAMES, weights=one) == pytest.approx((0.75, 0.75))
    gap = intervals.paired_difference(correct, shares(400, wrong=200), NAMES, weights=one)
    assert gap.interval == pytest.approx((0.25, 0.25))


def test_macro_recall_weighs_categories_alike() -> None:
    """Of 390 clips of one category all, of 10 of the other none: accuracy 97.5%, macro recall 50%."""
    correct, labels = np.arange(400) >= 10, (np.arange(400) < 10).astype(int)
    low, high = intervals.macro_recall_interval(correct, labels, NAMES)
    assert (low, high) == pytest.approx((0.5, 0.5))
    assert intervals.accuracy_interval(correct, NAMES)[0] > 0.9


def test_a_category_that_a_resample_lacks_is_left_out_of_it() -> None:
    """A single clip of the second category is missing in a third of the resamples, whose mean is then the first's."""
    correct, labels = np.ones(200, bool), np.zeros(200, int)
    labels[0], correct[0] = 1, False
    low, high = intervals.macro_recall_interval(correct, labels, NAMES[:200])
    assert (low, high) == pytest.approx((0.5, 1.0))


def test_macro_recall_of_all_correct_is_the_exact_interval() -> None:
    correct = np.ones(20, bool)
    expected = intervals.accuracy_interval(correct, NAMES[:20])
    assert intervals.macro_recall_interval(correct, np.arange(20) % 2, NAMES[:20]) == expected


@pytest.mark.parametrize(
    ("values", "mean", "half"),
    [
        ([0.8, 0.9], 0.85, 12.7062 * 0.05),
        ([1, 2, 3, 4, 5], 3.0, 2.77645 * math.sqrt(2.5 / 5)),
        ([0.5, 0.5, 0.5], 0.5, 0.0),
    ],
)
def test_mean_of_repeats(values: list[float], mean: float, half: float) -> None:
    """By Student's t with n − 1 degrees of freedom, from a printed table: 12.706 for one, 2.776 for four."""
    assert intervals.mean_interval(values) == pytest.approx((mean - half, mean + half), abs=1e-4)


def test_one_repeat_has_no_spread() -> None:
    assert all(math.isnan(end) for end in intervals.mean_interval([0.8]))
    with pytest.raises(ParameterError, match="values must not be empty"):
        intervals.mean_interval([])


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [(4, 0, 2 / 16), (5, 0, 2 / 32), (3, 1, 10 / 16), (6, 0, 2 / 64), (10, 0, 2 / 1024), (1, 1, 1.0), (0, 0, 1.0)],
)
def test_few_differing_recordings_are_counted_exactly(wins: int, losses: int, p: float) -> None:
    """All assignments of signs: four against none are as far from zero in 2 of 16."""
    first, second = np.zeros(30, bool), np.zeros(30, bool)
    first[:wins] = True
    second[wins : wins + losses] = True
    gap = intervals.paired_difference(first, second, NAMES[:30])
    assert gap.p == pytest.approx(p)
    assert (gap.only_first, gap.only_second, gap.n_clips) == (wins, losses, 30)
    assert gap.accuracy == pytest.approx((wins - losses) / 30)


def test_clips_of_one_recording_flip_together() -> None:
    """Eight clips of one recording are one sign: nothing is proved."""
    first, second = np.zeros(20, bool), np.zeros(20, bool)
    first[:8] = True
    recordings = ["one"] * 8 + NAMES[:12]
    assert intervals.paired_difference(first, second, recordings).p == 1.0


def test_many_differing_recordings_are_drawn() -> None:
    """No p is zero: the least is one in all draws and the data; eleven against none are 2 in 2048."""
    first, second = np.ones(400, bool), np.zeros(400, bool)
    assert intervals.paired_difference(first, second, NAMES).p == 1 / (1 + intervals.N_RESAMPLES)
    second = np.ones(400, bool)
    second[:11] = False
    assert intervals.paired_difference(first, second, NAMES).p == pytest.approx(2 / 2048, abs=2e-3)
    third = np.ones(400, bool)
    third[11:22] = False
    assert intervals.paired_difference(third, second, NAMES).p > 0.9


@pytest.mark.parametrize(
    ("interval", "p", "more"),
    [
        ((0.01, 0.05), 0.049, True),
        ((-0.05, -0.01), 0.049, True),
        ((0.01, 0.05), 0.05, False),
        ((0.01, 0.05), 0.051, False),
        ((0.0, 0.05), 0.01, False),
        ((-0.05, 0.0), 0.01, False),
        ((-0.01, 0.05), 0.01, False),
    ],
)
def test_more_than_chance_needs_both(interval: tuple[float, float], p: float, more: bool) -> None:
    """The interval excludes zero, and p is below 5%."""
    assert intervals.Difference(0.03, interval, p, 10, 2, 400).more_than_chance is more


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 2**31 - 1))
def test_an_interval_holds_the_share(n: int, n_correct: int, seed: int) -> None:
    """Ends lie in 0–1 in their order, around the accuracy, whatever the clips."""
    correct = np.arange(n) < n_correct
    low, high = intervals.accuracy_interval(correct, NAMES[:n], seed=seed)
    assert 0 <= low <= correct.mean() <= high <= 1
