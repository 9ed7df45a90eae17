"""A run as its files describe it: settings, state, curves, guesses. Reading is cheap, also while it trains.

A damaged file counts as missing, a damaged line of a file as not written; `Run.faults` names them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import GeneratorConfig, TrainConfig
from esc_core.disk.files import count_bad_rows, read_arrays, read_json, read_rows
from esc_core.disk.locks import is_locked
from esc_core.errors import ModelError, TrainingError
from esc_core.measures.metrics import confusion
from esc_core.models.folder import read_card
from esc_core.training.runs.contents import (
    ACTIVE,
    is_about,
    is_arm,
    is_arm_epoch,
    is_envelope,
    is_epoch,
    is_generator_epoch,
    is_guesses,
    is_notes,
    is_status,
    is_watched,
)
from esc_core.training.runs.folder import RunFolder
from esc_core.training.runs.status import Guesses, RunNotes, Status, Watched
from esc_core.words import counted

CLASSIFIER = "classifier"
"""Kind of a run that trains a network to name sounds."""

STALE_SECONDS = 8.0
"""A queued run without lock and heartbeat for this long has a worker that never started."""


@dataclass(frozen=True)
class Run(RunFolder):
    """A run as its files describe it; its folder lies below `runs_dir`, or is linked from there."""

    @property
    def id(self) -> str:
        """Name of the folder, which never changes."""
        return self.folder.name

    @property
    def kind(self) -> str:
        """What it trains: "generator", or "classifier", of which older runs say nothing."""
        return GeneratorConfig.kind if read_json(self.config_file).get("kind") == GeneratorConfig.kind else CLASSIFIER

    @property
    def config(self) -> TrainConfig:
        """The settings of a classifier; `dtype` may be "auto" until it is measured.

        Raises
        ------
        TrainingError
            If they are missing or damaged, or the run trains a generator.
        """
        settings = self.settings
        if not isinstance(settings, TrainConfig):
            raise TrainingError(f"{self.name} trains a generator of sounds, not a classifier")
        return settings

    @property
    def settings(self) -> TrainConfig | GeneratorConfig:
        """The settings, whatever it trains.

        Raises
        ------
        TrainingError
            If they are missing or damaged.
        """
        values = read_json(self.config_file)
        if not values:  # never the defaults, which nobody chose
            raise TrainingError(
                f"{self.folder} holds no readable settings: {self.config_file.name} is missing or damaged"
            )
        try:
            return (GeneratorConfig if self.kind == GeneratorConfig.kind else TrainConfig).from_dict(values)
        except ValueError as error:
            raise TrainingError(f"{self.folder} holds no readable settings: {error}") from error

    @property
    def about(self) -> dict[str, Any]:
        """Other facts: ``name``, ``data_dir``, ``synthetic``, ``submitted_at``, ``preset``, ``lesson``."""
        return _good(self.about_file, is_about)

    @property
    def name(self) -> str:
        """Name for people, such as "amber fox"."""
        return str(self.about.get("name", self.id))

    @property
    def lesson(self) -> str | None:
        """Which lesson the run is, "leak" or "augmentation"; None for an ordinary run."""
        return self.about.get("lesson")

    @property
    def data_dir(self) -> Path:
        """Folder of the data set.

        Raises
        ------
        TrainingError
            If it is not known: ``run.json`` is missing or damaged.
        """
        about = self.about
        if not about:
            raise TrainingError(f"the data folder of {self.id} is not known: {self.about_file.name} is damaged")
        return Path(about["data_dir"])

    def status(self) -> Status:
        """Return state and progress; a run whose worker died is "interrupted"."""
        status = self.written()
        if status.state in ACTIVE and not self._alive(status):
            # its worker may have finished between reading the status and checking the lock
            status = self.written()
            if status.state in ACTIVE:
                return replace(status, state="interrupted")
        if status.state in ACTIVE and self.stop_file.exists():
            return replace(status, state="stopping")
        return status

    def written(self) -> Status:
        """Return the status that was written last, whether or not its worker is alive.

        Of a damaged one what matters is concluded from the other files: a run with a card or a generator is done, and
        its rows say how far it came.
        """
        values = _good(self.status_file, is_status)
        known = {f.name for f in fields(Status)}
        return Status(**{key: value for key, value in values.items() if key in known}) if values else self._concluded()

    def _concluded(self) -> Status:
        done = self.generator_file.is_file() or bool(read_json(self.card_file))
        rows, state = self.metrics(), "done" if done else "training"
        scored = next((row for row in reversed(rows) if row.get("val_accuracy") is not None), None)
        last: dict[str, Any] = rows[-1] if rows else {"epoch": 0, "seconds": 0.0}
        try:
            n_epochs = self.settings.n_epochs
        except TrainingError:
            n_epochs = last["epoch"]
        return Status(
            state=state,
            epoch=min(last["epoch"], n_epochs),
            n_epochs=n_epochs,
            seconds=last["seconds"],
            accuracy=scored["val_accuracy"] if scored else None,
            macro_recall=scored["macro_recall"] if scored else None,
        )

    def _alive(self, status: Status) -> bool:
        if is_locked(self.lock_file):
            return True
        # A moment between queueing and starting the worker; on Windows up to its first heartbeat. A heartbeat that lies
        # in the future was written before the clock was set back.
        return status.pid is None and abs(time.time() - status.heartbeat) < STALE_SECONDS

    def metrics(self) -> list[dict[str, Any]]:
        """Return a row for each epoch so far.

        Returns
        -------
        list of dict
            ``epoch``, ``loss``; ``seconds`` of training up to it, and ``core_seconds``, of all cores together; and
            ``train_accuracy``, ``val_loss``, ``val_accuracy``, ``macro_recall``, which are None in epochs without an
            evaluation. Of a generator ``epoch``, ``generator_loss``, ``critic_loss``, and the times.
        """
        return read_rows(self.metrics_file, self._is_row)

    @property
    def _is_row(self) -> Callable[[Any], bool]:
        return is_generator_epoch if self.kind == GeneratorConfig.kind else is_epoch

    def guesses(self) -> list[Guesses]:
        """Return the guesses of each evaluation so far, in order."""
        return [
            Guesses(
                row["epoch"],
                np.array(row["predicted"], int),
                np.array(row["confidence"], float),
                calibrated=row.get("calibrated", False),  # runs of version 0.2.0 and before do not say
            )
            for row in read_rows(self.guesses_file, partial(is_guesses, watched=self._watched()))
        ]

    def watched(self) -> Watched | None:
        """Return the validation clips; None until they are known."""
        values = self._watched()
        if values is None:
            return None
        return Watched(tuple(values["filenames"]), np.array(values["labels"], int), tuple(values["categories"]))

    def notes(self) -> RunNotes:
        """Return what the run leaves out; nothing for runs of version 0.2.0 and before, which do not say."""
        values = _good(self.notes_file, is_notes)
        kept: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
        return RunNotes(**kept)

    def _watched(self) -> dict[str, Any] | None:
        return _good(self.watched_file, is_watched) or None

    def faults(self) -> list[str]:
        """Name the damaged files of a run at rest, a sentence each; that of ``config.json`` is `config`'s error."""
        checks: dict[Path, Callable[[Any], bool]] = {
            self.about_file: is_about,
            self.status_file: is_status,
            self.watched_file: is_watched,
            self.envelope_file: is_envelope,
            self.notes_file: is_notes,
        }
        faults = [
            f"{path.name} is damaged, and what it says is left out."
            for path, good in checks.items()
            if path.exists() and not _good(path, good)
        ]
        rows: dict[Path, Callable[[Any], bool]] = {
            self.metrics_file: self._is_row,
            self.guesses_file: partial(is_guesses, watched=self._watched()),
            self.lesson_file: lambda row: is_arm(row) or is_arm_epoch(row),
        }
        for path, good in rows.items():
            if path.is_dir():
                faults.append(f"{path.name} is damaged, and what it says is left out.")
            elif n := count_bad_rows(path, good):
                faults.append(f"{path.name} is damaged: {counted(n, 'line is', 'lines are')} left out.")
        status = self.status()
        if status.can_resume and self.checkpoint_file.exists() and not read_arrays(self.checkpoint_file, "epoch"):
            faults.append(f"{self.checkpoint_file.name} is damaged: the run can only start at its first epoch again.")
        if status.state == "done" and self.card_file.exists():
            try:
                read_card(self.model_dir)
            except ModelError as error:
                faults.append(f"Its model can't be used: {error}.")
        return faults

    def confusion(self, guesses: Guesses) -> np.ndarray:
        """Return the confusion matrix after an epoch, shape (n_classes, n_classes): rows true, columns predicted."""
        watched = self.watched()
        if watched is None:
            raise TrainingError(f"{self.name} has not been evaluated yet")
        return confusion(watched.labels, guesses.predicted, n_classes=len(watched.categories))

    def log(self) -> str:
        """Return the log."""
        path = self.log_file
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _good(path: Path, good: Callable[[Any], bool]) -> dict[str, Any]:
    """Return what a file holds; empty if it is missing or damaged."""
    values = read_json(path)
    return values if good(values) else {}
