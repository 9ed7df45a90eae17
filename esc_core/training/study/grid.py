"""GRID.toml → cells: every combination of the factors' levels, folds and seeds is one run."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from esc_core.config import TrainConfig, require
from esc_core.disk.files import read_text, reason
from esc_core.errors import ParameterError, TrainingError
from esc_core.models import recipe
from esc_core.training.lessons.lessons import lesson_config

COLUMNS = (
    "fold", "seed", "arm", "accuracy", "sealed_accuracy", "macro_recall", "best_accuracy", "n_epochs", "seconds",
    "core_seconds", "dtype", "n_train", "n_test", "n_sealed", "same_clip", "siblings", "n_parameters", "multiply_adds",
    "data", "machine", "filename", "category", "predicted",
)  # fmt: skip
"""Columns of a study's tables; no factor may have one of these names."""

KEYS = ("name", "question", "lesson", "folds", "seeds", "settings", "factors")

_NAME = re.compile(r"[a-z0-9][a-z0-9_.+-]*")


@dataclass(frozen=True)
class Cell:
    """One run of a study.

    Attributes
    ----------
    levels : dict of str to str
        Level of each factor.
    config : TrainConfig
        Settings, fold and seed among them.
    """

    levels: dict[str, str]
    config: TrainConfig

    @property
    def id(self) -> str:
        """Name of its run folder, such as ``none-fold1-seed0``."""
        return "-".join((*self.levels.values(), f"fold{self.config.val_fold}", f"seed{self.config.seed}"))


@dataclass(frozen=True)
class Grid:
    """A study's plan.

    Attributes
    ----------
    name : str
        Name of its files.
    question : str
        The question that it answers, one sentence.
    cells : tuple of Cell
        Fold by fold, so that a study that is stopped early has compared all levels on the first folds.
    lesson : str or None
        The lesson whose arms each cell trains; then the cells differ in their seeds only.
    """

    name: str
    question: str
    cells: tuple[Cell, ...]
    lesson: str | None = None

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors."""
        return tuple(self.cells[0].levels)


def read_grid(path: str | Path) -> Grid:
    """Read a study's plan.

    ::

        name = "augmentation"
        question = "What does augmentation bring?"
        folds = [1, 2, 3, 4, 5]  # all five if left out
        seeds = [0]  # 0 if left out
        [settings]  # of TrainConfig, for all cells
        n_epochs = 70
        [factors.augmentation.none]  # factors.FACTOR.LEVEL: settings of this level
        augment = [{ name = "crop_stretch", n_frames = 96, rate = 1.0 }]
        [factors.augmentation.full]  # nothing changed
        [factors.augmentation.unmasked]
        without = ["freq_mask", "time_mask"]  # the model's usual chain without these steps

    With ``lesson = "leak"`` instead of factors and folds, each cell is that lesson with one of the seeds.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    Grid
        The cells.

    Raises
    ------
    TrainingError
        If the file can't be read.
    ParameterError
        If a name or a setting is wrong.
    """
    try:
        values = tomllib.loads(read_text(Path(path)))
    except OSError as error:
        raise TrainingError(f"{path} can't be read: {reason(error)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} is not valid TOML: {error}") from error
    unknown = sorted(set(values) - set(KEYS))
    require(not unknown, f"a grid has {', '.join(KEYS)}", ", ".join(unknown))
    name = values.get("name", Path(path).stem)
    require(isinstance(name, str) and bool(_NAME.fullmatch(name)), "name must be made of a–z, 0–9, _ . + -", name)
    require(isinstance(values.get("settings", {}), dict), "settings must be a table", values.get("settings"))
    lesson = values.get("lesson")
    cells = _cells(values) if lesson is None else _repeats(values, lesson)
    return Grid(name, str(values.get("question", "")), cells, lesson)


def _repeats(values: dict[str, Any], lesson: Any) -> tuple[Cell, ...]:
    configs = [lesson_config(lesson, seed=seed) for seed in _different(values, "seeds", [0])]
    wrong = sorted({"folds", "factors"} & set(values))
    require(not wrong, "a lesson brings its own arms and folds and takes seeds only", ", ".join(wrong))
    settings = values.get("settings", {})
    fixed = ({"seed": config.seed, "val_fold": config.val_fold} for config in configs)
    longer = configs[0].with_epochs(settings["n_epochs"]) if "n_epochs" in settings else configs[0]
    plan = longer.to_dict() | settings
    return tuple(Cell({}, TrainConfig.from_dict(plan | own)) for own in fixed)


def _different(values: dict[str, Any], key: str, default: list[int]) -> list[Any]:
    chosen = values.get(key, default)
    whole = isinstance(chosen, list) and all(isinstance(n, int) and not isinstance(n, bool) for n in chosen)
    require(whole and len(set(chosen)) == len(chosen) > 0, f"{key} must be different whole numbers", chosen)
    return list(chosen)


def _cells(values: dict[str, Any]) -> tuple[Cell, ...]:
    factors = values.get("factors", {})
    require(isinstance(factors, dict) and bool(factors), "factors must name at least one factor", factors)
    for factor, levels in factors.items():
        named = bool(_NAME.fullmatch(factor)) and factor not in COLUMNS
        require(named, "a factor's name must be made of a–z, 0–9, _ . + -, and be no column of the tables", factor)
        require(isinstance(levels, dict) and bool(levels), f"factors.{factor} must name at least one level", levels)
        for level, settings in levels.items():
            require(bool(_NAME.fullmatch(level)), "a level's name must be made of a–z, 0–9, _ . + -", level)
            require(isinstance(settings, dict), f"factors.{factor}.{level} must hold settings", settings)
    folds, seeds = _different(values, "folds", [1, 2, 3, 4, 5]), _different(values, "seeds", [0])
    cells = []
    for fold, seed in itertools.product(folds, seeds):
        for names in itertools.product(*factors.values()):
            settings = dict(values.get("settings", {}))
            for factor, level in zip(factors, names, strict=True):
                settings |= factors[factor][level]
            levels = dict(zip(factors, names, strict=True))
            cells.append(Cell(levels, _config(settings | {"val_fold": fold, "seed": seed}, levels)))
    doubled = [name for name, n in Counter(cell.id for cell in cells).items() if n > 1]
    require(not doubled, "the levels' names, joined, must differ from run to run", ", ".join(doubled))
    return tuple(cells)


def _config(settings: dict[str, Any], levels: dict[str, str]) -> TrainConfig:
    """Make a cell's settings; a chain that is not given is the model's usual one."""
    without = settings.pop("without", [])
    names = isinstance(without, list) and all(isinstance(name, str) for name in without)
    require(names, "without must be a list of names", without)
    try:
        config = recipe(settings)
    except ParameterError as error:
        raise ParameterError(f"{', '.join(f'{k} = {v}' for k, v in levels.items())}: {error}") from error
    steps = {str(step.get("name")) for step in config.augment}  # a name is checked with the chain
    strange = sorted(set(without) - steps)
    require(not strange, f"without must name steps of the chain ({', '.join(sorted(steps))})", ", ".join(strange))
    return replace(config, augment=tuple(step for step in config.augment if step.get("name") not in without))
