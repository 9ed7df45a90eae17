"""What makes a score too high: other folds, copies and siblings of test clips in training, gaps, the best epoch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from esc_core.config import require
from esc_core.dataset import Clip
from esc_core.dataset.layout import clip_stem
from esc_core.dataset.official import official_clips
from esc_core.errors import ScoreError
from esc_core.scoring.predictions import Predictions
from esc_core.scoring.table import fold_numbers, read_table
from esc_core.words import counted, listed, shortened

EPOCHS = ("last", "best")
"""Epochs that can be declared: the last one, or the best one on the test fold."""

_CLIP_ID = re.compile(r"\d-\d+-[A-Z]-\d+", re.IGNORECASE)

TrainingFile = tuple[str, list[Clip]]
"""A training file's name without folder and ending, and the clips from which it was made."""


@dataclass(frozen=True)
class Audit:
    """Faults of an evaluation, and what could not be checked.

    Attributes
    ----------
    faults : tuple of str
        A sentence each, with the clips and folds concerned; empty if nothing was found.
    unchecked : tuple of str
        What the tables do not say, a sentence each.
    training_checked : bool
        Whether the training files of every fold were searched, which is the main check.
    """

    faults: tuple[str, ...]
    unchecked: tuple[str, ...]
    training_checked: bool


def audit(predictions: Predictions, *, training: str | Path | bytes | None = None, epoch: str | None = None) -> Audit:
    """Search for what makes a cross-validated score too high.

    Parameters
    ----------
    predictions : Predictions
        The predictions.
    training : str, pathlib.Path or bytes, optional
        A CSV with the columns ``filename`` and ``fold``: a file on which the model that was tested on this fold was
        trained. Augmented copies are recognised by the clip's id in their name.
    epoch : str, optional
        The epoch that was scored, one of `EPOCHS`.

    Returns
    -------
    Audit
        The faults, and what could not be checked.

    Raises
    ------
    ScoreError
        If `training` can't be read.
    ParameterError
        If `epoch` is not one of `EPOCHS`.
    """
    require(epoch in (None, *EPOCHS), f"epoch must be one of {', '.join(EPOCHS)}", epoch)
    faults, unchecked, training_checked = list(predictions.faults), [], False
    faults += _missing(predictions)
    if predictions.folds is None:
        unchecked.append("The table has no column fold, so the folds that were used are unknown.")
    else:
        faults += _other_folds(predictions)
    if training is None:
        unchecked.append(
            "The training files were not given, so it is unknown whether they contain copies or siblings of test clips."
        )
    else:
        leaks, unknown = _leaks(predictions, read_training(training))
        faults += leaks
        unchecked += unknown
        training_checked = not unknown
    if epoch == "best":
        faults.append(
            "The scores are those of the best epoch on the test folds: the test chose the model, so they are too high."
        )
    elif epoch is None:
        unchecked.append("It was not declared whether the last epoch was scored or the best one on the test fold.")
    return Audit(tuple(faults), tuple(unchecked), training_checked)


def read_training(source: str | Path | bytes) -> pd.DataFrame:
    """Read a CSV with the columns ``filename`` and ``fold``, as `audit` takes it.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file, or its content.

    Returns
    -------
    pandas.DataFrame
        A row per training file; ``fold`` is a number from 1 to 5.

    Raises
    ------
    ScoreError
        If it is not such a table.
    """
    table = read_table(source)
    if "fold" not in table.columns:
        found = listed(list(table.columns))
        raise ScoreError(
            f"the table of training files needs the columns filename and fold; its first line names {found}"
        )
    folds = fold_numbers(table)
    if not folds.all():
        text = table["fold"].iloc[int(folds.argmin())]
        raise ScoreError(f"the training files' fold must be in 1–5, got {shortened(text)!r}")
    return table.assign(fold=folds)


def _missing(predictions: Predictions) -> list[str]:
    given = set(predictions.clips)
    missing = [clip for clip in predictions.expected if clip not in given]
    if not missing:
        return []
    folds = {clip.fold for clip in missing}
    words = counted(len(missing), f"clip of {predictions.data} is", f"clips of {predictions.data} are")
    return [f"{words} missing, in fold {_joined(folds)}: {listed([clip.clip_id for clip in missing])}."]


def _joined(folds: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(folds)))


def _other_folds(predictions: Predictions) -> list[str]:
    pairs = list(zip(predictions.clips, predictions.folds if predictions.folds is not None else (), strict=True))
    other = [
        f"{clip.clip_id} in fold {fold} instead of {clip.fold}" for clip, fold in pairs if fold not in (0, clip.fold)
    ]
    none = [clip.clip_id for clip, fold in pairs if fold == 0]
    found = []
    if other:
        words = counted(len(other), "clip is", "clips are")
        found.append(
            f"{words} not in the official fold, so the scores do not compare with others, and siblings may be in both "
            f"training and test: {listed(other)}."
        )
    if none:
        words = counted(len(none), "clip has", "clips have")
        found.append(f"{words} no fold from 1 to 5: {listed(none)}.")
    return found


def _leaks(predictions: Predictions, table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return what the training files hold of the test folds, and what they do not say."""
    tested: dict[int, list[Clip]] = {}
    folds = predictions.folds if predictions.folds is not None else [0] * len(predictions.clips)
    for clip, fold in zip(predictions.clips, folds, strict=True):
        tested.setdefault(int(fold) or clip.fold, []).append(clip)
    files = [_training_file(name) for name in table["filename"]]
    trained: dict[int, list[TrainingFile]] = {}
    for file, fold in zip(files, table["fold"].tolist(), strict=True):
        trained.setdefault(fold, []).append(file)
    found = [fault for fold in sorted(trained) for fault in _leaks_of_fold(fold, tested.get(fold, []), trained[fold])]
    return found, _unchecked(files, set(tested) - set(trained))


def _training_file(filename: str) -> TrainingFile:
    """Read a training file's name; a mix of two clips names both."""
    stem = clip_stem(filename)
    clips = (official_clips().get(found.upper()) for found in _CLIP_ID.findall(stem))
    return stem, [clip for clip in clips if clip is not None]


def _unchecked(files: Sequence[TrainingFile], folds: set[int]) -> list[str]:
    unknown = [stem for stem, clips in files if not clips]
    found = []
    if folds:
        found.append(f"No training files were given for fold {_joined(folds)}.")
    if unknown:
        words = counted(len(unknown), "training file", "training files")
        found.append(f"{words} can't be traced to a clip of ESC-50 by name: {listed(unknown)}.")
    return found


def _leaks_of_fold(fold: int, tested: list[Clip], files: Sequence[TrainingFile]) -> list[str]:
    clip_ids = {clip.clip_id for clip in tested}
    recordings = {clip.src_file for clip in tested}
    same: list[str] = []
    copies: list[str] = []
    siblings: list[str] = []
    for stem, clips in files:
        if any(clip.clip_id in clip_ids for clip in clips):
            (same if stem.upper() in clip_ids else copies).append(stem)
        elif any(clip.src_file in recordings for clip in clips):
            siblings.append(stem)
    kinds = (
        (same, "clip", "clips"),
        (copies, "copy of a clip", "copies of clips"),
        (
            siblings,
            "sibling (cut from one recording) of a clip",
            "siblings (cut from one recording) of clips",
        ),
    )
    return [
        f"The model tested on fold {fold} was trained on {counted(len(names), one, many)} of its test fold: "
        f"{listed(names)}."
        for names, one, many in kinds
        if names
    ]
