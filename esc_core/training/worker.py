"""The process that trains one run: ``python -m esc_core.training.worker RUN``.

Read downwards: `work` takes the run's lock and starts the heartbeat; `_train` waits in the queue for a slot;
`_train_now` reads the settings and splits the data; `_train_fold` prepares the inputs, fits the network and records the
result. TensorFlow is imported only when a slot is free. Whatever ends the process, the system frees its locks, the next
run starts, and the checkpoint of the last complete epoch stays.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from esc_core.config import TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.errors import EscError, TrainingError
from esc_core.files import append_row, disk_is_full, reason, write_json
from esc_core.locks import try_lock
from esc_core.training.data.batches import steps_per_epoch
from esc_core.training.data.inputs import prepare
from esc_core.training.data.splits import Split, split_for
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.evaluation import EpochReport
from esc_core.training.fit.fit import fit
from esc_core.training.fit.memory import keep_memory
from esc_core.training.lessons.lessons import lesson_arms
from esc_core.training.lessons.teach import describe_arm, lesson_sounds, rows_of, train_arm
from esc_core.training.record import Record, RunResult, describe, n_cores
from esc_core.training.runs.clock import Clock
from esc_core.training.runs.heartbeat import Heartbeat, StoppedError
from esc_core.training.runs.queue import n_slots, wait_for_turn
from esc_core.training.runs.runs import Run

LOCK_TRIES = 20
"""Attempts to take the run's own lock, 0.1 s apart: checking whether it is held takes it for a moment."""

_SCORES = {"accuracy": "val_accuracy", "macro_recall": "macro_recall"}
"""Scores in the status, by their names in the rows of an epoch."""

Progress = Callable[[str], None]


