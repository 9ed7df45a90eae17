"""Splits by fold: the official folds as they are, and no recording in two parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esc_core.config import require
from esc_core.dataset import Dataset
from esc_core.errors import TrainingError


@dataclass(frozen=True)
class Split:
    """Positions of clips in ``dataset.clips``; no recording lies in two of the three.

    Attributes
    ----------
    train, val, test : numpy.ndarray, shape (n,), int
        `val` is watched during training; `test` stays sealed and may be empty.
    left_out : numpy.ndarray, shape (n,), int
        Training clips whose recording also lies in a held-out fold.
    """

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    left_out: np.ndarray


def fold_split(dataset: Dataset, *, val_fold: int, test_fold: int | None = None) -> Split:
    """Split by the official folds.

    Four recordings of ESC-50 have clips in two folds; a training clip whose recording also lies in a held-out fold is
    left out, and so is a validation clip whose recording lies in the test fold.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    val_fold : int
        Fold that is watched, 1–5.
    test_fold : int, optional
        Fold that is kept sealed, 1–5.

    Returns
    -------
    Split
        Positions of the clips.

    Raises
    ------
    ParameterError
        If a fold is outside 1–5, or both are the same.
    TrainingError
        If the training or validation part is empty.
    """
    require(val_fold in range(1, 6), "val_fold must be in 1–5", val_fold)
    require(
        test_fold in (None, *range(1, 6)) and test_fold != val_fold, "test_fold must be another fold in 1–5", test_fold
    )
    folds = dataset.folds
    recordings = np.array([clip.src_file for clip in dataset.clips])
    test = folds == test_fold if test_fold else np.zeros(len(folds), bool)
    val = (folds == val_fold) & ~np.isin(recordings, recordings[test])
    train = (folds != val_fold) & ~test
    shared = train & np.isin(recordings, recordings[val | test])
    train &= ~shared
    if not train.any() or not val.any():
        raise TrainingError(f"fold {val_fold} leaves no clips to train on or to validate with")
    return Split(*(np.flatnonzero(part) for part in (train, val, test, shared)))
