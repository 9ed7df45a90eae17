"""Figures of a training run: its curves, its confusion matrix, its network, its first filters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.colours import BLUE, CHOSEN, CORRECT, DEEP_BLUE, GREEN, GREY, INK, ORANGE, PINK, WRONG
from esc_core.escape import for_plotly
from esc_core.models.layers import LayerRow
from esc_core.words import percent_number, readable

if TYPE_CHECKING:
    import plotly.graph_objects as go


FAINT, SOFT, STRONG = 0.15, 0.3, 0.6
"""Opacity of the weakest cell, of a whole row of correct classifications, and of a whole row of mistakes.

The diagonal stays softer than the mistakes, or it would be all that one sees. On stronger cells, the text of a dark
page could not be read.
"""

EMPTY = "rgba(138,143,152,0.07)"

MAX_NUMBERED = 20
"""Largest number of categories at which each cell shows its count."""

FIGURE_SIZE = 560
"""Height of the confusion matrix, in pixels."""

ROW_HEIGHT = 14
"""Height of a row of a matrix with more categories, in pixels: as much as its name needs."""

CURVE_COLOURS = (BLUE, ORANGE, GREEN, PINK, DEEP_BLUE)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""Colour and dash of each curve, so that the colour is not the only difference."""

CURVES_SIZE = 320
"""Height of learning curves, in pixels."""


def curves_figure(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    *,
    chance: float | None = None,
    x_title: str = "epoch",
    y_title: str = "accuracy",
) -> go.Figure:
    """Draw accuracies over the epochs of a training, or other shares over another quantity.

    Parameters
    ----------
    curves : mapping of str to sequence of (float, float)
        By name: epochs and accuracies in 0–1.
    chance : float, optional
        What a blind guess has, 0–1, drawn as a line.
    x_title : str
        Title of the horizontal axis, with the unit.
    y_title : str
        Title of the vertical axis, without its unit, %.

    Returns
    -------
    plotly.graph_objects.Figure
        A line with dots for each curve, on an axis from 0 to 100%.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for i, (name, points) in enumerate(curves.items()):
        figure.add_trace(
            go.Scatter(
                x=[x for x, _ in points],
                y=[percent_number(accuracy, digits=1) for _, accuracy in points],
                mode="lines+markers",
                name=for_plotly(name),
                line={"color": CURVE_COLOURS[i % len(CURVE_COLOURS)], "dash": DASHES[i % len(DASHES)]},
                hovertemplate="%{x:.3g}: %{y}%<extra>" + for_plotly(name) + "</extra>",
            )
        )
    if chance is not None:
        figure.add_hline(y=100 * chance, line={"dash": "dot", "width": 1, "color": GREY}, annotation_text="chance")
    figure.update_xaxes(title=x_title, zeroline=False)
    figure.update_yaxes(title=f"{y_title}, %", range=[0, 103], zeroline=False)
    return figure.update_layout(
        height=CURVES_SIZE, margin={"l": 0, "r": 8, "t": 8, "b": 0}, showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip


def confusion_figure(
    counts: np.ndarray,
    labels: Sequence[str],
    *,
    guessed: Sequence[str] | None = None,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw a confusion matrix whose cells can be clicked.

    Each cell with clips has a point of its own, since a heat map has no selectable cells; its ``customdata`` begins
    with the indices of the true and of the predicted category.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n_rows, n_columns), int
        Rows true, columns predicted.
    labels : sequence of str
        Category of each row.
    guessed : sequence of str, optional
        Category of each column; those of the rows if left out.
    chosen : tuple of int, optional
        Row and column of the cell to frame.

    Returns
    -------
    plotly.graph_objects.Figure
        Correctly classified clips are green, mistakes amber, as strong as their share of the row. A mistake's strength
        is the square root of its share, so that rare mistakes are seen, too.
    """
    import plotly.graph_objects as go

    guessed = labels if guessed is None else guessed
    correct = np.array(labels)[:, None] == np.array(guessed)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    strength = np.where(correct, share, -np.sqrt(share))
    figure = go.Figure(
        go.Heatmap(
            z=strength.round(3), zmin=-1, zmax=1, colorscale=_scale(), showscale=False, hoverinfo="skip", xgap=1, ygap=1
        )
    )
    figure.add_trace(_cells(counts, labels, guessed))
    if chosen is not None:
        row, column = chosen
        box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", line={"color": CHOSEN, "width": 3}, **box)
    columns, rows = len(guessed) - 0.5, len(labels) - 0.5
    # fifty names would overlap on a phone; the rows have them all, in the same order
    every = 1 if len(guessed) <= MAX_NUMBERED else 5
    figure.update_xaxes(**_ticks(guessed, every=every), range=[-0.5, columns], tickangle=-50, title="guessed")
    figure.update_yaxes(**_ticks(labels), range=[rows, -0.5], title="true")
    height = FIGURE_SIZE if len(labels) <= MAX_NUMBERED else 100 + ROW_HEIGHT * len(labels)
    figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": 8, "b": 0}, showlegend=False,
        hovermode="closest", hoverdistance=1,  # a cell speaks for itself only, not for an empty neighbour
    )  # fmt: skip
    return figure


def _scale() -> list[tuple[float, str]]:
    """Return the colours from −1, which is 0 here, to 1; empty cells lie between."""
    mistakes = [(0, _rgba(WRONG, STRONG)), (0.4999, _rgba(WRONG, FAINT))]
    empty = [(0.4999, EMPTY), (0.5001, EMPTY)]
    return [*mistakes, *empty, (0.5001, _rgba(CORRECT, FAINT)), (1, _rgba(CORRECT, SOFT))]


