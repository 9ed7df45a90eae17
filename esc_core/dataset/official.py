"""ESC-50 as published: its 50 categories and 2000 clips with their folds, available without any sound on disk."""

from __future__ import annotations

from functools import lru_cache

from esc_core.dataset.clips import Clip
from esc_core.dataset.known import original_md5
from esc_core.dataset.layout import clip_stem

CATEGORIES = (
    *("dog", "rooster", "pig", "cow", "frog", "cat", "hen", "insects", "sheep", "crow"),
    *("rain", "sea_waves", "crackling_fire", "crickets", "chirping_birds"),
    *("water_drops", "wind", "pouring_water", "toilet_flush", "thunderstorm"),
    *("crying_baby", "sneezing", "clapping", "breathing", "coughing"),
    *("footsteps", "laughing", "brushing_teeth", "snoring", "drinking_sipping"),
    *("door_wood_knock", "mouse_click", "keyboard_typing", "door_wood_creaks", "can_opening"),
    *("washing_machine", "vacuum_cleaner", "clock_alarm", "clock_tick", "glass_breaking"),
    *("helicopter", "chainsaw", "siren", "car_horn", "engine"),
    *("train", "church_bells", "airplane", "fireworks", "hand_saw"),
)
"""Names of the categories of ESC-50 by target, 0–49."""

ESC10 = frozenset({0, 1, 10, 11, 12, 20, 21, 38, 40, 41})
"""Targets of ESC-10."""

ESC10_CATEGORIES = frozenset(CATEGORIES[target] for target in ESC10)
"""Names of the categories of ESC-10."""


@lru_cache(maxsize=1)
def official_clips() -> dict[str, Clip]:
    """Return the 2000 clips of ESC-50 by their id.

    ESC-50's file names contain fold, recording, take and target.

    Returns
    -------
    dict of str to Clip
        In the order of ``esc50.csv``.
    """
    return {clip_stem(name): _clip(name) for name in original_md5()}


def _clip(filename: str) -> Clip:
    fold, src_file, take, target = clip_stem(filename).split("-")
    return Clip(
        filename=filename,
        fold=int(fold),
        target=int(target),
        category=CATEGORIES[int(target)],
        esc10=int(target) in ESC10,
        src_file=src_file,
        take=take,
    )
