"""A table of predictions on ESC-50 (file names, categories or probabilities, folds) → one prediction per clip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from esc_core.dataset import Clip
from esc_core.dataset.categories import CATEGORIES, ESC10_CATEGORIES
from esc_core.dataset.known import known_clip_id
from esc_core.dataset.official import official_clips
from esc_core.errors import ScoreError
from esc_core.scoring.categories import find_category
from esc_core.scoring.numbering import ESC10_NUMBERS, NUMBERINGS, numbering_hint, numbering_of
from esc_core.scoring.table import fold_numbers, read_table, require_once
from esc_core.words import counted, listed, shortened


@dataclass(frozen=True)
class Predictions:
    """One prediction per clip.

    Attributes
    ----------
    clips : tuple of Clip
        The clips that were predicted, in the order of ESC-50's table.
    predicted : numpy.ndarray, shape (n,), int
        Target of the predicted category; -1 for a category that ESC-50 does not have.
    probs : numpy.ndarray, shape (n, 50), float64, or None
        Probabilities by target, each row with the sum 1; None if the table lacks those of a category.
    folds : numpy.ndarray, shape (n,), int, or None
        The fold that the table gives for each clip; 0 where it gives none.
    faults : tuple of str
        Faults of the table, a sentence each.
    """

    clips: tuple[Clip, ...]
    predicted: np.ndarray
    probs: np.ndarray | None
    folds: np.ndarray | None
    faults: tuple[str, ...] = ()

    @cached_property
    def labels(self) -> np.ndarray:
        """True targets, shape (n,), int."""
        return np.array([clip.target for clip in self.clips], int)

    @property
    def correct(self) -> np.ndarray:
        """Whether each clip is correctly classified, shape (n,), bool."""
        return self.predicted == self.labels

    @property
    def recordings(self) -> list[str]:
        """Recording of each clip, length n."""
        return [clip.src_file for clip in self.clips]

    @cached_property
    def esc10(self) -> bool:
        """Whether all clips belong to ESC-10; the predictions are then scored as predictions on ESC-10."""
        return all(clip.esc10 for clip in self.clips)

    @property
    def data(self) -> str:
        """The data that is scored: "ESC-50" or "ESC-10"."""
        return "ESC-10" if self.esc10 else "ESC-50"

    @cached_property
    def expected(self) -> tuple[Clip, ...]:
        """The clips that a complete cross-validation predicts: all of ESC-50, or of ESC-10."""
        return tuple(clip for clip in official_clips().values() if clip.esc10 or not self.esc10)

    @property
    def n_missing(self) -> int:
        """Number of expected clips that were not predicted."""
        return len(self.expected) - len(self.clips)

    @cached_property
    def shown_targets(self) -> tuple[int, ...]:
        """Targets of the confusion matrix: ESC-10's ten, or all fifty if one of the others was predicted."""
        own = {clip.target for clip in self.expected}
        predicted = {int(target) for target in self.predicted if target >= 0}
        return tuple(sorted(own)) if predicted <= own else tuple(range(len(CATEGORIES)))


def read_predictions(source: str | Path | bytes, *, numbering: str | None = None) -> Predictions:
    """Read a CSV with ``filename``, ``predicted`` or a column of probabilities per category, and ``fold``.

    Categories are given by name (see `esc_core.scoring.categories`) or by number, in ``predicted`` and in the names of
    probability columns. Numbers are ESC-50's targets, 0–49, unless another numbering is chosen.
    A clip in several rows counts once, as wrong if one of the rows is wrong.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file, or its content.
    numbering : str, optional
        A key of `esc_core.scoring.numbering.NUMBERINGS`. If left out, numbers are targets, or targets from 1 if 50
        occurs and 0 does not. A numbering that fits far better is mentioned among the faults, never chosen.

    Returns
    -------
    Predictions
        One prediction per clip.

    Raises
    ------
    ScoreError
        If it is not such a table, names no clip or no category of ESC-50, names one that could be several, or has a
        probability that is not a number.
    ParameterError
        If `numbering` is unknown.
    """
    table = read_table(source)
    others = [name for name in table.columns if name not in ("filename", "predicted", "fold")]
    columns, numbered = _probability_columns(others, numbering)
    if "predicted" not in table.columns and not columns:
        raise ScoreError(
            "the table needs a column predicted, or one column of probabilities per category; its first line names "
            f"{listed(list(table.columns))}"
        )
    require_once(list(columns.values()))
    faults: list[str] = []
    table, ids = _known_rows(table, faults)
    complete = bool(columns) and _complete(table, columns, ids, faults)
    has_predicted = "predicted" in table.columns
    probs = _probabilities(table, columns, faults) if complete or not has_predicted else None
    predicted, numbers, used = _predicted(table, probs, ids, faults, numbering)
    if numbered is not None and not has_predicted:
        position = {CATEGORIES.index(category): _number(name) for name, category in columns.items()}
        numbers, used = [position[target] for target in predicted.tolist()], numbered
    if not complete:  # without a column predicted they decide the category, but they are not scored
        probs = None
    rows = _one_per_clip(ids, predicted, faults)
    folds = fold_numbers(table)[rows] if "fold" in table.columns else None
    clips = tuple(official_clips()[ids[i]] for i in rows)
    labels = np.array([clip.target for clip in clips])
    if used and (hint := numbering_hint([numbers[i] for i in rows], predicted[rows], labels, used=used)):
        faults.append(hint)
    return Predictions(clips, predicted[rows], None if probs is None else probs[rows], folds, tuple(faults))


