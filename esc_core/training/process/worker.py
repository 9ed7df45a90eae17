"""The process that trains one run: ``python -m esc_core.training.process.worker RUN [LOCK]``.

It takes the run's lock, unless it inherits it (LOCK is the descriptor), starts the heartbeat, waits in the queue for a
slot, and then trains; see `train` for how. TensorFlow is imported only once there is a slot. Whatever ends the process,
the system frees its locks, the next run starts, and the checkpoint of the last complete epoch stays.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

from esc_core.disk.files import disk_is_full, drop_temporary_files, reason
from esc_core.disk.locks import inherited_lock, take_lock
from esc_core.errors import EscError, TrainingError
from esc_core.libraries import prepare_numba
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.process.priority import give_way
from esc_core.training.record import RunResult, n_cores
from esc_core.training.runs.heartbeat import Heartbeat, StoppedError
from esc_core.training.runs.queue import n_slots, wait_for_turn
from esc_core.training.runs.run import Run
from esc_core.training.train import Progress, train_run

Train = Callable[[Run, Heartbeat, Progress], RunResult]
"""Trains a run that has a slot, as `train_run` does."""


def work(
    run: Run,
    *,
    train: Train = train_run,
    progress: Progress = lambda line: None,
    end: Callable[[], None] | None = None,
    lock: IO[bytes] | None = None,
) -> RunResult:
    """Wait in the queue for a slot, then train a run to its end or until it is stopped.

    Parameters
    ----------
    run : Run
        Queued.
    train : callable, optional
        Trains it; by default as a classifier.
    progress : callable, optional
        Receives lines for people; log.txt has them too.
    end : callable, optional
        Ends the process if it was asked to stop and does not.
    lock : file, optional
        The run's lock, if this process holds it already.

    Returns
    -------
    RunResult
        The last epoch's score.

    Raises
    ------
    StoppedError
        If it was asked to stop.
    EscError
        If it failed; the run's status holds the same sentence.
    """
    with lock or _own(run), Heartbeat(run, end=end) as beat:
        try:
            result = _train(run, train, beat, _logged(run, progress))
            beat.finish(state="done", doing="", seconds_left=None)
        except (StoppedError, KeyboardInterrupt):
            beat.finish(state="stopped", doing="", seconds_left=None)
            raise
        except Exception as error:
            kept = Checkpoint(run.checkpoint_file).epoch()  # not that of the status, which may be one ahead
            sentence = _sentence(error, kept)
            if not run.lesson:
                beat.note(epoch=kept)
            with suppress(OSError):
                _append(run, traceback.format_exc())
            beat.finish(state="failed", doing="", seconds_left=None, error=sentence)
            raise TrainingError(sentence) from error
    return result


def _own(run: Run) -> IO[bytes]:
    if lock := take_lock(run.lock_file):
        return lock
    raise TrainingError(f"{run.name} has a worker already")


def _sentence(error: Exception, epoch: int) -> str:
    if isinstance(error, EscError):
        return str(error)
    if isinstance(error, OSError) and disk_is_full(error):
        kept = f"; all up to epoch {epoch} is kept" if epoch else ""
        return f"The disk is full{kept}. Make room, then resume the run."
    if isinstance(error, OSError):
        return f"The run's files can't be written or read: {reason(error)}."
    if isinstance(error, MemoryError):
        return "There is not enough memory; choose a smaller width or batch."
    return f"Training ended with an unexpected error ({type(error).__name__}); the run's log has the details."


def _append(run: Run, text: str) -> None:
    with run.log_file.open("a", encoding="utf-8") as file:
        file.write(text.rstrip("\n") + "\n")


def _logged(run: Run, progress: Progress) -> Progress:
    def tell(line: str) -> None:
        _append(run, f"{time.strftime('%H:%M:%S')} {line}")
        progress(line)

    return tell


def _train(run: Run, train: Train, beat: Heartbeat, progress: Progress) -> RunResult:
    def waiting(before: int) -> None:
        beat.check()
        doing = f"waiting for {before} other run{'s' if before > 1 else ''}"
        if doing != beat.status.doing:
            beat.note(doing=doing)
            progress(doing)

    with wait_for_turn(run, waiting):
        return train(run, beat, progress)


def end_at_once(status: int = 0) -> NoReturn:
    """End this process, whatever its threads are doing; what they are writing is not left behind.

    Taking TensorFlow down in order would cost a second of the processor, half a minute on a busy machine, and hold its
    memory until then.

    Parameters
    ----------
    status : int
        Exit status of the process.
    """
    drop_temporary_files()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody may be left to read it
            stream.flush()
    os._exit(status)


def main(train: Train = train_run) -> int:
    """Train the run whose folder is the first argument, and return the exit status; `train` as in `work`."""
    prepare_numba()
    run = Run(Path(sys.argv[1]))
    lock = inherited_lock(int(sys.argv[2])) if len(sys.argv) > 2 else None
    give_way()
    # otherwise runs side by side would each use every core, and together be slower than one after the other
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, n_cores() // n_slots())))
    try:
        work(run, train=train, end=end_at_once, lock=lock)
    except StoppedError:
        return 0
    except EscError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    end_at_once(main())
