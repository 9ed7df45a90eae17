"""The About page in Chromium: the walk to its stations and back, on every screen, and by axe's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import settled, violations
from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.small_starter import write_small_starter
from ui import state

# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = [pytest.mark.allow_console(r"404 \(Not Found\)"), pytest.mark.timeout(600)]

LAST_WORDS = {
    "A first walk": "8 · Is it better than you?",
    "For a class": "Open the app to this network",
    "Sources and licences": "This app, whose code",
    "Packages": "MIT – ",
}
"""What stands near the end of each view."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app on a part of the starter set."""
    folder = tmp_path_factory.mktemp("about")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(write_small_starter(folder / "starter"))}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


def open_view(page: Page, url: str, view: str) -> None:
    """Open a view by its link."""
    page.goto(f"{url}/about?about={quote(view)}")
    expect(page.get_by_text(LAST_WORDS[view]).first).to_be_visible()
    settled(page)


def test_a_walk_there_and_back(page: Page, url: str) -> None:
    """From the first page to the walk, to three stations, two of them on one page, and back by the navigation."""
    page.goto(url)
    page.get_by_role("button", name="A first walk").click()
    back = page.get_by_role("link", name="About")
    for number, view in ((2, "guess first"), (1, "cards"), (7, "Lesson: the leak")):
        expect(page.get_by_text(LAST_WORDS["A first walk"])).to_be_visible()
        settled(page)
        page.get_by_role("button", name="Open ").nth(number - 1).click()
        expect(page.get_by_role("radio", name=view, exact=True)).to_be_checked()
        settled(page)
        back.click()
    page.get_by_role("button", name="Open ").first.click()
    expect(page.get_by_role("combobox", name="Category")).to_have_value("dog")


@pytest.mark.parametrize("view", state.ABOUT.allowed)
def test_a_view_fits_every_screen(open_page: Callable[..., Page], url: str, view: str) -> None:
    fits_every_screen(open_page, lambda page: open_view(page, url, view), name=f"about-{view.split()[0].lower()}")


def test_nothing_breaks_the_rules(open_page: Callable[..., Page], url: str) -> None:
    """All views, light and dark; the packages with an open family."""
    page = open_page(viewport={"width": 1280, "height": 2600}, reduced_motion="reduce")
    found = []
    for view in state.ABOUT.allowed:
        open_view(page, url, view)
        if view == "Packages":
            page.get_by_text(LAST_WORDS[view]).first.click()
            settled(page)
        found += violations(page, state=view)
    assert found == []
