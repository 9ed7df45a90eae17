"""95% intervals: against exact values from tables and by hand, and the bootstrap against a count of all resamples."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from esc_core.errors import ParameterError
from esc_core.measures.bootstrap import (
    EXACT,
    N_RESAMPLES,
    Difference,
    accuracy_interval,
    macro_recall_interval,
    paired_difference,
    recording_weights,
)
from esc_core.measures.intervals import ALPHA, LEVEL, could_be_equal, mean_interval, share_difference, share_interval


def own(n: int) -> list[str]:
    """Return as many recordings, one for each clip."""
    return [f"r{i}" for i in range(n)]


def signs(only_first: int, only_second: int, *, same: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Return two sets of predictions that differ by some clips in each direction and agree on `same` correct ones."""
    first = np.array([True] * only_first + [False] * only_second + [True] * same)
    second = np.array([False] * only_first + [True] * only_second + [True] * same)
    return first, second


def test_constants() -> None:
    """What the pages say in words: 95%, and differences beyond 5%."""
    assert LEVEL == 0.95
    assert pytest.approx(0.05) == ALPHA


# resamples


def test_resamples_are_of_the_same_size() -> None:
    """Each draws as many recordings as there are; with one clip each, the counts sum to that."""
    weights = recording_weights(own(40))
    assert weights.shape == (N_RESAMPLES, 40)
    assert weights.dtype == np.float32
    assert (weights.sum(axis=1) == 40).all()
    assert (weights == np.round(weights)).all()


