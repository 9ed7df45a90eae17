"""The map's figure: each clip in the trace of its value, with its id; the star; the ends of the axes."""

from __future__ import annotations

import numpy as np
import pytest

from esc_core.colours import contrast
from esc_core.plots.maps import IN_LEGEND, map_figure, wheel

POINTS = np.array([[0.0, 0.0], [1.0, 0.2], [0.5, -0.2]], np.float32)


def test_each_value_is_a_trace_with_its_clips() -> None:
    """In the order of the palette; a value without a clip has none; texts are no markup."""
    palette = {"x": "#111111", "none": "#333333", "y": "#222222"}
    figure = map_figure(POINTS, ["y", "x", "y"], ["<b>1</b>", "2", "3"], ["a", "b", "c"], palette=palette)
    x, y = figure.data
    assert (x.name, list(x.customdata), x.marker.color) == ("x", ["b"], "#111111")
    assert (y.name, list(y.customdata), y.marker.color) == ("y", ["a", "c"], "#222222")
    assert list(y.x) == [0.0, 0.5]
    assert "<b>" not in y.hovertext[0]
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


@pytest.mark.parametrize(("n", "legend"), [(IN_LEGEND, True), (IN_LEGEND + 1, False)])
def test_a_long_legend_is_left_out(n: int, legend: bool) -> None:
    names = [f"k{i}" for i in range(n)]
    figure = map_figure(np.zeros((n, 2)), names, names, names, palette=wheel(names))
    assert figure.layout.showlegend is legend


def test_neighbours_on_the_wheel_differ() -> None:
    """Fifty different colours, none of which is white."""
    palette = wheel([str(i) for i in range(50)])
    assert len(set(palette.values())) == 50
    assert min(contrast(colour, "#FFFFFF") for colour in palette.values()) > 1.2
