"""The map of a data set: one point for each clip."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from esc_core import colours
from esc_core.escape import for_plotly

if TYPE_CHECKING:
    import plotly.graph_objects as go

IN_LEGEND = 10
"""Most values that a legend lists; what a point is, the text beside the pointer says in any case."""

HEIGHT = 400
"""Height of the map, in pixels: with its settings it fits a screen of 720."""


def wheel(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each name, neighbours far apart on the wheel of hues."""
    golden = 0.618034  # by which steps around the wheel never meet
    rgb = [colorsys.hls_to_rgb(i * golden % 1, (0.45, 0.6)[i % 2], 0.6) for i in range(len(names))]
    return {name: "#" + "".join(f"{round(255 * c):02X}" for c in one) for name, one in zip(names, rgb, strict=True)}


def map_figure(
    points: np.ndarray,
    values: Sequence[str],
    tips: Sequence[str],
    ids: Sequence[str],
    *,
    palette: Mapping[str, str],
    own: np.ndarray | None = None,
    lasso: bool = False,
) -> go.Figure:
    """Draw a map with WebGL, which takes thousands of points.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 2)
        Points of the clips.
    values : sequence of str, length n
        What gives each its colour.
    tips : sequence of str, length n
        Text beside the pointer.
    ids : sequence of str, length n
        Returned when a point is pressed or selected, as its ``customdata``.
    palette : mapping of str to str
        Colour of each value; its order is that of the legend, which has no values if they were many.
    own : numpy.ndarray, shape (2,), optional
        Point of a sound of the user, a star.
    lasso : bool
        Whether dragging draws around points; otherwise it moves the map. Streamlit selects a point that is pressed only
        where dragging selects nothing.

    Returns
    -------
    plotly.graph_objects.Figure
        All clips in one trace, since WebGL draws one of thousands of points faster than fifty small ones; the legend
        has traces without points.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scattergl(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        marker={"color": [palette[value] for value in values], "size": 7, "opacity": 0.85},
        unselected={"marker": {"opacity": 0.3}},
        customdata=list(ids),
        hovertext=[for_plotly(tip) for tip in tips],
        hoverinfo="text",
        showlegend=False,
    )
    occurring = set(values)
    shown = [value for value in palette if value in occurring]
    for value in shown if len(shown) <= IN_LEGEND else ():
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=for_plotly(value), marker={"color": palette[value], "size": 9},
            hoverinfo="skip",
        )  # fmt: skip
    if own is not None:
        star = {"symbol": "star", "size": 18, "color": colours.CHOSEN, "line": {"width": 1.5, "color": "#FFFFFF"}}
        figure.add_scattergl(
            x=[own[0]], y=[own[1]], mode="markers", name="your sound", marker=star, hovertext=["your sound"],
            hoverinfo="text",
        )  # fmt: skip
    ends = np.vstack([points, *([own] if own is not None else [])])
    axes = [{"visible": False, "range": _padded(values)} for values in ends.T]
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis=axes[0],
        yaxis=axes[1],
        dragmode="lasso" if lasso else "pan",
        # it switches nothing on and off: the filters do that
        legend={"orientation": "h", "y": -0.02, "itemclick": False, "itemdoubleclick": False},
        uirevision="map",  # the section in view stays when the colours change
    )
    return figure


def _padded(values: np.ndarray) -> list[float]:
    """Return the ends of an axis, with room for its points; the axes have no unit, so each fills its side."""
    low, high = float(values.min()), float(values.max())
    pad = 0.04 * (high - low) or 1.0
    return [low - pad, high + pad]
