"""Recipes for generators by name: one declaration per preset, which page and command line read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esc_core.config import GeneratorConfig
from esc_core.training.presets import ten_categories

if TYPE_CHECKING:
    from esc_core.dataset import Dataset


EXPERIMENT_EPOCHS = 150
"""Epochs of every generator of the experiment; here, so that the command line need not load the experiment for it."""


@dataclass(frozen=True)
class GeneratorPreset:
    """A recipe for a generator.

    Attributes
    ----------
    name : str
        Name on the command line.
    title : str
        Name on pages.
    summary : str
        What it does and what to expect, but for the time, which is measured where it is trained.
    n_categories : int
        How many categories it learns, of those of ESC-10 first.
    n_steps : int
        About how many steps it takes, whatever the number of clips.
    """

    name: str
    title: str
    summary: str
    n_categories: int
    n_steps: int

    def config(self, dataset: Dataset) -> GeneratorConfig:
        """Return the settings for a data set; the last fold is the one that is never heard."""
        ten = ten_categories(dataset) or tuple(dataset.categories)
        categories = _unlike(dataset, ten)[: self.n_categories]
        chosen = set(categories)
        n_clips = sum(clip.category in chosen and clip.fold != dataset.fold_numbers[-1] for clip in dataset.clips)
        n_epochs = max(1, round(self.n_steps / max(1, n_clips // min(GeneratorConfig.batch_size, max(1, n_clips)))))
        return GeneratorConfig(
            val_fold=dataset.fold_numbers[-1],
            n_epochs=n_epochs,
            show_every=max(1, n_epochs // 15),
            dtype="auto",
            categories=tuple(name for name in dataset.categories if name in chosen),
        )


def _unlike(dataset: Dataset, names: tuple[str, ...]) -> list[str]:
    """Return categories with those of different groups first, so that the first two sound different."""
    groups = {clip.category: clip.group for clip in dataset.clips}
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(groups[name], name)
    return [*first.values(), *(name for name in names if name not in first.values())]


PRESETS = {
    preset.name: preset
    for preset in (
        GeneratorPreset(
            "two-categories",
            "First sounds, two categories",
            "Two categories of very different sounds.",
            2,
            600,
        ),
        GeneratorPreset(
            "ten-categories",
            "Ten categories, first sounds",
            "Ten categories. The sounds stay rough: to make sounds takes longer to learn than to name them.",
            10,
            2_000,
        ),
        GeneratorPreset(
            "long",
            "Ten categories, five times as long",
            "The same with more time. Listen to the samples of each epoch, and stop it when you like.",
            10,
            10_000,
        ),
    )
}
"""Every preset by name."""
