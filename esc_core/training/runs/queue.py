"""The queue: the oldest waiting run takes the next free slot.

There is no dispatcher that could fail: each worker checks for itself, and a slot is a file lock, which the system frees
however its holder ends.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from esc_core.config import require
from esc_core.disk.locks import try_lock
from esc_core.training.runs.listing import list_runs, runs_dir
from esc_core.training.runs.run import Run

POLL_SECONDS = 1.0


def n_slots() -> int:
    """Return how many runs may train at the same time: ``ESC_TRAINING_SLOTS``, one by default."""
    text = os.environ.get("ESC_TRAINING_SLOTS", "1")
    require(text.isdecimal() and 1 <= int(text) <= 64, "ESC_TRAINING_SLOTS must be in 1–64", text)
    return int(text)


def slot_file(number: int) -> Path:
    """Return the lock file of a training slot, counted from 0; each machine has its own, even in a shared folder."""
    return runs_dir() / ".slots" / f"{platform.node()}-{number}.lock"


def queue_file() -> Path:
    """Return the lock file that whoever queues a run holds, so that two never take the last place."""
    return runs_dir() / ".slots" / "queue.lock"


def runs_before(run: Run) -> int:
    """Return how many live runs have waited for longer; 0 means that this one is next."""
    mine, folder = _order(run), run.folder.resolve()
    # a run in a folder that the user named has two paths: the folder's own, and the link in the list
    older = (other for other in list_runs() if other.folder.resolve() != folder and _order(other) < mine)
    return sum(other.status().state == "queued" for other in older)


def _order(run: Run) -> tuple[float, str]:
    return run.written().queued_at, run.id


def wait_for_turn(run: Run, waiting: Callable[[int], None]) -> IO[bytes]:
    """Wait until a slot is free for a run, and take the slot.

    Parameters
    ----------
    run : Run
        Queued.
    waiting : callable
        Called every second with the number of runs before this one, including the one at work; what it raises ends the
        waiting.

    Returns
    -------
    file
        The slot; closing the file frees it.
    """
    slot_file(0).parent.mkdir(parents=True, exist_ok=True)
    while True:
        before = runs_before(run)
        if before == 0:
            for i in range(n_slots()):
                if slot := try_lock(slot_file(i)):
                    return slot
        waiting(before + 1)
        time.sleep(POLL_SECONDS)
