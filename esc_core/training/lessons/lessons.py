"""Two lessons: what a leak does to a score, and whether augmentation helps. The one place that breaks the law of folds.

A lesson trains a few small networks that differ in one thing. It is a run like any other: it waits in the queue, can be
stopped, and writes its rows while it trains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from esc_core.config import TrainConfig, require
from esc_core.dataset import Dataset
from esc_core.errors import TrainingError
from esc_core.training.data.splits import fold_split

LESSONS = ("leak", "augmentation")

TEST_FOLD = 4
"""The fold that the lesson on augmentation holds out."""

COPY_CHAIN: tuple[dict[str, Any], ...] = (
    {"name": "pitch_shift", "n_steps": [-1.5, 1.5]},
    {"name": "gain", "gain_db": [-6.0, 6.0]},
)
"""How the leak's augmented copies are made: one of each clip, as the forerunner of this program did."""

PLAIN_CHAIN = ({"name": "crop_stretch", "n_frames": 96, "rate": 1.0},)
"""A crop and nothing else."""

LESSON_CONFIG = TrainConfig(
    val_fold=TEST_FOLD, n_epochs=24, warmup_epochs=2, no_mix_epochs=0, dtype="auto", augment=PLAIN_CHAIN
)
"""Quick enough for three arms in front of a class."""


@dataclass(frozen=True)
class LessonSounds:
    """Some of a data set's clips, each as it is or as its augmented copy.

    Attributes
    ----------
    clips : numpy.ndarray, shape (n,), int
        Positions in the data set.
    copies : numpy.ndarray, shape (n,), bool
        Whether the augmented copy is meant.
    """

    clips: np.ndarray
    copies: np.ndarray

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self.clips)

    def take(self, chosen: np.ndarray) -> LessonSounds:
        """Return some of them, by position or by a mask."""
        return LessonSounds(self.clips[chosen], self.copies[chosen])


@dataclass(frozen=True)
class Arm:
    """One way to train.

    Attributes
    ----------
    name, title : str
        For programs and for people.
    train, test, sealed : LessonSounds
        What it learns, what its own score is measured on, and clips that no arm has heard; `sealed` may be empty.
    config : TrainConfig
        Settings.
    """

    name: str
    title: str
    train: LessonSounds
    test: LessonSounds
    sealed: LessonSounds
    config: TrainConfig


@dataclass(frozen=True)
class Leaks:
    """How many of the test sounds are no test.

    Attributes
    ----------
    same_clip : int
        LessonSounds whose clip, as it is or as a copy, is in training.
    siblings : int
        Other sounds of which another clip of the same recording is in training.
    """

    same_clip: int
    siblings: int


def leaks(dataset: Dataset, train: LessonSounds, test: LessonSounds) -> Leaks:
    """Count the test sounds that training has heard in another guise.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    train, test : LessonSounds
        Of an arm.

    Returns
    -------
    Leaks
        Both counts; 0 and 0 for an honest split.
    """
    recordings = np.array([clip.src_file for clip in dataset.clips])
    same = np.isin(test.clips, train.clips)
    sibling = np.isin(recordings[test.clips], recordings[train.clips]) & ~same
    return Leaks(int(same.sum()), int(sibling.sum()))


def leak_folds(seed: int) -> tuple[int, int]:
    """Return the fold that the honest arm of the leak tests on, and the one that no arm hears.

    Folds differ in how hard they are. Five seeds in a row test on each fold once and seal each once, so that over such
    repeats the difference of promise and truth is none of folds.

    Parameters
    ----------
    seed : int
        Of the lesson; 0 has folds 4 and 5, and each further one moves both down by one, 1 being followed by 5.

    Returns
    -------
    test_fold, sealed_fold : int
        In 1–5.
    """
    return (3 - seed) % 5 + 1, (4 - seed) % 5 + 1


def lesson_config(lesson: str, *, seed: int = 0) -> TrainConfig:
    """Return the settings of a lesson, with its seed and the fold that goes with it.

    Raises
    ------
    ParameterError
        If there is no such lesson.
    """
    require(lesson in LESSONS, f"lesson must be one of {', '.join(LESSONS)}", lesson)
    return replace(LESSON_CONFIG, seed=seed, val_fold=leak_folds(seed)[0] if lesson == "leak" else TEST_FOLD)


