"""The grid of cards: presses, keys, and rejected input."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from esc_core.errors import ParameterError
from tests.browser.serve import start_app
from ui.clip_grid import MAX_CARDS, ClipCard, clip_grid

PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demo = Path(__file__).with_name("demo_clip_grid.py")
    with start_app(demo, log=tmp_path_factory.mktemp("grid") / "app.log") as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page], url: str) -> Page:
    """Open the page with a grid of 24."""
    page = open_page()
    page.goto(url)
    expect(page.locator(".card")).to_have_count(24)
    return page


def card(page: Page, number: int) -> Locator:
    return page.locator(f'.card[data-id="id {number}"]')


def look(page: Page, number: int) -> Locator:
    return card(page, number).locator(".look")


def test_picture_looks_and_sign_plays(page: Page) -> None:
    """Each press is returned once, with a token of its own, and marks its card."""
    look(page, 3).click()
    expect(page.get_by_text("pressed: id 3 look")).to_be_visible()
    card(page, 5).get_by_role("button", name="Play card 5").click()
    expect(page.get_by_text("pressed: id 3 look, id 5 play")).to_be_visible()
    card(page, 5).get_by_role("button", name="Play card 5").click()
    expect(page.get_by_text("tokens: 3")).to_be_visible()
    expect(page.locator(".card[aria-current]")).to_have_count(1)
    expect(card(page, 5)).to_have_attribute("aria-current", "true")


def test_a_rerun_presses_nothing(page: Page) -> None:
    """A press counts for one run."""
    look(page, 3).click()
    expect(page.get_by_text("pressed: id 3 look")).to_be_visible()
    page.get_by_role("button", name="Rerun").click()
    page.get_by_text("Other page").click()
    expect(card(page, 24)).to_be_visible()
    expect(page.get_by_text("pressed: id 3 look", exact=True)).to_be_visible()


def test_pictures_are_shown(page: Page) -> None:
    """Every card has its decoded picture, and other pictures on the other page."""
    page.wait_for_function("""() => {
      const root = [...document.querySelectorAll('*')].find((e) => e.shadowRoot?.querySelector('.grid')).shadowRoot;
      return [...root.querySelectorAll('img')].every((e) => e.naturalWidth === 32);
    }""")
    before = look(page, 0).locator("img").get_attribute("src")
    page.get_by_text("Other page").click()
    expect(look(page, 24).locator("img")).not_to_have_attribute("src", before)


def test_keys_move_open_and_play(page: Page) -> None:
    """Arrows, Home and End move; Enter selects, Space plays; Tab stops at one card only."""
    look(page, 0).focus()
    for key, number in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 23), ("Home", 0)):
        page.keyboard.press(key)
        expect(look(page, number)).to_be_focused()
    page.keyboard.press("ArrowLeft")  # nothing lies there
    expect(look(page, 0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("pressed: id 1 look", exact=True)).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_text("pressed: id 1 look, id 1 play", exact=True)).to_be_visible()
    expect(look(page, 1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(card(page, 1).locator(".play")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Rerun")).to_be_focused()


def test_names_for_screen_readers(page: Page) -> None:
    """Grid, card and ▸ have accessible names; the group is named, not only coloured."""
    expect(page.get_by_role("list", name="Demo")).to_be_visible()
    expect(page.get_by_role("button", name="Look at card 7, animals, id 7")).to_be_visible()
    expect(look(page, 7)).to_have_attribute("title", re.compile("animals"))


@pytest.mark.parametrize(("width", "columns"), [(1280, 5), (390, 3)])
def test_columns_follow_the_width(open_page: Callable[..., Page], url: str, width: int, columns: int) -> None:
    """Three columns on a phone, and no scrolling sideways."""
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(url)
    expect(page.locator(".card")).to_have_count(24)
    tops = [box["y"] for box in (card(page, i).bounding_box() for i in range(24)) if box]
    assert sum(abs(top - tops[0]) < 2 for top in tops) == columns
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def make_card(**values) -> ClipCard:
    """Make a card, with some values wrong."""
    usual = {"card_id": "a", "title": "dog", "subtitle": "", "picture": PNG, "color": "#E69F00", "tip": ""}
    return ClipCard(**{**usual, **values})


@pytest.mark.parametrize(
    ("values", "rule"),
    [({"card_id": ""}, "id and a title"), ({"title": " "}, "id and a title"), ({"picture": b"GIF"}, "PNG"),
     ({"color": "orange"}, "#E69F00")],
)  # fmt: skip
def test_wrong_cards_are_refused(values: dict, rule: str) -> None:
    """Each field has its rule."""
    with pytest.raises(ParameterError, match=rule):
        make_card(**values)


def test_too_many_and_twins_are_refused() -> None:
    """A grid is at most a page, and an id is unique."""
    with pytest.raises(ParameterError, match="at most 24"):
        clip_grid([make_card(card_id=str(i)) for i in range(MAX_CARDS + 1)], key="grid")
    with pytest.raises(ParameterError, match="id of its own"):
        clip_grid([make_card(), make_card()], key="grid")
