"""Checks that all settings share: a rule and the value received, and the types of values from JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from esc_core.errors import ParameterError


def require(ok: bool, rule: str, value: object) -> None:
    """Raise an error if a parameter breaks its rule.

    Parameters
    ----------
    ok : bool
        Whether the value satisfies the rule.
    rule : str
        The rule as a phrase, such as ``"rate must be in [0.5, 2]"``.
    value : object
        The value received, which the message quotes.

    Raises
    ------
    ParameterError
        If `ok` is false.
    """
    if not ok:
        raise ParameterError(f"{rule}, got {value!r}")


def from_dict(cls: type, values: dict[str, Any]) -> Any:
    """Make a dataclass from plain JSON values; raises ParameterError on an unknown name."""
    require(isinstance(values, dict), f"{cls.__name__} must be an object of settings", values)
    unknown = sorted(set(values) - {f.name for f in fields(cls)})
    require(not unknown, f"{cls.__name__} has no setting of this name", ", ".join(unknown))
    return cls(**values)


def check_types(config: Any) -> None:
    """Raise ParameterError if a field of a dataclass holds another type than it declares.

    Values from JSON can have any type, and comparing text with a number would be a TypeError.
    """
    for f in fields(config):
        value, kind = getattr(config, f.name), str(f.type)
        if value is None and kind.endswith("| None"):
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if kind.startswith("int"):
            require(number and isinstance(value, int), f"{f.name} must be a whole number", value)
        elif kind == "float":
            require(number, f"{f.name} must be a number", value)
        elif kind == "str":
            require(isinstance(value, str), f"{f.name} must be a text", value)
