"""The tables of a study on disk: written after each cell, read by the page and by a study that is started again."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from esc_core.config import TrainConfig
from esc_core.disk.files import parse_json, write_json
from esc_core.disk.stored import fits, table_of
from esc_core.disk.tables import write_table
from esc_core.errors import ParameterError, TrainingError
from esc_core.escape import from_spreadsheet
from esc_core.training.study.grid import Grid
from esc_core.training.study.results import Row, key_of


@dataclass(frozen=True)
class Tables:
    """The tables of a study.

    Attributes
    ----------
    about : dict
        ``question``, ``command``, ``data``, ``epoch``, ``machine``, ``versions``, ``hours``, ``settings`` and so on.
    cells : list of dict
        One row per cell: its levels, fold, seed, and results.
    clips : list of dict
        One row per held-out clip and cell: levels, ``fold``, ``seed``, ``filename``, ``category``,
        ``predicted``.
    """

    about: dict[str, Any]
    cells: list[dict[str, Any]]
    clips: list[dict[str, str]]


def write_results(folder: Path, grid: Grid, rows: list[Row], *, command: str, note: str = "") -> None:
    """Write the tables so far: ``NAME.csv`` with the cells, ``NAME-clips.csv`` with the held-out clips, ``NAME.json``.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.
    grid : Grid
        The plan.
    rows : list of Row
        Finished cells.
    command : str
        Command that makes them.
    note : str
        What readers must know besides the figures, in sentences.
    """
    clips = [
        {**row.key, "filename": name, "category": true, "predicted": predicted}
        for row in rows
        for name, true, predicted in zip(row.filenames, row.labels, row.predicted, strict=True)
    ]
    about = {
        "question": grid.question,
        "n_cells": len(grid.cells),
        "n_done": len({row.cell.id for row in rows}),
        "settings": _settings(grid),
    }
    if note:
        about["note"] = note
    write_tables(folder, grid.name, [row.values for row in rows], clips, about=about, command=command)


def write_tables(
    folder: Path,
    name: str,
    cells: list[dict[str, Any]],
    clips: list[dict[str, Any]],
    *,
    about: dict[str, Any],
    command: str,
) -> None:
    """Write two tables and their provenance.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables; it is created if it is missing.
    name : str
        Name of the files.
    cells : list of dict
        One row per run; each holds ``data``, ``machine`` and ``seconds``.
    clips : list of dict
        One row per held-out clip; no file is written if there are none.
    about : dict
        Further facts for ``NAME.json``.
    command : str
        Command that makes them.
    """
    _write_csv(folder / f"{name}.csv", cells)
    if clips:
        _write_csv(folder / f"{name}-clips.csv", clips)
    known = {
        "name": name,
        "command": command,
        "data": sorted({cell["data"] for cell in cells}),
        "epoch": "last",
        "hours": round(sum(float(cell["seconds"]) for cell in cells) / 3600, 2),
        "machine": sorted({cell["machine"] for cell in cells}),
        "versions": {package: version(package) for package in ("tensorflow", "keras", "numpy", "librosa")},
        "written": time.strftime("%Y-%m-%d"),
    }
    write_json(folder / f"{name}.json", known | about)


def read_tables(folder: Path, name: str) -> Tables | None:
    """Read a study's tables.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.
    name : str
        Name of the study.

    Returns
    -------
    Tables or None
        None if nothing was measured yet.

    Raises
    ------
    TrainingError
        If they are damaged.
    """
    if not (folder / f"{name}.json").is_file():
        return None
    try:
        about = parse_json((folder / f"{name}.json").read_bytes())
        if not fits(about, {}, optional={"settings": table_of(lambda value: isinstance(value, dict))}):
            raise ValueError(f"{name}.json holds no object of settings")
        cells = [{key: _value(text) for key, text in row.items()} for row in _read_csv(folder / f"{name}.csv")]
        path = folder / f"{name}-clips.csv"
        return Tables(about, cells, _read_csv(path) if path.is_file() else [])
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"the tables of {name} in {folder} can't be read: {error}") from error


def finished_rows(folder: Path, grid: Grid, *, data: str) -> dict[str, list[Row]]:
    """Return the cells that the tables in a folder hold already, with the same settings and data.

    So a study can go on where another machine stopped, from its tables alone.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.
    grid : Grid
        The plan.
    data : str
        Which copy of the data they must have been measured on; see `esc_core.dataset.provenance.data_name`.

    Returns
    -------
    dict of str to list of Row
        By the cell's id; empty without tables.

    Raises
    ------
    TrainingError
        If the tables are damaged, or hold a run that is no cell of the plan and would be lost by rewriting them.
    """
    tables = read_tables(folder, grid.name)
    if tables is None:
        return {}
    settings, known = _settings(grid), tables.about.get("settings", {})
    rows: dict[str, list[Row]] = {}
    for cell in grid.cells:
        levels = "-".join(cell.levels.values())
        if _complete(known.get(levels)) != settings[levels]:
            continue
        key = key_of(cell)
        clips = [clip for clip in tables.clips if _belongs(clip, key)]
        columns = [tuple(clip[column] for clip in clips) for column in ("filename", "category", "predicted")]
        found = [values for values in tables.cells if _belongs(values, key | {"data": data})]
        if found and (clips or grid.lesson):
            results = [{name: value for name, value in values.items() if name not in key} for values in found]
            rows[cell.id] = [Row(cell, result, *columns) for result in results]
    n_lost = len(tables.cells) - sum(map(len, rows.values()))
    if n_lost:
        raise TrainingError(
            f"of the {len(tables.cells)} runs in the tables of {grid.name} in {folder} this study would not keep "
            f"{n_lost}: of other levels, with other settings, or on other data; name another folder for the tables"
        )
    return rows


def _complete(settings: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return settings that an older version wrote, under today's names and with defaults for newer ones."""
    try:
        return None if settings is None else _plain(TrainConfig.from_dict({**settings, "val_fold": 1}).to_dict())
    except ParameterError:
        return None


def _belongs(values: dict[str, Any], key: dict[str, Any]) -> bool:
    return all(str(values.get(name)) == str(value) for name, value in key.items())


def _settings(grid: Grid) -> dict[str, dict[str, Any]]:
    """Return the settings of each combination of levels, as read back from JSON."""
    return {"-".join(cell.levels.values()): _plain(cell.config.to_dict()) for cell in grid.cells}


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(settings))
    del plain["val_fold"], plain["seed"]
    return plain


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text or None


def _read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {key: from_spreadsheet(cell) if isinstance(cell, str) else cell for key, cell in row.items()}
            for row in csv.DictReader(file)
        ]


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))  # an older row may lack what a newer one has
    write_table(path, columns, ([row.get(column) for column in columns] for row in rows))
