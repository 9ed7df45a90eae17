"""A clock that is set back, as by a time server after a start: no run seems to wait for ever."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from esc_core.disk.files import read_json, write_json
from esc_core.training.process.control import delete, queue_again
from esc_core.training.process.create import create_run
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.queue import runs_before
from esc_core.training.runs.run import STALE_SECONDS, Run
from tests.small_runs import TINY, write_tones

DAY = 86_400.0


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tones(tmp_path_factory.mktemp("data") / "tones", per_fold=1)


def queued(tones: Path, *, at: float) -> Run:
    """Queue a run whose worker never began, at a time by the clock as it was."""
    run = create_run(TINY, tones)
    write_json(run.status_file, read_json(run.status_file) | {"heartbeat": at, "queued_at": at})
    return run


def test_a_run_that_was_queued_in_the_future_is_interrupted(tones: Path) -> None:
    """It holds up no other, and can be queued again or deleted."""
    lost, next_run = queued(tones, at=time.time() + DAY), create_run(TINY, tones)
    earlier = queued(tones, at=time.time() - DAY)
    assert [run.status().state for run in (lost, earlier)] == ["interrupted", "interrupted"]
    assert (next_run.status().state, runs_before(next_run)) == ("queued", 0)
    queue_again(lost)
    assert lost.status().state == "queued"
    delete(earlier)
    assert {run.id for run in list_runs()} == {lost.id, next_run.id}


def test_a_clock_that_is_a_moment_ahead_interrupts_nothing(tones: Path) -> None:
    """Two computers that share a folder do not agree to the second."""
    assert queued(tones, at=time.time() + STALE_SECONDS / 2).status().state == "queued"
