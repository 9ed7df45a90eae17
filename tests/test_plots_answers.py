"""Figures of a model's answers: hover texts round as every sentence does."""

from __future__ import annotations

import numpy as np

from esc_core.plots.answers import guesses_figure, tipping_figure

GROUPS = {"dog": "animals", "rain": "nature"}


def test_guesses() -> None:
    """Halves are rounded up, to one decimal in the hover text and to whole percent beside the bar."""
    bars = guesses_figure([("dog", 0.8025), ("rain", 0.125)], GROUPS, chance=0.02, threshold=0.3).data[0]
    assert list(bars.text) == ["80%", "13%"]
    assert [tuple(one) for one in bars.customdata] == [("animals", "80.3%"), ("nature", "12.5%")]
    assert bars.hovertemplate == "%{y} (%{customdata[0]}): %{customdata[1]}<extra></extra>"


def test_a_curve_with_a_gap() -> None:
    """A value that could not be computed has no point and no hover text."""
    curve = tipping_figure(
        [1, 2, 3],
        np.array([0.125, np.nan, 0.625]),
        drawn=1,
        tips=[],
        label="pitch",
        category="dog",
        chance=0.02,
        texts=["1 Hz", "2 Hz", "3 Hz"],
    ).data[0]
    assert list(curve.customdata) == ["13%", None, "63%"]
    assert curve.hovertemplate == "%{text}: %{customdata}<extra></extra>"
    assert list(curve.text) == ["1 Hz", "2 Hz", "3 Hz"]
