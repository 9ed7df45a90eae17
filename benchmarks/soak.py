"""A long day: 2,000 pages and 500 classified sounds in one server, and whether it takes more at the end.

    python -m benchmarks.soak [--visits N] [--classifications N]      (Linux)

Visitors without a browser come one after the other, each in a session of its own, turn to every page and have sounds
of many lengths classified, by one model after the other. After the first quarter, and at the end, the benchmark waits
until the sessions that have left are forgotten, and reads memory and open files. TensorFlow's warnings of retracing are
counted in the server's log: a network was compiled again, for a length that it had not met.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.crowd_report import Verdict, below, errors_of, no_errors, table, told_errors
from benchmarks.meter import Meter
from benchmarks.pupil import Pupil, Timed, told
from benchmarks.visitor import Visitor
from esc_core.dataset.starter import make_starter_set
from esc_core.models.installed import MODELS_DIR, list_models
from esc_core.yamnet import missing_trunk
from tests.browser.serve import ROOT, start_app
from ui.memory import AWAY_SECONDS

GROWTH_LIMIT, FILES_LIMIT = 5.0, 6
"""What is promised: percent of memory, and open files, from the first quarter to the end."""

TURNS = 2
"""Classifications of one session: few, so that every model answers before the first quarter is over."""

WARM_UP = 0.25
"""Share of the visits in which all models are loaded and all caches fill."""

RETRACING = "triggered tf.function retracing"


@dataclass(frozen=True)
class State:
    """What the server takes at a moment at which no session is open.

    Attributes
    ----------
    memory : float
        Resident memory of the server itself, in MB.
    n_files : int
        Files, pipes and sockets that it has open.
    n_retracings : int
        Warnings of retracing in its log so far.
    """

    memory: float
    n_files: int
    n_retracings: int


def verdicts(first: State, last: State, errors: Sequence[str], n_answers: int) -> list[Verdict]:
    """Return what is promised, and whether it was kept."""
    return [
        no_errors(errors, n_answers),
        below("growth of the memory", 100 * (last.memory / first.memory - 1), GROWTH_LIMIT, "%"),
        below("more open files", last.n_files - first.n_files, FILES_LIMIT, "files"),
        below("TensorFlow retraces after the warm-up", last.n_retracings - first.n_retracings, 1, "times"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=2000, help="pages that are opened (2000)")
    parser.add_argument("--classifications", type=int, default=500, help="sounds that are classified (500)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["ESC_HOME"] = home
        os.environ.setdefault("ESC50_DIR", str(make_starter_set(Path(home) / "starter")))
        log = Path(home) / "server.log"
        with start_app(ROOT / "app.py", log=log) as url:
            began = time.monotonic()
            return report(*asyncio.run(soak(url, log, arguments)), log, minutes=(time.monotonic() - began) / 60)


def report(first: State, last: State, answers: Sequence[Timed], log: Path, *, minutes: float) -> int:
    """Print what was measured, and return whether a promise was broken."""
    print(f"{len(answers)} answers in {minutes:.0f} minutes")
    print("\n".join(table({"answers": answers})))
    for name, state in (("after the first quarter", first), ("at the end", last)):
        print(f"{name}: {state.memory:.0f} MB, {state.n_files} open files, {state.n_retracings} warnings of retracing")
    errors = errors_of(answers)
    print("\n".join(told_errors(errors, log)))
    found = verdicts(first, last, errors, len(answers))
    print("\n".join(map(str, found)))
    return int(any(verdict.kept is False for verdict in found))


async def soak(url: str, log: Path, arguments: argparse.Namespace) -> tuple[State, State, list[Timed]]:
    """Send all visitors, and return the server's state after the first quarter and at the end, and all answers."""
    meter, answers = Meter(url), []
    models = cycle(card.name for card in list_models(MODELS_DIR) if not (card.input == "embedding" and missing_trunk()))
    n_others = max(0, round(arguments.visits / arguments.classifications) - 1)
    n_sessions = -(-arguments.classifications // TURNS)
    first = None
    for i in range(n_sessions):
        async for timed in told(session(url, i, next(models), n_others)):
            answers.append(timed)
        if first is None and i + 1 >= WARM_UP * n_sessions:
            first = await state(meter, log)
    return first, await state(meter, log), answers


async def session(url: str, seed: int, model: str, n_others: int) -> AsyncIterator[Timed]:
    """Let one visitor come, turn to other pages before each classification, and leave."""
    async with Visitor(url, query=f"model={model}") as visitor:
        pupil = Pupil(visitor, seed=seed, hurry=True)
        yield await pupil.arrive()
        pages = cycle(page for page in visitor.page.pages if page != "Classify")
        for _ in range(seed):  # sessions begin with different pages
            next(pages)
        for _ in range(TURNS):
            for _ in range(n_others):
                page = next(pages)
                yield Timed(page, "open", await visitor.open(page))
            async for timed in pupil.classify():
                yield timed


async def state(meter: Meter, log: Path) -> State:
    """Wait until sessions that have left are forgotten, and return what the server takes."""
    await asyncio.sleep(AWAY_SECONDS + 5)
    return State(meter.now().server, meter.n_files(), log.read_text(errors="replace").count(RETRACING))


if __name__ == "__main__":
    sys.exit(main())