def lesson_arms(lesson: str, dataset: Dataset, *, seed: int = 0, config: TrainConfig = LESSON_CONFIG) -> list[Arm]:
    """Return the arms of a lesson.

    Parameters
    ----------
    lesson : str
        One of `LESSONS`.
    dataset : Dataset
        The clips.
    seed : int
        Of the random splits, and of training; that of "leak" says which folds are held out, see `leak_folds`.
    config : TrainConfig
        Settings; the arms of "augmentation" differ from each other in `augment`.

    Returns
    -------
    list of Arm
        In the order in which they are told.

    Raises
    ------
    ParameterError
        If there is no such lesson.
    TrainingError
        If the data set is too small.
    """
    require(lesson in LESSONS, f"lesson must be one of {', '.join(LESSONS)}", lesson)
    config = replace(config, seed=seed)
    return _leak_arms(dataset, config) if lesson == "leak" else _augmentation_arms(dataset, config)


def _leak_arms(dataset: Dataset, config: TrainConfig) -> list[Arm]:
    test_fold, sealed_fold = leak_folds(config.seed)
    honest = fold_split(dataset, val_fold=test_fold, test_fold=sealed_fold)
    if not len(honest.test):
        raise TrainingError(f"fold {sealed_fold} holds no clips to test on")
    sealed = _originals(honest.test)
    pool = np.sort(np.concatenate([honest.train, honest.val]))
    n_test = len(honest.val)
    parts = {
        "scattered": _scattered(pool, n_test, config.seed),
        "copies_kept": _copies_kept(dataset, pool, n_test, config.seed),
        "whole_folds": (_with_copies(honest.train), _originals(honest.val)),
    }
    size = min(len(train) for train, _ in parts.values())
    rng = np.random.default_rng([config.seed, 1])
    return [
        Arm(name, _LEAK_TITLES[name], train.take(np.sort(rng.permutation(len(train))[:size])), test, sealed, config)
        for name, (train, test) in parts.items()
    ]


_LEAK_TITLES = {
    "scattered": "Copies and siblings at random",
    "copies_kept": "Copies kept with their clips, siblings at random",
    "whole_folds": "Whole folds",
}


def _originals(clips: np.ndarray) -> LessonSounds:
    return LessonSounds(clips, np.zeros(len(clips), bool))


def _with_copies(clips: np.ndarray) -> LessonSounds:
    return LessonSounds(np.repeat(clips, 2), np.tile([False, True], len(clips)))


def _scattered(pool: np.ndarray, n_test: int, seed: int) -> tuple[LessonSounds, LessonSounds]:
    sounds = _with_copies(pool)
    order = np.random.default_rng([seed, 0]).permutation(len(sounds))
    return sounds.take(np.sort(order[2 * n_test :])), sounds.take(np.sort(order[: 2 * n_test]))


def _copies_kept(dataset: Dataset, pool: np.ndarray, n_test: int, seed: int) -> tuple[LessonSounds, LessonSounds]:
    # the same share of each category, as scikit-learn's `stratify` has it
    shuffled = np.random.default_rng([seed, 0]).permutation(pool)
    labels = dataset.labels[shuffled]
    before = np.array([np.count_nonzero(labels[:i] == labels[i]) for i in range(len(labels))])
    order = np.argsort(before / np.bincount(labels)[labels], kind="stable")
    train, test = shuffled[order[n_test:]], shuffled[order[:n_test]]
    return _with_copies(np.sort(train)), _originals(np.sort(test))


def _augmentation_arms(dataset: Dataset, config: TrainConfig) -> list[Arm]:
    split = fold_split(dataset, val_fold=TEST_FOLD)
    train, test, none = _originals(split.train), _originals(split.val), _originals(split.test)
    full = replace(config, augment=TrainConfig.augment)
    return [
        Arm("without", "Without augmentation", train, test, none, config),
        Arm("with", "With augmentation", train, test, none, full),
    ]
