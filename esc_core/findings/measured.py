"""A study's tables as levels with intervals, and the differences between levels, clip by clip."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from esc_core import intervals
from esc_core.config import ASSETS_DIR
from esc_core.dataset.official import ESC10_CATEGORIES
from esc_core.errors import TrainingError
from esc_core.intervals import Difference
from esc_core.training.study.results import recording_of
from esc_core.training.study.tables import read_tables

RESULTS_DIR = ASSETS_DIR / "results"
"""Where the tables lie that the page shows."""


@dataclass(frozen=True)
class Level:
    """All runs of one level of a study's factor.

    Attributes
    ----------
    name : str
        Such as "full".
    n_runs : int
        Folds times seeds.
    folds : tuple of int
        The folds held out.
    accuracy : float
        Share of all held-out clips that were named rightly after the last epoch, 0–1.
    interval : tuple of float
        Its 95% interval, by bootstrap over recordings.
    minutes : float
        Mean time of training, all cores added up; on the clock where that is not known.
    multiply_adds : int
        Of the network, for a clip.
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
    """A study as far as it was measured; one whose plan has one factor, or one that the pictures left.

    Attributes
    ----------
    name : str
        Name of its files.
    factor : str
        Column of the levels.
    about : dict
        See `esc_core.training.study.tables.Tables`.
    cells, clips : pandas.DataFrame
        A row a run; a row a held-out clip and run.
    """

    name: str
    factor: str
    about: dict[str, Any]
    cells: pd.DataFrame
    clips: pd.DataFrame

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The levels that have a run, in the order of the plan."""
        planned = [name for name in self.about.get("settings", {}) if name in set(self.cells[self.factor])]
        return tuple(dict.fromkeys([*planned, *self.cells[self.factor]]))

    @cached_property
    def data(self) -> str:
        """What it was measured on, such as "ESC-50, 16 kHz, 8-bit copy"."""
        chosen = [settings.get("categories") for settings in self.about.get("settings", {}).values()]
        name = "ESC-50"
        if chosen and all(chosen):
            ten = all(set(names) == ESC10_CATEGORIES for names in chosen)
            name = "ESC-10" if ten else f"{len(chosen[0])} categories of ESC-50"
        return " and ".join(f"{name}, {copy}" if "kHz" in copy else copy for copy in self.about["data"])

    @cached_property
    def complete(self) -> bool:
        """Whether all cells of the plan are there."""
        return bool(self.about.get("n_done", 0) == self.about.get("n_cells", 0))

    @cached_property
    def common_folds(self) -> tuple[int, ...]:
        """The folds of which every level that has a run has one, so that levels compare; there may be none."""
        by_level = [set(self.cells.loc[self.cells[self.factor] == name, "fold"].astype(int)) for name in self.names]
        return tuple(sorted(set.intersection(*by_level)))

    def level(self, name: str, *, folds: Collection[int] | None = None) -> Level:
        """Sum up the runs of a level.

        Parameters
        ----------
        name : str
            The level.
        folds : collection of int, optional
            Only runs of these.

        Returns
        -------
        Level
            Its accuracy and what it cost.

        Raises
        ------
        TrainingError
            If it has no run.
        """
        cells = self.cells[self.cells[self.factor] == name]
        if folds is not None:
            cells = cells[cells["fold"].astype(int).isin(list(folds))]
        if cells.empty:
            raise TrainingError(f"{self.name} has no run of {name}")
        right = self.right(name, folds=folds)
        return Level(
            name=name,
            n_runs=len(cells),
            folds=tuple(sorted(int(fold) for fold in set(cells["fold"]))),
            accuracy=float(right.mean()),
            interval=interval_of(right),
            minutes=float(cells["core_seconds" if _known(cells, "core_seconds") else "seconds"].mean()) / 60,
            multiply_adds=int(cells["multiply_adds"].iloc[0]),
        )

    def right(
        self, name: str, *, categories: Collection[str] | None = None, folds: Collection[int] | None = None
    ) -> pd.Series:
        """Return whether each held-out clip was named rightly at a level, with seed and file name as its index.

        Parameters
        ----------
        name : str
            The level.
        categories : collection of str, optional
            Only clips of these.
        folds : collection of int, optional
            Only clips of these.

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


def shares(study: Study, categories: Collection[str], *, inside: bool) -> dict[str, tuple[float, tuple[float, float]]]:
    """Return how many clips of some categories, or of all others, each level names rightly.

    Parameters
    ----------
    study : Study
        As far as it was measured.
    categories : collection of str
        Some of them.
    inside : bool
        Whether clips of these count, or those of all others.

    Returns
    -------
    dict of str to tuple
        By level: the share, 0–1, and its 95% interval by recording; on the folds that all levels have.
    """
    every = set(study.clips["category"])
    wanted = every & set(categories) if inside else every - set(categories)
    found = {}
    for name in study.names:
        right = study.right(name, categories=wanted, folds=study.common_folds or None)
        found[name] = (float(right.mean()), interval_of(right))
    return found


def read_study(name: str, factor: str, *, folder: Path = RESULTS_DIR) -> Study | None:
    """Read a study.

    Parameters
    ----------
    name : str
        Name of its files.
    factor : str
        Column of the levels.
    folder : pathlib.Path
        Where the tables lie.

    Returns
    -------
    Study or None
        None if nothing was measured yet.

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
    if "sealed_accuracy" not in cells and factor not in clips:  # a lesson has arms, but no clips of each
        raise TrainingError(f"{name}-clips.csv is missing in {folder}, or has no column {factor}")
    return Study(name, factor, tables.about, cells, clips)


def difference(first: pd.Series, second: pd.Series) -> Difference:
    """Compare two levels on the clips, folds and seeds that both have.

    Parameters
    ----------
    first, second : pandas.Series of bool
        From `Study.right`.

    Returns
    -------
    Difference
        First minus second, with its 95% interval by recording.

    Raises
    ------
    TrainingError
        If they share no clip.
    """
    shared = first.index.intersection(second.index)
    if shared.empty:
        raise TrainingError("the two levels share no clip")
    first, second = first.loc[shared], second.loc[shared]
    return intervals.paired_difference(
        first.to_numpy(), second.to_numpy(), recordings_of(first), weights=weights_of(first)
    )


def _known(cells: pd.DataFrame, column: str) -> bool:
    return column in cells and bool(cells[column].notna().all())


def interval_of(right: pd.Series) -> tuple[float, float]:
    """Return the 95% interval, by recording, of the share of `Study.right` that is right."""
    return intervals.accuracy_interval(right.to_numpy(), recordings_of(right), weights=weights_of(right))


def weights_of(right: pd.Series) -> np.ndarray:
    """Return the resamples of the recordings that some clips are of; see `esc_core.intervals.recording_weights`."""
    return _weights(recordings_of(right))


def recordings_of(right: pd.Series) -> tuple[str, ...]:
    """Return the recording of each clip of `Study.right`."""
    return tuple(recording_of(str(name)) for name in right.index.get_level_values("filename"))


@lru_cache(maxsize=4)  # most comparisons are of the same clips
def _weights(recordings: tuple[str, ...]) -> np.ndarray:
    return intervals.recording_weights(recordings)


def rare_categories(study: Study) -> tuple[str, ...]:
    """Return the categories whose training clips a study on imbalance limits, the same at every level that does."""
    limits: Sequence[dict[str, int]] = [settings["limits"] for settings in study.about["settings"].values()]
    return tuple(next(filter(None, limits), {}))
