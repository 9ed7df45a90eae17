"""Pictures of a training run: cells that can be clicked, blocks of layers, filters."""

from __future__ import annotations

import numpy as np
import pytest

from esc_core.colours import PAPER
from esc_core.models.layers import LayerRow
from esc_core.plots.training import MAX_NUMBERED, confusion_figure, filters_svg, layers_svg

COUNTS = np.array([[3, 1, 0], [0, 4, 0], [2, 0, 0]])
LABELS = ("dog", "sea_waves", "rain")


def test_each_cell_has_a_point_that_knows_its_categories() -> None:
    """What a click sends back is row, column, and the counts of the cell and of its row."""
    points = confusion_figure(COUNTS, LABELS).data[1]
    known = {tuple(cell[:2]): tuple(cell[2:]) for cell in points.customdata}
    assert len(known) == COUNTS.size
    assert known[(0, 1)] == (1, 4)
    assert known[(2, 0)] == (2, 2)
    at = next(i for i, cell in enumerate(points.customdata) if tuple(cell[:2]) == (0, 1))
    # the guess lies along x, the truth along y
    assert (points.x[at], points.y[at]) == (1, 0)
    assert points.hovertext[at] == "dog, taken for sea waves"


def test_correct_is_green_and_wrong_is_amber() -> None:
    """Shares of a row: positive on the diagonal, negative off it, zero where nothing is."""
    z = np.array(confusion_figure(COUNTS, LABELS).data[0].z, float)
    np.testing.assert_allclose(z, [[0.75, -0.25, 0], [0, 1, 0], [-1, 0, 0]])


def test_columns_may_be_others_than_rows() -> None:
    """Where guesses are of more categories than the truth, or of none, right is where the names are the same."""
    figure = confusion_figure(COUNTS[1:], LABELS[1:], guessed=(*LABELS[:2], "no category"))
    z = np.array(figure.data[0].z, float)
    np.testing.assert_allclose(z, [[0, 1, 0], [-1, 0, 0]])
    assert "rain, taken for no category" in figure.data[1].hovertext
    assert tuple(figure.layout.xaxis.ticktext) == ("dog", "sea waves", "no category")
    assert tuple(figure.layout.yaxis.ticktext) == ("sea waves", "rain")


def test_counts_are_readable_on_cells_of_any_strength() -> None:
    """The counts have the page's ink on faint cells, and black on strong ones."""
    points = confusion_figure(COUNTS, LABELS, ink="#E4E7EA").data[1]
    inks = {text: colour for text, colour in zip(points.text, points.textfont.color, strict=True) if text}
    assert inks == {"3": "#E4E7EA", "1": "#E4E7EA", "4": PAPER["dark"], "2": PAPER["dark"]}


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
    assert len(points.x) == n * n


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
