"""The 50 categories of ESC-50, and the five groups that they belong to."""

from __future__ import annotations

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

GROUPS = ("animals", "nature", "human", "interior", "urban")
"""The five major categories, in the order of the targets: ten targets each."""

OTHER = "other"
"""The group of a category that is none of ESC-50's."""

_GROUP_OF = {name: GROUPS[target // 10] for target, name in enumerate(CATEGORIES)}


def group_of(category: str) -> str:
    """Return the group of a category.

    Parameters
    ----------
    category : str
        Its name; that of ESC-50, such as "dog", decides, whatever target it has in a data set.

    Returns
    -------
    str
        One of `GROUPS`, or `OTHER`.
    """
    return _GROUP_OF.get(category, OTHER)
