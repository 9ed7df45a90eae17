"""What a worker writes into a run's folder: curves and guesses while it trains, then the model with its card."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import TrainConfig
from esc_core.dataset import Dataset
from esc_core.dataset.provenance import data_name, state_of
from esc_core.disk.files import (
    append_row,
    keep_rows,
    read_arrays,
    set_aside,
    sweep_temporary_files,
    temporary_file,
    write_json,
    write_whole,
)
from esc_core.errors import TrainingError
from esc_core.inference import crop_frames
from esc_core.inference.calibration import HeldOut, calibrate, clip_probs, held_out_fits
from esc_core.measures.metrics import accuracy, recall
from esc_core.models import architecture
from esc_core.models.card import WHOLE, Calibration, Card
from esc_core.models.folder import model_path, read_card
from esc_core.models.layers import input_shape, multiply_adds
from esc_core.models.licence import weights_licence
from esc_core.training.data.splits import Split
from esc_core.training.fit.evaluation import EpochReport
from esc_core.training.runs.contents import is_epoch, is_guesses
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import RunNotes
from esc_core.words import counted, percent

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class RunResult:
    """Result of a finished run.

    Attributes
    ----------
    accuracy : float
        On the held-out fold after the last epoch, 0–1.
    epochs : int
        Epochs trained.
    seconds : float
        Time of training, without computing the features, in seconds.
    """

    accuracy: float
    epochs: int
    seconds: float


def macro_recall(labels: np.ndarray, predicted: np.ndarray, *, n_classes: int) -> float:
    """Return the mean recall over the categories that have clips, 0–1."""
    return float(np.nanmean(recall(labels, predicted, n_classes=n_classes)))


class Record:
    """Writer of a run's curves, guesses, and model.

    Parameters
    ----------
    run : Run
        The run.
    dataset : Dataset
        The clips of the run's categories.
    split : Split
        Positions in `dataset`.
    notes : RunNotes
        What the split leaves out.
    """

    def __init__(self, run: Run, dataset: Dataset, split: Split, notes: RunNotes) -> None:
        self.run, self.dataset, self.split, self.notes = run, dataset, split, notes
        self.labels = dataset.labels[split.val]
        self.filenames = [dataset.clips[i].filename for i in split.val]

    def start(self, epoch: int) -> tuple[float, float]:
        """Drop rows after an epoch, and bad ones; return the seconds of training up to it, and processor seconds."""
        for path in (*self.run.rewritten_files, self.run.card_file):
            sweep_temporary_files(path)
        for path, good in ((self.run.metrics_file, is_epoch), (self.run.guesses_file, is_guesses)):
            keep_rows(path, partial(_is_until, epoch, good))
        watched = {"filenames": self.filenames, "labels": self.labels.tolist(), "categories": self.dataset.categories}
        write_json(self.run.watched_file, watched)
        rows = self.run.metrics()
        return (float(rows[-1]["seconds"]), float(rows[-1].get("core_seconds") or 0.0)) if rows else (0.0, 0.0)

    def epoch(self, report: EpochReport, seconds: float, core_seconds: float) -> dict[str, Any]:
        """Append an epoch's scores and guesses; return the row of scores.

        Those of the last epoch are calibrated, as the finished run's model answers; its loss is not.
        """
        row = {key: value for key, value in vars(report).items() if key != "val_logits"}
        row |= {"macro_recall": None, "seconds": round(seconds, 1), "core_seconds": round(core_seconds, 1)}
        if report.val_logits is not None:
            calibrated = report.epoch == self.run.config.n_epochs
            temperature = self._calibration(report.val_logits).temperature if calibrated else 1.0
            probs = clip_probs(self._held_out(report.val_logits), temperature)
            predicted = probs.argmax(axis=1)
            row["val_accuracy"] = accuracy(probs, self.labels)
            row["macro_recall"] = macro_recall(self.labels, predicted, n_classes=len(self.dataset.categories))
            guesses = {
                "epoch": report.epoch,
                "predicted": predicted.tolist(),
                "confidence": [float(f"{p:.6g}") for p in probs.max(axis=1)],
                "calibrated": calibrated,
            }
            append_row(self.run.guesses_file, guesses)
        append_row(self.run.metrics_file, row)
        return row

    def finish(self, model: keras.Model, logits: np.ndarray, config: TrainConfig, seconds: float) -> RunResult:
        """Write the model folder and the held-out logits."""
        path = model_path(self.run.model_dir, config.val_fold)
        temporary = path.with_name(f".saving-{path.name}")
        with temporary_file(temporary):
            model.save(temporary)
            if path.is_dir():
                set_aside(path)
            temporary.replace(path)
        held_out = {"logits": logits, "labels": self.labels, "filenames": np.array(self.filenames)}
        write_whole(self.run.logits_file, lambda file: np.savez_compressed(file, **held_out))
        calibration = self._calibration(logits)
        probs = clip_probs(self._held_out(logits), calibration.temperature)
        result = RunResult(accuracy(probs, self.labels), config.n_epochs, round(seconds, 1))
        write_json(self.run.card_file, self._card(model, probs, calibration, config, result).to_dict())
        return result

    def _calibration(self, logits: np.ndarray) -> Calibration:
        # chosen on the only fold there is, so the confidence on these clips is scaled with their own help
        return calibrate([self._held_out(logits)])

    def _held_out(self, logits: np.ndarray) -> HeldOut:
        return HeldOut(logits=logits, labels=self.labels)

    def _card(
        self, model: keras.Model, probs: np.ndarray, calibration: Calibration, config: TrainConfig, result: RunResult
    ) -> Card:
        recalls = recall(self.labels, probs.argmax(axis=1), n_classes=len(self.dataset.categories))
        clips, official = self.dataset.clips, self.dataset.official or self.dataset.synthetic
        return Card(
            name=self.run.name,
            input=architecture(config.model).input,
            labels=self.dataset.categories,
            features=config.features,
            train_config=config,
            crop_frames=crop_frames(config.augment, features=config.features),
            folds=(config.val_fold,),
            calibration={str(config.val_fold): calibration, "deployment": calibration},
            details={
                "data": data_name(self.dataset),
                "synthetic": self.dataset.synthetic,
                "clips": WHOLE,
                "accuracy": result.accuracy,
                "macro_recall": float(np.nanmean(recalls)),
                "n_train": len(self.split.train),
                "n_left_out": len(self.split.left_out),
                "n_unreadable": len(self.notes.unreadable),
                "never_trained": list(self.notes.never_trained),
                "remarks": self.notes.sentences,
                "data_folds": list(self.dataset.fold_numbers),
                "data_state": state_of(self.dataset),
                **({} if official else self._own_folds(config.val_fold)),
                "trained_on": sorted(clips[i].clip_id for i in self.split.train),
                "n_parameters": model.count_params(),
                "multiply_adds": multiply_adds(model, input_shape(model, config.features)),
                "minutes_to_train": round(result.seconds / 60, 1),
                "machine": this_machine(),
                "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy", "librosa")},
                "category_recall": self._known_recalls(recalls),
                "licence": weights_licence(synthetic=self.dataset.synthetic, official=official),
                "note": "One model of one split. Its score is on the fold that it was not trained on; its confidence "
                "was calibrated on that fold too.",
            },
        )

    def _own_folds(self, val_fold: int) -> dict[str, dict[str, Any]]:
        """Return by which clips and recordings a model of other data than ESC-50 knows what it has not heard."""
        clips, split = self.dataset.clips, self.split
        return {
            "own_folds": {clips[i].clip_id: val_fold for i in split.val},
            "recordings": {clips[i].clip_id: clips[i].src_file for i in (*split.val, *split.train)},
        }

    def _known_recalls(self, recalls: np.ndarray) -> dict[str, float]:
        """Return the recall of each category that was trained on and has clips to validate with."""
        named = zip(self.dataset.categories, recalls.round(4).tolist(), strict=True)
        return {name: value for name, value in named if value == value and name not in self.notes.never_trained}


def _is_until(epoch: int, good: Callable[[Any], bool], row: dict[str, Any]) -> bool:
    return good(row) and row["epoch"] <= epoch


@dataclass(frozen=True)
class HeldOutProbs:
    """A finished run's answers for the clips that it was not trained on, as its model gives them in Classify.

    Attributes
    ----------
    probs : numpy.ndarray, shape (n, n_classes), float32
        Calibrated probabilities.
    labels : numpy.ndarray, shape (n,), int
        Positions of the true categories.
    filenames : tuple of str
        Files of the clips.
    """

    probs: np.ndarray
    labels: np.ndarray
    filenames: tuple[str, ...]


def held_out_probs(run: Run) -> HeldOutProbs:
    """Read a finished run's calibrated probabilities of its held-out clips.

    Raises
    ------
    TrainingError
        If what the run left can't be read.
    ModelError
        If its card can't be read.
    """
    card = read_card(run.model_dir)
    stored = read_arrays(run.logits_file, "logits", "labels", "filenames")
    whole = stored is not None and held_out_fits(stored["logits"], stored["labels"], n_classes=len(card.labels))
    if stored is None or not whole or stored["filenames"].shape != stored["labels"].shape:
        raise TrainingError(
            f"the predictions of {run.name} can't be read: {run.logits_file.name} is missing or damaged"
        )
    probs = clip_probs(HeldOut(logits=stored["logits"], labels=stored["labels"]), card.calibration_of(None).temperature)
    return HeldOutProbs(probs, stored["labels"], tuple(map(str, stored["filenames"])))


def n_cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def this_machine() -> str:
    """Return processor and cores, such as "x86_64, 2 cores"."""
    return f"{platform.machine()}, {counted(n_cores(), 'core', 'cores')}"


def describe(row: Mapping[str, Any], n_epochs: int, seconds_left: float | None) -> str:
    """Return an epoch's row of scores as a line for people: epoch, loss, held-out accuracy, time left."""
    score = "" if row["val_accuracy"] is None else f", held-out accuracy {percent(row['val_accuracy'], digits=1)}"
    left = "" if seconds_left is None else f", {seconds_left:.0f} s left"
    return f"epoch {row['epoch']}/{n_epochs}: loss {row['loss']:.3f}{score}{left}"
