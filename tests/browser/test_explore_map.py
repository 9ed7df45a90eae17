"""The map of the Explore page in Chromium: a point plays its clip, a lasso shows cards, it fits every screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.small_map import write_grid_map
from tests.small_starter import write_small_starter

pytestmark = pytest.mark.timeout(400)  # the first page of a server loads the libraries of all pages

PIXEL = """([e, id]) => {
  const box = e.getBoundingClientRect(), { xaxis, yaxis } = e._fullLayout;
  for (const trace of e._fullData) {  // as Plotly has decoded it
    const i = Array.from(trace.customdata || []).indexOf(id);
    if (i >= 0)
      return [box.left + xaxis._offset + xaxis.d2p(trace.x[i]), box.top + yaxis._offset + yaxis.d2p(trace.y[i])];
  }
}"""
"""Where the point of a clip is on the screen."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """Run the app where the map is there, on a grid instead of by UMAP; return its address and the clips' ids."""
    folder = tmp_path_factory.mktemp("map")
    root = write_small_starter(folder / "starter")
    dataset = write_grid_map(root, folder / "home")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(root), "YAMNET_DIR": str(folder)}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address, [clip.clip_id for clip in dataset.clips]


def open_map(page: Page, url: str) -> Page:
    page.goto(f"{url}/?view=map")
    expect(page.locator(".js-plotly-plot .gl-canvas").first).to_be_visible()
    return page


def pixel(page: Page, clip_id: str) -> tuple[float, float]:
    chart = page.locator(".js-plotly-plot").element_handle()
    x, y = page.evaluate(PIXEL, [chart, clip_id])
    return x, y


def test_a_point_opens_its_clip(open_page: Callable[..., Page], served: tuple[str, list[str]]) -> None:
    """It is in the link and in the player, with the clips most like it."""
    url, ids = served
    page = open_map(open_page(), url)
    page.mouse.click(*pixel(page, ids[40]))
    expect(page.locator(".player")).to_be_visible()
    expect(page.locator(".player")).to_have_attribute("data-state", "playing")  # without a further press
    expect(page.get_by_role("list", name="Clips most like").first).to_be_visible()
    assert f"clip={ids[40]}" in page.url


def test_a_lasso_shows_cards(open_page: Callable[..., Page], served: tuple[str, list[str]]) -> None:
    """Drawn around four points of the grid, and around nothing else."""
    url, ids = served
    page = open_map(open_page(), url)
    page.get_by_text("Lasso", exact=True).click()
    chart = page.locator(".js-plotly-plot").element_handle()
    page.wait_for_function("e => e.isConnected === false || e._fullLayout.dragmode === 'lasso'", arg=chart)
    expect(page.locator(".js-plotly-plot .gl-canvas").first).to_be_visible()
    (left, bottom), (right, top) = pixel(page, ids[13]), pixel(page, ids[26])
    dx, dy = (right - left) / 2, (top - bottom) / 2
    corners = [
        (left - dx, bottom - dy), (right + dx, bottom - dy), (right + dx, top + dy), (left - dx, top + dy),
        (left - dx, bottom - dy),
    ]  # fmt: skip
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()
    cards = page.get_by_role("list", name="Your selection").locator(".card")
    expect(cards).to_have_count(4)


def test_the_map_fits_the_screen(open_page: Callable[..., Page], served: tuple[str, list[str]]) -> None:
    fits_every_screen(open_page, lambda page: open_map(page, served[0]), name="explore-map")
