"""What a transform's parameter may be: bounds that are checked, ranges to draw from, and its label and help."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from esc_core.config import require

Range = float | tuple[float, float]
Choice = str | tuple[str, ...]
Values = dict[str, Any]
"""The values of one draw, as plain numbers and names: applying them twice gives the same result."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter that a user may set, and how a slider presents it.

    Attributes
    ----------
    label : str
        Its name on the slider.
    help : str
        One sentence for the user.
    unit : str
        Unit, such as "dB"; empty for a plain number or a ratio.
    shown_as : {"number", "percent", "factor"}
        How a slider writes its values: with the unit, as a share in percent ("25%"), or as a factor ("×1.25").
    bounds : tuple of float
        Lowest and highest value allowed.
    low, high, step : float
        Range and step of the slider, in which values make sense; within `bounds`.
    whole : bool
        Whether only whole numbers are allowed.
    single : bool
        Whether it must be one value, not a range to draw from.
    choices : tuple of str
        Names to choose from. Such a parameter is not a number: unit, bounds and slider do not apply.
    """

    label: str
    help: str
    unit: str = ""
    shown_as: Literal["number", "percent", "factor"] = "number"
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
            The value received.

        Raises
        ------
        ParameterError
            If it is of the wrong type or outside the bounds.
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
        """Draw one value: a name from several, a number from a range.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness; not used for a single value.
        value : float, str, or tuple
            A value that passed `check`.

        Returns
        -------
        float, int, or str
            The drawn value, as JSON has it.
        """
        if self.choices:
            return value if isinstance(value, str) else value[int(rng.integers(len(value)))]
        return draw_int(rng, value) if self.whole else draw_float(rng, value)


def is_number(value: object) -> bool:
    """Return whether a value is a finite number; booleans are not."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def draw_float(rng: np.random.Generator, value: Range) -> float:
    """Draw uniformly from a range; a plain number is returned as it is.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
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
        Source of randomness.
    value : int or tuple of int
        A number, or low and high.

    Returns
    -------
    int
        The drawn value.
    """
    return int(rng.integers(int(value[0]), int(value[1]) + 1)) if isinstance(value, tuple) else int(value)


def draw_seed(rng: np.random.Generator) -> int:
    """Draw the seed of something too large to be stored value by value, such as noise."""
    return int(rng.integers(2**32))


def signed(value: float, *, digits: int = 1) -> str:
    """Return a number with its sign: ``+2.3`` or ``−0.5``."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")
