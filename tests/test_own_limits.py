"""Limits of all data sets on this computer, lowered for a class."""

from __future__ import annotations

import numpy as np
import pytest

from esc_core.config import OwnLimits, esc_home
from esc_core.dataset import own
from esc_core.errors import DatasetError, ParameterError


def tone(hz: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000)).astype(np.float32)


def test_lower_limits_hold_for_what_comes_and_leave_what_is_there() -> None:
    """The third sample and the third set are refused with the limit; the first ones stay."""
    first = own.create("first")
    first.add_category("door")
    own.create("second")
    own.lower_limits(max_sets=2, max_samples=2)
    again = own.open_set(first.key)
    for hz in (440.0, 550.0):
        again.add_sample(tone(hz), 16_000, category="door", title="knock", source="file")
    with pytest.raises(DatasetError, match="at most 2 samples"):
        again.add_sample(tone(660.0), 16_000, category="door", title="knock", source="file")
    with pytest.raises(DatasetError, match=r"^there can be at most 2 data sets on this computer; remove one first$"):
        own.create("third")
    own.lower_limits(max_sets=1, max_samples=1)
    assert len(own.open_set(first.key).samples) == 2
    assert len(own.set_folders()) == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"max_sets": 0, "max_samples": 5}, "max_sets must be a whole number from 1 to 500, got 0"),
        ({"max_sets": 5, "max_samples": 2_001}, "max_samples must be a whole number from 1 to 2000, got 2001"),
        ({"max_sets": True, "max_samples": 5}, "max_sets must be a whole number from 1 to 500, got True"),
    ],
)
def test_limits_outside_their_range_are_refused(values: dict[str, int], message: str) -> None:
    with pytest.raises(ParameterError, match=f"^{message}$"):
        own.lower_limits(**values)
    assert own.limits_here() == OwnLimits()


@pytest.mark.parametrize(
    "text", ["", "rubbish", "[]", '{"max_sets": 0}', '{"max_sets": "5"}', '{"max_sets": 9999}', '{"max_sets": true}']
)
def test_a_damaged_file_sets_no_limit(text: str) -> None:
    esc_home().mkdir(parents=True)
    (esc_home() / "own_limits.json").write_text(text)
    assert own.limits_here() == OwnLimits()
