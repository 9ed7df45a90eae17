"""Every figure of a score, declared once: key in JSON, title, formula, interval, format and help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from esc_core.errors import ScoreError
from esc_core.measures import bootstrap, metrics
from esc_core.scoring.predictions import Predictions
from esc_core.words import counted, percent, percent_interval

CLASSIFICATION, CALIBRATION, REFERENCE = "classification", "calibration", "reference"
"""Kinds of figure: of the predicted categories, of the probabilities, and what the others are compared with."""

PEOPLE = {("ESC-50", 50): 0.813, ("ESC-10", 10): 0.957, ("ESC-10", 50): 0.805}
"""Accuracy of the listening test (Piczak 2015), by data and by the number of categories to choose from."""


@dataclass(frozen=True)
class Figure:
    """A figure of a score.

    Attributes
    ----------
    key : str
        Its name in JSON; its interval is called ``KEY_interval``.
    title, help : str
        Its name for people, and what it means.
    kind : str
        `CLASSIFICATION`, `CALIBRATION` or `REFERENCE`.
    value : float
        The figure.
    text : str
        The figure with its unit.
    interval : tuple of float, or None
        Its 95% interval.
    note : str
        What stands beside it: the interval, or where it comes from.
    shown : bool
        False for a figure that says nothing of this table.
    """

    key: str
    title: str
    help: str
    kind: str
    value: float
    text: str
    interval: tuple[float, float] | None
    note: str
    shown: bool = True


@dataclass(frozen=True)
class Metric:
    """How a `Figure` is computed and shown; a new one is a row of `METRICS`.

    Attributes
    ----------
    key, title, help, kind : str
        As of `Figure`; the help may hold ``{clips}`` and ``{data}``.
    form : callable
        Value → text with its unit.
    compute : callable
        `Predictions` → value; those of a `CALIBRATION` have probabilities.
    interval : callable, optional
        `Predictions` and the weights of `esc_core.measures.bootstrap.recording_weights` → 95% interval.
    note : callable, optional
        `Predictions` → what stands beside a value without an interval.
    shown : callable
        `Predictions` → False if it says nothing of them.
    """

    key: str
    title: str
    help: str
    form: Callable[[float], str]
    compute: Callable[[Predictions], float]
    interval: Callable[[Predictions, np.ndarray], tuple[float, float]] | None = None
    note: Callable[[Predictions], str] | None = None
    kind: str = CLASSIFICATION
    shown: Callable[[Predictions], bool] = lambda _: True


def recalls(predictions: Predictions) -> dict[int, float]:
    """Return the recall of each target that has a clip, 0–1."""
    labels, correct = predictions.labels, predictions.correct
    return {int(target): float(correct[labels == target].mean()) for target in np.unique(labels)}


def _of_probabilities(function: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[Predictions], float]:
    def compute(predictions: Predictions) -> float:
        if predictions.probs is None:
            raise ScoreError("the table has no probabilities")
        return function(predictions.probs, predictions.labels)

    return compute


def _one_decimal(share: float) -> str:
    return percent(share, digits=1)


METRICS = (
    Metric(
        "accuracy",
        "Accuracy",
        "Share of {clips} of {data} that are correctly classified. The interval is by recording: clips cut from one "
        "recording are not independent.",
        _one_decimal,
        lambda p: float(p.correct.mean()),
        lambda p, weights: bootstrap.accuracy_interval(p.correct, p.recordings, weights=weights),
    ),
    Metric(
        "macro_recall",
        "Macro recall",
        "Mean of the categories' recalls, so that each category counts as much as any other.",
        _one_decimal,
        lambda p: float(np.mean(list(recalls(p).values()))),
        lambda p, weights: bootstrap.macro_recall_interval(p.correct, p.labels, p.recordings, weights=weights),
    ),
    Metric(
        "accuracy_missing_wrong",
        "Missing clips as wrong",
        "The accuracy if each clip of {data} that was not predicted counts as wrong.",
        _one_decimal,
        lambda p: float(p.correct.sum() / len(p.expected)),
        note=lambda p: f"{counted(p.n_missing, 'clip', 'clips')} missing",
        shown=lambda p: p.n_missing > 0,
    ),
    Metric(
        "top_5",
        "Top-5 accuracy",
        "Share of the clips whose category is among the five most probable.",
        _one_decimal,
        _of_probabilities(lambda probs, labels: metrics.top_k_accuracy(probs, labels, k=5)),
        kind=CALIBRATION,
    ),
    Metric(
        "ece",
        "Calibration error",
        "Expected calibration error: how far confidence and accuracy lie apart.",
        _one_decimal,
        _of_probabilities(metrics.expected_calibration_error),
        note=lambda _: "expected (ECE)",
        kind=CALIBRATION,
    ),
    Metric(
        "nll",
        "Log loss",
        "Negative log likelihood: 0 is best; blind guesses among 50 categories have 3.91.",
        "{:.3f} nats".format,
        _of_probabilities(metrics.negative_log_likelihood),
        note=lambda _: "negative log likelihood",
        kind=CALIBRATION,
    ),
    Metric(
        "brier",
        "Brier score",
        "Squared error of the probabilities: 0 is best, 2 is worst.",
        "{:.3f}".format,
        _of_probabilities(metrics.brier_score),
        note=lambda _: "from 0 to 2",
        kind=CALIBRATION,
    ),
    Metric(
        "people",
        "People",
        "Accuracy in the listening test of the data set.",
        _one_decimal,
        lambda p: PEOPLE[p.data, len(p.shown_targets)],
        note=lambda _: "Piczak 2015",
        kind=REFERENCE,
    ),
    Metric(
        "chance",
        "Chance",
        "Accuracy of blind guesses among the categories in use.",
        percent,
        lambda p: 1 / len(p.shown_targets),
        note=lambda _: "by guessing",
        kind=REFERENCE,
    ),
)
"""All figures, in the order in which they are shown."""


def figures(predictions: Predictions, weights: np.ndarray) -> tuple[Figure, ...]:
    """Compute every figure that the predictions allow.

    Parameters
    ----------
    predictions : Predictions
        The predictions.
    weights : numpy.ndarray, shape (n_resamples, n)
        From `esc_core.measures.bootstrap.recording_weights`.

    Returns
    -------
    tuple of Figure
        In the order of `METRICS`; those of the calibration only where there are probabilities.
    """
    return tuple(
        _figure(metric, predictions, weights)
        for metric in METRICS
        if metric.kind != CALIBRATION or predictions.probs is not None
    )


def _figure(metric: Metric, predictions: Predictions, weights: np.ndarray) -> Figure:
    value = metric.compute(predictions)
    interval = metric.interval(predictions, weights) if metric.interval else None
    note = f"95% interval {percent_interval(interval)}" if interval else ""
    return Figure(
        key=metric.key,
        title=metric.title,
        help=metric.help.format(clips=counted(len(predictions.clips), "clip", "clips"), data=predictions.data),
        kind=metric.kind,
        value=value,
        text=metric.form(value),
        interval=interval,
        note=metric.note(predictions) if metric.note else note,
        shown=metric.shown(predictions),
    )
