"""Actions on runs: submit, stop, resume, delete."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from esc_core.children import start_child
from esc_core.config import GeneratorConfig, TrainConfig, environment
from esc_core.disk.files import reason
from esc_core.disk.locks import CAN_HAND_OVER, take_lock, try_lock
from esc_core.errors import TrainingError
from esc_core.training.process.create import create_lesson, create_run, queue_run
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.listing import list_runs, runs_dir
from esc_core.training.runs.queue import queue_file
from esc_core.training.runs.run import CLASSIFIER, Run
from esc_core.training.runs.status import Status

WORKERS = {CLASSIFIER: "esc_core.training.process.worker", GeneratorConfig.kind: "esc_core.generate.training.worker"}
"""The module that trains a run of each kind, in a process of its own."""

ABANDONED_SECONDS = 3600.0
"""Age after which a folder that is being deleted counts as left over from a deletion that was cut short."""

MAX_WAITING = 12
"""Runs that may wait at the same time; each waits in a process of its own, which takes 60 MB."""

QUEUE_SECONDS = 60.0
"""Longest time that a start waits for other starts."""

_started: list[subprocess.Popen[bytes]] = []
"""Workers that this process started; those that ended are dropped at the next start."""


def submit(
    config: TrainConfig | GeneratorConfig, data_dir: str | Path, *, name: str | None = None, preset: str | None = None
) -> Run:
    """Queue a run and start its worker, a process that outlives this one.

    Parameters
    ----------
    config, data_dir, name, preset
        As in `create_run`.

    Returns
    -------
    Run
        Queued.

    Raises
    ------
    EscError
        As `create_run`; then nothing is left behind.
    """
    with _room(new=True):
        run = create_run(config, data_dir, name=name, preset=preset)
        start_worker(run)
    return run


@contextmanager
def _room(*, new: bool) -> Iterator[None]:
    """Hold the queue for a start, after checking that there is room for it: of many starts at once each counts.

    Parameters
    ----------
    new : bool
        Whether it is a run that is not on the disk yet.
    """
    deadline = time.monotonic() + QUEUE_SECONDS
    with ExitStack() as held:
        while (lock := _try_queue()) is None:
            if time.monotonic() > deadline:
                raise TrainingError("too many runs are being started at once; try again in a minute")
            time.sleep(0.05)
        held.enter_context(lock)
        runs, most = list_runs(), environment.MAX_RUNS.value()
        if new and len(runs) >= most:
            raise TrainingError(f"there are {len(runs)} runs, and {most} are kept; delete some first")
        waiting = sum(run.status().state == "queued" for run in runs)
        if waiting >= MAX_WAITING:
            raise TrainingError(f"{waiting} runs are waiting already, each in a process; stop some of them first")
        yield


def _try_queue() -> IO[bytes] | None:
    try:
        queue_file().parent.mkdir(parents=True, exist_ok=True)
        return try_lock(queue_file())
    except OSError as error:
        raise TrainingError(f"no run can be queued in {runs_dir()}: {reason(error)}") from error


def submit_lesson(lesson: str, data_dir: str | Path, *, seed: int = 0) -> Run:
    """Queue a lesson on ten categories and start its worker.

    Parameters
    ----------
    lesson, data_dir, seed
        As in `create_lesson`.

    Returns
    -------
    Run
        Queued; `esc_core.training.lessons.teach.lesson_curves` reads its results.

    Raises
    ------
    EscError
        As `create_run`, or if there is no such lesson.
    """
    with _room(new=True):
        run = create_lesson(lesson, data_dir, seed=seed)
        start_worker(run)
    return run


def start_worker(run: Run) -> None:
    """Start the process that waits for the run's turn and trains it.

    Raises
    ------
    TrainingError
        If it can't be started.
    """
    try:
        _start(run)
    except OSError as error:
        raise TrainingError(f"{run.name} can't be started: {reason(error)}") from error


def _start(run: Run) -> None:
    _started[:] = [process for process in _started if process.poll() is None]
    variables = {"PYTHONUNBUFFERED": "1"}
    with run.log_file.open("ab") as log, ExitStack() as held:
        arguments, inherited = [str(run.folder)], []
        if CAN_HAND_OVER:
            # From here to the worker's end the lock is held, however long a busy machine takes to start Python.
            lock = take_lock(run.lock_file)
            if lock is None:
                raise TrainingError(f"{run.name} has a worker already")
            inherited.append(held.enter_context(lock).fileno())
            arguments.append(str(lock.fileno()))
        _started.append(
            start_child(WORKERS[run.kind], *arguments, stdout=log, stderr=log, variables=variables, inherited=inherited)
        )


def stop(run: Run) -> None:
    """Ask a run's worker to stop; it stops within two seconds, whatever it is doing."""
    if run.status().state in BUSY:
        run.stop_file.touch()


def clear_queue() -> int:
    """Ask all waiting runs to stop, and return how many; the one that trains goes on."""
    waiting = [run for run in list_runs() if run.status().state == "queued"]
    for run in waiting:
        stop(run)
    return len(waiting)


def resume(run: Run) -> None:
    """Queue a run that was stopped, interrupted or failed again; it goes on from its checkpoint.

    Raises
    ------
    TrainingError
        If it is done or still at work, too many runs wait, its settings or its data folder are damaged, or its files
        can't be written.
    """
    with _room(new=False):
        queue_again(run)
        start_worker(run)


def queue_again(run: Run) -> None:
    """Queue a run that ended early, for a worker that the caller starts; see `resume` for the errors."""
    status = run.status()
    if not status.can_resume:
        raise TrainingError(f"{run.name} is {status.state}; only a run that ended early can go on")
    requeue(run, status)


def requeue(run: Run, status: Status) -> None:
    """Put a run at the end of the queue, without a worker; see `resume` for the errors."""
    settings, _ = run.settings, run.data_dir
    try:
        run.stop_file.unlink(missing_ok=True)
        queue_run(run, settings, status)
    except OSError as error:
        raise TrainingError(f"{run.name} can't be queued: {reason(error)}") from error


def delete(run: Run) -> None:
    """Delete a run with its model; of a run in a folder that the user named, only the entry in the list.

    Raises
    ------
    TrainingError
        If it is still at work, or can't be removed.
    """
    if run.status().state in BUSY:
        raise TrainingError(f"{run.name} is still at work; stop it first")
    try:
        if run.folder.is_symlink():
            run.folder.unlink()
        else:
            for left in run.folder.parent.glob(".deleting-*"):
                if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:  # of a deletion that was cut short
                    shutil.rmtree(left, ignore_errors=True)
            # renamed first, so that no list shows half a run
            hidden = run.folder.with_name(f".deleting-{run.id}")
            run.folder.rename(hidden)
            shutil.rmtree(hidden)
    except OSError as error:
        raise TrainingError(f"{run.name} can't be removed: {reason(error)}") from error
