"""How one run is trained, from its settings to a model; start reading here.

::

    settings ── split_for ──→ clips to train on and to validate with, without those that can't be read
             ── prepare ────→ their features, and augmented copies (data.inputs → data.chains → data.copies)
             ── fit ────────→ a network and its logits for the validation clips (fit.fit → data.batches, fit.steps)
             ── Record ─────→ curves and guesses while it trains, then the model folder with its card
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from esc_core.config import TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.disk.files import append_row, write_json, write_whole
from esc_core.errors import TrainingError
from esc_core.libraries import load_tensorflow
from esc_core.training.data.batches import steps_per_epoch
from esc_core.training.data.inputs import prepare, unreadable_clips
from esc_core.training.data.notes import split_notes
from esc_core.training.data.splits import Split, chosen_clips, split_for
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.evaluation import EpochReport
from esc_core.training.fit.fit import fit
from esc_core.training.fit.memory import keep_memory
from esc_core.training.lessons.lessons import lesson_arms
from esc_core.training.lessons.teach import describe_arm, lesson_sounds, rows_of, train_arm
from esc_core.training.record import Record, RunResult, describe
from esc_core.training.runs.clock import Clock
from esc_core.training.runs.heartbeat import Heartbeat
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import RunNotes
from esc_core.training.timing.preparation import Stopwatch, remember_preparation

Progress = Callable[[str], None]
"""Receives lines for people."""

_SCORES = {"accuracy": "val_accuracy", "macro_recall": "macro_recall"}
"""Scores in the status, by their names in the rows of an epoch."""


@dataclass(frozen=True)
class Task:
    """What a training works with.

    Attributes
    ----------
    run : Run
        Its folder.
    config : TrainConfig
        Settings, with the dtype decided.
    dataset : Dataset
        The clips of the run's categories.
    split : Split
        Positions in `dataset`.
    notes : RunNotes
        What the split leaves out.
    beat : Heartbeat
        Receives the progress, and raises StoppedError if the run was asked to stop.
    watch : Stopwatch
        Times the preparation, and passes its progress on to `beat`.
    progress : callable
        Receives lines for people.
    """

    run: Run
    config: TrainConfig
    dataset: Dataset
    split: Split
    notes: RunNotes
    beat: Heartbeat
    watch: Stopwatch
    progress: Progress


def train_run(run: Run, beat: Heartbeat, progress: Progress) -> RunResult:
    """Train a run that has a slot.

    Parameters
    ----------
    run : Run
        Its worker holds lock and slot.
    beat : Heartbeat
        Entered.
    progress : callable
        Receives lines for people.

    Returns
    -------
    RunResult
        The last epoch's score.

    Raises
    ------
    StoppedError
        If it was asked to stop.
    EscError
        If settings or data can't be trained.
    """
    beat.check()
    beat.write(state="preparing", doing="reading the settings", error=None)
    keep_memory()
    config = _with_dtype(run, beat)
    dataset = chosen_clips(load_dataset(run.data_dir), config.categories)
    known = run.notes().sentences
    for sentence in (*known, f"reading {len(dataset.clips)} clips"):
        progress(sentence)
    watch = Stopwatch(beat.count)
    unreadable = _unreadable(run, dataset, config, watch)
    dataset, split = split_for(dataset, config, unreadable=unreadable)
    notes = split_notes(dataset, split, unreadable)
    write_json(run.notes_file, asdict(notes))
    for sentence in notes.sentences:
        if sentence not in known:
            progress(sentence)
    task = Task(run, config, dataset, split, notes, beat, watch, progress)
    return train_lesson(task) if run.lesson else train_fold(task)


def _unreadable(run: Run, dataset: Dataset, config: TrainConfig, watch: Stopwatch) -> dict[str, str]:
    return unreadable_as_before(run, unreadable_clips(dataset, config, progress=watch))


def unreadable_as_before(run: Run, found: dict[str, str]) -> dict[str, str]:
    """Return the clips that can't be read; of a run that goes on those of its start, or other clips would train it.

    Parameters
    ----------
    run : Run
        The run, perhaps with a checkpoint.
    found : dict of str to str
        File names of the clips that can't be read now, each with the reason.

    Returns
    -------
    dict of str to str
        The same, of those that could not be read when the run began.

    Raises
    ------
    TrainingError
        If another one can't be read.
    """
    if not Checkpoint(run.checkpoint_file).epoch():
        return found
    before = dict(run.notes().unreadable)
    if new := [name for name in found if name not in before]:
        raise TrainingError(
            f"{new[0]} could be read when the run began, and now it can't: {found[new[0]]}; "
            "put it back, or start a new run"
        )
    return before


def train_fold(task: Task) -> RunResult:
    """Train one network on the training folds, and record it with its score on the validation fold."""
    run, config, beat = task.run, task.config, task.beat
    watch = task.watch
    sounds = prepare(task.dataset, config, task.split.train, progress=watch)
    _load_tensorflow(beat)
    checkpoint, record = Checkpoint(run.checkpoint_file), Record(run, task.dataset, task.split, task.notes)
    if checkpoint.tidy():
        task.progress("the checkpoint is damaged and was set aside; training starts at its first epoch")
    n_done = min(checkpoint.epoch(), config.n_epochs)
    beat.note(epoch=n_done)
    clock = _resumed_clock(task, record, n_done=n_done)

    def on_epoch(report: EpochReport) -> None:
        row = record.epoch(report, clock.seconds, clock.core_seconds)
        scores = {key: row[name] for key, name in _SCORES.items() if row[name] is not None}
        beat.write(epoch=report.epoch, step=0, seconds=clock.seconds, **scores)
        task.progress(describe(row, config.n_epochs, beat.status.seconds_left))

    model, logits = fit(
        sounds.clips,
        task.dataset.labels,
        task.split.train,
        task.split.val,
        n_classes=len(task.dataset.categories),
        config=config,
        copies=sounds.copies,
        on_epoch=on_epoch,
        on_step=clock.step,
        checkpoint=checkpoint,
    )
    beat.check()
    beat.write(doing="storing the model", step=0)
    result = record.finish(model, logits, config, clock.seconds)
    steps = result.seconds - clock.first_step
    if not clock.resumed:
        remember_preparation(config, watch, overhead=time.monotonic() - watch.began - watch.seconds - steps)
    beat.note(epoch=config.n_epochs, accuracy=result.accuracy, seconds=result.seconds)
    return result


def train_lesson(task: Task) -> RunResult:
    """Train the arms of a lesson one after the other, and record their curves; a lesson leaves no model."""
    run, config, dataset, beat = task.run, task.config, task.dataset, task.beat
    unreadable = task.notes.unreadable
    arms = lesson_arms(str(run.lesson), dataset, seed=config.seed, config=config, unreadable=unreadable)
    mel = lesson_sounds(dataset, arms, config.features, seed=config.seed, progress=beat.count)
    _load_tensorflow(beat)
    write_whole(run.lesson_file, lambda file: None)  # a lesson that was stopped starts again
    labels = np.tile(dataset.labels, 2)[rows_of(arms[0].train, len(dataset.clips))]
    total = len(arms) * config.n_epochs
    clock = Clock(beat, n_epochs=total, n_steps=steps_per_epoch(labels, config), before=0.0, first=1)
    beat.write(epoch=0, n_epochs=total, seconds=0.0)
    for n_before, arm in zip(range(0, total, config.n_epochs), arms, strict=True):
        task.progress(f"{arm.title}: {len(arm.train)} sounds")
        append_row(run.lesson_file, describe_arm(dataset, arm))

        def on_row(row: dict[str, Any], n_before: int = n_before) -> None:
            append_row(run.lesson_file, row | {"seconds": clock.seconds})
            scores = {"accuracy": row["accuracy"]} if "accuracy" in row else {}
            beat.write(epoch=n_before + row["epoch"], step=0, seconds=clock.seconds, **scores)

        def on_step(epoch: int, step: int, n_before: int = n_before) -> bool:
            return clock.step(n_before + epoch, step)

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


def _load_tensorflow(beat: Heartbeat) -> None:
    beat.check()
    beat.note(doing="loading TensorFlow")
    load_tensorflow()  # takes seconds that are not training time
    beat.check()
    beat.note(doing="building the network")


def _resumed_clock(task: Task, record: Record, *, n_done: int) -> Clock:
    """Return a clock that goes on from the time of earlier sessions; rows after the checkpoint are dropped."""
    before, core_before = record.start(n_done)
    n_epochs, n_steps = task.config.n_epochs, steps_per_epoch(task.dataset.labels[task.split.train], task.config)
    return Clock(
        task.beat, n_epochs=n_epochs, n_steps=n_steps, before=before, core_before=core_before, first=n_done + 1
    )
