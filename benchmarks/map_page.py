"""How smoothly the map of Explore moves in Chromium with ESC-50's 2000 clips, and how soon a pressed point is there.

    ESC50_DIR=… python -m benchmarks.map_page [--shots FOLDER]

The map is dragged to and fro and zoomed with the wheel, while the browser notes the time of every frame; the reference
is the same on an empty page. Then a point is pressed: the clock runs to the moment in which the player is there.
Without a graphics card a core paints. With ``--shots``, pictures are stored: wide and narrow, light and dark.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from tests.browser.serve import launch_chromium, start_app  # noqa: E402

STEPS = 60
"""Movements of the mouse in a drag, and turns of the wheel."""

WAIT_MS = 300_000

COUNT = """() => {
  window.__frames = [];
  const note = (now) => { window.__frames.push(now); window.__counting = requestAnimationFrame(note); };
  window.__counting = requestAnimationFrame(note);
}"""

STOP = "() => { cancelAnimationFrame(window.__counting); return window.__frames; }"

CHART = ".js-plotly-plot .gl-canvas"

CLIP = "e => { const p = e._fullData[0], b = e.getBoundingClientRect(), l = e._fullLayout; return \
[b.left + l.xaxis._offset + l.xaxis.d2p(p.x[0]), b.top + l.yaxis._offset + l.yaxis.d2p(p.y[0])]; }"
"""Where the first clip's point is on the screen."""


def frames(page: Page, move: str, box: tuple[float, float, float, float]) -> str:
    """Move the map, and return how long its frames took."""
    x, y, width, height = box
    page.mouse.move(x + width / 2, y + height / 2)
    page.evaluate(COUNT)
    if move == "drag":
        page.mouse.down()
        for i in range(STEPS):
            page.mouse.move(x + width / 2 + 4 * min(i, STEPS - i), y + height / 2 + min(i, STEPS - i))
        page.mouse.up()
    else:
        for i in range(STEPS):
            page.mouse.wheel(0, -40 if i < STEPS // 2 else 40)
    times = page.evaluate(STOP)
    gaps = sorted(b - a for a, b in itertools.pairwise(times)) or [float("nan")]
    return f"{statistics.median(gaps):.0f} ms (median), {gaps[int(0.95 * (len(gaps) - 1))]:.0f} ms (95 of 100)"


def measure(browser: Browser, url: str) -> None:
    """Print the times of frames, and of a press."""
    empty = browser.new_page(viewport={"width": 1280, "height": 720})
    empty.set_content("<p>nothing</p>")
    for move in ("drag", "wheel"):
        print(f"{move}, an empty page: {frames(empty, move, (80, 300, 1100, 400))}", flush=True)
    empty.close()
    page = opened(browser, url, width=1280, height=720, scheme="light")
    box = page.locator(".js-plotly-plot").bounding_box()
    if box is None:
        raise RuntimeError("the map is not on the page")
    area = (box["x"], box["y"], box["width"], min(box["height"], 720 - box["y"]))
    for move in ("drag", "wheel"):
        found = frames(page, move, area)
        print(f"{move}, the map: {found}", flush=True)
    page.close()
    page = opened(browser, url, width=1280, height=720, scheme="light")
    x, y = page.evaluate(CLIP, page.locator(".js-plotly-plot").element_handle())
    page.mouse.move(x, y)
    began = time.perf_counter()
    page.mouse.click(x, y)
    page.locator(".player").first.wait_for(state="attached", timeout=WAIT_MS)
    print(f"from a press to the player: {1000 * (time.perf_counter() - began):.0f} ms", flush=True)
    page.close()


def opened(browser: Browser, url: str, *, width: int, height: int, scheme: str) -> Page:
    """Return the page with the map in a window of some size."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{url}/?view=map", timeout=WAIT_MS)
    page.locator(CHART).first.wait_for(timeout=WAIT_MS)
    page.wait_for_timeout(3000)
    return page


def main() -> None:
    """Measure, print, and store pictures if a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=Path, help="folder for pictures")
    arguments = parser.parse_args()
    if not os.environ.get("ESC50_DIR"):
        parser.error("ESC50_DIR must name a folder of ESC-50")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        env = {"ESC_HOME": str(Path(folder) / "home")}
        with start_app(ROOT / "app.py", env, log=Path(folder) / "app.log") as url:
            browser = launch_chromium(playwright)
            measure(browser, url)
            for width, height in ((1280, 720), (390, 844)) if arguments.shots else ():
                for scheme in ("light", "dark"):
                    page = opened(browser, url, width=width, height=height, scheme=scheme)
                    page.screenshot(path=arguments.shots / f"map-{width}-{scheme}.png")
                    page.close()
            browser.close()


if __name__ == "__main__":
    main()
