"""Metrics: perfect and chance answers, and hand-made cases whose scores can be counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core.measures import metrics


def sure_of(predicted: list[int], confidence: float, *, n_classes: int) -> np.ndarray:
    """Probabilities with `confidence` at the predicted category and the rest shared."""
    probs = np.full((len(predicted), n_classes), (1 - confidence) / (n_classes - 1))
    probs[np.arange(len(predicted)), predicted] = confidence
    return probs


def test_perfect() -> None:
    """Certain and right: every score is at its best."""
    labels = np.arange(50).repeat(4)
    probs = np.eye(50)[labels]
    assert metrics.accuracy(probs, labels) == 1.0
    assert metrics.top_k_accuracy(probs, labels, k=5) == 1.0
    assert metrics.negative_log_likelihood(probs, labels) == 0.0
    assert metrics.expected_calibration_error(probs, labels) == 0.0
    assert metrics.brier_score(probs, labels) == 0.0
    np.testing.assert_array_equal(metrics.recall(labels, labels, n_classes=50), np.ones(50))
    np.testing.assert_array_equal(metrics.confusion(labels, labels, n_classes=50), 4 * np.eye(50))


def test_always_wrong() -> None:
    """Certain and wrong: the likelihood is bounded instead of infinite."""
    labels = np.array([0, 1, 2])
    probs = np.eye(3)[[1, 2, 0]]
    assert metrics.accuracy(probs, labels) == 0.0
    assert metrics.negative_log_likelihood(probs, labels) == pytest.approx(-np.log(1e-12))
    assert metrics.brier_score(probs, labels) == 2.0
    assert metrics.expected_calibration_error(probs, labels) == 1.0
    assert metrics.recall(labels, probs.argmax(axis=1), n_classes=3).tolist() == [0, 0, 0]


def test_chance() -> None:
    """Equal probabilities find the first category only, with the likelihood and the calibration of chance."""
    labels = np.arange(50).repeat(8)
    probs = np.full((400, 50), 1 / 50)
    assert metrics.accuracy(probs, labels) == pytest.approx(1 / 50)
    assert metrics.top_k_accuracy(probs, labels, k=5) == pytest.approx(5 / 50)
    assert metrics.negative_log_likelihood(probs, labels) == pytest.approx(np.log(50))
    assert metrics.expected_calibration_error(probs, labels) == pytest.approx(0, abs=1e-9)
    assert metrics.recall(labels, probs.argmax(axis=1), n_classes=50).tolist() == [1.0] + [0.0] * 49


def test_random_guesses() -> None:
    """Of many random answers one in ten is right, and a top three of ten holds three in ten."""
    rng = np.random.default_rng(0)
    probs, labels = rng.random((20_000, 10)), rng.integers(10, size=20_000)
    assert metrics.accuracy(probs, labels) == pytest.approx(0.1, abs=0.01)
    assert metrics.top_k_accuracy(probs, labels, k=3) == pytest.approx(0.3, abs=0.015)


@pytest.mark.parametrize(("k", "share"), [(1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0), (9, 1.0)])
def test_top_k(k: int, share: float) -> None:
    """The rank of the truth decides; four clips have it at ranks 1 to 4."""
    probs = np.tile([0.4, 0.3, 0.2, 0.1], (4, 1))
    assert metrics.top_k_accuracy(probs, np.arange(4), k=k) == share


def test_logits_will_do() -> None:
    """Only the order counts for accuracy."""
    logits = np.array([[-5.0, -1.0, -9.0], [2.0, 30.0, 3.0]])
    assert metrics.accuracy(logits, np.array([1, 2])) == 0.5
    assert metrics.top_k_accuracy(logits, np.array([1, 2]), k=2) == 1.0


def test_confusion_has_rows_of_truth() -> None:
    """Three clips of category 0, one of them taken for category 2."""
    counts = metrics.confusion(np.array([0, 0, 0, 1, 2]), np.array([0, 0, 2, 1, 1]), n_classes=3)
    assert counts.tolist() == [[2, 0, 1], [0, 1, 0], [0, 1, 0]]


def test_recall_without_clips() -> None:
    """A category that is not there has no recall, rather than a bad one, and nobody is warned."""
    recall = metrics.recall(np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2]), n_classes=4)
    np.testing.assert_array_equal(recall, [0.5, np.nan, 1.0, np.nan])


def test_likelihood() -> None:
    """The mean of −ln p over the true categories."""
    probs = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert metrics.negative_log_likelihood(probs, np.array([0, 0])) == pytest.approx((np.log(2) + np.log(4)) / 2)


def test_calibration_error() -> None:
    """Ten answers at 0.9 of which six are right, ten at 0.6 of which six are: half of the answers are off by 0.3."""
    probs = np.concatenate([sure_of([0] * 10, 0.9, n_classes=3), sure_of([0] * 10, 0.6, n_classes=3)])
    labels = np.array(([0] * 6 + [1] * 4) * 2)
    assert metrics.expected_calibration_error(probs, labels) == pytest.approx(0.15)


def test_calibration_error_within_a_bin() -> None:
    """Answers that are too sure and too modest cancel in one bin and add up in two."""
    probs = np.concatenate([sure_of([0] * 4, 0.9, n_classes=2), sure_of([0] * 4, 0.6, n_classes=2)])
    labels = np.array([0, 0, 1, 1, 0, 0, 0, 0])
    assert metrics.expected_calibration_error(probs, labels, n_bins=1) == pytest.approx(0.0, abs=1e-9)
    assert metrics.expected_calibration_error(probs, labels, n_bins=10) == pytest.approx((0.4 + 0.4) / 2)


@given(seed=st.integers(0, 1000), n_bins=st.integers(1, 40))
def test_calibration_error_is_a_share(seed: int, n_bins: int) -> None:
    """For any answers it lies in 0–1, certainty of 1.0 included."""
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet([0.05] * 4, size=30)
    probs[0] = [1, 0, 0, 0]
    error = metrics.expected_calibration_error(probs, rng.integers(4, size=30), n_bins=n_bins)
    assert 0 <= error <= 1
