"""How long a bare machine takes to its first sound, from opening the page in Chromium.

Run with ``python -m benchmarks.first_sound`` (it needs tests/requirements.txt and Chromium). The app starts with an
empty folder for its files, no data set, and, run under ``unshare -n`` after ``ip link set lo up``, no network. Beside
it: the same page opened a second time, when the sounds are there.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.serve import ROOT, launch_chromium, start_app

LIMIT = 10.0
"""Limit from opening the page to the first sound, in seconds."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        env = {"ESC_HOME": str(Path(folder) / "home"), "ESC50_DIR": ""}
        with start_app(ROOT / "app.py", env, log=Path(folder) / "log.txt") as url:
            first = first_sound(browser, url)
            again = first_sound(browser, url)
        browser.close()
    print(f"opening the page to the first sound: {first:.1f} s (limit {LIMIT:.0f} s); a second time: {again:.1f} s")
    return first > LIMIT


def first_sound(browser: Browser, url: str) -> float:
    """Open the page, press ▸ on the first card as soon as it is there, and wait until it plays; return the seconds."""
    page = browser.new_page()
    start = time.perf_counter()
    page.goto(url)
    page.locator(".card").first.get_by_role("button", name="Play").click()
    page.locator('.player[data-state="playing"]').wait_for()
    seconds = time.perf_counter() - start
    page.close()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
