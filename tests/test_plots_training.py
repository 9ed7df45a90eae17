"""Pictures of a training run: cells that can be clicked, blocks of layers, filters."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from esc_core.colours import CORRECT, INK, PAPER, WRONG, contrast, over
from esc_core.models.layers import LayerRow
from esc_core.plots.training import MAX_NUMBERED, confusion_figure, curves_figure, filters_svg, layers_svg

COUNTS = np.array([[3, 1, 0], [0, 4, 0], [2, 0, 0]])
LABELS = ("dog", "sea_waves", "rain")


def test_each_cell_with_clips_has_a_point_that_knows_its_categories() -> None:
    """What a click sends back is row, column, and the counts of the cell and of its row."""
    points = confusion_figure(COUNTS, LABELS).data[1]
    known = {tuple(cell[:2]): tuple(cell[2:]) for cell in points.customdata}
    assert len(known) == np.count_nonzero(COUNTS)
    assert known[(0, 1)] == (1, 4)
    assert known[(2, 0)] == (2, 2)
    at = next(i for i, cell in enumerate(points.customdata) if tuple(cell[:2]) == (0, 1))
    # the guess lies along x, the truth along y
    assert (points.x[at], points.y[at]) == (1, 0)
    assert points.hovertext[at] == "dog, taken for sea waves"


def test_correct_is_green_and_wrong_is_amber() -> None:
    """Positive on the diagonal, negative off it, zero where nothing is; of a mistake's share, the square root."""
    z = np.array(confusion_figure(COUNTS, LABELS).data[0].z, float)
    np.testing.assert_allclose(z, [[0.75, -0.5, 0], [0, 1, 0], [-1, 0, 0]])


def test_columns_may_be_others_than_rows() -> None:
    """Where guesses are of more categories than the truth, or of none, right is where the names are the same."""
    counts = np.array([[0, 4, 0], [3, 0, 1]])
    figure = confusion_figure(counts, LABELS[1:], guessed=(*LABELS[:2], "no category"))
    z = np.array(figure.data[0].z, float)
    np.testing.assert_allclose(z, [[0, 1, 0], [-0.866, 0, -0.5]])
    assert "rain, taken for no category" in figure.data[1].hovertext
    assert tuple(figure.layout.xaxis.ticktext) == ("dog", "sea waves", "no category")
    assert tuple(figure.layout.yaxis.ticktext) == ("sea waves", "rain")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("n_wrong", range(1, 11))
def test_counts_are_readable_on_cells_of_any_strength(theme: str, n_wrong: int) -> None:
    """On whatever the scale paints for a cell, the page's text, which is that of the counts, has a contrast of 4.5."""
    heat = confusion_figure(np.array([[10 - n_wrong, n_wrong], [0, 10]]), LABELS[:2]).data[0]
    for column, colour in enumerate((CORRECT, WRONG)):
        cell = over(colour, PAPER[theme], alpha=opacity(heat, heat.z[0][column]))
        assert contrast(INK[theme], cell) >= 4.5


def opacity(heat: go.Heatmap, z: float) -> float:
    """Return the opacity that the scale of a matrix gives to a value."""
    places = [(2 * at - 1, float(colour[:-1].split(",")[-1])) for at, colour in heat.colorscale]
    return float(np.interp(z, *zip(*places, strict=True)))


def test_mistakes_stand_out() -> None:
    """A tenth of a row taken for something else is painted as strongly as a row that is all correct."""
    heat = confusion_figure(np.array([[9, 1], [0, 10]]), LABELS[:2]).data[0]
    assert opacity(heat, heat.z[0][1]) >= 0.9 * opacity(heat, 1.0)


def test_chosen_cell_is_framed() -> None:
    """The frame lies around the cell that was clicked."""
    assert not confusion_figure(COUNTS, LABELS).layout.shapes
    frame = confusion_figure(COUNTS, LABELS, chosen=(2, 0)).layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 0.5, 1.5, 2.5)


def test_many_categories_show_no_numbers() -> None:
    """Fifty rows have no room for counts; the points are there all the same."""
    n = MAX_NUMBERED + 1
    points = confusion_figure(np.eye(n, dtype=int), [f"c{i}" for i in range(n)]).data[1]
    assert points.text is None
    assert len(points.x) == n


@pytest.mark.parametrize(("shape", "drawn"), [((5, 9), "<polyline"), ((4, 3, 3), "<rect")])
def test_each_filter_is_drawn(shape: tuple[int, ...], drawn: str) -> None:
    """Waveforms are lines, patches are squares; each is a picture of its own, also if it is all zeros."""
    filters = np.random.default_rng(0).standard_normal(shape)
    filters[0] = 0
    svg = filters_svg(filters)
    assert svg.count("<svg x=") == shape[0]
    assert svg.count(drawn) == (shape[0] if len(shape) == 2 else np.prod(shape))
    assert "nan" not in svg


def test_lowest_band_of_a_patch_lies_at_the_bottom() -> None:
    """Bands go upwards, as in the pictures of sounds."""
    patch = np.zeros((1, 2, 1))
    patch[0, 0, 0] = 1.0
    strong = next(part for part in filters_svg(patch, size=20).split("<rect") if 'opacity="1.00"' in part)
    assert 'y="10.0"' in strong


def test_layers_that_leave_the_shape_share_a_block() -> None:
    """A block a shape, with its channels below; names and shapes are there to be read."""
    rows = [
        LayerRow("input", "InputLayer", (64, 96, 1), 0, 0),
        LayerRow("conv_1", "Conv2D", (64, 96, 16), 144, 884_736),
        LayerRow("norm_1", "BatchNormalization", (64, 96, 16), 32, 0),
        LayerRow("logits", "Dense", (10,), 170, 160),
    ]
    svg = layers_svg(rows)
    assert svg.count("<rect") == 3
    assert "<title>conv 1: 64 × 96 × 16</title>" in svg
    assert ">10</text>" in svg


def test_curves_are_told_apart_without_colours() -> None:
    """Shares become percent, names are text, and no two dashes are alike; chance is a line."""
    curves = {"training": [(1, 0.5), (2, 0.875)], "<b>val</b>": [(1, 0.25)]}
    figure = curves_figure(curves, chance=0.1, y_title="probability")
    assert [tuple(line.y) for line in figure.data] == [(50.0, 87.5), (25.0,)]
    assert [tuple(line.x) for line in figure.data] == [(1, 2), (1,)]
    assert len({line.line.dash for line in figure.data}) == 2
    assert "<b>" not in figure.data[1].name
    assert figure.layout.shapes[0].y0 == 10
    assert figure.layout.yaxis.title.text == "probability, %"
