"""What `test_no_network.py` runs where there is no network but this machine's own: server, Chromium, and every page.

    unshare -rn python -m tests.browser.no_network FOLDER

It prints, as JSON, each page with its heading, every request of the browser, and what went wrong.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, expect, sync_playwright

from tests.browser.serve import ROOT, launch_chromium, start_app
from tests.measured_presets import remember_presets
from tests.small_starter import write_small_starter
from ui.frame.navigation import PAGES

READ_FLAGS, WRITE_FLAGS, UP = 0x8913, 0x8914, 1
"""Of Linux's interfaces: the calls that read and write their flags, and the flag of one that is in use."""

MILLISECONDS = 240_000

OPEN = [name for name, page in PAGES.items() if not page.for_class]
"""Pages that are there without a class."""


def raise_loopback() -> None:
    """Bring up the one interface that a new network namespace has."""
    import fcntl  # late: Windows has none, and the test reads the list of pages from here before it is skipped

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, READ_FLAGS, asked), 16)
        fcntl.ioctl(any_socket, WRITE_FLAGS, struct.pack("16sH14x", b"lo", flags | UP))


def is_cut_off() -> bool:
    """Return whether nothing leads to another machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        return out.connect_ex(("192.0.2.1", 9)) != 0


def visit(context: BrowserContext, url: str) -> dict[str, Any]:
    """Open all pages, and note every request with its kind and status."""
    requests: list[list[str]] = []
    context.on("request", lambda request: requests.append([request.resource_type, request.url]))
    context.on("page", lambda page: page.on("websocket", lambda opened: requests.append(["websocket", opened.url])))
    failed: list[str] = []
    context.on("requestfailed", lambda request: failed.append(f"{request.url}: {request.failure}"))
    page, headings = context.new_page(), {}
    for name in OPEN:
        page.goto(f"{url}/{name}")
        heading = page.get_by_role("heading", name=re.compile(PAGES[name].title, re.IGNORECASE)).first
        expect(heading).to_be_visible(timeout=MILLISECONDS)
        headings[name] = heading.inner_text()
        page.wait_for_load_state("networkidle", timeout=MILLISECONDS)
    return {"headings": headings, "requests": requests, "failed": failed}


def main(folder: Path) -> None:
    """Start, visit, and print."""
    raise_loopback()
    home, data = folder / "home", write_small_starter(folder / "data")
    remember_presets(home, data)
    env = {"ESC_HOME": str(home), "ESC50_DIR": str(data)}
    with sync_playwright() as playwright, start_app(ROOT / "app.py", env, log=folder / "log.txt") as url:
        browser = launch_chromium(playwright)
        found = visit(browser.new_context(), url)
        browser.close()
    print(json.dumps({**found, "is_cut_off": is_cut_off(), "log": (folder / "log.txt").read_text(errors="replace")}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
