"""The screens on which every page must fit: a phone's and a notebook's, light and dark."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from esc_core.colours import PAPER

SCREENS = ((390, 844), (1280, 720))
"""Width and height in CSS pixels; a page is loaded on the first, where least room is, and then shown on the others."""

SCHEMES = ("light", "dark")

PAPER_IS = """(paper) => {
  const probe = document.createElement("i");
  probe.style.color = paper;
  document.body.append(probe);
  const wanted = getComputedStyle(probe).color;
  probe.remove();
  return getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor === wanted;
}"""

STILL = """async () => {
  const looks = () => [...document.querySelectorAll("body *")].map((e) => {
    const { color, fill, backgroundColor } = getComputedStyle(e);
    return [Math.round(e.getBoundingClientRect().width), color, fill, backgroundColor].join();
  }).join();
  const pause = () => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 150));
  for (let i = 0, before = null, same = 0; same < 2 && i < 200; i++) {
    await pause();
    const now = looks();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}"""
"""Returns when nothing has changed its width or colour for 0.3 s: figures follow the window and its colours later."""

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
    .filter((e) => !(e.matches("canvas") && e.closest("[data-testid=stDataFrame]")))
    .map((e) => e.tagName.toLowerCase() + ": " + (e.innerText || e.getAttribute("aria-label") || "").slice(0, 60));
}"""
"""What ends beyond the right edge of the window and can't be scrolled to. A table is drawn on a canvas as wide as
all of its columns, in a frame with a bar of its own."""

FULL_HEIGHT = """() => Math.max(
  ...[document.documentElement, ...document.querySelectorAll("[data-testid=stMain]")].map((e) => e.scrollHeight))"""


def fits_every_screen(open_page: Callable[..., Page], show: Callable[[Page], object], *, name: str) -> None:
    """Assert that a state of a page is nowhere wider than the window, on each screen.

    The page is loaded once, and follows the window and the system's light and dark as people's do.

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
    width, height = SCREENS[0]
    page = open_page(viewport={"width": width, "height": height}, color_scheme=SCHEMES[0])
    show(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # what stands where a part is still on its way
    assert_fits(page, name=name)
    page.close()  # its server may end before the test does


def assert_fits(page: Page, *, name: str) -> None:
    """Assert the same of a page that is shown already, such as one of two that belong together."""
    for (width, height), schemes in zip(SCREENS, (SCHEMES, SCHEMES[::-1]), strict=True):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in schemes:  # back and forth, since a change of scheme draws the whole page again
            to_scheme(page, scheme)
            page.evaluate(STILL)
            _keep_pictures(page, f"{name}-{width}-{scheme}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide on a {scheme} screen of {width}"
            cut = page.evaluate(CUT)
            assert cut == [], f"{name} is cut at the right edge of a {scheme} screen of {width}: {cut}"


def to_scheme(page: Page, scheme: str) -> None:
    """Let the system be light or dark, and wait until the page is."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_function(PAPER_IS, arg=PAPER[scheme])


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