def work(run: Run, *, progress: Progress = lambda line: None, end: Callable[[], None] | None = None) -> RunResult:
    """Wait in the queue for a slot, then train a run to its end or until it is stopped.

    Parameters
    ----------
    run : Run
        Queued.
    progress : callable, optional
        Receives lines for people; log.txt has them too.
    end : callable, optional
        Ends the process if it was asked to stop and does not.

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
    with _own(run), Heartbeat(run, end=end) as beat:
        try:
            result = _train(run, beat, _logged(run, progress))
            beat.finish(state="done", doing="", seconds_left=None)
        except (StoppedError, KeyboardInterrupt):
            beat.finish(state="stopped", doing="", seconds_left=None)
            raise
        except Exception as error:
            sentence = _sentence(error, beat.status.epoch)
            with suppress(OSError):
                _append(run, traceback.format_exc())
            beat.finish(state="failed", doing="", seconds_left=None, error=sentence)
            raise TrainingError(sentence) from error
    return result


def _own(run: Run) -> IO[bytes]:
    for _ in range(LOCK_TRIES):
        if lock := try_lock(run.lock_file):
            return lock
        time.sleep(0.1)
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


def _train(run: Run, beat: Heartbeat, progress: Progress) -> RunResult:
    def waiting(before: int) -> None:
        beat.check()
        doing = f"waiting for {before} other run{'s' if before > 1 else ''}"
        if doing != beat.status.doing:
            beat.note(doing=doing)
            progress(doing)

    with wait_for_turn(run, waiting):
        return _train_now(run, beat, progress)


def _train_now(run: Run, beat: Heartbeat, progress: Progress) -> RunResult:
    beat.check()
    beat.write(state="preparing", doing="reading the settings", error=None)
    keep_memory()
    config = _with_dtype(run, beat)
    dataset, split = split_for(load_dataset(run.data_dir), config)
    progress(f"reading {len(dataset.clips)} clips")
    train = _train_lesson if run.lesson else _train_fold
    return train(run, beat, config, dataset, split, progress)


def _load_tensorflow(beat: Heartbeat) -> None:
    beat.check()
    beat.note(doing="loading TensorFlow")
    import tensorflow  # noqa: F401  (takes seconds that are not training time)

    beat.check()
    beat.note(doing="building the network")


def _train_fold(
    run: Run, beat: Heartbeat, config: TrainConfig, dataset: Dataset, split: Split, progress: Progress
) -> RunResult:
    sounds = prepare(dataset, config, split.train, progress=beat.count)
    _load_tensorflow(beat)
    checkpoint, record = Checkpoint(run.checkpoint_file), Record(run, dataset, split)
    clock = _resumed_clock(beat, config, record, n_done=checkpoint.epoch())

    def on_epoch(report: EpochReport) -> None:
        row = record.epoch(report, clock.seconds, clock.core_seconds)
        scores = {key: row[name] for key, name in _SCORES.items() if row[name] is not None}
        beat.write(epoch=report.epoch, step=0, seconds=clock.seconds, **scores)
        progress(describe(report, config.n_epochs, beat.status.seconds_left))

    model, logits = fit(
        sounds.clips,
        dataset.labels,
        split.train,
        split.val,
        n_classes=len(dataset.categories),
        config=config,
        copies=sounds.copies,
        on_epoch=on_epoch,
        on_step=clock.step,
        checkpoint=checkpoint,
    )
    beat.check()
    beat.write(doing="storing the model", step=0)
    result = record.finish(model, logits, config, clock.seconds)
    beat.note(epoch=config.n_epochs, accuracy=result.accuracy, seconds=result.seconds)
    return result


def _resumed_clock(beat: Heartbeat, config: TrainConfig, record: Record, *, n_done: int) -> Clock:
    """Return a clock that goes on from the time of earlier sessions, and drop their rows after the checkpoint."""
    before, core_before = record.start(n_done)
    n_steps = steps_per_epoch(record.dataset.labels[record.split.train], config)
    return Clock(
        beat, n_epochs=config.n_epochs, n_steps=n_steps, before=before, core_before=core_before, first=n_done + 1
    )


def _train_lesson(
    run: Run, beat: Heartbeat, config: TrainConfig, dataset: Dataset, split: Split, progress: Progress
) -> RunResult:
    arms = lesson_arms(str(run.lesson), dataset, seed=config.seed, config=config)
    mel = lesson_sounds(dataset, arms, config.features, seed=config.seed, progress=beat.count)
    _load_tensorflow(beat)
    path, total = run.lesson_file, len(arms) * config.n_epochs
    path.unlink(missing_ok=True)  # a lesson that was stopped starts again
    labels = np.tile(dataset.labels, 2)[rows_of(arms[0].train, len(dataset.clips))]
    clock = Clock(beat, n_epochs=total, n_steps=steps_per_epoch(labels, config), before=0.0, first=1)
    beat.write(epoch=0, n_epochs=total, seconds=0.0)
    for done, arm in enumerate(arms):
        progress(f"{arm.title}: {len(arm.train)} sounds")
        append_row(path, describe_arm(dataset, arm))
        epochs_before = done * config.n_epochs

        def on_row(row: dict[str, Any], epochs_before: int = epochs_before) -> None:
            append_row(path, row | {"seconds": clock.seconds})
            scores = {"accuracy": row["accuracy"]} if "accuracy" in row else {}
            beat.write(epoch=epochs_before + row["epoch"], step=0, seconds=clock.seconds, **scores)

        def on_step(epoch: int, step: int, epochs_before: int = epochs_before) -> bool:
            return clock.step(epochs_before + epoch, step)

        train_arm(dataset, arm, mel, on_row=on_row, on_step=on_step)
        beat.check()
    return RunResult(beat.status.accuracy or 0.0, total, clock.seconds)


def _with_dtype(run: Run, beat: Heartbeat) -> TrainConfig:
    config = run.config
    if config.dtype != "auto":
        return config
    from esc_core.training.fit.dtype import fastest_dtype

    beat.write(doing="measuring which precision is faster here")
    config = replace(config, dtype=fastest_dtype(config))
    write_json(run.config_file, config.to_dict())  # before the first step, so that a seed means something
    return config


def main() -> int:
    """Train the run whose folder is the argument, and return the exit status."""
    run = Run(Path(sys.argv[1]))
    if hasattr(os, "nice"):
        os.nice(5)  # the pages come first
    # otherwise runs side by side would each use every core, and together be slower than one after the other
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, n_cores() // n_slots())))
    try:
        work(run, end=lambda: os._exit(0))
    except StoppedError:
        return 0
    except EscError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
