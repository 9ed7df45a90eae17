"""How a run trains a generator, from its settings to a file: a run like any other, with samples in place of scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np

from esc_core.audio import file_fault
from esc_core.config import GeneratorConfig, TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.faults import SAMPLES
from esc_core.dataset.provenance import data_name
from esc_core.disk.files import append_row, keep_rows, sweep_temporary_files, write_json
from esc_core.errors import TrainingError
from esc_core.features import extract
from esc_core.features.cache import unreadable_rows
from esc_core.generate.generator import GeneratorCard
from esc_core.generate.training.data import Windows
from esc_core.generate.training.fit import GeneratorEpoch, fit_generator
from esc_core.generate.training.samples import write_samples
from esc_core.libraries import load_tensorflow
from esc_core.training.data.notes import split_notes
from esc_core.training.data.splits import Split, chosen_clips, split_for
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.dtype import fastest_dtype
from esc_core.training.fit.memory import keep_memory
from esc_core.training.record import RunResult
from esc_core.training.runs.clock import Clock
from esc_core.training.runs.contents import is_generator_epoch
from esc_core.training.runs.heartbeat import Heartbeat, StoppedError
from esc_core.training.runs.run import Run
from esc_core.training.train import unreadable_as_before

Progress = Callable[[str], None]
"""Receives lines for people."""


def generator_settings(run: Run) -> GeneratorConfig:
    """Return the settings of a run that trains a generator.

    Raises
    ------
    TrainingError
        If they are damaged, or it trains a classifier.
    """
    settings = run.settings
    if not isinstance(settings, GeneratorConfig):
        raise TrainingError(f"{run.name} trains a classifier, not a generator of sounds")
    return settings


def card_of(dataset: Dataset, split: Split, config: GeneratorConfig, windows: Windows, epoch: int) -> GeneratorCard:
    """Return the card of a generator after an epoch.

    Parameters
    ----------
    dataset : Dataset
        The clips of its categories.
    split : Split
        What it heard of them.
    config : GeneratorConfig
        Its settings.
    windows : Windows
        What it heard, scaled.
    epoch : int
        Epochs so far.

    Returns
    -------
    GeneratorCard
        Stored with its weights.
    """
    return GeneratorCard(
        labels=tuple(dataset.categories),
        val_fold=config.val_fold,
        n_clips=len(split.train),
        epochs=epoch,
        seed=config.seed,
        n_latent=config.n_latent,
        n_frames=windows.n_frames,
        low=windows.low,
        high=windows.high,
        features=config.features,
        synthetic=dataset.synthetic,
        data=data_name(dataset),
    )


def train_generator(run: Run, beat: Heartbeat, progress: Progress) -> RunResult:
    """Train a run's generator, once it has a slot; see `esc_core.training.train.train_run`.

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
        Without an accuracy, which a generator has none of.

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
    mel, split = _sounds(run, dataset, config, beat)
    beat.note(doing="loading TensorFlow")
    load_tensorflow()
    beat.check()
    checkpoint = Checkpoint(run.checkpoint_file)
    if checkpoint.tidy():
        progress("the checkpoint is damaged and was set aside; training starts at its first epoch")
    n_done = min(checkpoint.epoch(), config.n_epochs)
    beat.note(doing="building the networks", epoch=n_done)
    clock = _clock(run, beat, config, n_done=n_done, n_clips=len(split.train))

    def on_epoch(report: GeneratorEpoch) -> None:
        times = {"seconds": clock.seconds, "core_seconds": clock.core_seconds}
        append_row(run.metrics_file, asdict(report) | times)
        beat.write(epoch=report.epoch, step=0, seconds=clock.seconds)
        progress(
            f"epoch {report.epoch}/{config.n_epochs}: generator {report.generator_loss:.2f}, "
            f"critic {report.critic_loss:.2f}"
        )

    generator = fit_generator(
        mel,
        dataset.labels,
        split.train,
        card=partial(card_of, dataset, split, config),
        n_classes=len(dataset.categories),
        config=config,
        on_epoch=on_epoch,
        on_step=clock.step,
        on_samples=partial(write_samples, run),
        checkpoint=checkpoint,
    )
    if generator is None:
        raise StoppedError
    generator.save(run.generator_file)
    beat.note(epoch=config.n_epochs, seconds=clock.seconds)
    return RunResult(float("nan"), config.n_epochs, clock.seconds)


def _with_dtype(run: Run, beat: Heartbeat) -> GeneratorConfig:
    config = generator_settings(run)
    if config.dtype != "auto":
        return config
    beat.write(doing="measuring which precision is faster here")
    # of a classifier, which uses the same operations
    config = replace(config, dtype=fastest_dtype(TrainConfig(features=config.features)))
    write_json(run.config_file, config.to_dict())  # before the first step, so that a seed means something
    return config


def _sounds(run: Run, dataset: Dataset, config: GeneratorConfig, beat: Heartbeat) -> tuple[np.ndarray, Split]:
    def count(done: int, n: int) -> None:
        beat.count("reading the clips", done, n)

    mel = extract(dataset, config.features, progress=count).mel
    bad = [dataset.clips[i] for i in unreadable_rows(mel)]
    found = {clip.filename: file_fault(dataset.path(clip)) or SAMPLES for clip in bad}
    unreadable = unreadable_as_before(run, found)
    dataset, split = split_for(dataset, config, unreadable=unreadable)
    write_json(run.notes_file, asdict(split_notes(dataset, split, unreadable)))
    return mel, split


def _clock(run: Run, beat: Heartbeat, config: GeneratorConfig, *, n_done: int, n_clips: int) -> Clock:
    """Return a clock that goes on from the time of earlier sessions; rows after the checkpoint are dropped."""

    def kept(row: dict[str, Any]) -> bool:
        return is_generator_epoch(row) and row["epoch"] <= n_done

    for path in run.rewritten_files:
        sweep_temporary_files(path)
    keep_rows(run.metrics_file, kept)
    last = run.metrics()[-1] if run.metrics() else {}
    return Clock(
        beat,
        n_epochs=config.n_epochs,
        n_steps=n_clips // min(config.batch_size, n_clips),
        before=float(last.get("seconds", 0.0)),
        core_before=float(last.get("core_seconds") or 0.0),
        first=n_done + 1,
    )
