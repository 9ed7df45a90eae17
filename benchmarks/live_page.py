"""How soon Live shows a sound's name in Chromium, and what a listener costs, with a sound file as the microphone.

    ESC50_DIR=… python -m benchmarks.live_page [--model NAME] [--minutes N]

The file holds clips of one fold in room tone, and Chromium plays it again and again. The clock runs in the browser:
from the first loud block that the microphone gives to the moment in which the sound's own name is in the list of
events. A sound's end is its beginning and the length of its active part. The five networks have heard these clips,
since the page does not know them: how well they answer is measured by ``benchmarks.live``.

Beside it stand the processor's share that the server takes, the memory of the server and of the tab after a fifth of
the time and at the end, and the reference: a page that only counts the pieces that come in.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import psutil  # noqa: E402
import soundfile as sf  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from benchmarks.mixes import ROOM_TONE_DB, SR  # noqa: E402
from esc_core import audio  # noqa: E402
from esc_core.dataset import load_dataset  # noqa: E402
from esc_core.measures.loudness import active_span  # noqa: E402
from esc_core.words import readable  # noqa: E402
from tests.browser.serve import launch_chromium, start_app  # noqa: E402

CATEGORIES = (
    "church_bells", "rooster", "crying_baby", "siren", "vacuum_cleaner", "rain", "hand_saw", "engine", "cow",
    "clapping",
)  # fmt: skip
FOLD = 1
EVERY_SECONDS = 9.0
"""Time from the beginning of one clip to that of the next: 5 s of sound at most, then quiet."""

LOUD, QUIET_SECONDS = 0.02, 2.0
"""Peak from which a block is loud, and how long none was before a sound begins, in seconds."""

ECHO_SECONDS = 30.0

ECHO = """
import streamlit as st
from ui import microphone

@st.fragment
def count():
    n = st.session_state["n"] = st.session_state.get("n", 0) + len(microphone.listen(key="live"))
    st.write(f"chunks {n}")

count()
"""

WATCH = f"""
window.begun = []; window.shown = []; window.pieces = []; window.counted = [];
const Node = window.AudioWorkletNode;
window.AudioWorkletNode = class extends Node {{
  constructor(context, ...others) {{
    super(context, ...others);
    let last = performance.now(), n = 0;
    this.port.addEventListener("message", ({{ data }}) => {{
      if (!data) return;
      const now = performance.now(), half = context.sampleRate / 2;
      if (Math.floor((n + data.length) / half) > Math.floor(n / half)) pieces.push(now);
      n += data.length;
      if (!data.some((x) => Math.abs(x) > {LOUD})) return;
      if (now - last > {1000 * QUIET_SECONDS}) begun.push(now);
      last = now;
    }});
  }}
}};
const find = (root, wanted) => root.querySelector(wanted) ?? [...root.querySelectorAll("*")]
  .filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot, wanted)).find(Boolean);
let list = null, n = 0;
const seen = new Set();
setInterval(() => {{
  const now = performance.now();
  const text = document.querySelector("[data-testid=stMarkdown]")?.textContent.match(/chunks (\\d+)/);
  for (; text && n < Number(text[1]); n += 1) counted.push(now);
  list = list?.isConnected ? list : find(document, ".board .events");
  for (const row of [...(list?.children ?? [])].reverse()) {{
    const name = row.querySelector(".name").textContent.replace(" …", "");
    if (seen.has(row.dataset.number + name)) continue;
    seen.add(row.dataset.number + name);
    shown.push([name, now]);
  }}
}}, 20);
"""
"""Notes in milliseconds when sounds begin, when names are in the list, and when half seconds are whole and counted."""


@dataclass(frozen=True)
class Sound:
    """A clip of the file: its name, and the length of its active part in seconds."""

    name: str
    seconds: float


def write_microphone(path: Path) -> list[Sound]:
    """Write the file that Chromium plays, and return its sounds in their order."""
    dataset = load_dataset(os.environ["ESC50_DIR"])
    n = round(len(CATEGORIES) * EVERY_SECONDS * SR)
    y = 10 ** (ROOM_TONE_DB / 20) * np.random.default_rng(1).standard_normal(n)
    sounds = []
    for i, category in enumerate(CATEGORIES):
        clip = next(clip for clip in dataset.clips if clip.category == category and clip.fold == FOLD)
        wave = audio.load(dataset.path(clip), sr=SR)[0]
        active = active_span(wave, SR)
        wave = wave[active.start : active.stop]
        first = round((i * EVERY_SECONDS + EVERY_SECONDS - 5.5) * SR)
        y[first : first + wave.size] += wave
        sounds.append(Sound(readable(category), wave.size / SR))
    sf.write(path, np.clip(audio.resample(y.astype(np.float32), orig_sr=SR, target_sr=48_000), -1, 1), 48_000)
    return sounds


def delays(sounds: list[Sound], begun: list[float], shown: list[tuple[str, float]]) -> list[tuple[float, float]]:
    """Return the seconds from each sound's beginning, and from its end, to its name.

    Parameters
    ----------
    sounds : list of Sound
        The sounds of the file, which comes again and again.
    begun : list of float
        When something began to sound, in milliseconds. A sound with a long pause in it begins twice; the second time
        is left out, since it does not come `EVERY_SECONDS` after the first sound.
    shown : list of (str, float)
        Names and when they were shown, in milliseconds.
    """
    found = []
    for at in begun:
        turns = (at - begun[0]) / 1000 / EVERY_SECONDS
        if abs(turns - round(turns)) * EVERY_SECONDS > 1.0:
            continue
        sound = sounds[round(turns) % len(sounds)]
        times = [t for name, t in shown if name == sound.name and 0 <= (t - at) / 1000 < EVERY_SECONDS]
        if times:
            seconds = (min(times) - at) / 1000
            found.append((seconds, seconds - sound.seconds))
    return found


class Meter:
    """The server's processor time and memory."""

    def __init__(self) -> None:
        self._server = next(child for child in psutil.Process().children() if "streamlit" in child.cmdline())
        self._cpu, self._since = self._seconds(), time.monotonic()

    def _seconds(self) -> float:
        return sum(self._server.cpu_times()[:4])

    def share(self) -> float:
        """Return the share of a core since the beginning."""
        return (self._seconds() - self._cpu) / (time.monotonic() - self._since)

    def megabytes(self) -> float:
        """Return the resident memory, in MB."""
        return float(self._server.memory_info().rss) / 1e6


