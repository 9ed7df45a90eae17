"""Results of a study: one row per cell, and a summary of all cells with the same levels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.dataset.layout import recording_of
from esc_core.measures import bootstrap
from esc_core.training.record import held_out_probs
from esc_core.training.runs.run import Run
from esc_core.training.study.grid import Cell, Grid
from esc_core.words import percent


@dataclass(frozen=True)
class Row:
    """A finished cell.

    Attributes
    ----------
    cell : Cell
        Levels, fold and seed.
    result : dict
        See `esc_core.training.study.cell.cell_results`.
    filenames : tuple of str
        Files of the held-out clips.
    labels, predicted : tuple of str
        Their true categories, and those that were predicted after the last epoch.
    """

    cell: Cell
    result: dict[str, Any]
    filenames: tuple[str, ...]
    labels: tuple[str, ...]
    predicted: tuple[str, ...]

    @property
    def key(self) -> dict[str, Any]:
        """Levels, fold and seed."""
        return key_of(self.cell)

    @property
    def values(self) -> dict[str, Any]:
        """The cell as a row of the table."""
        return {**self.key, **self.result}


def key_of(cell: Cell) -> dict[str, Any]:
    """Return levels, fold and seed of a cell, which identify it in the tables."""
    return {**cell.levels, "fold": cell.config.val_fold, "seed": cell.config.seed}


@dataclass(frozen=True)
class Summary:
    """All cells with the same levels.

    Attributes
    ----------
    levels : dict of str to str
        Level of each factor.
    folds : tuple of int
        Folds with a finished cell.
    n_runs : int
        Finished cells, folds times seeds.
    accuracy, macro_recall : float
        Mean over the cells, 0–1.
    interval : tuple of float
        95% interval of the accuracy, by bootstrap over recordings.
    minutes : float
        Mean training time.
    """

    levels: dict[str, str]
    folds: tuple[int, ...]
    n_runs: int
    accuracy: float
    interval: tuple[float, float]
    macro_recall: float
    minutes: float


def read_rows(cell: Cell, folder: Path, results: list[dict[str, Any]]) -> list[Row]:
    """Read the predictions of a finished run.

    Parameters
    ----------
    cell : Cell
        The cell.
    folder : pathlib.Path
        Its run folder.
    results : list of dict
        Its results; a lesson has one dict per arm.

    Returns
    -------
    list of Row
        With the predictions of the held-out clips; a lesson leaves none.
    """
    run = Run(folder)
    if run.lesson:
        return [Row(cell, result, (), (), ()) for result in results]
    watched = run.watched()
    held_out = held_out_probs(run)
    names = watched.categories if watched else ()
    clips = (
        held_out.filenames,
        tuple(names[i] for i in held_out.labels),
        tuple(names[i] for i in held_out.probs.argmax(axis=1)),
    )
    return [Row(cell, result, *clips) for result in results]


def summarise(rows: list[Row], *, seed: int = 0) -> list[Summary]:
    """Summarise the folds and seeds of each combination of levels, in the order of the grid.

    Parameters
    ----------
    rows : list of Row
        Finished cells.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    list of Summary
        One for each combination that has a finished cell.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.cell.levels.values()), []).append(row)
    return [_summary(group, seed) for group in groups.values()]


def _summary(group: list[Row], seed: int) -> Summary:
    correct = np.array([a == b for row in group for a, b in zip(row.labels, row.predicted, strict=True)])
    recordings = [recording_of(name) for row in group for name in row.filenames]
    return Summary(
        levels=group[0].cell.levels,
        folds=tuple(sorted({row.cell.config.val_fold for row in group})),
        n_runs=len(group),
        accuracy=float(np.mean([row.result["accuracy"] for row in group])),
        interval=bootstrap.accuracy_interval(correct, recordings, seed=seed),
        macro_recall=float(np.mean([row.result["macro_recall"] for row in group])),
        minutes=float(np.mean([row.result["seconds"] for row in group])) / 60,
    )


def as_markdown(grid: Grid, rows: list[Row]) -> str:
    """Return the results so far as a Markdown table."""
    return _lesson_markdown(rows) if grid.lesson else _factors_markdown(grid.factors, rows)


def _lesson_markdown(rows: list[Row]) -> str:
    lines = ["| arm | repeats | its own test | fold unseen by all |", "|---|---|---|---|"]
    arms: dict[str, list[Row]] = {}
    for row in rows:
        arms.setdefault(row.result["arm"], []).append(row)
    for name, group in arms.items():
        scores = (np.mean([row.result[key] for row in group]) for key in ("accuracy", "sealed_accuracy"))
        lines.append(f"| {name} | {len(group)} | {' | '.join(percent(score, digits=1) for score in scores)} |")
    return "\n".join(lines)


def _factors_markdown(factors: tuple[str, ...], rows: list[Row]) -> str:
    lines = [
        f"| {' | '.join(factors)} | folds | runs | accuracy | 95% interval | macro recall | minutes per run |",
        "|" + "---|" * (len(factors) + 6),
    ]
    for s in summarise(rows):
        low, high = s.interval
        lines.append(
            f"| {' | '.join(s.levels.values())} | {', '.join(map(str, s.folds))} | {s.n_runs} | "
            f"{percent(s.accuracy, digits=1)} | "
            f"{percent(low, digits=1)} to {percent(high, digits=1)} | {percent(s.macro_recall, digits=1)} | "
            f"{s.minutes:.1f} |"
        )
    return "\n".join(lines)