def test_clips_of_a_recording_stay_together() -> None:
    """They are in a resample equally often, wherever they stand; recordings are not clips."""
    recordings = ["b", "a", "b", "c", "a", "b"]
    weights = recording_weights(recordings)
    for name in "abc":
        of_one = weights[:, [i for i, recording in enumerate(recordings) if recording == name]]
        assert (of_one == of_one[:, :1]).all()
    assert (weights[:, [1, 0, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(weights.sum(axis=1))) > 5


def test_counts_have_no_cap() -> None:
    """Of n recordings, one is drawn k times with the binomial's probability; four times and more among them."""
    n = 10
    counts = recording_weights(own(n), n_resamples=20_000)
    shares = [(counts == k).mean() for k in range(n + 1)]
    np.testing.assert_allclose(shares, stats.binom.pmf(range(n + 1), n, 1 / n), atol=0.003)
    assert shares[4] > 0.009
    assert shares[5] > 0.001
    assert counts.max() >= 6


def test_the_only_recording_is_every_resample() -> None:
    """Resamples of one recording are that recording."""
    assert recording_weights(["a", "a"], n_resamples=3).tolist() == [[1, 1]] * 3


def test_seeds() -> None:
    """A seed gives the same resamples, another one others, and 0 is meant if none is given."""
    names = own(20)
    np.testing.assert_array_equal(recording_weights(names, seed=3), recording_weights(names, seed=3))
    np.testing.assert_array_equal(recording_weights(names), recording_weights(names, seed=0))
    assert (recording_weights(names, seed=3) != recording_weights(names, seed=4)).any()
    assert len(np.unique(recording_weights(names, n_resamples=50), axis=0)) == 50


def test_nothing_to_draw() -> None:
    """Neither recordings nor resamples may be missing, and the values are named."""
    with pytest.raises(ParameterError, match=r"recordings must not be empty, got \[\]"):
        recording_weights([])
    with pytest.raises(ParameterError, match="n_resamples must be at least 1, got 0"):
        recording_weights(["a"], n_resamples=0)
    with pytest.raises(ParameterError, match=r"recordings must not be empty, got \[\]"):
        accuracy_interval(np.array([], bool), [])


# accuracy


@pytest.mark.parametrize(("n", "low"), [(1, 0.025), (3, 0.2924), (5, 0.4782), (10, 0.6915), (20, 0.8316), (50, 0.9289)])
def test_all_or_none_correct(n: int, low: float) -> None:
    """The ends of Clopper and Pearson (1934) as tabled: of n in n, the low one is the nth root of 0.025."""
    assert low == pytest.approx(0.025 ** (1 / n), abs=6e-5)
    assert accuracy_interval(np.full(n, True), own(n)) == pytest.approx((0.025 ** (1 / n), 1.0))
    assert accuracy_interval(np.full(n, False), own(n)) == pytest.approx((0.0, 1 - 0.025 ** (1 / n)))


def test_recordings_are_the_trials() -> None:
    """Ten clips of three recordings prove as little as three clips."""
    recordings = ["a"] * 5 + ["b"] * 4 + ["c"]
    assert accuracy_interval(np.full(10, True), recordings) == pytest.approx((0.025 ** (1 / 3), 1.0))


@pytest.mark.parametrize(("n", "n_correct"), [(400, 200), (400, 320), (2000, 1900)])
def test_many_recordings_agree_with_the_exact_interval(n: int, n_correct: int) -> None:
    """With one clip per recording the bootstrap is close to the exact binomial interval."""
    exact = stats.binomtest(n_correct, n).proportion_ci(LEVEL, method="exact")
    interval = accuracy_interval(np.arange(n) < n_correct, own(n))
    assert interval == pytest.approx((exact.low, exact.high), abs=0.12 * (exact.high - exact.low))


def test_few_recordings_against_all_resamples() -> None:
    """For four recordings of unequal size all 4^4 resamples can be counted; the ends are their quantiles."""
    recordings = ["a", "a", "a", "b", "c", "c", "d"]
    correct = np.array([True, True, False, False, True, False, True])
    n, n_correct = np.array([3, 1, 2, 1]), np.array([2, 0, 1, 1])
    shares = [n_correct[list(drawn)].sum() / n[list(drawn)].sum() for drawn in itertools.product(range(4), repeat=4)]
    low, high = np.quantile(shares, [0.025, 0.975])
    weights = recording_weights(recordings, n_resamples=50_000)
    assert accuracy_interval(correct, recordings, weights=weights) == pytest.approx((low, high), abs=0.02)


def test_clips_of_one_recording_prove_less() -> None:
    """Four clips of each recording, alike: the interval is that of a quarter of the clips, twice as wide."""
    correct = np.repeat(np.arange(200) < 140, 4)
    low, high = accuracy_interval(correct, list(np.repeat(own(200), 4)))
    assert (low, high) == pytest.approx(accuracy_interval(correct[::4], own(200)), abs=1e-6)
    low_own, high_own = accuracy_interval(correct, own(800))
    assert (high - low) / (high_own - low_own) == pytest.approx(2, rel=0.1)


def test_given_weights_count() -> None:
    """Accuracy is weighted in each resample; 95% of the resamples lie between the ends."""
    weights = np.array([[1, 3], [3, 1]], np.float32)
    assert accuracy_interval(np.array([True, False]), ["a", "b"], weights=weights) == pytest.approx((0.2625, 0.7375))
    hundred = np.stack([np.arange(101), 100 - np.arange(101)], axis=1).astype(np.float32)
    low, high = accuracy_interval(np.array([True, False]), ["a", "b"], weights=hundred)
    assert (low, high) == pytest.approx((0.025, 0.975))


def test_seed_of_an_interval() -> None:
    """It is the seed of its resamples."""
    correct = np.arange(60) % 3 > 0
    for seed in (0, 5):
        weights = recording_weights(own(60), seed=seed)
        assert accuracy_interval(correct, own(60), seed=seed) == accuracy_interval(correct, own(60), weights=weights)
    ends = {accuracy_interval(np.arange(997) % 3 > 0, own(997), seed=seed) for seed in range(3)}
    assert len(ends) == 3


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdefg")), min_size=1, max_size=30))
def test_an_interval_is_in_order(clips: list[tuple[bool, str]]) -> None:
    """Within 0–1, low before high, and mirrored if correct and wrong change places."""
    correct, recordings = np.array([c for c, _ in clips]), [r for _, r in clips]
    low, high = accuracy_interval(correct, recordings)
    assert 0 <= low <= high <= 1
    assert accuracy_interval(~correct, recordings) == pytest.approx((1 - high, 1 - low), abs=1e-6)


# macro recall


def test_macro_recall_of_balanced_clips() -> None:
    """Clips of two categories in equal recordings: the mean of the recalls is the accuracy in every resample."""
    correct = np.array([True, False] * 30)
    correct[:8] = True
    recordings = list(np.repeat(own(30), 2))
    interval = macro_recall_interval(correct, np.tile([0, 1], 30), recordings)
    assert interval == pytest.approx(accuracy_interval(correct, recordings), abs=1e-6)


def test_macro_recall_counts_categories_equally() -> None:
    """A category of 400 clips, half correct, and one of 4, all correct: the mean is 3/4, not 1/2."""
    correct = np.array([True, False] * 200 + [True] * 4)
    labels = np.array([7] * 400 + [2] * 4)
    low, high = macro_recall_interval(correct, labels, own(404))
    # only the large category varies; half of its standard error enters the mean
    half = 1.96 * 0.5 / np.sqrt(400) / 2
    assert (low, high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.006)


def test_a_category_that_was_not_drawn() -> None:
    """It is left out of that resample's mean instead of counting as 0."""
    weights = np.array([[2, 2, 0], [1, 1, 2]], np.float32)
    correct, labels = np.array([True, False, True]), np.array([0, 0, 1])
    # recalls of the first resample: 1/2 and none; of the second: 1/2 and 1
    low, high = macro_recall_interval(correct, labels, own(3), weights=weights)
    assert (low, high) == pytest.approx((0.5 + 0.025 * 0.25, 0.5 + 0.975 * 0.25))


def test_macro_recall_where_all_or_none_is_correct() -> None:
    """The exact interval of the accuracy, over recordings."""
    labels, recordings = np.array([0, 0, 1, 1]), ["a", "a", "b", "c"]
    assert macro_recall_interval(np.full(4, True), labels, recordings) == pytest.approx((0.025 ** (1 / 3), 1))
    assert macro_recall_interval(np.full(4, False), labels, recordings) == pytest.approx((0, 1 - 0.025 ** (1 / 3)))


def test_macro_recall_is_seeded() -> None:
    """By its seed, or by weights that have been drawn."""
    correct, labels, names = np.arange(90) % 4 > 0, np.arange(90) % 3, own(90)
    interval = macro_recall_interval(correct, labels, names, seed=8)
    assert interval == macro_recall_interval(correct, labels, names, weights=recording_weights(names, seed=8))
    assert interval != macro_recall_interval(correct, labels, names, seed=9)


# repeats


@pytest.mark.parametrize(("n", "t"), [(2, 12.706), (3, 4.303), (5, 2.776), (10, 2.262), (31, 2.042)])
def test_student_t(n: int, t: float) -> None:
    """Mean ± t·s/√n, with t as tabled for n − 1 degrees of freedom (Student 1908)."""
    values = np.zeros(n)
    values[:2] = 3.0, 1.0
    mean, s = values.mean(), np.sqrt(((values - values.mean()) ** 2).sum() / (n - 1))
    low, high = mean_interval(values)
    assert (low + high) / 2 == pytest.approx(mean)
    assert (high - low) / 2 == pytest.approx(t * s / np.sqrt(n), rel=2e-4)


def test_interval_of_repeats_by_hand() -> None:
    """1 to 5 have mean 3 and standard error √(2.5 / 5) = 0.7071; t is 2.776."""
    assert mean_interval([1, 2, 3, 4, 5]) == pytest.approx((1.0368, 4.9632), abs=1e-4)


def test_equal_repeats_and_a_single_one() -> None:
    """Equal ones have an interval without width, a single one has none, and no repeat is an error."""
    assert mean_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)
    assert np.isnan(mean_interval([0.5])).all()
    assert mean_interval([1, 2, 3, 4, 5], lowest=2.0, highest=4.0) == (2.0, 4.0)
    assert mean_interval([1, 2, 3, 4, 5], lowest=0.0) == mean_interval([1, 2, 3, 4, 5])
    with pytest.raises(ParameterError, match=r"values must not be empty, got \[\]"):
        mean_interval([])


# differences


def test_difference_by_hand() -> None:
    """Six clips only the first has, two only the second: 4 of 13 clips apart."""
    first, second = signs(6, 2)
    difference = paired_difference(first, second, own(13))
    assert difference.accuracy == pytest.approx(4 / 13)
    assert (difference.only_first, difference.only_second, difference.n_clips) == (6, 2, 13)
    # signs of 8: at least 6 alike of one kind, 2·(28 + 8 + 1) of 256
    assert difference.p == pytest.approx(74 / 256)


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(0, 0), (1, 0), (4, 0), (0, 4), (5, 0), (6, 0), (7, 1), (9, 1), (5, 5), (10, 0)]
)
def test_exact_test_is_the_sign_test(only_first: int, only_second: int) -> None:
    """With one clip per recording p is that of the two-sided sign test (exact McNemar)."""
    n = only_first + only_second
    expected = stats.binomtest(only_first, n).pvalue if n else 1.0
    assert n <= EXACT
    assert paired_difference(*signs(only_first, only_second), own(n + 5)).p == pytest.approx(expected)


