"""Two lessons: what a leak does to a score, and whether augmentation helps. Only here are the official folds not kept.

A lesson trains a few small networks that differ in one thing, the arms. It is a run like any other: it waits in the
queue, can be stopped, and writes its rows while it trains.
"""

from __future__ import annotations

from collections.abc import Collection
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
"""How the leak's augmented copies are made: one copy of each clip, as in the original study."""

PLAIN_CHAIN = ({"name": "crop_stretch", "n_frames": 96, "rate": 1.0},)
"""A crop and nothing else."""

LESSON_CONFIG = TrainConfig(
    val_fold=TEST_FOLD, n_epochs=24, warmup_epochs=2, no_mix_epochs=0, dtype="auto", augment=PLAIN_CHAIN
)
"""Settings quick enough for three arms in front of a class."""


@dataclass(frozen=True)
class LessonSounds:
    """Some of a data set's clips, each as it is or as its augmented copy.

    Attributes
    ----------
    clips : numpy.ndarray, shape (n,), int
        Positions in the data set.
    copies : numpy.ndarray, shape (n,), bool
        Whether the sound is the clip's augmented copy.
    """

    clips: np.ndarray
    copies: np.ndarray

    def __len__(self) -> int:
        """Return the number of sounds."""
        return len(self.clips)

    def take(self, chosen: np.ndarray) -> LessonSounds:
        """Return some of the sounds, by position or by a mask."""
        return LessonSounds(self.clips[chosen], self.copies[chosen])


@dataclass(frozen=True)
class Arm:
    """One of the networks that a lesson compares.

    Attributes
    ----------
    name, title : str
        Names for programs and for people.
    train, test, sealed : LessonSounds
        Training sounds, sounds of the arm's own test, and clips that no arm is trained on; `sealed` may be empty.
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
    """How many test sounds leak from training.

    Attributes
    ----------
    same_clip : int
        Test sounds whose clip, as it is or as a copy, is in training.
    siblings : int
        Other test sounds of whose recording another clip is in training.
    """

    same_clip: int
    siblings: int


def leaks(dataset: Dataset, train: LessonSounds, test: LessonSounds) -> Leaks:
    """Count the test sounds whose clip or recording is also in training.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    train, test : LessonSounds
        Sounds of an arm.

    Returns
    -------
    Leaks
        Both counts; 0 and 0 for a correct split.
    """
    recordings = np.array([clip.src_file for clip in dataset.clips])
    same = np.isin(test.clips, train.clips)
    sibling = np.isin(recordings[test.clips], recordings[train.clips]) & ~same
    return Leaks(int(same.sum()), int(sibling.sum()))


def leak_folds(seed: int) -> tuple[int, int]:
    """Return the fold that the correct arm of the leak is tested on, and the one that no arm is trained on.

    Folds differ in difficulty. Five consecutive seeds test on each fold once and seal each once, so that over such
    repeats the difference between both scores does not come from the folds.

    Parameters
    ----------
    seed : int
        Seed of the lesson; 0 gives folds 4 and 5, and each further seed moves both down by one, from 1 to 5.

    Returns
    -------
    test_fold, sealed_fold : int
        In 1–5.
    """
    return (3 - seed) % 5 + 1, (4 - seed) % 5 + 1


def lesson_config(lesson: str, *, seed: int = 0) -> TrainConfig:
    """Return the settings of a lesson, with its seed and the fold that belongs to it.

    Raises
    ------
    ParameterError
        If there is no such lesson.
    """
    require(lesson in LESSONS, f"lesson must be one of {', '.join(LESSONS)}", lesson)
    return replace(LESSON_CONFIG, seed=seed, val_fold=leak_folds(seed)[0] if lesson == "leak" else TEST_FOLD)


def lesson_arms(
    lesson: str,
    dataset: Dataset,
    *,
    seed: int = 0,
    config: TrainConfig = LESSON_CONFIG,
    unreadable: Collection[str] = (),
) -> list[Arm]:
    """Return the arms of a lesson.

    Parameters
    ----------
    lesson : str
        One of `LESSONS`.
    dataset : Dataset
        The clips.
    seed : int
        Seed of the random splits and of training; in "leak" it also decides the held-out folds, see `leak_folds`.
    config : TrainConfig
        Settings; the arms of "augmentation" differ from each other in `augment`.
    unreadable : collection of str
        File names of clips that can't be read; no arm has them.

    Returns
    -------
    list of Arm
        In the order in which they are trained and shown.

    Raises
    ------
    ParameterError
        If there is no such lesson.
    TrainingError
        If the data set is too small.
    """
    require(lesson in LESSONS, f"lesson must be one of {', '.join(LESSONS)}", lesson)
    config = replace(config, seed=seed)
    arms = _leak_arms if lesson == "leak" else _augmentation_arms
    return arms(dataset, config, unreadable)


def _leak_arms(dataset: Dataset, config: TrainConfig, unreadable: Collection[str]) -> list[Arm]:
    test_fold, sealed_fold = leak_folds(config.seed)
    honest = fold_split(dataset, val_fold=test_fold, test_fold=sealed_fold, unreadable=unreadable)
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


ARMS = ("scattered", "copies_kept", "whole_folds", "without", "with")
"""Names of the arms of all lessons."""

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


def _augmentation_arms(dataset: Dataset, config: TrainConfig, unreadable: Collection[str]) -> list[Arm]:
    split = fold_split(dataset, val_fold=TEST_FOLD, unreadable=unreadable)
    train, test, none = _originals(split.train), _originals(split.val), _originals(split.test)
    full = replace(config, augment=TrainConfig.augment)
    return [
        Arm("without", "Without augmentation", train, test, none, config),
        Arm("with", "With augmentation", train, test, none, full),
    ]
