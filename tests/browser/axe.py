"""Deque's axe-core in a page: what it finds against WCAG 2.2 A and AA, in light and dark."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.screens import SCHEMES, STILL, to_scheme

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""Rules whose answer the scheme can change; what the others judge is the same page in light and dark."""

RUN = """async ([type, values, within]) => {
  const found = await axe.run(
    within ?? document, { runOnly: { type, values }, resultTypes: ["violations"], elementRef: false });
  return found.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(
    ({ target, html, any, all, none }) =>
      ({ target: target.flat(), html, why: [...any, ...all, ...none].map((check) => check.message) })) }));
}"""
"""Shadow roots are searched, too; `target` is then the way through them."""

PALE_WORDS = """() => {
  const ink = getComputedStyle(document.querySelector("[data-testid=stApp]")).color;
  const words = document.querySelectorAll(
    ".js-plotly-plot :is(.xtick, .ytick, .textpoint) text, .js-plotly-plot :is(.xtitle, .ytitle, .legendtext), " +
    "[data-testid=stVegaLiteChart] svg text");
  return [...words].filter((word) => getComputedStyle(word).fill !== ink).map((word) => word.textContent);
}"""
"""Words in figures that do not have the colour of the page's text; axe does not judge words in figures."""

DRAWN_AGAIN = 30_000
"""Time for a busy machine to draw a page's figures in other colours, in ms."""


def settled(page: Page) -> None:
    """Wait until the server has answered, and all that it sent has arrived."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def violations(page: Page, *, state: str, within: str | None = None, moving: bool = False) -> list[str]:
    """Return what axe finds in a state of a page, light and dark; the page stays as it was judged last.

    Parameters
    ----------
    page : Page
        Shows the state already.
    state : str
        Name of the state for the lines.
    within : str, optional
        Selector of the part to look at, such as a dialog over a page that was looked at before.
    moving : bool
        Whether the page never comes to rest, so that it is not waited for.

    Returns
    -------
    list of str
        One line per element: state, theme, rule, selector, reason. Empty if all is well.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    lines = []
    # begun with the one that is shown: changing it draws the whole page again
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for i, scheme in enumerate(reversed(SCHEMES) if dark else SCHEMES):
        to_scheme(page, scheme)
        if not moving:
            settled(page)
            page.evaluate(STILL)
        with suppress(TimeoutError):  # what stays pale is reported below
            page.wait_for_function(f"() => !({PALE_WORDS})().length", timeout=DRAWN_AGAIN)
        for rule in page.evaluate(RUN, ["rule", OF_COLOURS, within] if i else ["tag", TAGS, within]):
            lines += [_line(state, scheme, rule["id"], node) for node in rule["nodes"]]
        lines += [f"{state}, {scheme}: pale word in a figure: {word}" for word in page.evaluate(PALE_WORDS)]
    return lines


def _line(state: str, scheme: str, rule: str, node: dict[str, Any]) -> str:
    way = " >>> ".join(node["target"])
    return f"{state}, {scheme}: {rule} at {way}: {'; '.join(node['why'])} | {node['html'][:160]}"