def test_four_against_none() -> None:
    """As the docstring says: p is 0.125, although the bootstrap's interval excludes zero."""
    difference = paired_difference(*signs(4, 0, same=1), own(5))
    assert difference.p == 0.125
    assert difference.interval[0] > 0
    assert not difference.more_than_chance


def test_recordings_flip_as_a_whole() -> None:
    """Sums 3, −1, 1 of three recordings: of the 8 sums of signs, 4 are at least 3 from zero."""
    recordings = ["a", "b", "a", "c", "a"]
    first, second = np.array([True, True, True, False, True]), np.array([False, False, False, True, False])
    # |±3 ±1 ±1| is 5, 3, 3, 1 for one sign of 3 and for the other
    assert paired_difference(first, second, recordings).p == pytest.approx(6 / 8)


def test_recordings_that_cancel_do_not_count() -> None:
    """A recording in which the two gain as much as they lose is no trial."""
    first, second = signs(5, 0, same=0)
    p = paired_difference(first, second, own(5)).p
    more = np.array([True, False])
    again = paired_difference(np.r_[first, more], np.r_[second, ~more], [*own(5), "x", "x"])
    assert again.p == p == pytest.approx(2 / 32)
    assert (again.only_first, again.only_second) == (6, 1)


def test_least_p_of_drawn_signs() -> None:
    """No finite number of draws gives p = 0: with 60 against none it is 1 / (1 + N_RESAMPLES)."""
    assert paired_difference(*signs(60, 0), own(65)).p == pytest.approx(1 / (1 + N_RESAMPLES), rel=1e-12)


