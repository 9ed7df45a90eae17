"""A training run on disk: settings, state, curves, and the model with its held-out logits."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from esc_core.config import TrainConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.errors import AudioError, TrainingError
from esc_core.inference import softmax
from esc_core.metrics import accuracy
from esc_core.training.fit import EpochReport, check_trainable, fit
from esc_core.training.inputs import prepare
from esc_core.training.splits import Split, fold_split

_BITS = {"PCM_U8": "8-bit", "PCM_S8": "8-bit", "PCM_16": "16-bit", "PCM_24": "24-bit", "VORBIS": "Ogg Vorbis"}


@dataclass(frozen=True)
class RunResult:
    """What a finished run reports.

    Attributes
    ----------
    accuracy : float
        On the held-out fold after the last epoch, 0–1.
    epochs : int
        Epochs trained.
    seconds : float
        Time of training without the features, in seconds.
    """

    accuracy: float
    epochs: int
    seconds: float


def data_name(dataset: Dataset) -> str:
    """Say which copy of the data a score was measured on, such as "16 kHz, 8-bit copy"."""
    if dataset.synthetic:
        return "synthetic starter sounds"
    path = dataset.path(dataset.clips[0])
    try:
        info = sf.info(path)
    except (OSError, sf.LibsndfileError) as error:
        raise AudioError(f"{path.name} can't be read as sound: {error}") from error
    if (info.samplerate, info.subtype) == (44_100, "PCM_16"):
        return "original, 44.1 kHz, 16-bit"
    return f"{info.samplerate / 1000:g} kHz, {_BITS.get(info.subtype, info.subtype)} copy"


def write_json(path: Path, values: Any) -> None:
    """Write JSON under a temporary name, then rename: a reader never sees half a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def new_run_folder() -> Path:
    """Return a folder below ``ESC_HOME/runs`` that no run uses yet; it is made."""
    runs = esc_home() / "runs"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=runs))
    except OSError as error:
        raise TrainingError(f"{runs} can't be written: {error.strerror}") from error


def train_run(
    config: TrainConfig,
    dataset: Dataset,
    out: Path,
    *,
    progress: Callable[[str], None] = lambda line: None,
) -> RunResult:
    """Train one fold into a run folder.

    Parameters
    ----------
    config : TrainConfig
        Settings; they are written to ``config.json`` before the first step.
    dataset : Dataset
        The clips.
    out : pathlib.Path
        Run folder; it must not hold a run already.
    progress : callable, optional
        Receives a line an epoch.

    Returns
    -------
    RunResult
        The last epoch's score.

    Raises
    ------
    TrainingError
        If the folder holds a run, or can't be written, or the folds leave no clips.
    ModelError
        If there is no such architecture.
    ParameterError
        If the chain is wrong.
    AudioError
        If a clip can't be read.
    """
    if (out / "config.json").exists():
        raise TrainingError(f"{out} holds a run already; name another folder")
    # what can't be trained is told before anything is written
    check_trainable(config)
    split = fold_split(dataset, val_fold=config.val_fold, test_fold=config.test_fold)
    try:
        (out / "model").mkdir(parents=True, exist_ok=True)
        write_json(out / "config.json", config.to_dict())
        return _train(config, dataset, split, out, progress)
    except OSError as error:
        raise TrainingError(f"the run can't be written to {out}: {error.strerror or error}") from error


def _train(
    config: TrainConfig, dataset: Dataset, split: Split, out: Path, progress: Callable[[str], None]
) -> RunResult:
    progress(f"computing the features of {len(dataset.clips)} clips")
    sounds = prepare(dataset, config, split.train)
    started = time.monotonic()

    def on_epoch(report: EpochReport) -> None:
        _record(out, config, report, time.monotonic() - started)
        progress(describe(report, config.n_epochs, time.monotonic() - started))

    model, logits = fit(
        sounds.clips,
        dataset.labels,
        split.train,
        split.val,
        n_classes=len(dataset.categories),
        config=config,
        copies=sounds.copies,
        on_epoch=on_epoch,
    )
    seconds = time.monotonic() - started
    model.save(out / "model" / "weights.keras")
    labels = dataset.labels[split.val]
    filenames = np.array([dataset.clips[i].filename for i in split.val])
    np.savez_compressed(out / "val_logits.npz", logits=logits, labels=labels, filenames=filenames)
    result = RunResult(accuracy(softmax(logits).mean(axis=1), labels), config.n_epochs, round(seconds, 1))
    card = {
        "labels": list(dataset.categories),
        "data": data_name(dataset),
        "n_train": len(split.train),
        "n_left_out": len(split.left_out),
        "accuracy": result.accuracy,
        "minutes_to_train": round(seconds / 60, 1),
        "machine": f"{platform.machine()}, {len_cores()} cores",
        "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy", "librosa")},
        "train_config": config.to_dict(),
    }
    write_json(out / "model" / "card.json", card)
    write_json(out / "status.json", {"state": "done", "epoch": config.n_epochs, "n_epochs": config.n_epochs})
    return result


def len_cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _record(out: Path, config: TrainConfig, report: EpochReport, seconds: float) -> None:
    row = {**vars(report), "seconds": round(seconds, 1)}
    with (out / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    state = {"state": "training", "epoch": report.epoch, "n_epochs": config.n_epochs, "heartbeat": time.time()}
    write_json(out / "status.json", state)


def describe(report: EpochReport, n_epochs: int, seconds: float) -> str:
    """Return a line for people: epoch, loss, held-out accuracy, time left."""
    left = seconds / report.epoch * (n_epochs - report.epoch)
    score = "" if report.val_accuracy is None else f", held-out accuracy {report.val_accuracy:.1%}"
    return f"epoch {report.epoch}/{n_epochs}: loss {report.loss:.3f}{score}, {left:.0f} s left"