def _number(name: str) -> int | None:
    """Return the number of a category, also as pandas or a spreadsheet may write it, "7.0"; None if it is none."""
    found = re.fullmatch(r"(?:prob_)?([0-9]{1,2})(?:[.,]0*)?", name.strip().lower())
    return int(found[1]) if found else None


def _probability_columns(names: list[str], numbering: str | None) -> tuple[dict[str, str], str | None]:
    """Return the category of each column named after one, and the numbering if they are numbered.

    Numbers count only if there are all of the numbering; the numbers 0–9 alone are those of ESC-10.
    """
    numbers = {name: number for name in names if (number := _number(name)) is not None}
    used = numbering_of(numbers.values(), chosen=numbering)
    if numbering is None and set(numbers.values()) == set(NUMBERINGS[ESC10_NUMBERS]):
        used = ESC10_NUMBERS
    targets = NUMBERINGS[used]
    if set(targets) <= set(numbers.values()):
        return {name: CATEGORIES[targets[n]] for name, n in numbers.items() if n in targets}, used
    named = {name: target for name in names if (target := _column_target(name)) is not None}
    return {name: CATEGORIES[target] for name, target in named.items()}, None


def _column_target(name: str) -> int | None:
    try:
        return find_category(name)
    except ScoreError:  # a column such as "clock" may hold anything
        return None


def _complete(table: pd.DataFrame, columns: dict[str, str], ids: list[str], faults: list[str]) -> bool:
    """Tell whether each category has its probabilities; clips of ESC-10 need only those of its ten."""
    ten = all(official_clips()[clip_id].esc10 for clip_id in ids) and set(columns.values()) <= ESC10_CATEGORIES
    needed = ESC10_CATEGORIES if ten else frozenset(CATEGORIES)
    missing = [category for category in CATEGORIES if category in needed - set(columns.values())]
    if not missing:
        return True
    unknown = [name for name in table.columns if name and name not in ("filename", "predicted", "fold", *columns)]
    unused = f" Columns that name no category: {listed(unknown)}." if unknown else ""
    words = counted(len(missing), "category has", "categories have")
    faults.append(f"{words} no column of probabilities, so probabilities were not scored: {listed(missing)}.{unused}")
    return False


def _known_rows(table: pd.DataFrame, faults: list[str]) -> tuple[pd.DataFrame, list[str]]:
    ids = [known_clip_id(name) for name in table["filename"]]
    unknown = [name for name, clip_id in zip(table["filename"], ids, strict=True) if clip_id is None]
    if len(unknown) == len(ids):
        raise ScoreError(
            f"no row names a clip of ESC-50, such as 1-100032-A-0.wav; the first is {shortened(unknown[0])!r}"
        )
    if unknown:
        words = counted(len(unknown), "row names", "rows name")
        faults.append(f"{words} no clip of ESC-50 (left out): {listed(unknown)}.")
    known = [clip_id is not None for clip_id in ids]
    return table[known].reset_index(drop=True), [clip_id for clip_id in ids if clip_id is not None]