@pytest.mark.parametrize(("only_first", "only_second"), [(11, 0), (9, 3), (15, 7), (20, 20), (40, 22)])
def test_drawn_signs_agree_with_the_sign_test(only_first: int, only_second: int) -> None:
    """Beyond `EXACT` recordings signs are drawn; p is the exact one but for the draws' error."""
    n = only_first + only_second
    exact = stats.binomtest(only_first, n).pvalue
    p = paired_difference(*signs(only_first, only_second), own(n + 5)).p
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / N_RESAMPLES) + 1 / N_RESAMPLES)
    assert (p * (1 + N_RESAMPLES)) == pytest.approx(round(p * (1 + N_RESAMPLES)))


def test_interval_of_a_difference() -> None:
    """By hand: 30 clips against 10 of 1000, standard error √(40 − 20²/1000) / 1000."""
    low, high = paired_difference(*signs(30, 10, same=960), own(1000)).interval
    half = 1.96 * np.sqrt(40 - 20**2 / 1000) / 1000
    assert (low, high) == pytest.approx((0.02 - half, 0.02 + half), abs=0.002)


def test_difference_of_given_weights() -> None:
    """Differences are weighted in each resample."""
    first, second = np.array([True, False]), np.array([False, False])
    weights = np.array([[1, 3], [3, 1]], np.float32)
    assert paired_difference(first, second, own(2), weights=weights).interval == pytest.approx((0.2625, 0.7375))


