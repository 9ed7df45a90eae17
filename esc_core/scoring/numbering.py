"""Numbers of categories → targets: the documented numbering, and the others that people use."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from esc_core.config import require
from esc_core.dataset.categories import CATEGORIES, ESC10
from esc_core.words import percent

TARGET, FROM_1 = "target", "target-from-1"
ESC10_NUMBERS = "esc10"

_ALPHABETICAL = sorted(range(len(CATEGORIES)), key=CATEGORIES.__getitem__)
_TEN = sorted(ESC10)

NUMBERINGS: dict[str, dict[int, int]] = {
    TARGET: dict(enumerate(range(len(CATEGORIES)))),
    FROM_1: dict(enumerate(range(len(CATEGORIES)), 1)),
    "alphabetical": dict(enumerate(_ALPHABETICAL)),
    "alphabetical-from-1": dict(enumerate(_ALPHABETICAL, 1)),
    ESC10_NUMBERS: dict(enumerate(_TEN)),
    "esc10-alphabetical": dict(enumerate(sorted(_TEN, key=CATEGORIES.__getitem__))),
}
"""By name: number → target, 0–49. ESC-50's table numbers by target; "esc10" counts ESC-10's targets from 0 to 9."""

WORTH_A_HINT = 0.1
"""Gain in accuracy, 0–1, from which another numbering is mentioned."""


def numbering_of(numbers: Collection[int], *, chosen: str | None = None) -> str:
    """Return the numbering by which numbers are read.

    Parameters
    ----------
    numbers : collection of int
        All numbers of a table.
    chosen : str, optional
        A key of `NUMBERINGS`. If left out, numbers are targets, unless they can't be: 50 occurs, and 0 does not.

    Returns
    -------
    str
        A key of `NUMBERINGS`.

    Raises
    ------
    ParameterError
        If `chosen` is not one of them.
    """
    require(chosen is None or chosen in NUMBERINGS, f"numbering must be one of {', '.join(NUMBERINGS)}", chosen)
    if chosen is not None:
        return chosen
    return FROM_1 if len(CATEGORIES) in numbers and 0 not in numbers else TARGET


def numbering_hint(numbers: Sequence[int | None], predicted: np.ndarray, labels: np.ndarray, *, used: str) -> str:
    """Say so if the numbers fit another numbering far better; what is scored stays as it is.

    Parameters
    ----------
    numbers : sequence of int or None
        The number that the table predicts for each clip; None where it gives a name.
    predicted, labels : numpy.ndarray, shape (n,), int
        Targets by the numbering in use, and the true ones.
    used : str
        That numbering.

    Returns
    -------
    str
        A sentence; empty if no numbering scores at least `WORTH_A_HINT` more.
    """
    own = float(np.mean(predicted == labels))
    scores = {
        name: float(np.mean(_read(numbers, predicted, targets) == labels)) for name, targets in NUMBERINGS.items()
    }
    best = max(scores, key=scores.__getitem__)
    if scores[best] - own < WORTH_A_HINT:
        return ""
    return (
        f"The numbers were read by the numbering “{used}” and scored {percent(own, digits=1)}; by “{best}” it would be "
        f"{percent(scores[best], digits=1)}. If that is the one in use, choose it: --numbering {best}."
    )


def _read(numbers: Sequence[int | None], predicted: np.ndarray, targets: dict[int, int]) -> np.ndarray:
    pairs = zip(numbers, predicted.tolist(), strict=True)
    return np.array([target if number is None else targets.get(number, -1) for number, target in pairs])