def _probabilities(table: pd.DataFrame, columns: dict[str, str], faults: list[str]) -> np.ndarray:
    probs = np.zeros((len(table), len(CATEGORIES)))
    for name, category in columns.items():
        try:
            # a decimal comma, as spreadsheets of many countries write it
            probs[:, CATEGORIES.index(category)] = table[name].str.replace(",", ".").astype(float)
        except ValueError as error:
            raise ScoreError(f"the column {name} holds something that is not a number") from error
    with np.errstate(over="ignore"):
        sums = probs.sum(axis=1, keepdims=True)
    if not np.isfinite(sums).all() or (probs < 0).any():
        raise ScoreError("probabilities must be finite and at least 0")
    empty = [table["filename"][i] for i in np.flatnonzero(sums[:, 0] == 0)]
    if empty:
        raise ScoreError(f"all probabilities of {empty[0]} are 0")
    off = int(np.sum(np.abs(sums - 1) > 0.01))
    if off:
        words = counted(off, "row", "rows")
        faults.append(f"The probabilities of {words} do not add up to 1; they were divided by their sum.")
    normalised: np.ndarray = probs / sums
    return normalised


def _predicted(
    table: pd.DataFrame, probs: np.ndarray | None, ids: list[str], faults: list[str], numbering: str | None
) -> tuple[np.ndarray, list[int | None], str | None]:
    """Return the target of each row, the number that stands there, and the numbering if there are numbers."""
    names = table["predicted"].tolist() if "predicted" in table.columns else []
    if not any(name.strip() for name in names):
        if probs is None:
            raise ScoreError("the column predicted must name a category in each row, got an empty column")
        return probs.argmax(axis=1), [None] * len(ids), None
    numbers = [_number(name) for name in names]
    used = numbering_of({number for number in numbers if number is not None}, chosen=numbering)
    found = {name: _target(name, NUMBERINGS[used]) for name in set(names)}
    predicted = np.array([found[name] for name in names])
    _report_unknown(names, predicted, faults)
    if probs is not None:
        other = np.flatnonzero(predicted != probs.argmax(axis=1))
        if other.size:
            words = counted(other.size, "row", "rows")
            clips = listed([ids[i] for i in other])
            faults.append(f"In {words} the predicted category is not the most probable one: {clips}.")
    return predicted, numbers, used if any(number is not None for number in numbers) else None


def _target(name: str, targets: dict[int, int]) -> int:
    """Return the target of a name or number; -1 if it is not a category."""
    number = _number(name)
    target = find_category(name) if number is None else targets.get(number)
    return -1 if target is None else target


def _report_unknown(names: list[str], predicted: np.ndarray, faults: list[str]) -> None:
    unknown = [repr(shortened(name)) for name in sorted({names[i] for i in np.flatnonzero(predicted < 0)})]
    if not unknown:
        return
    if (predicted < 0).all():
        raise ScoreError(
            f"no prediction is a category of ESC-50, such as {', '.join(CATEGORIES[:3])}, or its number; the table has "
            f"{listed(unknown)}"
        )
    words = counted(int((predicted < 0).sum()), "prediction is not a category", "predictions are not categories")
    faults.append(f"{words} of ESC-50 (counted as wrong): {listed(unknown)}.")


def _one_per_clip(ids: list[str], predicted: np.ndarray, faults: list[str]) -> list[int]:
    """Choose a row for each clip: a wrong one if there is any, so that a second guess never helps."""
    chosen: dict[str, int] = {}
    doubled: dict[str, None] = {}
    for i, clip_id in enumerate(ids):
        if clip_id in chosen:
            doubled[clip_id] = None
            if predicted[i] == official_clips()[clip_id].target:
                continue
        chosen[clip_id] = i
    if doubled:
        words = counted(len(doubled), "clip is", "clips are")
        faults.append(
            f"{words} in the table more than once (counted as wrong if any of its rows is wrong): "
            f"{listed(list(doubled))}."
        )
    order = {clip_id: i for i, clip_id in enumerate(official_clips())}
    return [chosen[clip_id] for clip_id in sorted(chosen, key=order.__getitem__)]


def empty_form() -> str:
    """Return a CSV with a row per clip of ESC-50: its name, its official fold, and an empty column ``predicted``."""
    rows = [f"{clip.filename},{clip.fold}," for clip in official_clips().values()]
    return "\n".join(["filename,fold,predicted", *rows, ""])
