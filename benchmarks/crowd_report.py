"""What `benchmarks.crowd` and `benchmarks.soak` say of their answers and readings: percentiles, growth, verdicts."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.meter import Reading
from benchmarks.pupil import Timed

FIRST_SECONDS = 60.0
"""Time in which caches fill, in seconds; growth counts from there."""

LOG_CHARACTERS = 3000
"""How much of the server's log is printed if there were errors."""

WINDOW_SECONDS = 30.0
"""Length of the windows whose medians are compared for growth, in seconds."""


@dataclass(frozen=True)
class Verdict:
    """A promise, and what was measured.

    Attributes
    ----------
    promise : str
        What is promised, with the limit.
    measured : str
        What was measured.
    kept : bool or None
        Whether the promise was kept; None if the measurement was too short to tell.
    """

    promise: str
    measured: str
    kept: bool | None

    def __str__(self) -> str:
        word = {True: "kept", False: "BROKEN", None: "not judged"}[self.kept]
        return f"{self.promise:42} {self.measured:32} {word}"


def below(promise: str, value: float | None, limit: float, unit: str) -> Verdict:
    """Return the verdict on a value that must be below a limit; None stands for one that can't be told."""
    if value is None:
        return Verdict(f"{promise} < {limit:g} {unit}", "too short to tell", None)
    return Verdict(f"{promise} < {limit:g} {unit}", f"{value:.3g} {unit}", value < limit)


def no_errors(errors: Sequence[str], n_answers: int) -> Verdict:
    """Return the verdict on errors; where there was no answer, there is nothing to praise."""
    return Verdict("no error", f"{len(errors)} in {n_answers} answers", not errors if n_answers else None)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the smallest value that at least so many percent of all values do not exceed; None without values."""
    return float(np.percentile(values, percent, method="inverted_cdf")) if values else None


def errors_of(answers: Iterable[Timed]) -> list[str]:
    """Return the errors in some answers, each with its page and action."""
    return [f"{timed.page}, {timed.action}: {error}" for timed in answers for error in timed.answer.errors]


def told_errors(errors: Sequence[str], log: Path) -> Iterator[str]:
    """Yield a line for each kind of error, and, if there is one, the end of the server's log, which says more."""
    for error, n in Counter(errors).most_common(10):
        yield f"{n} x {error}"
    if errors:
        yield f"the end of the server's log:\n{log.read_text(errors='replace')[-LOG_CHARACTERS:]}"


def seconds_of(answers: Iterable[Timed]) -> list[float]:
    """Return how long answers took that came, in seconds; a lost connection is no answer."""
    return [timed.answer.seconds for timed in answers if not timed.answer.lost]


def table(answers: Mapping[str, Sequence[Timed]]) -> Iterator[str]:
    """Yield the lines of a table: for each page and action, how long 50, 95 and 99% of the answers took.

    Parameters
    ----------
    answers : mapping of str to sequence of Timed
        Answers by their heading, side by side: those of a crowd, those to one session.
    """
    yield f"{'milliseconds':22}" + "".join(f"{name:>9} {'p50':>7}{'p95':>7}{'p99':>7}" for name in answers)
    kinds = list(dict.fromkeys((timed.page, timed.action) for each in answers.values() for timed in each))
    for page in dict.fromkeys(page for page, _ in kinds):
        for kind in (kind for kind in kinds if kind[0] == page):
            yield _line(", ".join(kind), [[t for t in each if (t.page, t.action) == kind] for each in answers.values()])
        yield _line(f"{page} (all)", [[t for t in each if t.page == page] for each in answers.values()])
    yield _line("all", answers.values())


def _line(name: str, columns: Iterable[Sequence[Timed]]) -> str:
    line = f"{name:22}"
    for values in map(seconds_of, columns):
        found = [percentile(values, percent) for percent in (50, 95, 99)]
        line += f"{len(values):9} " + "".join(f"{'–' if x is None else round(1000 * x):>7}" for x in found)
    return line


def growth(readings: Sequence[tuple[float, Reading]]) -> float | None:
    """Return by how much the server's memory grew after the first minute, as a percentage.

    Parameters
    ----------
    readings : sequence of (float, Reading)
        Seconds since the beginning, and memory.

    Returns
    -------
    float or None
        From the median of half a minute after the first minute to that of the last half minute; None if they overlap.
    """
    end = readings[-1][0] if readings else 0.0
    if end < FIRST_SECONDS + 2 * WINDOW_SECONDS:
        return None
    early = [now.server for at, now in readings if FIRST_SECONDS <= at < FIRST_SECONDS + WINDOW_SECONDS]
    late = [now.server for at, now in readings if at > end - WINDOW_SECONDS]
    return 100 * (statistics.median(late) / statistics.median(early) - 1)
