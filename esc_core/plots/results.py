"""Figures of the Results page: levels with their intervals, and accuracy against cost."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from esc_core.colours import BLUE, GREY
from esc_core.config import require
from esc_core.words import percent_number

if TYPE_CHECKING:
    import plotly.graph_objects as go

TICKS = [m * 10**e for e in range(5) for m in (1, 2, 5)]
"""Ticks of a logarithmic axis, 1 to 50 000."""

ROW_PIXELS, PANEL_PIXELS, FRAME_PIXELS = 38, 170, 70
"""Heights in pixels of a row, of a small chart, and of the frame around them."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
"""Marks of series that are compared with each other, so that a colour is not their only difference."""

LABEL_LETTERS = 26
"""Longest line of a row's label; a longer label is wrapped, so that a phone has room for the values."""


@dataclass(frozen=True)
class Bar:
    """A value with its interval.

    Attributes
    ----------
    label : str
        Label of its row.
    value : float
        In percent or points.
    interval : tuple of float
        Its 95% interval, in the same unit; NaN where it is not known.
    series : str
        Its series; each series has a colour and an entry in the legend.
    note : str
        Additional text under the mouse.
    """

    label: str
    value: float
    interval: tuple[float, float]
    series: str = ""
    note: str = ""


def intervals_figure(
    bars: Sequence[Bar], *, x_title: str, zero: float | None = None, colours: dict[str, str] | None = None
) -> go.Figure:
    """Draw values as dots with their intervals, one row per label, the first on top.

    Parameters
    ----------
    bars : sequence of Bar
        Rows are in the order of their labels' first appearance.
    x_title : str
        Title of the value axis, with the unit.
    zero : float, optional
        Position of a line that marks "no difference" or chance.
    colours : dict of str to str, optional
        Colour of each series; blue if left out.

    Returns
    -------
    plotly.graph_objects.Figure
        Its height fits the rows.
    """
    import plotly.graph_objects as go

    require(len(bars) > 0, "bars must not be empty", len(bars))
    rows = list(dict.fromkeys(bar.label for bar in bars))
    series = list(dict.fromkeys(bar.series for bar in bars))
    figure = go.Figure()
    for name in series:
        own = [bar for bar in bars if bar.series == name]
        figure.add_trace(
            go.Scatter(
                x=[bar.value for bar in own],
                y=[rows.index(bar.label) + _shift(bar, bars) for bar in own],
                error_x=_whiskers(own),
                mode="markers",
                name=name,
                marker={"size": 11, "color": (colours or {}).get(name, BLUE)},
                customdata=[[bar.label, *_rounded(bar), bar.note] for bar in own],
                hovertemplate=(
                    "%{customdata[0]}<br>%{customdata[1]} (95% interval %{customdata[2]} to %{customdata[3]})"
                    "<br>%{customdata[4]}<extra></extra>"
                ),
            )
        )
    if zero is not None:
        figure.add_vline(x=zero, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[_wrapped(row) for row in rows],
        range=[len(rows) - 0.5, -0.5], showgrid=False, zeroline=False,
        automargin=True, fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(title=x_title, zeroline=False)
    return _framed(figure, FRAME_PIXELS + ROW_PIXELS * max(2, len(rows)), legend=len(series) > 1)


def _wrapped(label: str) -> str:
    return "<br>".join(textwrap.wrap(label, LABEL_LETTERS))


def _shift(bar: Bar, bars: Sequence[Bar]) -> float:
    """Return a bar's distance from the middle of its row, so that those of one row do not overlap."""
    series = [other.series for other in bars if other.label == bar.label]
    return (series.index(bar.series) - (len(series) - 1) / 2) * 0.22


@dataclass(frozen=True)
class Point:
    """A network at a budget.

    Attributes
    ----------
    series : str
        The network, whose points are joined by a line.
    label : str
        Name of the point, shown under the mouse.
    cost : float
        Its cost.
    value : float
        Accuracy in percent.
    interval : tuple of float
        Its 95% interval.
    """

    series: str
    label: str
    cost: float
    value: float
    interval: tuple[float, float]


def cost_figure(points: Sequence[Point], *, x_title: str, colours: dict[str, str]) -> go.Figure:
    """Draw accuracy against a cost, on a logarithmic axis.

    Parameters
    ----------
    points : sequence of Point
        The points of each series in the order of their cost.
    x_title : str
        Title of the cost axis, with the unit.
    colours : dict of str to str
        Colour of each series.

    Returns
    -------
    plotly.graph_objects.Figure
        Lines with dots and vertical intervals.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for name in dict.fromkeys(point.series for point in points):
        own = [point for point in points if point.series == name]
        figure.add_trace(
            go.Scatter(
                x=[point.cost for point in own],
                y=[point.value for point in own],
                error_y=_whiskers(own),
                mode="lines+markers",
                name=name,
                line={"color": colours[name], "width": 1.5},
                marker={"size": 10, "color": colours[name]},
                customdata=[[point.label, *_rounded(point)] for point in own],
                hovertemplate=(
                    "%{customdata[0]}<br>%{customdata[1]}% (95% interval %{customdata[2]} to %{customdata[3]})"
                    "<br>%{x:.3g}<extra></extra>"
                ),
            )
        )
    figure.update_xaxes(title=x_title, type="log", tickvals=TICKS, zeroline=False)
    figure.update_yaxes(title="accuracy, %", zeroline=False)
    return _framed(figure, 340, legend=True)


def panels_figure(
    panels: Mapping[str, Sequence[Point]],
    *,
    x_title: str,
    colours: Mapping[str, str],
    n_columns: int = 3,
) -> go.Figure:
    """Draw accuracy against steps of the same kind, a small chart for each panel, all on one scale.

    Parameters
    ----------
    panels : mapping of str to sequence of Point
        By title; the cost of a point is its step. The points of each series are in the order of their steps.
    x_title : str
        What the steps are.
    colours : mapping of str to str
        Colour of each series; each has a symbol of its own as well.
    n_columns : int
        Charts side by side.

    Returns
    -------
    plotly.graph_objects.Figure
        Lines with dots and vertical intervals.
    """
    from plotly.subplots import make_subplots

    require(len(panels) > 0, "panels must not be empty", len(panels))
    n_rows = -(-len(panels) // n_columns)
    figure = make_subplots(
        rows=n_rows, cols=n_columns, shared_xaxes="all", shared_yaxes="all", subplot_titles=list(panels),
        horizontal_spacing=0.03, vertical_spacing=0.28 / n_rows,
    )  # fmt: skip
    shown: set[str] = set()
    for i, points in enumerate(panels.values()):
        for name in dict.fromkeys(point.series for point in points):
            trace = _panel_line([point for point in points if point.series == name], name, colours)
            trace.update(showlegend=name not in shown)
            shown.add(name)
            figure.add_trace(trace, row=i // n_columns + 1, col=i % n_columns + 1)
    figure.update_annotations(font_size=13)
    figure.update_xaxes(dtick=1, zeroline=False, fixedrange=True)
    figure.update_yaxes(range=[0, 100], dtick=25, zeroline=False, fixedrange=True)
    figure.update_xaxes(title=x_title, row=n_rows)
    figure.update_yaxes(title="accuracy, %", col=1)
    _framed(figure, FRAME_PIXELS + PANEL_PIXELS * n_rows, legend=True)
    return figure.update_layout(margin_t=30, legend_y=1 + 0.3 / n_rows)


def _panel_line(own: Sequence[Point], name: str, colours: Mapping[str, str]) -> go.Scatter:
    import plotly.graph_objects as go

    symbol = SYMBOLS[list(colours).index(name) % len(SYMBOLS)]
    return go.Scatter(
        x=[point.cost for point in own],
        y=[point.value for point in own],
        error_y=_whiskers(own) | {"thickness": 1, "width": 2},
        mode="lines+markers",
        name=name,
        legendgroup=name,
        line={"color": colours[name], "width": 1.5},
        marker={"size": 7, "color": colours[name], "symbol": symbol},
        customdata=[[point.label, *_rounded(point)] for point in own],
        hovertemplate=(
            "%{customdata[0]}<br>%{customdata[1]}% (95% interval %{customdata[2]} to %{customdata[3]})<extra></extra>"
        ),
    )


def _rounded(one: Bar | Point) -> list[str]:
    """Return a value and its interval for a hover text, rounded as everywhere else: the browser rounds otherwise."""
    return [f"{percent_number(value / 100, digits=1):.1f}" for value in (one.value, *one.interval)]


def _whiskers(own: Sequence[Bar | Point]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [one.interval[1] - one.value for one in own],
        "arrayminus": [one.value - one.interval[0] for one in own],
        "thickness": 2,
        "width": 5,
    }


def _framed(figure: go.Figure, height: int, *, legend: bool) -> go.Figure:
    figure.update_layout(
        height=height + (30 if legend else 0),
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        showlegend=legend,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
    )
    return figure
