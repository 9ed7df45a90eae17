"""What the runs of a study say, as tidy tables that also tell where they come from."""

from __future__ import annotations

import csv
import io
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import intervals
from esc_core.inference import softmax
from esc_core.training.files import write_json, write_whole
from esc_core.training.record import len_cores
from esc_core.training.runs import Run
from esc_core.training.study.grid import Cell, Grid


@dataclass(frozen=True)
class Row:
    """A finished cell.

    Attributes
    ----------
    cell : Cell
        Its levels, fold and seed.
    result : dict
        See `esc_core.training.study.cell.cell_result`.
    filenames : tuple of str
        The held-out clips.
    labels, predicted : tuple of str
        Their true categories, and those that were predicted after the last epoch.
    """

    cell: Cell
    result: dict[str, Any]
    filenames: tuple[str, ...]
    labels: tuple[str, ...]
    predicted: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The cell as a row of the table."""
        return {**self.cell.levels, "fold": self.cell.config.val_fold, "seed": self.cell.config.seed, **self.result}


@dataclass(frozen=True)
class Summary:
    """All cells with the same levels.

    Attributes
    ----------
    levels : dict of str to str
        Level of each factor.
    folds : tuple of int
        Folds that are there.
    n_runs : int
        Cells that are there, folds times seeds.
    accuracy, macro_recall : float
        Mean over the cells, 0–1.
    interval : tuple of float
        95% interval of the accuracy, by bootstrap over recordings.
    minutes : float
        Mean time of training.
    """

    levels: dict[str, str]
    folds: tuple[int, ...]
    n_runs: int
    accuracy: float
    interval: tuple[float, float]
    macro_recall: float
    minutes: float


def read_row(cell: Cell, folder: Path, result: dict[str, Any]) -> Row:
    """Read what a finished run predicted.

    Parameters
    ----------
    cell : Cell
        The cell.
    folder : pathlib.Path
        Its run folder.
    result : dict
        What it measured.

    Returns
    -------
    Row
        With the predictions of the held-out clips.
    """
    watched = Run(folder).watched()
    with np.load(folder / "val_logits.npz") as stored:
        predicted = softmax(stored["logits"]).mean(axis=1).argmax(axis=1)
        labels, filenames = stored["labels"], stored["filenames"]
    names = watched.categories if watched else ()
    return Row(
        cell,
        result,
        tuple(str(name) for name in filenames),
        tuple(names[i] for i in labels),
        tuple(names[i] for i in predicted),
    )


def summarise(rows: list[Row], *, seed: int = 0) -> list[Summary]:
    """Join the folds and seeds of each combination of levels, in the order of the grid.

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
    right = np.array([a == b for row in group for a, b in zip(row.labels, row.predicted, strict=True)])
    recordings = [recording_of(name) for row in group for name in row.filenames]
    return Summary(
        levels=group[0].cell.levels,
        folds=tuple(sorted({row.cell.config.val_fold for row in group})),
        n_runs=len(group),
        accuracy=float(np.mean([row.result["accuracy"] for row in group])),
        interval=intervals.accuracy_interval(right, intervals.recording_weights(recordings, seed=seed)),
        macro_recall=float(np.mean([row.result["macro_recall"] for row in group])),
        minutes=float(np.mean([row.result["seconds"] for row in group])) / 60,
    )


def recording_of(filename: str) -> str:
    """Return the recording in a file's name, which ESC-50 writes as FOLD-RECORDING-TAKE-TARGET."""
    parts = Path(filename).stem.split("-")
    return parts[1] if len(parts) == 4 else filename


def as_markdown(grid: Grid, rows: list[Row]) -> str:
    """Return the table so far, for people."""
    factors = grid.factors
    lines = [
        f"| {' | '.join(factors)} | folds | runs | accuracy | 95% interval | macro recall | minutes a run |",
        "|" + "---|" * (len(factors) + 6),
    ]
    for s in summarise(rows):
        low, high = s.interval
        lines.append(
            f"| {' | '.join(s.levels.values())} | {', '.join(map(str, s.folds))} | {s.n_runs} | {s.accuracy:.1%} | "
            f"{low:.1%} to {high:.1%} | {s.macro_recall:.1%} | {s.minutes:.1f} |"
        )
    return "\n".join(lines)


def write_results(folder: Path, grid: Grid, rows: list[Row], *, command: str, note: str = "") -> None:
    """Write the tables so far: ``NAME.csv`` a row a cell, ``NAME-clips.csv`` a row a held-out clip, ``NAME.json``.

    Parameters
    ----------
    folder : pathlib.Path
        Where to.
    grid : Grid
        The plan.
    rows : list of Row
        Finished cells.
    command : str
        What makes them again.
    note : str
        What readers must know beside the figures, in sentences.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_csv(folder / f"{grid.name}.csv", [row.values for row in rows])
    clips = [
        {**row.cell.levels, "seed": row.cell.config.seed, "filename": name, "category": true, "predicted": named}
        for row in rows
        for name, true, named in zip(row.filenames, row.labels, row.predicted, strict=True)
    ]
    _write_csv(folder / f"{grid.name}-clips.csv", clips)
    settings = {"-".join(cell.levels.values()): cell.config.to_dict() for cell in grid.cells}
    for values in settings.values():
        del values["val_fold"], values["seed"]
    about = {
        "name": grid.name,
        "question": grid.question,
        "command": command,
        "data": sorted({row.result["data"] for row in rows}),
        "epoch": "last",
        "n_cells": len(grid.cells),
        "n_done": len(rows),
        "hours": round(sum(row.result["seconds"] for row in rows) / 3600, 2),
        "machine": f"{platform.machine()}, {len_cores()} cores",
        "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy", "librosa")},
        "written": time.strftime("%Y-%m-%d"),
        "settings": settings,
    }
    if note:
        about["note"] = note
    write_json(folder / f"{grid.name}.json", about)


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_whole(path, lambda file: file.write(text.getvalue().encode()))
