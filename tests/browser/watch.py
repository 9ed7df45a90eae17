"""What goes wrong in pages without a test's notice: errors in the console, and requests to other machines."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext

from tests.browser.serve import ROOT

SCREENSHOTS = ROOT / "build" / "browser"
"""Where the pages of failed tests are kept."""

NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1"
"""Chromium finds no other machine, by name or by address. Playwright's routes could refuse requests, too, but each
request would then wait for an answer of another process, and nothing would be cached."""

OUTSIDE = re.compile(r"(https?|wss?)://(?!(localhost|127\.0\.0\.1|\[::1\])[:/])")


class Watch:
    """Notes what goes wrong in the pages of a context: errors, and requests to other machines.

    Parameters
    ----------
    context : BrowserContext
        Of a browser that was started with `NO_NAMES`.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.errors: list[str] = []
        self.outside: list[str] = []
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
