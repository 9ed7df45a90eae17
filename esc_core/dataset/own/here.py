"""The limits of all data sets on this computer, which a teacher may lower for a class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from esc_core.config import OwnLimits, esc_home, require
from esc_core.disk.files import read_json, reason, write_json
from esc_core.errors import DatasetError, ParameterError

NAMES = ("max_sets", "max_samples")
"""Limits that can be lowered."""


def limits_here() -> OwnLimits:
    """Return the limits that hold here: those of `OwnLimits`, or lower ones where `lower_limits` has set them."""
    usual = OwnLimits()
    try:
        stored = read_json(_file())
    except ParameterError:  # ESC_HOME can't be a path, which the pages say
        return usual
    return replace(usual, **{name: stored[name] for name in NAMES if _fits(stored.get(name), getattr(usual, name))})


def lower_limits(*, max_sets: int, max_samples: int) -> None:
    """Set the limits of all sets here, those that are there already included; what is in them stays.

    Parameters
    ----------
    max_sets : int
        Sets on this computer.
    max_samples : int
        Samples of a set.

    Raises
    ------
    ParameterError
        If a limit is below 1 or above that of `OwnLimits`.
    DatasetError
        If they can't be stored.
    """
    values = {"max_sets": max_sets, "max_samples": max_samples}
    for name, value in values.items():
        most = getattr(OwnLimits(), name)
        require(_fits(value, most), f"{name} must be a whole number from 1 to {most}", value)
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        write_json(_file(), values)
    except OSError as error:
        raise DatasetError(f"the limits can't be stored in {_file()}: {reason(error)}") from error


def _fits(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _file() -> Path:
    return esc_home() / "own_limits.json"