def _rgba(colour: str, alpha: float) -> str:
    return f"rgba({','.join(str(part) for part in bytes.fromhex(colour[1:]))},{alpha})"


def _ticks(labels: Sequence[str], *, every: int = 1) -> dict[str, Any]:
    return {
        "tickvals": list(range(0, len(labels), every)),
        "ticktext": [for_plotly(readable(name)) for name in labels[::every]],
        "tickfont_size": 12 if len(labels) <= MAX_NUMBERED else 10.5,
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
    }


def _cells(counts: np.ndarray, labels: Sequence[str], guessed: Sequence[str]) -> go.Scatter:
    """Return the points of the cells with clips; those of all 2500 would take the browser seconds to draw."""
    import plotly.graph_objects as go

    n = max(len(labels), len(guessed))
    rows, columns = np.nonzero(counts)
    count, whole = counts[rows, columns], counts.sum(axis=1)[rows]
    cells = list(zip(rows.tolist(), columns.tolist(), count.tolist(), whole.tolist(), strict=True))
    numbered = n <= MAX_NUMBERED
    return go.Scatter(
        x=columns,
        y=rows,
        mode="markers+text" if numbered else "markers",
        text=[str(c) for c in count] if numbered else None,
        textfont_size=13,
        marker={"symbol": "square", "size": max(8, 420 // n), "color": "rgba(0,0,0,0)"},
        customdata=cells,
        hovertext=[_words(labels[r], guessed[c]) for r, c, _, _ in cells],
        hovertemplate="%{hovertext}<br>%{customdata[2]} of %{customdata[3]} clips<extra></extra>",
    )


def _words(true: str, guess: str) -> str:
    verdict = "correctly classified" if true == guess else f"taken for {readable(guess)}"
    return for_plotly(f"{readable(true)}, {verdict}")


def filters_svg(filters: np.ndarray, *, size: int = 56, n_columns: int = 16) -> str:
    """Draw the filters of a first layer: patches as rows of squares, waveforms as lines.

    Parameters
    ----------
    filters : numpy.ndarray, shape (n_filters, n) or (n_filters, height, width)
        Waveforms of n samples, or patches with the lowest mel band first.
    size : int
        Height of a filter, in pixels.
    n_columns : int
        Filters per row.

    Returns
    -------
    str
        One ``<svg>`` with one ``<svg>`` per filter, each scaled to its own peak.
    """
    draw = _wave_svg if filters.ndim == 2 else _patch_svg
    step = 10 + (2 * size if filters.ndim == 2 else size * filters.shape[2] // filters.shape[1])
    drawn = [
        f'<svg x="{i % n_columns * step}" y="{i // n_columns * (size + 10)}">'
        f"{draw(values / (np.abs(values).max() or 1.0), size)}</svg>"
        for i, values in enumerate(filters)
    ]
    n_rows = -(-len(filters) // n_columns)
    return _svg(min(len(filters), n_columns) * step, n_rows * (size + 10), "".join(drawn))


def _svg(width: float, height: float, content: str) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{content}</svg>'


def _wave_svg(values: np.ndarray, size: int) -> str:
    x = np.linspace(2, 2 * size - 2, values.size)
    y = size / 2 - values * (size / 2 - 3)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    line = f'<polyline points="{points}" fill="none" stroke="{CHOSEN}" stroke-width="1.5"/>'
    return f'<line x2="{2 * size}" y1="{size / 2}" y2="{size / 2}" stroke="{GREY}" stroke-width="0.5"/>{line}'


def _patch_svg(values: np.ndarray, size: int) -> str:
    height, width = values.shape
    step = size / height
    return "".join(
        f'<rect x="{c * step:.1f}" y="{(height - 1 - r) * step:.1f}" width="{step + 0.1:.1f}" '
        f'height="{step + 0.1:.1f}" fill="{CHOSEN if values[r, c] > 0 else WRONG}" opacity="{abs(values[r, c]):.2f}"/>'
        for r in range(height)
        for c in range(width)
    )


def layers_svg(rows: Sequence[LayerRow], *, height: int = 150, theme: str = "light") -> str:
    """Draw a network as a row of blocks: height is the length in time, width the number of channels.

    Parameters
    ----------
    rows : sequence of LayerRow
        From `esc_core.models.layers.list_layers`; consecutive layers with the same output shape share a block.
    height : int
        Height of the drawing, in pixels.
    theme : str
        ``light`` or ``dark``: the page on which the numbers must be readable.

    Returns
    -------
    str
        One ``<svg>`` with logarithmic sizes.
    """
    blocks = [row for i, row in enumerate(rows) if i == 0 or row.shape != rows[i - 1].shape]
    longest = max(math.log2(1 + row.shape[0]) for row in blocks)
    x, drawn = 4.0, []
    for i, row in enumerate(blocks):
        along = row.shape[-2] if len(row.shape) > 1 else 1  # time is the axis before the channels
        tall = max(4.0, (height - 40) * math.log2(1 + along) / max(longest, math.log2(1 + along)))
        wide = 8 + 4 * math.log2(1 + row.shape[-1])
        title = f"<title>{row.name.replace('_', ' ')}: {' × '.join(map(str, row.shape))}</title>"
        y = (height - 24 - tall) / 2
        fill = GREY if i == 0 else CHOSEN
        drawn.append(
            f'<g>{title}<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="3" fill="{fill}" '
            f'opacity="0.85"/><text x="{x + wide / 2:.1f}" y="{height - 6}" font-size="11" text-anchor="middle" '
            f'font-family="sans-serif" fill="{INK[theme]}">{row.shape[-1]}</text></g>'
        )
        x += wide + 14
    return _svg(x, height, "".join(drawn))
