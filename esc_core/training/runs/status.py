"""The state of a run, what it leaves out, its validation clips, and its guesses for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from esc_core.dataset.faults import bad_sentence


@dataclass(frozen=True)
class Status:
    """State and progress of a run.

    Attributes
    ----------
    state : str
        "queued", "preparing" (features, network), "training", "stopping", "stopped", "done", "failed", or
        "interrupted" (its worker died). The last four end it; all of them but "done" can be resumed.
    doing : str
        Current activity, as a phrase.
    epoch, n_epochs : int
        Epochs completed, and planned.
    step, n_steps : int
        Batches completed in the current epoch, and batches per epoch.
    seconds : float
        Training time so far, over all sessions, in seconds.
    seconds_left : float or None
        Estimated time until the end, in seconds; None until it is measured.
    accuracy, macro_recall : float or None
        On the validation clips at the latest evaluation, 0–1; macro recall is the mean recall over the categories.
    error : str or None
        One sentence, if it failed.
    queued_at, heartbeat : float
        Times of queueing and of the last heartbeat; Unix time in seconds.
    pid : int or None
        Process id of its worker.
    """

    state: str = "queued"
    doing: str = ""
    epoch: int = 0
    n_epochs: int = 0
    step: int = 0
    n_steps: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    accuracy: float | None = None
    macro_recall: float | None = None
    error: str | None = None
    queued_at: float = 0.0
    heartbeat: float = 0.0
    pid: int | None = None

    @property
    def progress(self) -> float:
        """Share of all batches that are done, 0–1."""
        done = self.epoch + (self.step / self.n_steps if self.n_steps else 0)
        return min(1.0, done / self.n_epochs) if self.n_epochs else 0.0

    @property
    def can_resume(self) -> bool:
        """Whether `esc_core.training.process.control.resume` can go on with it."""
        return self.state in ("stopped", "interrupted", "failed")


@dataclass(frozen=True)
class RunNotes:
    """What a run leaves out of its data, and what its scores can't say.

    Attributes
    ----------
    n_clips : int
        Clips of its categories.
    unreadable : mapping of str to str
        File names of those that can't be read, each with the reason; they are neither trained on nor scored.
    never_trained : tuple of str
        Categories without a clip to train on.
    remarks : tuple of str
        What is odd about the split, in sentences.
    """

    n_clips: int = 0
    unreadable: Mapping[str, str] = field(default_factory=dict)
    never_trained: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """All of it in sentences."""
        bad = [bad_sentence(len(self.unreadable), self.n_clips, left_out=True) + "."] if self.unreadable else []
        return [*bad, *self.remarks]


@dataclass(frozen=True)
class Watched:
    """The validation clips of a run, in the order of its guesses.

    Attributes
    ----------
    filenames : tuple of str
        Their files.
    labels : numpy.ndarray, shape (n,), int
        Positions of the true categories.
    categories : tuple of str
        Names.
    """

    filenames: tuple[str, ...]
    labels: np.ndarray
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Guesses:
    """The network's guesses for the validation clips after an epoch.

    Attributes
    ----------
    epoch : int
        From 1.
    predicted : numpy.ndarray, shape (n,), int
        Positions of the categories guessed.
    confidence : numpy.ndarray, shape (n,), float
        Their probabilities.
    calibrated : bool
        Whether these are the probabilities that the finished run's model gives; while a network learns they are not,
        and say only which guess it is surer of.
    """

    epoch: int
    predicted: np.ndarray
    confidence: np.ndarray
    calibrated: bool = False


def changed_guesses(before: Guesses, after: Guesses) -> np.ndarray:
    """Return the positions of the validation clips whose guess changed, shape (n_changed,), int."""
    return np.flatnonzero(before.predicted != after.predicted)
