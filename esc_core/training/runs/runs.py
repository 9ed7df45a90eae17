"""A run as its files describe it: settings, state, curves, guesses. Reading is cheap, also while it trains."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import TrainConfig, esc_home, require
from esc_core.errors import TrainingError
from esc_core.files import read_json, read_rows, reason, write_json
from esc_core.locks import is_locked
from esc_core.metrics import confusion
from esc_core.training.runs.folder import RunFolder
from esc_core.training.runs.status import Guesses, RunNotes, Status, Watched, changed_guesses

ACTIVE = ("queued", "preparing", "training")
"""States that a live worker writes."""

BUSY = (*ACTIVE, "stopping")
"""States that change by themselves."""

STATES = (*BUSY, "stopped", "interrupted", "failed", "done")
"""All states."""

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
    def config(self) -> TrainConfig:
        """The settings; `dtype` may be "auto" until it is measured.

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
            return TrainConfig.from_dict(values)
        except ValueError as error:
            raise TrainingError(f"{self.folder} holds no readable settings: {error}") from error

    @property
    def about(self) -> dict[str, Any]:
        """Other facts: ``name``, ``data_dir``, ``synthetic``, ``submitted_at``, ``preset``, ``lesson``."""
        return read_json(self.about_file)

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
        """Folder of the data set."""
        return Path(self.about.get("data_dir", ""))

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
        """Return the status that was written last, whether or not its worker is alive."""
        values = read_json(self.status_file)
        known = {f.name for f in fields(Status)}
        status = Status(**{key: value for key, value in values.items() if key in known})
        return status if status.state in STATES else replace(status, state="interrupted")

    def _alive(self, status: Status) -> bool:
        if is_locked(self.lock_file):
            return True
        # a moment between queueing and starting the worker; on Windows up to the worker's first heartbeat
        return status.pid is None and time.time() - status.heartbeat < STALE_SECONDS

    def metrics(self) -> list[dict[str, Any]]:
        """Return a row for each epoch so far.

        Returns
        -------
        list of dict
            ``epoch``, ``loss``; ``seconds`` of training up to it, and ``core_seconds``, of all cores together; and
            ``train_accuracy``, ``val_loss``, ``val_accuracy``, ``macro_recall``, which are None in epochs without an
            evaluation.
        """
        return read_rows(self.metrics_file)

    def guesses(self) -> list[Guesses]:
        """Return the guesses of each evaluation so far, in order."""
        return [
            Guesses(
                row["epoch"],
                np.array(row["predicted"], int),
                np.array(row["confidence"], float),
                calibrated=row.get("calibrated", False),  # runs of version 0.2.0 and before do not say
            )
            for row in read_rows(self.guesses_file)
        ]

    def watched(self) -> Watched | None:
        """Return the validation clips; None until they are known."""
        values = read_json(self.watched_file)
        if not values:
            return None
        return Watched(tuple(values["filenames"]), np.array(values["labels"], int), tuple(values["categories"]))

    def notes(self) -> RunNotes:
        """Return what the run leaves out; nothing for runs of version 0.2.0 and before, which do not say."""
        values: dict[str, Any] = read_json(self.notes_file)
        known = {f.name for f in fields(RunNotes)}
        kept: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
        return RunNotes(**kept)

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


def runs_dir() -> Path:
    """Return the folder of all runs, from page, shell and study; it may not exist yet."""
    return esc_home() / "runs"


def list_runs() -> list[Run]:
    """Return all runs, the newest first; cheap enough to be called every second."""
    try:
        # a dot marks a run that is being deleted
        runs = [Run(path) for path in runs_dir().iterdir() if not path.name.startswith(".")]
        runs = [run for run in runs if run.about_file.is_file()]
    except OSError:
        return []
    return sorted(runs, key=lambda run: run.id, reverse=True)


def find_run(run_id: str) -> Run:
    """Return a run by its id.

    Raises
    ------
    TrainingError
        If there is none.
    """
    run = next((run for run in list_runs() if run.id == run_id), None)
    if run is None:
        raise TrainingError(f"there is no run {run_id!r}")
    return run


def rename(run: Run, name: str) -> None:
    """Give a run another name.

    Parameters
    ----------
    run : Run
        The run, in any state.
    name : str
        The new name, up to 60 characters.

    Raises
    ------
    ParameterError
        If the name is empty or too long.
    TrainingError
        If it can't be written.
    """
    name = " ".join(name.split())
    require(0 < len(name) <= 60, "name must have 1–60 characters", name)
    try:
        write_json(run.about_file, {**run.about, "name": name})
    except OSError as error:
        raise TrainingError(f"the name can't be written: {reason(error)}") from error


__all__ = [
    "BUSY",
    "Guesses",
    "Run",
    "RunNotes",
    "Status",
    "Watched",
    "changed_guesses",
    "find_run",
    "list_runs",
    "rename",
    "runs_dir",
]
