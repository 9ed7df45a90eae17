"""Rules such as "when glass breaking is heard for half a second": each fires once for each event, and is counted."""

from __future__ import annotations

from dataclasses import dataclass

from esc_core.config import require

MAX_SECONDS = 60.0
"""Longest time for which a rule can ask, in seconds."""


@dataclass(frozen=True)
class Rule:
    """What is waited for.

    Attributes
    ----------
    category : str
        One of the model's labels.
    seconds : float
        How long it must have been heard, in [0, 60].

    Raises
    ------
    ParameterError
        If the time is out of range.
    """

    category: str
    seconds: float = 0.5

    def __post_init__(self) -> None:
        require(0 <= self.seconds <= MAX_SECONDS, "seconds must be in [0, 60]", self.seconds)


@dataclass(frozen=True)
class Fired:
    """A rule that has fired.

    Attributes
    ----------
    rule : Rule
        The rule.
    number : int
        Number of the event, as in `LiveEvent`.
    seconds : float
        When, in seconds from the beginning of listening.
    count : int
        How often the rule has fired by now.
    """

    rule: Rule
    number: int
    seconds: float
    count: int


class Rules:
    """Rules, and how often each has fired.

    Parameters
    ----------
    rules : tuple of Rule
        The rules.
    """

    def __init__(self, rules: tuple[Rule, ...] = ()) -> None:
        self.rules = rules
        self._fired: dict[Rule, set[int]] = {}

    def fire(self, category: str, *, number: int, length: float, seconds: float) -> list[Fired]:
        """Return the rules that fire now.

        Parameters
        ----------
        category : str
            Of an event that goes on or has ended.
        number : int
            Its number.
        length : float
            How long it has been heard, in seconds.
        seconds : float
            The time now.
        """
        fired = []
        for rule in self.rules:
            numbers = self._fired.setdefault(rule, set())
            if rule.category == category and length >= rule.seconds and number not in numbers:
                numbers.add(number)
                fired.append(Fired(rule, number, seconds, len(numbers)))
        return fired
