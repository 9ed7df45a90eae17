"""From predictions to scores, with intervals and an audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.dataset.categories import CATEGORIES
from esc_core.errors import ScoreError
from esc_core.measures import bootstrap
from esc_core.scoring.audit import Audit, audit
from esc_core.scoring.figures import CALIBRATION, CLASSIFICATION, Figure, figures, recalls
from esc_core.scoring.predictions import Predictions

FOLDS = (1, 2, 3, 4, 5)

NO_CATEGORY = "no category"
"""Name of the confusion matrix's last column."""


@dataclass(frozen=True)
class Score:
    """The score of a table of predictions.

    Attributes
    ----------
    data : str
        "ESC-50" or "ESC-10".
    n_clips, n_missing : int
        Clips scored, and clips of the data that were not predicted.
    figures : tuple of Figure
        Accuracy and all other figures, see `esc_core.scoring.figures.METRICS`.
    fold_accuracy : tuple of float or None
        By official fold; None for a fold without predictions.
    recall : dict of str to float
        By category.
    confusion : numpy.ndarray, shape (n_labels, n_labels + 1), int
        Rows true, columns predicted, the last column for predictions that are not a category.
    labels : tuple of str
        Categories of the confusion matrix.
    audit : Audit
        What makes the score too high, and what could not be checked.
    """

    data: str
    n_clips: int
    n_missing: int
    figures: tuple[Figure, ...]
    fold_accuracy: tuple[float | None, ...]
    recall: dict[str, float]
    confusion: np.ndarray
    labels: tuple[str, ...]
    audit: Audit

    @property
    def accuracy(self) -> float:
        """Share of the scored clips that are correctly classified, in 0–1."""
        return self.figure("accuracy").value

    def figure(self, key: str) -> Figure:
        """Return the figure with a key, such as "macro_recall".

        Raises
        ------
        KeyError
            If there is none; figures of the calibration need probabilities.
        """
        return {figure.key: figure for figure in self.figures}[key]

    def seen_confusion(self) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
        """Return the confusion matrix without the categories that are neither true nor predicted anywhere.

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
        """Return everything but the references as plain JSON values."""
        values: dict[str, Any] = {"data": self.data, "n_clips": self.n_clips, "n_missing": self.n_missing}
        for figure in self.figures:
            if figure.kind == CLASSIFICATION:
                values[figure.key] = figure.value
                if figure.interval:
                    values[f"{figure.key}_interval"] = figure.interval
        return values | {
            "fold_accuracy": self.fold_accuracy,
            "recall": self.recall,
            "confusion": self.confusion.tolist(),
            "labels": self.labels,
            "calibration": {one.key: one.value for one in self.figures if one.kind == CALIBRATION} or None,
            "audit": list(self.audit.faults),
            "unchecked": list(self.audit.unchecked),
        }


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
        Which epoch was scored, "last" or "best" on the test fold, as the author of the predictions declares.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Score
        Figures with intervals, recalls, confusion matrix, audit.

    Raises
    ------
    ScoreError
        If `training` can't be read.
    ParameterError
        If `epoch` is unknown.
    """
    folds = np.array([clip.fold for clip in predictions.clips])
    return Score(
        data=predictions.data,
        n_clips=len(predictions.clips),
        n_missing=predictions.n_missing,
        figures=figures(predictions, bootstrap.recording_weights(predictions.recordings, seed=seed)),
        fold_accuracy=tuple(
            float(predictions.correct[folds == k].mean()) if (folds == k).any() else None for k in FOLDS
        ),
        recall={CATEGORIES[target]: value for target, value in recalls(predictions).items()},
        confusion=_confusion(predictions),
        labels=tuple(CATEGORIES[target] for target in predictions.shown_targets),
        audit=audit(predictions, training=training, epoch=epoch),
    )


def compare(first: Predictions, second: Predictions, *, seed: int = 0) -> bootstrap.Difference:
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
    index = {clip: i for i, clip in enumerate(second.clips)}
    pairs = [(i, index[clip]) for i, clip in enumerate(first.clips) if clip in index]
    if not pairs:
        raise ScoreError("the two tables share no clip")
    mine, theirs = np.array(pairs).T
    recordings = [first.clips[i].src_file for i in mine]
    return bootstrap.paired_difference(first.correct[mine], second.correct[theirs], recordings, seed=seed)


def _confusion(predictions: Predictions) -> np.ndarray:
    shown = predictions.shown_targets
    counts = np.zeros((len(shown), len(shown) + 1), int)
    column = {t: i for i, t in enumerate(shown)} | {-1: len(shown)}
    for true, predicted in zip(predictions.labels, predictions.predicted, strict=True):
        counts[column[int(true)], column[int(predicted)]] += 1
    return counts
