"""The map's figure: each clip in the trace of its value, with its id; the star; the ends of the axes."""

from __future__ import annotations

import numpy as np
import pytest

from esc_core.colours import contrast
from esc_core.plots.maps import IN_LEGEND, map_figure, wheel

POINTS = np.array([[0.0, 0.0], [1.0, 0.2], [0.5, -0.2]], np.float32)


def test_all_clips_are_one_trace_in_the_colours_of_their_values() -> None:
    """The legend has the values that occur, in the order of the palette; texts are no markup."""
    palette = {"x": "#111111", "none": "#333333", "y": "#222222"}
    figure = map_figure(POINTS, ["y", "x", "y"], ["<b>1</b>", "2", "3"], ["a", "b", "c"], palette=palette)
    clips, *legend = figure.data
    assert (clips.type, clips.showlegend, list(clips.customdata)) == ("scattergl", False, ["a", "b", "c"])
    assert list(clips.marker.color) == ["#222222", "#111111", "#222222"]
    assert list(clips.x) == [0.0, 1.0, 0.5]
    assert "<b>" not in clips.hovertext[0]
    assert [(one.name, one.marker.color, list(one.x)) for one in legend] == [
        ("x", "#111111", [None]),
        ("y", "#222222", [None]),
    ]
    assert figure.layout.dragmode == "pan"  # or Streamlit would not select a point that is pressed


def test_each_axis_is_filled() -> None:
    """The point of a sound of one's own is on it, too, and is drawn last."""
    figure = map_figure(
        POINTS, ["x"] * 3, list("abc"), list("abc"), palette={"x": "#111111"}, own=np.array([2.0, 0.0]), lasso=True
    )
    assert list(figure.layout.xaxis.range) == pytest.approx([-0.08, 2.08])
    assert list(figure.layout.yaxis.range) == pytest.approx([-0.216, 0.216])
    assert figure.layout.dragmode == "lasso"
    assert (figure.data[-1].name, figure.data[-1].marker.symbol) == ("your sound", "star")


@pytest.mark.parametrize(("n", "in_legend"), [(IN_LEGEND, IN_LEGEND), (IN_LEGEND + 1, 0)])
def test_a_long_legend_is_left_out(n: int, in_legend: int) -> None:
    names = [f"k{i}" for i in range(n)]
    figure = map_figure(np.zeros((n, 2)), names, names, names, palette=wheel(names))
    assert len(figure.data) == 1 + in_legend


def test_neighbours_on_the_wheel_differ() -> None:
    """Fifty different colours, none of which is white."""
    palette = wheel([str(i) for i in range(50)])
    assert len(set(palette.values())) == 50
    assert min(contrast(colour, "#FFFFFF") for colour in palette.values()) > 1.2
