"""What values read from a JSON file must be. A file that holds anything else counts as damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Kind = Callable[[Any], bool]
"""Tells whether a value is of a kind."""

LARGEST = 1e300
"""Numbers beyond it, and NaN, come from damage only."""

LATEST = 1e11
"""Unix time beyond which there is no date, in seconds; also the longest time."""


def number(value: Any) -> bool:
    """Return whether it is a number, neither NaN nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def share(value: Any) -> bool:
    """Return whether it is a number in 0–1."""
    return number(value) and 0 <= value <= 1


def seconds(value: Any) -> bool:
    """Return whether it is a time in seconds: since something began, or Unix time."""
    return number(value) and 0 <= value <= LATEST


def count(value: Any) -> bool:
    """Return whether it is a whole number from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def text(value: Any) -> bool:
    """Return whether it is a text."""
    return isinstance(value, str)


def name(value: Any) -> bool:
    """Return whether it is a text that is not blank."""
    return isinstance(value, str) and value.strip() != ""


def flag(value: Any) -> bool:
    """Return whether it is true or false."""
    return isinstance(value, bool)


def maybe(kind: Kind) -> Kind:
    """Return the kind of values that may be missing: None, or of a kind."""
    return lambda value: value is None or kind(value)


def list_of(kind: Kind) -> Kind:
    """Return the kind of lists whose items are all of a kind."""
    return lambda value: isinstance(value, list) and all(map(kind, value))


def table_of(kind: Kind) -> Kind:
    """Return the kind of objects whose values are all of a kind, whatever their names."""
    return lambda value: isinstance(value, dict) and all(map(kind, value.values()))


def fits(values: Any, kinds: Mapping[str, Kind], *, optional: Mapping[str, Kind] | None = None) -> bool:
    """Return whether an object holds what it must.

    Parameters
    ----------
    values : object
        From JSON.
    kinds : mapping of str to callable
        Names that it must have, and the kind of each.
    optional : mapping of str to callable, optional
        The same for names that it may lack, as in files of older versions. Other names may have any value.

    Returns
    -------
    bool
        False also for what is no object.
    """
    return (
        isinstance(values, dict)
        and all(key in values and kind(values[key]) for key, kind in kinds.items())
        and all(kind(values[key]) for key, kind in (optional or {}).items() if key in values)
    )
