"""What a transform's parameter may be: bounds that are checked, ranges to draw from, and words for people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from esc_core.config import require

Range = float | tuple[float, float]
Choice = str | tuple[str, ...]
Values = dict[str, Any]
"""What one draw decided, as plain numbers and names: applying it twice gives the same result."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a person may set, and how a slider offers it.

    Attributes
    ----------
    help : str
        One sentence for people.
    unit : str
        Unit, such as "dB"; empty for a plain number or a ratio.
    bounds : tuple of float
        Lowest and highest value allowed.
    low, high, step : float
        What makes sense on a slider; within `bounds`.
    whole : bool
        Whether only whole numbers are allowed.
    single : bool
        Whether it can't be a range to draw from.
    choices : tuple of str
        Names to choose from; then it is no number, and the rest does not apply.
    """

    help: str
    unit: str = ""
    bounds: tuple[float, float] = (0.0, 1.0)
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    whole: bool = False
    single: bool = False
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: Any) -> None:
        """Check a value, or a ``(low, high)`` pair to draw from.

        Parameters
        ----------
        name : str
            ``transform: parameter``, for the message.
        value : float, str, or tuple
            What was given.

        Raises
        ------
        ParameterError
            If it is of another kind, or leaves the bounds.
        """
        if self.choices:
            given = value if isinstance(value, tuple) else (value,)
            rule = f"{name} must be one of {', '.join(self.choices)}, or a list of them"
            require(bool(given) and all(choice in self.choices for choice in given), rule, value)
            return
        low, high = self.bounds
        kind = ("a whole number" if self.whole else "a number") + ("" if self.single else " or [low, high]")
        rule = f"{name} must be {kind} in [{low:g}, {high:g}]{' ' + self.unit if self.unit else ''}"
        pair = value if isinstance(value, tuple) and not self.single else (value, value)
        require(len(pair) == 2 and all(map(is_number, pair)), rule, value)
        require(not self.whole or all(isinstance(number, int) for number in pair), rule, value)
        require(low <= pair[0] <= pair[1] <= high, rule, value)

    def draw(self, rng: np.random.Generator, value: Any) -> Any:
        """Draw from what was given: a name from names, a number from a range.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of chance; not asked where there is nothing to choose.
        value : float, str, or tuple
            A value that `check` let pass.

        Returns
        -------
        float, int, or str
            The drawn value, as JSON has it.
        """
        if self.choices:
            return value if isinstance(value, str) else value[int(rng.integers(len(value)))]
        return draw_int(rng, value) if self.whole else draw_float(rng, value)


def is_number(value: object) -> bool:
    """Say whether a value is a finite number, and not a truth value."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def draw_float(rng: np.random.Generator, value: Range) -> float:
    """Draw uniformly from a range; a plain number is returned as it is.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    value : float or tuple of float
        A number, or low and high.

    Returns
    -------
    float
        The drawn value.
    """
    return float(rng.uniform(*value)) if isinstance(value, tuple) else float(value)


def draw_int(rng: np.random.Generator, value: Range) -> int:
    """Draw a whole number uniformly, both ends included.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    value : int or tuple of int
        A number, or low and high.

    Returns
    -------
    int
        The drawn value.
    """
    return int(rng.integers(int(value[0]), int(value[1]) + 1)) if isinstance(value, tuple) else int(value)


def draw_seed(rng: np.random.Generator) -> int:
    """Draw the seed of something that is too large to be drawn value by value, such as noise."""
    return int(rng.integers(2**32))


def signed(value: float, *, digits: int = 1) -> str:
    """Write a number for people, with its sign: ``+2.3`` or ``−0.5``."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")
