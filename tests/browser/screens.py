"""The screens on which every page must fit: a notebook's and a phone's, light and dark."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

SCREENS = ((1280, 720), (390, 844))
"""Width and height in CSS pixels."""

SCHEMES = ("light", "dark")

CUT = """() => {
  const scrolls = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(p).overflowX) && p.scrollWidth > p.clientWidth) return true;
    return false;
  };
  const kinds = "h1, h2, h3, h4, p, li, a, button, input, textarea, img, svg, canvas, table, [role=radio], [role=tab]";
  return [...document.querySelectorAll("[data-testid=stApp] :is(" + kinds + ")")]
    .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .filter((e) => e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().left >= 0)
    .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1 && !scrolls(e))
    .map((e) => e.tagName.toLowerCase() + ": " + (e.innerText || e.getAttribute("aria-label") || "").slice(0, 60));
}"""
"""What ends beyond the right edge of the window and can't be scrolled to."""

FULL_HEIGHT = """() => Math.max(
  ...[document.documentElement, ...document.querySelectorAll("[data-testid=stMain]")].map((e) => e.scrollHeight))"""


def fits_every_screen(open_page: Callable[..., Page], show: Callable[[Page], object], *, name: str) -> None:
    """Assert that a state of a page is nowhere wider than the window, on each screen.

    If the environment variable SCREENSHOTS names a folder, pictures are kept in it: ``NAME-390-light-top.png`` of the
    first screen, and ``NAME-390-light.png`` of the whole page.

    Parameters
    ----------
    open_page : callable
        The fixture.
    show : callable
        Brings a new page into the state, and returns when all of it is there.
    name : str
        Name of the state for pictures and messages.
    """
    for width, height in SCREENS:
        for scheme in SCHEMES:
            page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            show(page)
            expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # what stands where a part is still on its way
            _keep_pictures(page, f"{name}-{width}-{scheme}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on a {scheme} screen of {width}"
            assert page.evaluate(CUT) == [], f"{name} is cut at the right edge of a {scheme} screen of {width}"
            page.close()  # its server may end before the test does


def _keep_pictures(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    page.screenshot(path=Path(folder) / f"{name}-top.png")
    before = page.viewport_size
    assert before is not None
    # Streamlit scrolls within the page, so a picture of the whole page needs a window as high
    page.set_viewport_size({"width": before["width"], "height": max(before["height"], page.evaluate(FULL_HEIGHT))})
    page.wait_for_timeout(500)  # charts are drawn again
    page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    page.set_viewport_size(before)
