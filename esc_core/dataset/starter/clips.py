"""The clips of the starter set, and the synthesis of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from esc_core.config import require
from esc_core.dataset.categories import ESC10

if TYPE_CHECKING:
    from esc_core.dataset.starter.recipe import Recipe

TARGETS = {
    "dog": 0,
    "rooster": 1,
    "frog": 4,
    "cat": 5,
    "crow": 9,
    "rain": 10,
    "sea_waves": 11,
    "crackling_fire": 12,
    "crickets": 13,
    "chirping_birds": 14,
    "water_drops": 15,
    "wind": 16,
    "thunderstorm": 19,
    "crying_baby": 20,
    "sneezing": 21,
    "clapping": 22,
    "breathing": 23,
    "footsteps": 25,
    "door_wood_knock": 30,
    "mouse_click": 31,
    "keyboard_typing": 32,
    "vacuum_cleaner": 36,
    "clock_alarm": 37,
    "clock_tick": 38,
    "glass_breaking": 39,
    "helicopter": 40,
    "chainsaw": 41,
    "siren": 42,
    "car_horn": 43,
    "engine": 44,
    "church_bells": 46,
    "airplane": 47,
    "fireworks": 48,
    "hand_saw": 49,
}
"""Categories of the starter set with ESC-50's names and numbers."""

CATEGORIES = tuple(TARGETS)
"""Names of the categories, ordered by target."""

TAKES = {1: "A", 2: "AB"}
"""The recordings of each category in each fold, and the takes cut from each."""

FIRST_SRC_FILE = 90_000_000
"""First number of a recording, far beyond those of Freesound."""


@dataclass(frozen=True, kw_only=True)
class StarterClip:
    """One clip of the set.

    Attributes
    ----------
    category : str
        One of `CATEGORIES`.
    fold : int
        Fold, 1–5.
    recording : int
        Recording within category and fold, a key of `TAKES`.
    take : str
        Excerpt of the recording.
    """

    category: str
    fold: int
    recording: int
    take: str

    @property
    def target(self) -> int:
        """ESC-50's number of the category."""
        return TARGETS[self.category]

    @property
    def src_file(self) -> int:
        """Number of the recording; it belongs to one category and one fold."""
        return FIRST_SRC_FILE + self.target * 100_000 + self.fold * 1_000 + self.recording

    @property
    def filename(self) -> str:
        """File name in ESC-50's form."""
        return f"{self.fold}-{self.src_file}-{self.take}-{self.target}.wav"

    @property
    def row(self) -> tuple[str, int, int, str, bool, int, str]:
        """Row of ``esc50.csv``."""
        esc10 = self.target in ESC10
        return self.filename, self.fold, self.target, self.category, esc10, self.src_file, self.take


def starter_clips() -> Iterator[StarterClip]:
    """Yield every clip in the order of synthesis; the first ones are one per category."""
    for fold in range(1, 6):
        for recording, takes in TAKES.items():
            for category in CATEGORIES:
                for take in takes:
                    yield StarterClip(category=category, fold=fold, recording=recording, take=take)


def synthesise(category: str, *, fold: int, recording: int, take: str = "A", seed: int = 0) -> tuple[np.ndarray, int]:
    """Return one clip of the starter set.

    Parameters
    ----------
    category : str
        One of `CATEGORIES`.
    fold : int
        Fold, 1–5.
    recording : int
        Recording 1 has the take "A"; recording 2 has the takes "A" and "B", two excerpts of a longer recording.
    take : str
        Excerpt of the recording.
    seed : int
        Seed of the whole set, in [0, 2**31). The same arguments give the same samples, bit for bit, in any order
        (on one machine, with one version of NumPy and SciPy).

    Returns
    -------
    y : numpy.ndarray, shape (110250,), float32
        5 s in [-1, 1].
    sr : int
        Its rate, 22050 Hz.

    Raises
    ------
    ParameterError
        If the set has no such clip.
    """
    require(recording in TAKES, f"recording must be one of {', '.join(map(str, TAKES))}", recording)
    takes = TAKES[recording]
    require(len(take) == 1 and take in takes, f"take of recording {recording} must be in {takes!r}", take)
    y = record_takes(category, fold=fold, recording=recording, seed=seed)[takes.index(take)]
    return y, starter_sr()


def record_takes(category: str, *, fold: int, recording: int, seed: int) -> list[np.ndarray]:
    """Return all takes of one recording, each (110250,) float32; see `synthesise`.

    Raises
    ------
    ParameterError
        If the set has no such recording.
    """
    from esc_core.dataset.starter.recipe import record  # SciPy takes half a second to import

    require(category in TARGETS, f"category must be one of {', '.join(CATEGORIES)}", category)
    require(fold in range(1, 6), "fold must be in 1–5", fold)
    require(0 <= seed < 2**31, "seed must be in [0, 2**31)", seed)
    rng = np.random.default_rng([seed, TARGETS[category], fold, recording])
    return record(_recipe(category), rng, len(TAKES[recording]))


def starter_sr() -> int:
    """Return the sampling rate of the set, in Hz."""
    from esc_core.dataset.starter.synth import SR

    return SR


def _recipe(category: str) -> Recipe:
    from esc_core.dataset.starter import animals, human, interior, nature, urban

    return next(
        group.RECIPES[category] for group in (animals, nature, human, interior, urban) if category in group.RECIPES
    )
