"""What is concluded from a crowd's answers; see benchmarks.crowd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks import soak
from benchmarks.crowd import Measured
from benchmarks.crowd_report import below, errors_of, growth, no_errors, percentile, seconds_of, table, told_errors
from benchmarks.meter import Reading
from benchmarks.pupil import Timed, told
from benchmarks.visitor import Answer


def timed(seconds: float, *errors: str, page: str = "Explore", action: str = "open", lost: bool = False) -> Timed:
    return Timed(page, action, Answer(seconds, errors, lost))


def test_a_percentile_is_a_value_that_was_measured() -> None:
    """Of a hundred values the 95th, not one between two."""
    values = [i / 100 for i in range(100, 0, -1)]
    assert percentile(values, 50) == 0.5
    assert percentile(values, 95) == 0.95
    assert percentile(values, 99) == 0.99
    assert percentile([3.0], 95) == 3.0
    assert percentile([], 95) is None


def test_a_promise_is_kept_broken_or_not_judged() -> None:
    assert below("answers", 1.4, 1.5, "s").kept is True
    assert below("answers", 1.5, 1.5, "s").kept is False
    assert below("answers", None, 1.5, "s").kept is None
    assert str(below("answers", 2.0, 1.5, "s")).split() == ["answers", "<", "1.5", "s", "2", "s", "BROKEN"]


def test_without_answers_no_error_is_no_praise() -> None:
    assert no_errors([], 10).kept is True
    assert no_errors(["why"], 10).kept is False
    assert no_errors([], 0).kept is None


def test_a_lost_connection_is_an_error_and_no_answer() -> None:
    answers = [timed(0.1), timed(60, "the connection ended", lost=True), timed(0.2, "It can't be read.")]
    assert seconds_of(answers) == [0.1, 0.2]
    assert errors_of(answers) == ["Explore, open: the connection ended", "Explore, open: It can't be read."]


def test_the_table_has_a_line_for_each_kind_each_page_and_all() -> None:
    crowd = [timed(i / 100) for i in range(1, 101)] + [timed(0.5, page="Augment", action="slider")]
    lines = [line.split() for line in table({"crowd": crowd, "alone": [timed(0.01)]})]
    assert lines[1] == ["Explore,", "open", "100", "500", "950", "990", "1", "10", "10", "10"]
    assert lines[2][:2] == ["Explore", "(all)"]
    assert lines[3] == ["Augment,", "slider", "1", "500", "500", "500", "0", "–", "–", "–"]
    assert lines[5][:2] == ["all", "101"]


def test_growth_counts_from_the_first_minute() -> None:
    """Caches that fill in the first minute are no growth, nor is one reading that is out of line."""
    readings = [(5.0 * i, Reading(500.0 if 5 * i < 60 else 1000.0, 30.0)) for i in range(37)]
    assert growth(readings) == 0
    readings[20] = (100.0, Reading(5000.0, 30.0))
    assert growth(readings) == 0
    readings = [(at, Reading(1100.0, 30.0) if at > 120 else now) for at, now in readings]
    assert growth(readings) == pytest.approx(10)


def test_growth_needs_two_minutes() -> None:
    assert growth([]) is None
    assert growth([(5.0 * i, Reading(1000.0, 30.0)) for i in range(24)]) is None
    assert growth([(5.0 * i, Reading(1000.0, 30.0)) for i in range(25)]) == 0


def test_all_promises_are_judged() -> None:
    measured = Measured(
        alone=[timed(0.1)],
        crowd=[timed(1.0), timed(2.0)],
        browser=[1.0],
        readings=[(5.0 * i, Reading(2000.0, 600.0)) for i in range(37)],
    )
    assert [verdict.kept for verdict in measured.verdicts()] == [True, False, True, False, True]
    assert [verdict.kept for verdict in Measured().verdicts()] == [None] * 5


def test_errors_are_counted_and_the_log_says_more(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("Traceback\nValueError: broken")
    assert list(told_errors([], tmp_path / "log")) == []
    counted, log = told_errors(["why", "why"], tmp_path / "log")
    assert counted == "2 x why"
    assert log.endswith("ValueError: broken")


def test_a_visit_that_breaks_off_ends_with_its_error() -> None:
    """Nothing is asked after a lost connection, and a page that lacks something is an error."""

    async def visit(*, lost: bool) -> AsyncIterator[Timed]:
        yield timed(0.1)
        yield timed(0.2, "the connection ended", lost=lost)
        raise LookupError("the page has no slider")

    async def all_of(answers: AsyncIterator[Timed]) -> list[Timed]:
        return [answer async for answer in answers]

    assert errors_of(asyncio.run(all_of(told(visit(lost=True))))) == ["Explore, open: the connection ended"]
    last = asyncio.run(all_of(told(visit(lost=False))))[-1]
    assert last.answer == Answer(0.0, ("LookupError: the page has no slider",), lost=True)


def test_a_long_day_may_take_little_more() -> None:
    """Five per cent of memory, five files, and no retracing: what came in the warm-up does not count."""
    first = soak.State(1000.0, 20, 3)
    kept = [verdict.kept for verdict in soak.verdicts(first, soak.State(1049.0, 25, 3), [], 10)]
    broken = [verdict.kept for verdict in soak.verdicts(first, soak.State(1051.0, 26, 4), ["why"], 10)]
    assert (kept, broken) == ([True] * 4, [False] * 4)
