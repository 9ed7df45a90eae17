"""A class of thirty on one laptop: how soon the app answers them while a run trains, and what the server takes.

    python -m benchmarks.crowd [--clients N] [--minutes N] [--no-browser]      (Linux; without the last needs Chromium)

The app runs in classroom mode on this machine alone, with a fresh ESC_HOME and the clips in ESC50_DIR, or the starter
set. A run trains all the time. First one session does what each pupil does; then pupils come, who explore, augment and
classify at a human pace, each in a session of its own over Streamlit's web socket, and one in Chromium. An answer is
the time from a message to the end of the script. HTTPS, which ``make serve`` adds, is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from benchmarks.crowd_report import (
    Verdict,
    below,
    errors_of,
    growth,
    no_errors,
    percentile,
    seconds_of,
    table,
    told_errors,
)
from benchmarks.load import wait_for
from benchmarks.meter import Meter, Reading
from benchmarks.pupil import Pupil, Timed, told
from benchmarks.visitor import Visitor
from esc_core.config import environment
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.starter import make_starter_set
from esc_core.training.presets import PRESETS
from esc_core.training.process import control
from esc_core.training.runs.run import Run
from tests.browser.serve import ROOT, launch_chromium, start_app

ANSWER_LIMIT, BROWSER_LIMIT, MEMORY_LIMIT, GROWTH_LIMIT = 1.5, 2.5, 2.5, 5.0
"""What is promised: seconds for 95 of 100 answers, the same in Chromium, gigabytes, percent."""

ALONE_ROUNDS = 4
"""Rounds of the one session that stands beside the crowd."""

ARRIVING = 0.15
"""Share of the time in which pupils come."""

READ_SECONDS = 5.0
"""Time from one reading of the memory to the next, in seconds."""

BROWSER_PAGES = ("Augment", "Classify", "Explore")
BROWSER_THINKING = 4.0

N_EPOCHS = 5_000
"""Epochs of the run, which is stopped long before their end."""


@dataclass
class Measured:
    """What was measured.

    Attributes
    ----------
    alone, crowd : list of Timed
        Answers to one session, and to all pupils.
    browser : list of float
        From a press on a page's link in Chromium to the whole page, in seconds.
    readings : list of (float, Reading)
        Seconds since the crowd came, and the server's memory.
    """

    alone: list[Timed] = field(default_factory=list)
    crowd: list[Timed] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)
    readings: list[tuple[float, Reading]] = field(default_factory=list)

    def verdicts(self) -> list[Verdict]:
        """Return what was promised, and whether it was kept."""
        most = max((sum(now) / 1000 for _, now in self.readings), default=None)
        return [
            no_errors(errors_of([*self.alone, *self.crowd]), len(self.alone) + len(self.crowd)),
            below("95 of 100 answers", percentile(seconds_of(self.crowd), 95), ANSWER_LIMIT, "s"),
            below("95 of 100 pages in Chromium", percentile(self.browser, 95), BROWSER_LIMIT, "s"),
            below("memory with the decoders", most, MEMORY_LIMIT, "GB"),
            below("its growth after the first minute", growth(self.readings), GROWTH_LIMIT, "%"),
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=30, help="pupils (30)")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long they stay (3)")
    parser.add_argument("--no-browser", action="store_true", help="no Chromium among them")
    arguments = parser.parse_args()
    with serving() as (url, dataset, log), training(dataset) as run:
        measured = Measured()
        asyncio.run(measure(url, dataset, measured, arguments))
        state = run.status().state
        errors = list(told_errors(errors_of([*measured.alone, *measured.crowd]), log))
    print(f"{arguments.clients} pupils for {arguments.minutes:g} minutes, {len(dataset.clips)} clips; the run: {state}")
    print("\n".join(table({"crowd": measured.crowd, "alone": measured.alone})))
    print("memory of the server + its decoders, in MB, after seconds:")
    print("  ".join(f"{at:.0f}: {now.server:.0f}+{now.children:.0f}" for at, now in measured.readings))
    verdicts = measured.verdicts()
    print("\n".join([*errors, *map(str, verdicts)]))
    return int(any(verdict.kept is False for verdict in verdicts) or state != "training")


@contextmanager
def serving() -> Iterator[tuple[str, Dataset, Path]]:
    """Run the app in classroom mode with a fresh ESC_HOME, and yield its address, the data and its log."""
    with tempfile.TemporaryDirectory() as home:
        switches = (environment.CLASSROOM, environment.GIVE_WAY, environment.LOAD_AHEAD)  # as `make serve` sets them
        os.environ |= {"ESC_HOME": home} | {switch.name: "1" for switch in switches}
        folder = os.environ.get("ESC50_DIR") or str(make_starter_set(Path(home) / "starter"))
        os.environ["ESC50_DIR"] = folder
        log = Path(home) / "server.log"
        with start_app(ROOT / "app.py", log=log) as url:
            yield url, load_dataset(folder), log


@contextmanager
def training(dataset: Dataset) -> Iterator[Run]:
    """Keep a run training for the time of a ``with`` block."""
    run = control.submit(PRESETS["one-fold"].config(dataset, n_epochs=N_EPOCHS), dataset.root)
    try:
        wait_for(run, "training", time.monotonic())
        yield run
    finally:
        control.stop(run)
        wait_for(run, "stopped", time.monotonic())


async def measure(url: str, dataset: Dataset, measured: Measured, arguments: argparse.Namespace) -> None:
    """Let one session do its rounds, then all pupils at once."""
    await rounds(url, dataset, 0, [], n=1)  # what is loaded once for all is not its business
    await rounds(url, dataset, 1, measured.alone, n=ALONE_ROUNDS)
    begin = time.monotonic()
    end, n = begin + 60 * arguments.minutes, arguments.clients
    tasks = [pupil(url, dataset, 2 + i, measured.crowd, begin, end, n) for i in range(n)]
    if not arguments.no_browser:
        tasks.append(asyncio.to_thread(in_chromium, url, end, measured.browser))
    await asyncio.gather(read_memory(url, begin, end, measured.readings), *tasks)


async def rounds(url: str, dataset: Dataset, seed: int, into: list[Timed], *, n: int) -> None:
    """Go round the pages without a pause, as one session."""

    async def visit() -> AsyncIterator[Timed]:
        async with Visitor(url, query=link(dataset, seed)) as visitor:
            one = Pupil(visitor, seed=seed, hurry=True)
            yield await one.arrive()
            for _ in range(n):
                async for timed in one.round():
                    yield timed

    into.extend([timed async for timed in told(visit())])


async def pupil(
    url: str, dataset: Dataset, seed: int, into: list[Timed], begin: float, end: float, n_pupils: int
) -> None:
    """Come some time after the beginning, and go round the pages until the end."""

    async def visit() -> AsyncIterator[Timed]:
        async with Visitor(url, query=link(dataset, seed)) as visitor:
            one = Pupil(visitor, seed=seed)
            yield await one.arrive()
            await one.think()
            while True:
                async for timed in one.round():
                    yield timed

    await asyncio.sleep(ARRIVING * (end - begin) * (seed - 2) / n_pupils)
    async with aclosing(told(visit())) as answers:
        async for timed in answers:
            into.append(timed)
            if time.monotonic() > end:
                break


def link(dataset: Dataset, seed: int) -> str:
    """Return the parameters of a link to a clip, another one for each pupil."""
    return f"clip={random.Random(seed).choice(dataset.clips).clip_id}"


async def read_memory(url: str, begin: float, end: float, into: list[tuple[float, Reading]]) -> None:
    """Note the server's memory at regular times."""
    meter = Meter(url)
    while (now := time.monotonic()) < end:
        into.append((now - begin, meter.now()))
        await asyncio.sleep(READ_SECONDS)


def in_chromium(url: str, end: float, into: list[float]) -> None:
    """Turn from page to page in Chromium until the end."""
    with sync_playwright() as playwright:
        page = launch_chromium(playwright).new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)
        page.goto(url)
        expect(page.get_by_role("heading", level=1, name="Explore")).to_be_visible(timeout=60_000)
        settled = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        settled.wait_for()
        while True:
            for name in BROWSER_PAGES:
                page.wait_for_timeout(1000 * BROWSER_THINKING)
                if time.monotonic() > end:
                    return
                start = time.perf_counter()
                page.get_by_role("link", name=name, exact=True).first.click()
                page.get_by_role("heading", level=1, name=name).wait_for()
                settled.wait_for()
                into.append(time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main())
