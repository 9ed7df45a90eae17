"""Recipes that are known to work, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from esc_core.config import TrainConfig, require
from esc_core.dataset import Dataset

N_SMALL = 10
"""Categories of the quick presets."""


@dataclass(frozen=True)
class Preset:
    """A recipe.

    Attributes
    ----------
    name : str
        On the command line.
    title : str
        For people.
    summary : str
        What it does and what to expect, in one sentence.
    n_categories : int or None
        It tells so many categories apart: those of ESC-10 where the data has them; all if None.
    settings : dict
        Values of TrainConfig.
    """

    name: str
    title: str
    summary: str
    n_categories: int | None
    settings: dict[str, Any]

    def config(self, dataset: Dataset, *, val_fold: int = 1, **settings: Any) -> TrainConfig:
        """Return the settings of a run on a data set.

        Parameters
        ----------
        dataset : Dataset
            The clips; they decide which categories the quick presets use.
        val_fold : int
            Fold that is watched.
        **settings
            Values of TrainConfig that take the place of the preset's.

        Returns
        -------
        TrainConfig
            Ready to be submitted.
        """
        values = {"categories": self._categories(dataset), **self.settings, "val_fold": val_fold, **settings}
        return TrainConfig.from_dict(values)

    def _categories(self, dataset: Dataset) -> tuple[str, ...] | None:
        if self.n_categories is None or len(dataset.categories) <= self.n_categories:
            return None
        esc10 = {clip.category for clip in dataset.clips if clip.esc10}
        # ESC-10 first, as far as it is there; the sort is stable
        order = sorted(dataset.categories, key=lambda name: name not in esc10)[: self.n_categories]
        return tuple(name for name in dataset.categories if name in order)


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "one-minute",
            "One minute, ten categories",
            "A small mel CNN learns ten categories in about a minute.",
            N_SMALL,
            {"n_epochs": 40, "warmup_epochs": 3, "settle_epochs": 10, "dtype": "auto"},
        ),
        Preset(
            "five-minutes",
            "Five minutes, ESC-10",
            "The same network, five times as long.",
            N_SMALL,
            {"n_epochs": 200, "warmup_epochs": 5, "settle_epochs": 30, "dtype": "auto"},
        ),
        Preset(
            "one-fold",
            "ESC-50, one fold",
            "The recipe of the shipped model on all fifty categories.",
            None,
            {"dtype": "auto"},
        ),
    )
}
"""Every preset by name."""


def preset(name: str) -> Preset:
    """Look a preset up.

    Raises
    ------
    ParameterError
        If there is none of this name.
    """
    require(name in PRESETS, f"preset must be one of {', '.join(PRESETS)}", name)
    return PRESETS[name]
