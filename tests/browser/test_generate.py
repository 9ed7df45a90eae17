"""The Generate page in Chromium: a sound plays, a walk, every view on every screen, and by axe's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from esc_core.config import FeatureConfig, GeneratorConfig
from tests.browser.axe import settled, violations
from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.measured_presets import remember_presets
from tests.small_generator import write_generator_run
from tests.small_starter import write_small_starter
from ui import state

# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = [pytest.mark.allow_console(r"404 \(Not Found\)"), pytest.mark.timeout(900)]

CATEGORIES = ("clock_tick", "dog", "rain")

LAST_WORDS = {view: f"Try this: {words}" for view, words in zip(
    state.MAKE.allowed, ("play a sound", "move the first slider", "train two categories"), strict=True
)}  # fmt: skip
"""What stands at the end of each view."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app on a part of the starter set, with a generator."""
    folder = tmp_path_factory.mktemp("generate")
    home, data = folder / "home", write_small_starter(folder / "starter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESC_HOME", str(home))
        config = GeneratorConfig(val_fold=2, n_epochs=4, categories=CATEGORIES, features=FeatureConfig())
        write_generator_run(config, data)
    remember_presets(home, data)
    with start_app(ROOT / "app.py", {"ESC_HOME": str(home), "ESC50_DIR": str(data)}, log=folder / "log.txt") as address:
        yield address


def open_view(page: Page, url: str, view: str) -> None:
    """Open a view by its link."""
    page.goto(f"{url}/generate?make={quote(view)}&of=rain")
    expect(page.get_by_text(LAST_WORDS[view])).to_be_visible()
    expect(page.locator(".player")).to_be_visible()


def test_a_sound_is_drawn_and_played(page: Page, url: str) -> None:
    """▸ on a card puts that sound into the player, which plays it; another draw shows others."""
    open_view(page, url, "Listen")
    cards = page.get_by_role("list", name="Sounds made of rain")
    expect(cards.get_by_role("listitem")).to_have_count(8)
    cards.get_by_role("button", name="Play").nth(2).click()
    expect(page.locator(".player").get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Draw again").click()
    expect(page.get_by_text("seed 1", exact=True).first).to_be_visible()


@pytest.mark.parametrize("view", state.MAKE.allowed)
def test_a_view_fits_every_screen(open_page: Callable[..., Page], url: str, view: str) -> None:
    fits_every_screen(open_page, lambda page: open_view(page, url, view), name=f"generate-{view.split()[0].lower()}")


def test_nothing_breaks_the_rules(open_page: Callable[..., Page], url: str) -> None:
    """All views, light and dark; the losses, too."""
    page = open_page(viewport={"width": 1280, "height": 2600}, reduced_motion="reduce")
    found = []
    for view in state.MAKE.allowed:
        open_view(page, url, view)
        if view == "Train one":
            page.get_by_text("How to read these losses").click()
            expect(page.get_by_text("Two networks learn against each other")).to_be_visible()
        settled(page)
        found += violations(page, state=view)
    assert found == []
