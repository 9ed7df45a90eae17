"""A study's tables as levels with intervals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from esc_core.config import ASSETS_DIR
from esc_core.dataset.categories import ESC10_CATEGORIES
from esc_core.errors import TrainingError
from esc_core.findings.clips import interval_of
from esc_core.training.study.tables import read_tables

RESULTS_DIR = ASSETS_DIR / "results"
"""Folder of the shipped tables."""


@dataclass(frozen=True)
class Level:
    """All runs of one level of a study's factor.

    Attributes
    ----------
    name : str
        Such as "full".
    n_runs : int
        Number of runs: folds times seeds.
    folds : tuple of int
        Held-out folds.
    accuracy : float
        Share of the held-out clips that are correctly classified after the last epoch, 0–1.
    interval : tuple of float
        Its 95% interval, by bootstrap over recordings.
    minutes : float
        Mean training time of a run, summed over all cores; wall-clock time if that is unknown.
    multiply_adds : int
        Multiply-adds of the network per clip.
    """

    name: str
    n_runs: int
    folds: tuple[int, ...]
    accuracy: float
    interval: tuple[float, float]
    minutes: float
    multiply_adds: int


@dataclass(frozen=True)
class Study:
    """The tables of a study with one factor, as far as it was measured.

    Attributes
    ----------
    name : str
        Name of its tables.
    factor : str
        Column that holds the levels.
    about : dict
        See `esc_core.training.study.tables.Tables`.
    cells, clips : pandas.DataFrame
        A row per run; a row per held-out clip and run.
    """

    name: str
    factor: str
    about: dict[str, Any]
    cells: pd.DataFrame
    clips: pd.DataFrame

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The levels with a run, in the order of the plan."""
        planned = [name for name in self.about.get("settings", {}) if name in set(self.cells[self.factor])]
        return tuple(dict.fromkeys([*planned, *self.cells[self.factor]]))

    @cached_property
    def data(self) -> str:
        """The data that was used, such as "ESC-50, 16 kHz, 8-bit copy"."""
        chosen = [settings.get("categories") for settings in self.about.get("settings", {}).values()]
        name = "ESC-50"
        if chosen and all(chosen):
            ten = all(set(names) == ESC10_CATEGORIES for names in chosen)
            name = "ESC-10" if ten else f"{len(chosen[0])} categories of ESC-50"
        return " and ".join(f"{name}, {copy}" if "kHz" in copy else copy for copy in self.about["data"])

    @cached_property
    def complete(self) -> bool:
        """Whether all runs of the plan are finished."""
        return bool(self.about.get("n_done", 0) == self.about.get("n_cells", 0))

    @cached_property
    def common_folds(self) -> tuple[int, ...]:
        """The folds that every level with a run has, on which the levels compare; possibly none."""
        by_level = [set(self.cells.loc[self.cells[self.factor] == name, "fold"].astype(int)) for name in self.names]
        return tuple(sorted(set.intersection(*by_level)))

    def level(self, name: str, *, folds: Collection[int] | None = None) -> Level:
        """Summarise the runs of a level.

        Parameters
        ----------
        name : str
            The level.
        folds : collection of int, optional
            Restricts the runs to these.

        Returns
        -------
        Level
            Its accuracy and its cost.

        Raises
        ------
        TrainingError
            If the level has no run.
        """
        cells = self.cells[self.cells[self.factor] == name]
        if folds is not None:
            cells = cells[cells["fold"].astype(int).isin(list(folds))]
        if cells.empty:
            raise TrainingError(f"{self.name} has no run of {name}")
        correct = self.correct(name, folds=folds)
        timed = "core_seconds" in cells and cells["core_seconds"].notna().all()
        return Level(
            name=name,
            n_runs=len(cells),
            folds=tuple(sorted(int(fold) for fold in set(cells["fold"]))),
            accuracy=float(correct.mean()),
            interval=interval_of(correct),
            minutes=float(cells["core_seconds" if timed else "seconds"].mean()) / 60,
            multiply_adds=int(cells["multiply_adds"].iloc[0]),
        )

    def correct(
        self, name: str, *, categories: Collection[str] | None = None, folds: Collection[int] | None = None
    ) -> pd.Series:
        """Return whether each held-out clip is correctly classified at a level, indexed by seed and file name.

        Parameters
        ----------
        name : str
            The level.
        categories : collection of str, optional
            Restricts the clips to these.
        folds : collection of int, optional
            Restricts the clips to these.

        Returns
        -------
        pandas.Series of bool
            In the order of the table.
        """
        clips = self.clips[self.clips[self.factor] == name]
        if categories is not None:
            clips = clips[clips["category"].isin(list(categories))]
        if folds is not None:
            clips = clips[clips["fold"].astype(int).isin(list(folds))]
        index = pd.MultiIndex.from_arrays([clips["seed"], clips["filename"]])
        return pd.Series((clips["category"] == clips["predicted"]).to_numpy(), index)


def read_study(name: str, factor: str, *, folder: Path = RESULTS_DIR) -> Study | None:
    """Read a study.

    Parameters
    ----------
    name : str
        Name of its tables.
    factor : str
        Column that holds the levels.
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    Study or None
        None if nothing has been measured yet.

    Raises
    ------
    TrainingError
        If the tables are damaged.
    """
    tables = read_tables(folder, name)
    if tables is None:
        return None
    cells, clips = pd.DataFrame(tables.cells), pd.DataFrame(tables.clips)
    if cells.empty or factor not in cells:
        raise TrainingError(f"the tables of {name} in {folder} have no column {factor}")
    if "sealed_accuracy" not in cells and factor not in clips:  # a lesson has no table of clips
        raise TrainingError(f"{name}-clips.csv is missing in {folder}, or has no column {factor}")
    return Study(name, factor, tables.about, cells, clips)