@contextmanager
def listening(browser: Browser, script: Path, query: str, *, folder: Path) -> Iterator[tuple[Page, Meter]]:
    """Open a page, press Listen, and let it run in for a while."""
    env = {"ESC_HOME": str(folder / "home")}
    with start_app(script, env, log=folder / f"{script.stem}.log") as url:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(WATCH)
        page.goto(f"{url}/{query}")
        page.locator(".recorder").get_by_role("button", name="Listen").click(timeout=300_000)
        page.wait_for_function("pieces.length > 10", timeout=120_000)
        yield page, Meter()
        page.close()


def heap(page: Page) -> float:
    """Return what the tab's JavaScript holds, without garbage, in MB."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(metrics["JSHeapUsedSize"]) / 1e6


def spread(seconds: list[float]) -> str:
    return f"{np.median(seconds):+.2f} s (median), {np.percentile(seconds, 95):+.2f} s (95 of 100)"


def measure_live(browser: Browser, sounds: list[Sound], *, model: str, minutes: float, folder: Path) -> None:
    with listening(browser, ROOT / "app.py", f"live?model={model}", folder=folder) as (page, meter):
        page.wait_for_timeout(12_000 * minutes)
        first = (meter.megabytes(), heap(page))
        page.wait_for_timeout(48_000 * minutes)
        share, last = meter.share(), (meter.megabytes(), heap(page))
        begun, shown = page.evaluate("[begun, shown]")
        counts = page.locator(".board .counts").inner_text()
    found = delays(sounds, begun, shown)
    print(f"{model}, {minutes:g} min: {len(found)} of {len(begun)} sounds got their name")
    if found:
        begin, end = ([float(one) for one in column] for column in np.array(found).T)
        print(f"  name after the sound begins: {spread(begin)}\n  name after the sound ends:   {spread(end)}")
    print(f"  server: {share:.1%} of a core; {counts}")
    for name, before, after in zip(("server", "tab (JavaScript)"), first, last, strict=True):
        print(f"  {name}: {before:.1f} MB after a fifth, {after:.1f} MB at the end ({after / before - 1:+.1%})")


def measure_echo(browser: Browser, *, folder: Path) -> None:
    script = folder / "echo.py"
    script.write_text(ECHO)
    with listening(browser, script, "", folder=folder) as (page, meter):
        page.wait_for_timeout(1000 * ECHO_SECONDS)
        share = meter.share()
        pieces, counted = page.evaluate("[pieces, counted]")
    took = [(there - whole) / 1000 for whole, there in zip(pieces, counted, strict=False)]
    print(f"a page that counts pieces: {spread(took)} from a whole piece to its number, {share:.1%} of a core")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_page", description=__doc__)
    parser.add_argument("--model", default="mel_cnn", help="name of a model (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long to listen (default: %(default)g)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        sounds = write_microphone(folder / "microphone.wav")
        browser = launch_chromium(
            playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={folder / 'microphone.wav'}",
        )  # fmt: skip
        measure_echo(browser, folder=folder)
        measure_live(browser, sounds, model=options.model, minutes=options.minutes, folder=folder)
        browser.close()


if __name__ == "__main__":
    main()
