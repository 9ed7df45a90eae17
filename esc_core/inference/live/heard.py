"""What a listener tells: what is heard now, and sounds with a category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esc_core.inference.events_out import COLUMNS


@dataclass(frozen=True, eq=False)
class Update:
    """What is heard now.

    Attributes
    ----------
    seconds : float
        End of the newest window, in seconds from the beginning.
    state : str
        `NOTHING` for a quiet background, `NOT_SURE`, or empty where a category is sure.
    bars : tuple of (str, float)
        The top categories in a steady order, with smoothed probabilities.
    open : tuple of LiveEvent
        Events that go on; those that are not confirmed may be withdrawn.
    """

    seconds: float
    state: str
    bars: tuple[tuple[str, float], ...]
    open: tuple[LiveEvent, ...]


@dataclass(frozen=True, eq=False)
class LiveEvent:
    """A sound with a category.

    Attributes
    ----------
    number : int
        From 1; the same while the event goes on and when it has ended.
    start, end : float
        Seconds from the beginning; the end so far while it goes on.
    category : str
        Its name among the labels.
    prob : float
        Highest probability.
    confirmed : bool
        Whether it is long enough to be an event; always true for one that has ended.
    y : numpy.ndarray, shape (n,), float32
        What was heard, with a little before and after; empty while it goes on.
    sr : int
        Rate of `y` in Hz.
    """

    number: int
    start: float
    end: float
    category: str
    prob: float
    confirmed: bool
    y: np.ndarray
    sr: int

    def row(self) -> dict[str, object]:
        """Return its values by the names of `esc_core.inference.events_out.COLUMNS`, rounded as there."""
        values = (round(self.start, 3), round(self.end, 3), self.category, round(self.prob, 4))
        return dict(zip(COLUMNS, values, strict=True))
