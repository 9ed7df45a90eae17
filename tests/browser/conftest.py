"""Chromium for the tests: pages that may talk to this machine only and may not fail silently.

``page`` is what most tests want. One that needs other flags or windows calls ``launch`` and ``open_page``.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.serve import launch_chromium
from tests.browser.watch import NO_NAMES, Watch

MOTIONLESS = """(() => {
  const put = () => document.documentElement.append(Object.assign(document.createElement("style"), { textContent: `
    *, ::before, ::after {
      animation-duration: 0.01ms !important; animation-delay: 0s !important; animation-iteration-count: 1 !important;
      transition-duration: 0.01ms !important; transition-delay: 0s !important;
    }` }));
  document.documentElement ? put() : addEventListener("DOMContentLoaded", put);
})()"""
"""Streamlit's skeletons and fading parts end at once. Without a graphics card each frame of them is painted by a core,
which the server needs to bring what they stand for. Our components have shadow roots, which this leaves alone."""

STILL_PICTURES = "--blink-settings=imageAnimationPolicy=2"
"""The moving picture in the header that says that the page runs stands still, for the same reason."""

expect.set_options(timeout=240_000)  # ms, for all files: a worker loads TensorFlow, perhaps on a very busy machine

MEMORY, ROOM = Path("/dev/shm"), 2**30
"""Linux's folder in memory, and the bytes that must be free there; in many containers it has 64 MB."""

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
    """Playwright's sync API, with Chromium's profiles in memory where there is room.

    At its end Chromium waits until its profile is on the disk, which takes seconds if others write there, too.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    with TemporaryDirectory(dir=MEMORY if roomy else None, ignore_cleanup_errors=True) as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", folder)  # read when Playwright starts
            running = sync_playwright().start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Start Chromium with further flags: ``launch("--use-fake-ui-for-media-stream", …)``."""
    browsers: list[Browser] = []

    def start(*flags: str) -> Browser:
        browsers.append(launch_chromium(playwright, NO_NAMES, STILL_PICTURES, *flags))
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Browser:
    """Chromium without further flags."""
    return launch()


@pytest.fixture
def open_page(request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open a page that is watched until the test ends: ``open_page(viewport=…, color_scheme="dark")``."""
    watches: list[Watch] = []

    def start(within: Browser | None = None, **options: Any) -> Page:
        within = within or request.getfixturevalue("browser")
        context = within.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(90_000)  # ms, for clicks and downloads: the machine may be busy
        context.add_init_script(MOTIONLESS)
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
