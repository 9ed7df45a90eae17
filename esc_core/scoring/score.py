"""From predictions to scores, with intervals and an audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import intervals, metrics
from esc_core.dataset.official import CATEGORIES
from esc_core.errors import ScoreError
from esc_core.scoring.audit import Audit, audit, expected_clips
from esc_core.scoring.predictions import Predictions

FOLDS = (1, 2, 3, 4, 5)

NO_CATEGORY = "no category"
"""Name of the confusion's last column."""


@dataclass(frozen=True)
class Score:
    """What predictions are worth.

    Attributes
    ----------
    data : str
        "ESC-50" or "ESC-10".
    n_clips, n_missing : int
        Clips scored, and clips of the data that were not predicted.
    accuracy : float
        Share of the scored clips that is right, in 0–1.
    accuracy_interval : tuple of float
        Its 95% interval, by bootstrap over recordings.
    accuracy_missing_wrong : float
        Accuracy if every missing clip counts as wrong.
    fold_accuracy : tuple of float or None
        By official fold; None for a fold without predictions.
    macro_recall : float
        Mean of the categories' recalls, in 0–1.
    macro_recall_interval : tuple of float
        Its 95% interval.
    recall : dict of str to float
        By category.
    confusion : numpy.ndarray, shape (n_labels, n_labels + 1), int
        Rows true, columns predicted, the last column for names that are no category.
    labels : tuple of str
        Categories of the confusion.
    calibration : dict of str to float, or None
        ``top_5``, ``ece``, ``nll`` (nats) and ``brier`` (0–2), where there are probabilities.
    audit : Audit
        What makes the score too high, and what could not be checked.
    """

    data: str
    n_clips: int
    n_missing: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    accuracy_missing_wrong: float
    fold_accuracy: tuple[float | None, ...]
    macro_recall: float
    macro_recall_interval: tuple[float, float]
    recall: dict[str, float]
    confusion: np.ndarray
    labels: tuple[str, ...]
    calibration: dict[str, float] | None
    audit: Audit

    def seen_confusion(self) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
        """Return the confusion without categories that are in no row, neither as the truth nor as a guess.

        Returns
        -------
        counts : numpy.ndarray, shape (n_rows, n_columns), int
            Rows true, columns predicted.
        true, guessed : tuple of str
            Categories of the rows, and of the columns; the last one of these may be `NO_CATEGORY`.
        """
        rows = self.confusion.any(axis=1)
        columns = self.confusion.any(axis=0) | np.append(rows, False)
        names = np.array([*self.labels, NO_CATEGORY])
        return (
            self.confusion[np.ix_(rows, columns)],
            tuple(names[:-1][rows].tolist()),
            tuple(names[columns].tolist()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        values = dict(vars(self))
        values["confusion"] = self.confusion.tolist()
        values |= {"audit": list(self.audit.faults), "unchecked": list(self.audit.unchecked)}
        return values


def score(
    predictions: Predictions,
    *,
    training: str | Path | bytes | None = None,
    epoch: str | None = None,
    seed: int = 0,
) -> Score:
    """Score predictions on the official folds.

    Parameters
    ----------
    predictions : Predictions
        From `read_predictions`.
    training : str, pathlib.Path or bytes, optional
        Table of the training files, see `audit`.
    epoch : str, optional
        "last" or "best", as declared by who made the predictions.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Score
        Accuracies, intervals, calibration, audit.

    Raises
    ------
    ScoreError
        If `training` can't be read.
    ParameterError
        If `epoch` is unknown.
    """
    labels, right, n = predictions.labels, predictions.right, len(predictions.clips)
    n_expected = len(expected_clips(predictions))
    recordings = [clip.src_file for clip in predictions.clips]
    weights = intervals.recording_weights(recordings, seed=seed)
    folds = np.array([clip.fold for clip in predictions.clips])
    shown = _shown_targets(predictions)
    recall = {CATEGORIES[t]: float(right[labels == t].mean()) for t in np.unique(labels)}
    return Score(
        data="ESC-10" if predictions.esc10 else "ESC-50",
        n_clips=n,
        n_missing=n_expected - n,
        accuracy=float(right.mean()),
        accuracy_interval=intervals.accuracy_interval(right, recordings, weights=weights),
        accuracy_missing_wrong=float(right.sum() / n_expected),
        fold_accuracy=tuple(float(right[folds == k].mean()) if (folds == k).any() else None for k in FOLDS),
        macro_recall=float(np.mean(list(recall.values()))),
        macro_recall_interval=intervals.macro_recall_interval(right, labels, recordings, weights=weights),
        recall=recall,
        confusion=_confusion(predictions, shown),
        labels=tuple(CATEGORIES[t] for t in shown),
        calibration=None if predictions.probs is None else _calibration(predictions.probs, labels),
        audit=audit(predictions, training=training, epoch=epoch),
    )


def compare(first: Predictions, second: Predictions, *, seed: int = 0) -> intervals.Difference:
    """Compare two tables on the clips that both predict.

    Parameters
    ----------
    first, second : Predictions
        From `read_predictions`.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Difference
        First minus second, paired by clip, with its interval by recording.

    Raises
    ------
    ScoreError
        If they share no clip.
    """
    where = {clip: i for i, clip in enumerate(second.clips)}
    pairs = [(i, where[clip]) for i, clip in enumerate(first.clips) if clip in where]
    if not pairs:
        raise ScoreError("the two tables share no clip")
    mine, theirs = np.array(pairs).T
    recordings = [first.clips[i].src_file for i in mine]
    return intervals.paired_difference(first.right[mine], second.right[theirs], recordings, seed=seed)


def _shown_targets(predictions: Predictions) -> list[int]:
    """Return the targets of the confusion: ESC-10's ten, or all fifty where one of the others was predicted."""
    own = {clip.target for clip in expected_clips(predictions)}
    named = {int(t) for t in predictions.predicted if t >= 0}
    return sorted(own) if named <= own else list(range(len(CATEGORIES)))


def _confusion(predictions: Predictions, shown: list[int]) -> np.ndarray:
    counts = np.zeros((len(shown), len(shown) + 1), int)
    column = {t: i for i, t in enumerate(shown)} | {-1: len(shown)}
    for true, named in zip(predictions.labels, predictions.predicted, strict=True):
        counts[column[int(true)], column[int(named)]] += 1
    return counts


def _calibration(probs: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    return {
        "top_5": metrics.top_k_accuracy(probs, labels, k=5),
        "ece": metrics.expected_calibration_error(probs, labels),
        "nll": metrics.negative_log_likelihood(probs, labels),
        "brier": metrics.brier_score(probs, labels),
    }
