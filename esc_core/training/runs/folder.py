"""What a run folder holds: the name of each file, declared once, with who writes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from esc_core.models.folder import card_path


@dataclass(frozen=True)
class RunFolder:
    """A run's folder, and the path of each file in it; a file may not exist yet.

    Attributes
    ----------
    folder : pathlib.Path
        The folder.
    """

    folder: Path

    @property
    def about_file(self) -> Path:
        """Name, data folder, time of submission, preset; written last on submission, and makes the run appear."""
        return self.folder / "run.json"

    @property
    def config_file(self) -> Path:
        """The settings; written on submission, and again once the dtype is measured."""
        return self.folder / "config.json"

    @property
    def notes_file(self) -> Path:
        """What is left out of the data, and why; written on submission, and again once all clips were read."""
        return self.folder / "notes.json"

    @property
    def status_file(self) -> Path:
        """State, progress and heartbeat; written by the worker about every second."""
        return self.folder / "status.json"

    @property
    def lock_file(self) -> Path:
        """The run's worker holds this lock as long as it lives."""
        return self.folder / "worker.lock"

    @property
    def stop_file(self) -> Path:
        """A worker that finds this file stops."""
        return self.folder / "stop"

    @property
    def log_file(self) -> Path:
        """What the worker and the libraries print."""
        return self.folder / "log.txt"

    @property
    def metrics_file(self) -> Path:
        """Loss and scores, one row per epoch."""
        return self.folder / "metrics.jsonl"

    @property
    def watched_file(self) -> Path:
        """The validation clips: file names, labels, categories."""
        return self.folder / "watched.json"

    @property
    def guesses_file(self) -> Path:
        """Predictions for the validation clips, one row per evaluation."""
        return self.folder / "guesses.jsonl"

    @property
    def checkpoint_file(self) -> Path:
        """Weights, optimiser and random states after the last complete epoch."""
        return self.folder / "checkpoint.npz"

    @property
    def rewritten_files(self) -> tuple[Path, ...]:
        """What only the worker writes, as a whole: a killed one may leave temporary files of them."""
        return self.status_file, self.metrics_file, self.guesses_file, self.watched_file, self.logits_file

    @property
    def lesson_file(self) -> Path:
        """Curves of a lesson: each arm's description, then one row per epoch."""
        return self.folder / "lesson.jsonl"

    @property
    def logits_file(self) -> Path:
        """Logits, labels and file names of the validation clips after the last epoch."""
        return self.folder / "val_logits.npz"

    @property
    def model_dir(self) -> Path:
        """The model folder: weights and card, once the run is done."""
        return self.folder / "model"

    @property
    def card_file(self) -> Path:
        """The model's card."""
        return card_path(self.model_dir)

    @property
    def generator_file(self) -> Path:
        """The generator with its card, once a run that trains one is done."""
        return self.folder / "generator.npz"

    @property
    def samples_dir(self) -> Path:
        """What a generator made of the same points after some epochs, a file for each; see `samples_after`."""
        return self.folder / "samples"

    def samples_after(self, epoch: int) -> Path:
        """Spectrograms that the generator made after an epoch, one for each category."""
        return self.samples_dir / f"{epoch:05}.npz"

    @property
    def envelope_file(self) -> Path:
        """The score on the sealed test fold, once its envelope is opened."""
        return self.folder / "envelope.json"