def test_difference_keeps_clips_of_a_recording_together() -> None:
    """Four clips of each recording, alike, widen the interval twofold."""
    first, second = signs(30, 10, same=160)
    low, high = paired_difference(np.repeat(first, 4), np.repeat(second, 4), list(np.repeat(own(200), 4))).interval
    assert (low, high) == pytest.approx(paired_difference(first, second, own(200)).interval, abs=1e-6)


def test_the_other_way_round() -> None:
    """Second minus first has the opposite difference and interval, and the same p."""
    first, second = signs(14, 5)
    one = paired_difference(first, second, own(24), seed=2)
    other = paired_difference(second, first, own(24), seed=2)
    assert other.accuracy == -one.accuracy
    assert other.interval == pytest.approx((-one.interval[1], -one.interval[0]))
    assert other.p == one.p
    assert (other.only_first, other.only_second) == (one.only_second, one.only_first)


def test_difference_is_seeded() -> None:
    """A seed gives the same interval and p; another one gives others."""
    first, second, names = *signs(40, 25, same=432), own(497)
    assert paired_difference(first, second, names, seed=1) == paired_difference(first, second, names, seed=1)
    one, other = (paired_difference(first, second, names, seed=seed) for seed in (1, 2))
    assert one.p != other.p
    assert one.interval == paired_difference(first, second, names, weights=recording_weights(names, seed=1)).interval


@pytest.mark.parametrize(
    ("p", "interval", "more"),
    [
        (0.01, (0.1, 0.2), True), (0.01, (-0.2, -0.1), True), (0.049, (0.1, 0.2), True), (0.051, (0.1, 0.2), False),
        (0.01, (-0.1, 0.2), False), (0.01, (0.0, 0.2), False), (0.01, (-0.2, 0.0), False),
    ],
)  # fmt: skip
def test_more_than_chance(p: float, interval: tuple[float, float], more: bool) -> None:
    """Both must say so: p below 5%, and an interval that excludes zero."""
    assert Difference(0.1, interval, p, 3, 1, 100).more_than_chance is more


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ((0.2, 0.4), (0.5, 0.6), False), ((0.5, 0.6), (0.2, 0.4), False), ((0.2, 0.5), (0.4, 0.6), True),
        ((0.1, 0.9), (0.4, 0.6), True), ((0.2, 0.4), (0.4, 0.6), True),
    ],
)  # fmt: skip
def test_shares_could_be_equal_where_intervals_overlap(
    first: tuple[float, float], second: tuple[float, float], equal: bool
) -> None:
    """Also where one lies in the other, or they only touch."""
    assert could_be_equal(first, second) is could_be_equal(second, first) is equal


def test_shares_of_which_only_counts_are_known() -> None:
    """Wilson's interval of 81 of 263, and Newcombe's (1998, table II) of 56 of 70 minus 48 of 80 by method 10."""
    assert share_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    gap, interval = share_difference((56, 70), (48, 80))
    assert gap == pytest.approx(0.2)
    assert interval == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert share_difference((5, 10), (5, 10))[1][0] == pytest.approx(-share_difference((5, 10), (5, 10))[1][1])
