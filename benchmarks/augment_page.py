"""How soon a moved slider is audible on the Augment page, in Chromium, for each transform.

Run with ``python -m benchmarks.augment_page``; ``--play`` has each change played at once, as the page offers it. It
makes a clip of 5 s at 44.1 kHz, starts the app, and for each transform moves one slider by the keyboard. The clock runs
in the browser, from the slider's own change to the moment in which the player holds the new sound (with ``--play``:
sounds). Beside each stands the transform's own time, and above all a page of one slider and one line of text.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from playwright.sync_api import Locator, Page, sync_playwright  # noqa: E402

from esc_core.audio import to_wav_bytes  # noqa: E402
from esc_core.augment import REGISTRY, Compose, from_dict  # noqa: E402
from esc_core.augment.audible import audible_waveform  # noqa: E402
from tests.browser.serve import launch_chromium, start_app  # noqa: E402

SR, SECONDS = 44_100, 5
MOVES = 3
LIMIT_MS = {"pitch_shift": 800.0, "time_stretch": 800.0}
USUAL_LIMIT_MS = 400.0
WAIT_MS = 30_000

PLAIN = """
import streamlit as st
st.write("value", st.slider("Value", 0, 100, 50))
"""

WATCH = """(player, playing) => {
  const heard = () => {
    const samples = player.__player.samples(1);
    let sum = samples.length;
    for (let i = 0; i < samples.length; i += 7) sum = (sum * 31 + Math.round(samples[i] * 32768)) % 2147483647;
    return sum;
  };
  const before = heard();
  window.__took = undefined;
  document.addEventListener('keydown', () => {
    const start = performance.now();
    const look = () => {
      const there = heard() !== before && (!playing || player.dataset.state === 'playing');
      if (there) window.__took = performance.now() - start;
      else setTimeout(look, 10);
    };
    look();
  }, { once: true, capture: true });
}"""
"""Arms the clock; `window.__took` is then milliseconds."""

WATCH_TEXT = """(page) => {
  const words = () => [...page.querySelectorAll('[data-testid=stMarkdown]')].map((e) => e.innerText).join();
  const before = words();
  window.__took = undefined;
  document.addEventListener('keydown', () => {
    const start = performance.now();
    const look = () => (words() !== before ? (window.__took = performance.now() - start) : setTimeout(look, 10));
    look();
  }, { once: true, capture: true });
}"""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--play", action="store_true", help="wait until the new sound is playing")
    play = arguments.parse_args().play
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch_chromium(playwright, "--autoplay-policy=no-user-gesture-required")
        plain = plain_page(browser.new_page(), Path(folder))
        print(f"{'reference: one slider, one text':32} {plain:7.0f} ms", flush=True)
        failed = augment_page(browser.new_page(viewport={"width": 1280, "height": 1000}), Path(folder), play=play)
        browser.close()
    if failed:
        print("over the aim:", ", ".join(failed))
    return bool(failed)


def plain_page(page: Page, folder: Path) -> float:
    (folder / "plain.py").write_text(PLAIN)
    with start_app(folder / "plain.py", log=folder / "plain.log") as url:
        page.goto(url)
        slider_of_page(page, "Value").wait_for(timeout=WAIT_MS)
        settled(page)
        return statistics.median(move(page, "Value", WATCH_TEXT, None, right=i % 2 == 0) for i in range(MOVES + 1))


def augment_page(page: Page, folder: Path, *, play: bool) -> list[str]:
    """Time every transform that has a slider; return those over the aim."""
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(write_clips(folder / "data"))}
    failed = []
    with start_app(ROOT / "app.py", env, log=folder / "app.log") as url:
        for name in REGISTRY:
            label = slider_of(name)
            if label is None:
                print(f"{name:16} has no slider")
                continue
            step = {"name": name, **fixed(name)}
            page.goto(f"{url}/augment?{urlencode({'chain': json.dumps([step]), 'seed': 1})}")
            slider_of_page(page, label).wait_for(timeout=WAIT_MS)
            page.locator(".player").wait_for(timeout=WAIT_MS)
            settled(page)
            if play:
                page.get_by_text("Play each change").click()
                settled(page)
            # to and fro by one more step each time, so that no result comes from the cache
            times = [move(page, label, WATCH, play, right=i % 2 == 0, steps=i + 1) for i in range(MOVES)]
            own, took = own_time(step), statistics.median(times)
            limit = LIMIT_MS.get(name, USUAL_LIMIT_MS)
            print(f"{name:16} {took:7.0f} ms   aim {limit:4.0f} ms   transform alone {own:6.1f} ms", flush=True)
            failed += [name] if took > limit else []
    return failed


def slider_of(name: str) -> str | None:
    """Return the label of the first parameter that is a number."""
    return next((p.label for p in REGISTRY[name].parameters.values() if not p.choices), None)


def fixed(name: str) -> dict[str, Any]:
    """Return a transform's parameters as single numbers in the first third of their sliders, where none is neutral."""
    values: dict[str, Any] = {}
    for key, parameter in REGISTRY[name].parameters.items():
        third = parameter.low + parameter.step * round((parameter.high - parameter.low) / parameter.step / 3)
        values[key] = parameter.choices[0] if parameter.choices else int(third) if parameter.whole else third
    if name == "band_pass":
        values["low_hz"] = 300.0
    return values


def settled(page: Page) -> None:
    page.wait_for_timeout(300)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=WAIT_MS)


def slider_of_page(page: Page, label: str) -> Locator:
    return page.locator(f'input[type=range][aria-label="{label}"]').first


def move(page: Page, label: str, watch: str, argument: Any, *, right: bool, steps: int = 1) -> float:
    """Move a slider by the keyboard and return the milliseconds until the change has arrived."""
    slider = slider_of_page(page, label)
    for _ in range(steps - 1):
        slider.press("ArrowRight" if right else "ArrowLeft")
        page.wait_for_timeout(50)
    settled(page)
    page.locator(".player" if watch is WATCH else "body").evaluate(watch, argument)
    slider.press("ArrowRight" if right else "ArrowLeft")
    took = page.wait_for_function("window.__took", timeout=WAIT_MS).json_value()
    settled(page)
    return float(took)


def own_time(step: dict[str, Any]) -> float:
    """Return the best time of a chain of this step, in milliseconds.

    A chain that ends in a spectrogram is made audible by Griffin-Lim.
    """
    y, other, chain = sound(0), sound(1), Compose((from_dict(step),))
    times = []
    for seed in range(4):
        start = time.perf_counter()
        audible_waveform(chain(y, SR, np.random.default_rng(seed), second=lambda: other))
        times.append(1000 * (time.perf_counter() - start))
    return min(times[1:])


def sound(seed: int) -> np.ndarray:
    """Return noise that swells and fades over its whole length, so that each transform has something to change."""
    swell = np.geomspace(1e-4, 1, SECONDS * SR // 2)
    y = 0.1 * np.random.default_rng(seed).standard_normal(SECONDS * SR)
    return (y * np.concatenate([swell, swell[::-1]])).clip(-1, 1).astype(np.float32)


def write_clips(root: Path) -> Path:
    """Write two clips in ESC-50's layout."""
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    for seed, (target, category) in enumerate(((0, "dog"), (10, "rain"))):
        (root / "audio" / f"1-{seed + 1}-A-{target}.wav").write_bytes(to_wav_bytes(sound(seed), SR))
        rows.append(f"1-{seed + 1}-A-{target}.wav,1,{target},{category},True,{seed + 1},A")
    (root / "meta" / "esc50.csv").write_text("\n".join(rows) + "\n")
    return root


if __name__ == "__main__":
    sys.exit(main())
