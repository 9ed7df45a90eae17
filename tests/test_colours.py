"""The colours that CSS and Streamlit's settings repeat are those of `esc_core.colours`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from plotly.colors import diverging, hex_to_rgb, sequential, unlabel_rgb

from esc_core import colours
from esc_core.dataset import GROUPS

ROOT = Path(__file__).parent.parent
THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
PLAYER = (ROOT / "ui" / "player" / "player.css").read_text()


def test_charts_take_the_colours_of_the_groups_first() -> None:
    assert THEME["chartCategoricalColors"][:5] == [colours.GROUPS[name] for name in GROUPS]
    assert THEME["chartCategoricalColors"][5:] == [colours.DEEP_BLUE, colours.GREY]


def test_charts_take_the_colours_of_spectrograms_and_differences() -> None:
    """Streamlit wants ten colours of each, so that the white middle of a difference is left out."""
    assert tuple(THEME["chartSequentialColors"]) == colours.MAGMA
    middle = len(colours.PURPLE_TO_ORANGE) // 2
    without = colours.PURPLE_TO_ORANGE[:middle] + colours.PURPLE_TO_ORANGE[middle + 1 :]
    assert (
        tuple(THEME["chartDivergingColors"]) == without[::-1] or tuple(THEME["chartDivergingColors"])[::-1] == without
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_of_paper_and_ink(theme: str) -> None:
    assert THEME[theme]["backgroundColor"] == colours.PAPER[theme]
    assert THEME[theme]["textColor"] == colours.INK[theme]


def test_what_is_chosen_has_the_primary_colour_of_the_dark_theme() -> None:
    assert THEME["dark"]["primaryColor"] == colours.CHOSEN


def test_correct_is_streamlit_green() -> None:
    assert THEME["light"]["greenColor"] == colours.CORRECT


def test_scales_beside_spectrograms_are_painted_like_them() -> None:
    gradients = [
        tuple(colour.upper() for colour in re.findall(r"#[0-9a-f]{6}", line))
        for line in re.findall(r"linear-gradient\(to top, (#.*)\)", PLAYER)
    ]
    assert gradients[0] == colours.MAGMA
    assert set(gradients[1]) <= set(colours.PURPLE_TO_ORANGE)
    assert (gradients[1][0], gradients[1][-1]) == (colours.PURPLE_TO_ORANGE[0], colours.PURPLE_TO_ORANGE[-1])


def test_the_player_paints_importance_as_the_picture_over_it() -> None:
    assert re.findall(r"\.strip span \{[^}]*background: (#[0-9a-f]{6})", PLAYER) == [colours.IMPORTANCE.lower()]


def test_maps_have_the_published_stops() -> None:
    """Magma and PuOr as Plotly ships them."""
    assert [hex_to_rgb(stop) for stop in colours.MAGMA] == [hex_to_rgb(stop) for stop in sequential.Magma]
    published = [unlabel_rgb(stop) for stop in diverging.PuOr[::-1]]
    assert [hex_to_rgb(stop) for stop in colours.PURPLE_TO_ORANGE] == [tuple(map(int, stop)) for stop in published]


FADED = 0.6
"""Opacity of Streamlit's faded text: placeholders, hints, units."""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("paper", ["backgroundColor", "secondaryBackgroundColor", "codeBackgroundColor"])
def test_all_text_has_the_contrast_of_wcag_aa(theme: str, paper: str) -> None:
    """Text, faded text, links and coloured words on each background."""
    below = THEME[theme][paper]
    texts = {
        name: THEME[theme][name] for name in THEME[theme] if name.endswith(("textColor", "TextColor", "linkColor"))
    }
    texts["faded"] = colours.over(THEME[theme]["textColor"], below, alpha=FADED)
    assert {name: text for name, text in texts.items() if colours.contrast(text, below) < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_primary_colour_carries_white_text(theme: str) -> None:
    assert colours.contrast("#FFFFFF", THEME[theme]["primaryColor"]) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    """From 1 to 21, in any order; #767676 is the lightest grey that may be text on white."""
    assert colours.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert colours.contrast("#123456", "#123456") == 1
    assert colours.contrast("#FFFFFF", "#767676") == pytest.approx(4.54, abs=0.01)
    assert colours.contrast("#FFFFFF", "#777777") == pytest.approx(4.48, abs=0.01)


def test_half_of_a_colour_over_paper() -> None:
    assert colours.over("#FF0000", "#0000FF", alpha=0.5) == "#800080"
