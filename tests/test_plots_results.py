"""Figures of the Results page: every value where it belongs, with its interval."""

from __future__ import annotations

import pytest

from esc_core.errors import ParameterError
from esc_core.plots.results import Bar, Point, cost_figure, intervals_figure, panels_figure


def test_rows_hold_their_values_and_intervals() -> None:
    """The first label is on top; series that share a row lie beside each other, others in its middle."""
    bars = [
        Bar("a", 10.0, (8.0, 13.0), series="own"),
        Bar("a", 5.0, (4.0, 7.0), series="sealed"),
        Bar("b", 20.0, (19.0, 21.0), series="own"),
    ]
    figure = intervals_figure(bars, x_title="%", zero=0.0, colours={"own": "#111111", "sealed": "#222222"})
    own, sealed = figure.data
    assert (own.name, sealed.name) == ("own", "sealed")
    assert list(own.x) == [10.0, 20.0]
    assert list(own.error_x.array) == [3.0, 1.0]
    assert list(own.error_x.arrayminus) == [2.0, 1.0]
    assert own.y[0] < 0 < sealed.y[0] < 0.5
    assert own.y[1] == 1  # alone in its row
    assert list(figure.layout.yaxis.ticktext) == ["a", "b"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert sealed.marker.color == "#222222"
    assert len(figure.layout.shapes) == 1
    with pytest.raises(ParameterError, match="bars must not be empty"):
        intervals_figure([], x_title="%")


def test_a_network_is_a_line_from_cheap_to_dear() -> None:
    """Each series keeps its points in order, on a logarithmic axis of cost."""
    points = [
        Point("mel CNN", "mel CNN, short", 5.0, 70.0, (68.0, 72.0)),
        Point("mel CNN", "mel CNN, long", 20.0, 80.0, (78.0, 83.0)),
        Point("wave CNN", "wave CNN, short", 5.0, 50.0, (48.0, 52.0)),
    ]
    figure = cost_figure(points, x_title="minutes", colours={"mel CNN": "#111111", "wave CNN": "#222222"})
    mel, wave = figure.data
    assert (list(mel.x), list(mel.y)) == ([5.0, 20.0], [70.0, 80.0])
    assert list(mel.error_y.array) == [2.0, 3.0]
    assert wave.line.color == "#222222"
    assert figure.layout.xaxis.type == "log"


def test_hover_texts_round_halves_up() -> None:
    """80.25% is 80.3% as in every sentence; the browser's own format would make 80.2% of it."""
    bar = intervals_figure([Bar("a", 80.25, (78.25, 82.35))], x_title="%").data[0]
    assert list(bar.customdata[0][1:4]) == ["80.3", "78.3", "82.4"]
    point = cost_figure([Point("a", "a", 1.0, 80.25, (78.25, 82.35))], x_title="min", colours={"a": "#111111"}).data[0]
    assert list(point.customdata[0][1:]) == ["80.3", "78.3", "82.4"]
    assert ":.1f" not in bar.hovertemplate + point.hovertemplate


def test_small_charts_share_one_scale() -> None:
    """A chart per panel in reading order; a model is in the legend once, and has its colour and its symbol in each."""
    line = [Point("a", "a: clean", 0, 80.0, (78.0, 83.0)), Point("a", "a: loud", 1, 50.0, (45.0, 55.0))]
    other = [Point("b", "b: clean", 0, 70.0, (69.0, 72.0))]
    panels = {"Rooms": [*line, *other], "Noise": line, "Voices": [*other, *line], "MP3": other}
    figure = panels_figure(panels, x_title="severity", colours={"a": "#111111", "b": "#222222"})
    assert [note.text for note in figure.layout.annotations] == list(panels)
    assert [(trace.name, trace.xaxis) for trace in figure.data] == [
        ("a", "x"), ("b", "x"), ("a", "x2"), ("b", "x3"), ("a", "x3"), ("b", "x4"),
    ]  # fmt: skip
    assert [trace.name for trace in figure.data if trace.showlegend] == ["a", "b"]
    first, second, *_ = figure.data
    assert (list(first.x), list(first.y)) == ([0, 1], [80.0, 50.0])
    assert (list(first.error_y.array), list(first.error_y.arrayminus)) == ([3.0, 5.0], [2.0, 5.0])
    assert {trace.marker.color for trace in figure.data if trace.name == "b"} == {"#222222"}
    assert first.marker.symbol != second.marker.symbol
    axes = [figure.layout[name] for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    assert axes[0].range == (0, 100)
    assert len({axis.matches for axis in axes} - {None}) == 1  # one is the scale of all others
    assert sum(axis.matches is None for axis in axes) == 1
    with pytest.raises(ParameterError, match="panels must not be empty"):
        panels_figure({}, x_title="severity", colours={})
