"""What the player shows of an explanation: colour where the answer loses, bars over time, a frame, and words."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from esc_core import colours
from esc_core.config import FeatureConfig
from esc_core.errors import ParameterError
from esc_core.inference.covering import grid_over
from esc_core.inference.explain import Explanation, Part
from esc_core.plots.spectrograms import MOST_OPAQUE
from ui.answer.why import importance_of
from ui.player import Importance

CONFIG = FeatureConfig()
GRID = grid_over(np.ones((CONFIG.n_mels, 201)), CONFIG)
BAND, STEP = 4, 7
"""The one cell that matters."""


@pytest.fixture
def found() -> Explanation:
    """Make an explanation of a dog, 91%, that rests on one cell, and gains a little by the loss of another."""
    loss, over_time = np.zeros((6, 10)), np.zeros(10)
    loss[BAND, STEP], loss[0, 0], over_time[STEP] = 2.0, -1.0, 3.0
    low, high = GRID.band_edges[[BAND, BAND + 1]].tolist()
    start, end = GRID.time_edges[[STEP, STEP + 1]].tolist()
    part = Part(low, high, start, end, False, np.array([0.58, 0.42], np.float32), 2.0)
    probs = np.array([0.91, 0.09], np.float32)
    return Explanation(("dog", "cat"), 0, probs, loss, over_time, GRID.band_edges, GRID.time_edges, 50, (part,))


def alpha(importance: Importance) -> np.ndarray:
    """Return the opacity of the painted picture, lowest band first."""
    image = np.asarray(Image.open(io.BytesIO(importance.png)))
    assert (image[..., :3] == list(bytes.fromhex(colours.IMPORTANCE[1:]))).all()
    return image[::-1, :, 3]


def test_colour_lies_where_the_answer_loses(found: Explanation) -> None:
    """The middle of the one cell is opaque, its neighbours fade, and what is far away or gains is transparent."""
    painted = alpha(importance_of(found, CONFIG))
    assert painted.shape == (64, 80)
    row, column = np.unravel_index(painted.argmax(), painted.shape)
    assert GRID.bands[BAND] <= row < GRID.bands[BAND + 1]
    assert 8 * STEP <= column < 8 * (STEP + 1)
    assert painted.max() > 0.85 * MOST_OPAQUE
    assert (painted[:, : 8 * (STEP - 1)] == 0).all()
    assert (painted[: GRID.bands[BAND - 1]] == 0).all()


def test_a_weak_map_is_not_blown_up(found: Explanation) -> None:
    """Where no part matters much, nothing is painted in full strength."""
    weak = importance_of(replace(found, loss=found.loss / 20, over_time=found.over_time / 30), CONFIG)
    assert alpha(weak).max() < 0.15 * MOST_OPAQUE
    assert max(weak.over_time) == pytest.approx(0.1)


def test_frame_bars_and_words_lie_on_the_same_cell(found: Explanation) -> None:
    """The frame is in shares of the picture's height; the words have the probability without the cell."""
    importance = importance_of(found, CONFIG)
    start, end, bottom, top = importance.box
    assert (start, end) == pytest.approx(GRID.time_edges[[STEP, STEP + 1]])
    assert (bottom, top) == pytest.approx(GRID.bands[[BAND, BAND + 1]] / 64)
    assert importance.band_edges == pytest.approx(GRID.bands / 64)
    assert [i for i, share in enumerate(importance.over_time) if share] == [STEP]
    assert importance.over_time[STEP] == 1
    assert importance.words[BAND][STEP] == "dog 91% → 58% without it"  # odds of 10.1 : 1, divided by e²
    assert importance.words[0][0] == "dog 91% → 96% without it"
    assert importance.words[1][1] == "dog 91% → 91% without it"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"png": b"GIF"}, "png must be a PNG file"),
        ({"start": 5.0, "end": 5.0}, "before end"),
        ({"over_time": [1.5] * 10}, r"over_time must lie in \[0, 1\]"),
        ({"words": [["a"] * 9] * 6}, "a text per step"),
        ({"words": [["a"] * 10] * 5}, "a row per band"),
    ],
)
def test_an_importance_is_checked(found: Explanation, changes: dict[str, object], rule: str) -> None:
    """What does not fit together is refused with its rule."""
    with pytest.raises(ParameterError, match=rule):
        replace(importance_of(found, CONFIG), **changes)
