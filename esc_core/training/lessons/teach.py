"""Training the arms of a lesson, and the curves that they leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from esc_core.augment import Compose
from esc_core.config import FeatureConfig
from esc_core.dataset import Dataset
from esc_core.disk.files import read_rows
from esc_core.features import extract
from esc_core.measures.bootstrap import Difference, accuracy_interval, paired_difference
from esc_core.training.data.copies import make_copies
from esc_core.training.fit.evaluation import EpochReport
from esc_core.training.fit.fit import fit
from esc_core.training.lessons.lessons import ARMS, COPY_CHAIN, Arm, LessonSounds, leaks
from esc_core.training.runs.contents import is_arm, is_arm_epoch
from esc_core.training.runs.run import Run


@dataclass(frozen=True)
class ArmCurve:
    """Learning curve of an arm.

    Attributes
    ----------
    name, title : str
        Names of the arm.
    n_train, n_test, n_sealed : int
        Numbers of sounds.
    same_clip, siblings : int
        Test sounds that leak from training; see `esc_core.training.lessons.lessons.Leaks`.
    rows : list of dict
        By epoch: ``epoch``, ``seconds`` since the lesson began, ``loss``; where it was evaluated also ``accuracy``,
        ``interval``, ``sealed_accuracy``, ``sealed_interval``, the last two None if nothing is sealed. A lesson
        of version 0.2 lacks ``train_accuracy``, on training sounds without augmentation, and ``correct``, with a "1" or
        "0" for each test sound.
    recordings : tuple of str
        Recording of each test sound; empty in a lesson of an earlier version.
    """

    name: str
    title: str
    n_train: int
    n_test: int
    n_sealed: int
    same_clip: int
    siblings: int
    rows: list[dict[str, Any]]
    recordings: tuple[str, ...] = ()

    @property
    def last(self) -> dict[str, Any]:
        """The latest row with a score; empty if there is none."""
        return next((row for row in reversed(self.rows) if row.get("accuracy") is not None), {})


def paired(first: ArmCurve, second: ArmCurve) -> Difference | None:
    """Compare the latest predictions of two arms clip by clip.

    Parameters
    ----------
    first, second : ArmCurve
        Arms with the same test.

    Returns
    -------
    Difference or None
        First minus second; None without predictions of both, as in a lesson of an earlier version.
    """
    texts = [arm.last.get("correct") for arm in (first, second)]
    if not first.recordings or first.recordings != second.recordings or not all(texts):
        return None
    a, b = (np.array([letter == "1" for letter in text or ""]) for text in texts)
    return paired_difference(a, b, first.recordings)


def lesson_curves(run: Run) -> list[ArmCurve]:
    """Return the curves of a lesson that has begun, in the order of its arms, also while it trains."""
    return curves_of(read_rows(run.lesson_file))


def curves_of(rows: list[dict[str, Any]]) -> list[ArmCurve]:
    """Return the curves in a lesson's rows, such as those of a recorded lesson.

    Parameters
    ----------
    rows : list of dict
        Lines of ``lesson.jsonl``: each arm's description, then its epochs. Damaged ones are left out.

    Returns
    -------
    list of ArmCurve
        In the order of the arms.
    """
    arms: dict[str, ArmCurve] = {}
    for row in rows:
        if is_arm(row) and row["arm"] in ARMS:
            facts = {k: v for k, v in row.items() if k not in ("arm", "recordings")}
            recordings = tuple(row.get("recordings", ()))
            arms[row["arm"]] = ArmCurve(name=row["arm"], **facts, rows=[], recordings=recordings)
        elif is_arm_epoch(row) and row["arm"] in arms:
            arms[row["arm"]].rows.append({k: v for k, v in row.items() if k != "arm"})
    return list(arms.values())


def describe_arm(dataset: Dataset, arm: Arm) -> dict[str, Any]:
    """Return an arm's first row, its description."""
    sizes = {"n_train": len(arm.train), "n_test": len(arm.test), "n_sealed": len(arm.sealed)}
    recordings = [dataset.clips[i].src_file for i in arm.test.clips]
    leaked = vars(leaks(dataset, arm.train, arm.test))
    return {"arm": arm.name, "title": arm.title, **sizes, **leaked, "recordings": recordings}


def lesson_sounds(
    dataset: Dataset,
    arms: list[Arm],
    features: FeatureConfig,
    *,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> np.ndarray:
    """Compute the mel power of all clips, and of their augmented copies if an arm uses any.

    Returns
    -------
    numpy.ndarray, shape (n_clips or 2 * n_clips, n_mels, t), float32
        The clips, then their copies if there are any; see `rows_of`.
    """
    mel = extract(dataset, features, progress=partial(progress, "reading the clips")).mel
    if not any(arm.train.copies.any() for arm in arms):
        return mel
    used = np.unique(np.concatenate([part.clips for arm in arms for part in (arm.train, arm.test)]))
    copies = make_copies(
        dataset,
        used,
        Compose.from_json(COPY_CHAIN),
        features,
        kind="log_mel",
        n_copies=1,
        seed=seed,
        progress=partial(progress, "making augmented copies"),
    )
    both = np.concatenate([mel, np.zeros_like(mel)])
    both[len(mel) + used] = copies[0]
    return both


def rows_of(sounds: LessonSounds, n_clips: int) -> np.ndarray:
    """Return the rows of sounds in what `lesson_sounds` returns."""
    return sounds.clips + n_clips * sounds.copies


def train_arm(
    dataset: Dataset,
    arm: Arm,
    mel: np.ndarray,
    *,
    on_row: Callable[[dict[str, Any]], None],
    on_step: Callable[[int, int], bool],
) -> None:
    """Train one arm.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    arm : Arm
        The arm; the dtype of its config is not "auto".
    mel : numpy.ndarray
        What `lesson_sounds` returned.
    on_row : callable
        Receives one row per epoch.
    on_step : callable
        As in `esc_core.training.fit.fit.fit`.
    """
    labels = np.tile(dataset.labels, 2)
    n, n_test = len(dataset.clips), len(arm.test)
    held_out = np.concatenate([rows_of(arm.test, n), rows_of(arm.sealed, n)])
    recordings = [dataset.clips[i % n].src_file for i in held_out]

    def score(correct: np.ndarray, part: slice) -> tuple[float | None, list[float] | None]:
        if not correct[part].size:
            return None, None
        interval = accuracy_interval(correct[part], recordings[part])
        return float(correct[part].mean()), [round(value, 4) for value in interval]

    def on_epoch(report: EpochReport) -> None:
        row: dict[str, Any] = {"arm": arm.name, "epoch": report.epoch, "loss": report.loss}
        if report.val_logits is not None:
            correct = report.val_logits.argmax(axis=1) == labels[held_out]
            row["accuracy"], row["interval"] = score(correct, slice(0, n_test))
            row["sealed_accuracy"], row["sealed_interval"] = score(correct, slice(n_test, None))
            row["train_accuracy"] = report.train_accuracy
            row["correct"] = "".join("1" if one else "0" for one in correct[:n_test])
        on_row(row)

    fit(
        mel,
        labels,
        rows_of(arm.train, n),
        held_out,
        n_classes=len(dataset.categories),
        config=replace(arm.config, n_copies=0),
        on_epoch=on_epoch,
        on_step=on_step,
    )
