"""Figures of a training run: its confusion matrix, its network, its first filters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.colours import CHOSEN, CORRECT, GREY, PAPER, WRONG
from esc_core.escape import for_plotly
from esc_core.models.layers import LayerRow
from esc_core.words import readable

if TYPE_CHECKING:
    import plotly.graph_objects as go


STRONG = 0.75
"""Share from which a cell is so strong that black text is the most readable on it, also on a dark page."""

SHARES = [
    [0, WRONG],
    [0.4999, "rgba(217,130,0,0.15)"],
    [0.4999, "rgba(138,143,152,0.07)"],
    [0.5001, "rgba(138,143,152,0.07)"],
    [0.5001, "rgba(0,158,115,0.15)"],
    [1, CORRECT],
]
"""Colours of a cell from −1 (a whole row of mistakes) over 0 (empty) to 1 (a whole row correctly classified)."""

MAX_NUMBERED = 20
"""Largest number of categories at which each cell shows its count."""

FIGURE_SIZE = 560
"""Height of the confusion matrix, in pixels."""


def confusion_figure(
    counts: np.ndarray,
    labels: Sequence[str],
    *,
    guessed: Sequence[str] | None = None,
    chosen: tuple[int, int] | None = None,
    ink: str = GREY,
) -> go.Figure:
    """Draw a confusion matrix whose cells can be clicked.

    Each cell has a point of its own, since a heat map has no selectable cells; its ``customdata`` begins with the
    indices of the true and of the predicted category.

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
    ink : str
        Colour of the counts in all but the strongest cells: the text colour of the page.

    Returns
    -------
    plotly.graph_objects.Figure
        Correctly classified clips are green, mistakes amber, as strong as their share of the row.
    """
    import plotly.graph_objects as go

    guessed = labels if guessed is None else guessed
    correct = np.array(labels)[:, None] == np.array(guessed)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            z=np.where(correct, share, -share).round(3),
            zmin=-1,
            zmax=1,
            colorscale=SHARES,
            showscale=False,
            hoverinfo="skip",
            xgap=1,
            ygap=1,
        )
    )
    figure.add_trace(_cells(counts, share, labels, guessed, ink))
    if chosen is not None:
        row, column = chosen
        box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", line={"color": CHOSEN, "width": 3}, **box)
    columns, rows = len(guessed) - 0.5, len(labels) - 0.5
    # fifty names would overlap on a phone; the rows have them all, in the same order
    every = 1 if len(guessed) <= MAX_NUMBERED else 5
    figure.update_xaxes(**_ticks(guessed, every=every), range=[-0.5, columns], tickangle=-50, title="guessed")
    figure.update_yaxes(**_ticks(labels), range=[rows, -0.5], title="true")
    height = FIGURE_SIZE if len(labels) <= MAX_NUMBERED else FIGURE_SIZE + 160
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 8, "b": 0}, hovermode="closest", showlegend=False)
    return figure


def _ticks(labels: Sequence[str], *, every: int = 1) -> dict[str, Any]:
    return {
        "tickvals": list(range(0, len(labels), every)),
        "ticktext": [for_plotly(readable(name)) for name in labels[::every]],
        "tickfont_size": 12 if len(labels) <= MAX_NUMBERED else 9,
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
    }


def _cells(
    counts: np.ndarray, share: np.ndarray, labels: Sequence[str], guessed: Sequence[str], ink: str
) -> go.Scatter:
    import plotly.graph_objects as go

    n = max(len(labels), len(guessed))
    rows, columns = (index.ravel() for index in np.indices(counts.shape))
    count, strength = counts.ravel(), share.ravel()
    numbered = n <= MAX_NUMBERED
    return go.Scatter(
        x=columns,
        y=rows,
        mode="markers+text" if numbered else "markers",
        text=[str(c) if c else "" for c in count] if numbered else None,
        textfont_color=[PAPER["dark"] if s > STRONG else ink for s in strength],
        textfont_size=13,
        marker={"symbol": "square", "size": max(8, 420 // n), "color": "rgba(0,0,0,0)"},
        customdata=[
            [int(r), int(c), int(k), int(counts[r].sum())] for r, c, k in zip(rows, columns, count, strict=True)
        ],
        hovertext=[_words(labels[r], guessed[c]) for r, c in zip(rows.tolist(), columns.tolist(), strict=True)],
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


def layers_svg(rows: Sequence[LayerRow], *, height: int = 150) -> str:
    """Draw a network as a row of blocks: height is the length in time, width the number of channels.

    Parameters
    ----------
    rows : sequence of LayerRow
        From `esc_core.models.layers.list_layers`; consecutive layers with the same output shape share a block.
    height : int
        Height of the drawing, in pixels.

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
            f'font-family="sans-serif" fill="{GREY}">{row.shape[-1]}</text></g>'
        )
        x += wide + 14
    return _svg(x, height, "".join(drawn))
