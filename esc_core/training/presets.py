"""Recipes by name: one declaration per preset, which page and command line read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from esc_core.config import TrainConfig, require
from esc_core.models import recipe

if TYPE_CHECKING:
    from esc_core.dataset import Dataset

N_SMALL = 10
"""Categories of the presets that take ten."""


@dataclass(frozen=True)
class Preset:
    """A recipe for a run.

    Attributes
    ----------
    name : str
        Name on the command line.
    title : str
        Name on pages.
    summary : str
        What it does and what to expect, in one sentence.
    ten : bool
        Whether it takes ten categories, those of ESC-10 where the data has them, or all.
    settings : dict
        Values of TrainConfig; what is not given is as `esc_core.models.recipe` says.
    """

    name: str
    title: str
    summary: str
    ten: bool
    settings: dict[str, Any]

    def config(
        self, dataset: Dataset, *, val_fold: int = 1, n_epochs: int | None = None, **settings: Any
    ) -> TrainConfig:
        """Return the settings of a run on a data set.

        Parameters
        ----------
        dataset : Dataset
            The clips, from whose categories the ten are chosen.
        val_fold : int
            Validation fold.
        n_epochs : int, optional
            Another number of epochs; see `TrainConfig.with_epochs`.
        **settings
            Values of TrainConfig that replace the preset's.

        Returns
        -------
        TrainConfig
            For `esc_core.training.process.control.submit`.
        """
        categories = ten_categories(dataset) if self.ten else None
        values = {"categories": categories, **self.settings, "val_fold": val_fold, **settings}
        return recipe(values, n_epochs=n_epochs)


def ten_categories(dataset: Dataset) -> tuple[str, ...] | None:
    """Return ten categories of a data set, those of ESC-10 first; None if it has no more than ten.

    Parameters
    ----------
    dataset : Dataset
        The clips.

    Returns
    -------
    tuple of str or None
        As in TrainConfig.
    """
    if len(dataset.categories) <= N_SMALL:
        return None
    esc10 = {clip.category for clip in dataset.clips if clip.esc10}
    chosen = sorted(dataset.categories, key=lambda name: name not in esc10)[:N_SMALL]  # the sort is stable
    return tuple(name for name in dataset.categories if name in chosen)


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "one-minute",
            "One minute, ten categories",
            "A small mel CNN learns ten categories in about a minute.",
            True,
            {"n_epochs": 40, "learning_rate": 3e-3, "dtype": "auto"},
        ),
        Preset(
            "five-minutes",
            "Five minutes, ESC-10",
            "The same network, five times as long.",
            True,
            {"n_epochs": 200, "no_mix_epochs": 0, "dtype": "auto"},
        ),
        Preset(
            "one-fold",
            "ESC-50, one fold",
            "The recipe of the shipped model on all fifty categories.",
            False,
            {"dtype": "auto"},
        ),
    )
}
"""Every preset by name."""


def preset(name: str) -> Preset:
    """Return a preset by its name.

    Raises
    ------
    ParameterError
        If there is none of this name.
    """
    require(name in PRESETS, f"preset must be one of {', '.join(PRESETS)}", name)
    return PRESETS[name]
