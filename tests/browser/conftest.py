"""Chromium for the tests: pages that may talk to this machine only and may not fail silently.

``page`` is what most tests want. One that needs other flags or windows calls ``launch`` and ``open_page``.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.serve import ROOT, launch_chromium

SCREENSHOTS = ROOT / "build" / "browser"
"""Where the pages of failed tests are kept."""

NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1"
"""Chromium's own traffic does not pass through the routes of a page; this stops it."""

OUTSIDE = re.compile(r"(https?|wss?)://(?!(localhost|127\.0\.0\.1|\[::1\])[:/])")

expect.set_options(timeout=240_000)  # ms, for all files: a worker loads TensorFlow, perhaps on a very busy machine

FAILED = pytest.StashKey[bool]()


def _find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    apps = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
    places = [shutil.which(name) for name in names] + [f"/Applications/{app}" for app in apps]
    return next((place for place in places if place and Path(place).is_file()), None)


if "CHROMIUM" not in os.environ and (found := _find_chromium()):
    os.environ["CHROMIUM"] = found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember a failure until the pages are closed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


# Of a module, not of the session: while Playwright's loop runs, nothing else in this thread may use asyncio.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright's sync API."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Start Chromium with further flags: ``launch("--use-fake-ui-for-media-stream", …)``."""
    browsers: list[Browser] = []

    def start(*flags: str) -> Browser:
        browsers.append(launch_chromium(playwright, NO_NAMES, *flags))
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Browser:
    """Chromium without further flags."""
    return launch()


class Watch:
    """Notes what goes wrong in the pages of a context: errors, and requests to other machines, which are refused."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.errors: list[str] = []
        self.outside: list[str] = []
        context.route(OUTSIDE, lambda route: route.abort())
        context.on("request", lambda request: self._note_address(request.url))
        context.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", lambda page: page.on("websocket", lambda opened: self._note_address(opened.url)))

    def _note_address(self, url: str) -> None:
        if OUTSIDE.match(url):
            self.outside.append(url)

    def close(self, screenshots: str | None) -> None:
        """Close the context, after a picture of each page if a name for them is given."""
        if screenshots:
            for number, page in enumerate(self.context.pages):
                page.screenshot(path=SCREENSHOTS / f"{screenshots}-{number}.png", full_page=True)
        self.context.close()


@pytest.fixture
def open_page(request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open a page that is watched until the test ends: ``open_page(viewport=…, color_scheme="dark")``."""
    watches: list[Watch] = []

    def start(within: Browser | None = None, **options: Any) -> Page:
        within = within or request.getfixturevalue("browser")
        context = within.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(90_000)  # ms, for clicks and downloads: the machine may be busy
        watches.append(Watch(context))
        return context.new_page()

    yield start
    name = re.sub(r"\W+", "-", request.node.name).strip("-") if request.node.stash.get(FAILED, False) else None
    for watch in watches:
        watch.close(name)
    patterns = [pattern for marker in request.node.iter_markers("allow_console") for pattern in marker.args]
    errors = [error for watch in watches for error in watch.errors]
    errors = [error for error in errors if not any(re.search(pattern, error) for pattern in patterns)]
    outside = [url for watch in watches for url in watch.outside]
    if outside:
        pytest.fail(f"the page asked other machines for {', '.join(outside)}", pytrace=False)
    if errors:
        pytest.fail("errors in the browser's console:\n" + "\n".join(errors), pytrace=False)


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """Open a page of 1280 × 900 pixels."""
    return open_page()
