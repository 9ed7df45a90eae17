"""The table of the experiment → its arms beside each other: accuracy, and the difference from real clips alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.errors import TrainingError
from esc_core.generate.worth.arms import ARMS, Arm
from esc_core.measures.bootstrap import Difference, accuracy_interval, paired_difference, recording_weights

FILE = "generated.csv"
"""The table, in its folder."""

COLUMNS = (
    "arm", "fold", "seed", "n_real", "n_generated", "n_steps", "generator_epochs", "dtype", "accuracy", "correct",
    "core_seconds", "data",
)  # fmt: skip
"""Columns of the table; `correct` has a figure for each held-out clip, in the data's order: 1 if correct, else 0."""

REAL, AUGMENTED, HALF, AS_MANY, ALONE = (arm.name for arm in ARMS)
"""Names of the arms; all others are compared with the first."""


@dataclass(frozen=True)
class ArmResult:
    """What classifiers of one arm reach.

    Attributes
    ----------
    arm : Arm
        What they were trained on.
    accuracy : float
        Share of the held-out clips that are correctly classified, over folds and repeats, 0–1.
    interval : tuple of float
        Its 95% interval, by bootstrap over recordings.
    gap : Difference
        This arm minus real clips alone, clip by clip.
    """

    arm: Arm
    accuracy: float
    interval: tuple[float, float]
    gap: Difference


@dataclass(frozen=True)
class Outcome:
    """What the experiment found.

    Attributes
    ----------
    arms : dict of str to ArmResult
        All arms by name, in the order of `ARMS`.
    folds : tuple of int
        Folds that count: those with all arms and all repeats.
    n_seeds : int
        Repeats that count.
    n_steps : tuple of int
        Optimiser steps of the classifiers, each number once.
    generator_epochs : tuple of int
        Epochs of the generators, each number once.
    data : tuple of str
        The copy of the data, such as "44.1 kHz, Ogg Vorbis copy"; each once, should cells be of several.
    """

    arms: dict[str, ArmResult]
    folds: tuple[int, ...]
    n_seeds: int
    n_steps: tuple[int, ...]
    generator_epochs: tuple[int, ...]
    data: tuple[str, ...]


@dataclass(frozen=True)
class _Cell:
    arm: str
    fold: int
    seed: int
    n_steps: int
    generator_epochs: int
    data: str
    correct: np.ndarray


def compare_arms(rows: Sequence[Mapping[str, str]], held_out: Mapping[int, Sequence[str]]) -> Outcome | None:
    """Compare the arms on the folds and repeats that have all of them.

    An experiment that is still running has folds with a part of their repeats. A repeat counts if some fold has it
    whole, and a fold if it has all these repeats.

    Parameters
    ----------
    rows : sequence of mapping of str to str
        Rows of the table.
    held_out : mapping of int to sequence of str
        By fold, the recording of each held-out clip, in the data's order; recordings are what is drawn again for the
        intervals.

    Returns
    -------
    Outcome or None
        None as long as no fold has all arms.

    Raises
    ------
    TrainingError
        If the rows are damaged, or do not fit the clips.
    """
    cells: dict[tuple[str, int, int], _Cell] = {}
    for row in rows:
        cell = _cell(row, held_out)
        if (key := (cell.arm, cell.fold, cell.seed)) in cells:
            raise TrainingError(f"the table has two rows of {cell.arm}, fold {cell.fold}, seed {cell.seed}")
        cells[key] = cell
    pairs = sorted({(cell.fold, cell.seed) for cell in cells.values()})
    whole = {(fold, seed) for fold, seed in pairs if all((arm.name, fold, seed) in cells for arm in ARMS)}
    seeds = sorted({seed for _, seed in whole})
    folds = [fold for fold in sorted(held_out) if seeds and all((fold, seed) in whole for seed in seeds)]
    if not folds:
        return None
    # all repeats of a recording are drawn together: they say the same thing about the same sound
    recordings = [name for _ in seeds for fold in folds for name in held_out[fold]]
    correct = {
        arm.name: np.concatenate([cells[arm.name, fold, seed].correct for seed in seeds for fold in folds])
        for arm in ARMS
    }
    weights = recording_weights(recordings)
    found = {}
    for arm in ARMS:
        own = correct[arm.name]
        gap = paired_difference(own, correct[REAL], recordings, weights=weights)
        interval = accuracy_interval(own, recordings, weights=weights)
        found[arm.name] = ArmResult(arm, float(own.mean()), interval, gap)
    counted = [cell for (_, fold, seed), cell in cells.items() if fold in folds and seed in seeds]
    return Outcome(
        found,
        tuple(folds),
        len(seeds),
        tuple(sorted({cell.n_steps for cell in counted})),
        tuple(sorted({cell.generator_epochs for cell in counted})),
        tuple(sorted({cell.data for cell in counted})),
    )


def _cell(row: Mapping[str, str], held_out: Mapping[int, Sequence[str]]) -> _Cell:
    """Return a row with its values; what it must hold is what `Experiment` writes."""
    try:
        arm, text, data = row["arm"], row["correct"], row["data"]
        fold, seed, n_steps, epochs = (int(row[name]) for name in ("fold", "seed", "n_steps", "generator_epochs"))
    except (KeyError, ValueError) as error:
        raise TrainingError(f"a row of the table can't be read: {error}") from error
    if arm not in {one.name for one in ARMS} or fold not in held_out or not re.fullmatch("c[01]+", text):
        raise TrainingError(f"the table has a row of arm {arm!r}, fold {fold}, that the experiment does not write")
    if len(text) - 1 != len(held_out[fold]):
        raise TrainingError(
            f"the table is of {len(text) - 1} held-out clips in fold {fold}, the data of {len(held_out[fold])}"
        )
    return _Cell(arm, fold, seed, n_steps, epochs, data, np.array([one == "1" for one in text[1:]], bool))
