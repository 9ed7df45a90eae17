"""What would make a score too high: other folds, copies and siblings in the training set, gaps, a chosen epoch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from esc_core.config import require
from esc_core.dataset import Clip
from esc_core.dataset.official import official_clips
from esc_core.errors import ScoreError
from esc_core.scoring.predictions import Predictions, listed, read_table

EPOCHS = ("last", "best")
"""What can be declared: scored after the last epoch, or after the one that was best on the test fold."""

_CLIP_ID = re.compile(r"\d-\d+-[A-Z]-\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Audit:
    """What was found, and what could not be looked at.

    Attributes
    ----------
    faults : tuple of str
        A sentence each, with the clips and folds at fault; none means that nothing was found.
    unchecked : tuple of str
        What the table does not tell, a sentence each.
    """

    faults: tuple[str, ...]
    unchecked: tuple[str, ...]


def audit(predictions: Predictions, *, training: str | Path | bytes | None = None, epoch: str | None = None) -> Audit:
    """Look for what makes a cross-validated score too high.

    Parameters
    ----------
    predictions : Predictions
        The predictions.
    training : str, pathlib.Path or bytes, optional
        A CSV with the columns ``filename`` and ``fold``: a file that the model was trained on which then predicted
        this fold. Augmented copies are recognised by the clip's id in their name.
    epoch : str, optional
        Which epoch was scored, one of `EPOCHS`.

    Returns
    -------
    Audit
        Faults, and what could not be checked.

    Raises
    ------
    ScoreError
        If `training` can't be read.
    ParameterError
        If `epoch` is none of `EPOCHS`.
    """
    require(epoch in (None, *EPOCHS), f"epoch must be one of {', '.join(EPOCHS)}", epoch)
    faults, unchecked = list(predictions.faults), []
    faults += _missing(predictions)
    if predictions.folds is None:
        unchecked.append("The table has no column fold, so the folds that were used are not known.")
    else:
        faults += _other_folds(predictions)
    if training is None:
        unchecked.append("The training files were not given, so copies and siblings in them can't be looked for.")
    else:
        faults += _leaks(predictions, read_table(training))
    if epoch == "best":
        faults.append(
            "The scores are those of the best epoch on the test folds, so the test chose the model: they are too high."
        )
    elif epoch is None:
        unchecked.append("It is not declared whether the last epoch was scored or the best one on the test fold.")
    return Audit(tuple(faults), tuple(unchecked))


def expected_clips(predictions: Predictions) -> list[Clip]:
    """Return the clips that a whole cross validation predicts: all of ESC-50, or of ESC-10."""
    return [clip for clip in official_clips().values() if clip.esc10 or not predictions.esc10]


def _missing(predictions: Predictions) -> list[str]:
    there = set(predictions.clips)
    missing = [clip for clip in expected_clips(predictions) if clip not in there]
    if not missing:
        return []
    name, folds = "ESC-10" if predictions.esc10 else "ESC-50", sorted({clip.fold for clip in missing})
    return [
        f"{len(missing)} clips of {name} are missing, in fold {', '.join(map(str, folds))}: "
        f"{listed([clip.clip_id for clip in missing])}."
    ]


def _other_folds(predictions: Predictions) -> list[str]:
    pairs = list(zip(predictions.clips, predictions.folds if predictions.folds is not None else (), strict=True))
    other = [
        f"{clip.clip_id} in fold {fold} instead of {clip.fold}" for clip, fold in pairs if fold not in (0, clip.fold)
    ]
    none = [clip.clip_id for clip, fold in pairs if fold == 0]
    found = []
    if other:
        found.append(
            f"{len(other)} clips are not in their official fold, so scores do not compare and siblings may lie in "
            f"training and test: {listed(other)}."
        )
    if none:
        found.append(f"{len(none)} clips have no fold from 1 to 5: {listed(none)}.")
    return found


def _leaks(predictions: Predictions, table: pd.DataFrame) -> list[str]:
    if "fold" not in table.columns:
        raise ScoreError("the table of training files needs the columns filename and fold")
    tested: dict[int, list[Clip]] = {}
    folds = predictions.folds if predictions.folds is not None else [0] * len(predictions.clips)
    for clip, fold in zip(predictions.clips, folds, strict=True):
        tested.setdefault(int(fold) or clip.fold, []).append(clip)
    found = []
    for text, rows in table.groupby("fold", sort=True):
        fold = int(text) if str(text).strip() in "12345" and str(text).strip() else 0
        if not fold:
            raise ScoreError(f"the training files' fold must be in 1–5, got {text!r}")
        found += _leaks_of_fold(fold, tested.get(fold, []), list(rows["filename"]))
    return found


def _leaks_of_fold(fold: int, tested: list[Clip], filenames: list[str]) -> list[str]:
    clip_ids = {clip.clip_id for clip in tested}
    recordings = {clip.src_file for clip in tested}
    same: list[str] = []
    copies: list[str] = []
    siblings: list[str] = []
    for filename in filenames:
        stem = Path(filename.strip().replace("\\", "/")).stem
        match = _CLIP_ID.search(stem)
        clip = official_clips().get(match[0].upper()) if match else None
        if clip is None:
            continue
        if clip.clip_id in clip_ids:
            (same if stem.upper() == clip.clip_id else copies).append(stem)
        elif clip.src_file in recordings:
            siblings.append(stem)
    kinds = (
        (same, "clips that the test of fold {} holds"),
        (copies, "copies of clips that the test of fold {} holds"),
        (siblings, "siblings, cut from the same recording, of clips that the test of fold {} holds"),
    )
    return [
        f"Training for fold {fold} used {len(names)} {what.format(fold)}: {listed(names)}."
        for names, what in kinds
        if names
    ]
