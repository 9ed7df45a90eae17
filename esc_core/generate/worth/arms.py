"""The arms of the experiment: what a classifier is trained on, and its settings; nothing generated is ever held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from esc_core.config import MEL_CHAIN, TrainConfig
from esc_core.errors import TrainingError
from esc_core.generate.generator import Generator
from esc_core.generate.worth.drawn import made_sounds, mel_of
from esc_core.training.data.splits import Split

N_STEPS = 600
"""Optimiser steps of every classifier."""

CROP: tuple[dict[str, Any], ...] = ({"name": "crop_stretch", "n_frames": 96, "rate": 1.0},)
"""Chain of the arms without augmentation: only a window is cut."""


@dataclass(frozen=True)
class Arm:
    """What a classifier is trained on.

    Attributes
    ----------
    name : str
        Its name in the table.
    title : str
        Its name for people.
    real : bool
        Whether it hears the real clips of the training folds.
    generated : float
        Generated sounds as a share of the real clips.
    augmented : bool
        Whether all clips go through the usual augmentation.
    """

    name: str
    title: str
    real: bool = True
    generated: float = 0.0
    augmented: bool = False


ARMS = (
    Arm("real", "real clips"),
    Arm("augmented", "real clips, augmented", augmented=True),
    Arm("generated_50", "real clips and 50% generated ones", generated=0.5),
    Arm("generated_100", "real clips and 100% generated ones", generated=1.0),
    Arm("generated_only", "generated clips alone", real=False, generated=1.0),
)
"""All arms, in the order in which they are trained."""


@dataclass(frozen=True)
class Mixture:
    """What one cell works with.

    Attributes
    ----------
    mel : numpy.ndarray, shape (n_clips + n_generated, n_mels, t), float32
        Mel power of the real clips, then of the generated ones.
    labels : numpy.ndarray, shape (n_clips + n_generated,), int
        Positions of their categories.
    train, val : numpy.ndarray, shape (n,), int
        Rows to train on, and real held-out ones.
    n_real, n_generated : int
        How many of each are trained on.
    """

    mel: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    val: np.ndarray
    n_real: int
    n_generated: int


def mixture(
    mel: np.ndarray, labels: np.ndarray, split: Split, generator: Generator, arm: Arm, *, val_fold: int, seed: int
) -> Mixture:
    """Add generated sounds to the training clips of a fold; the held-out clips stay what they are.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_clips, n_mels, t)
        Mel power of all real clips.
    labels : numpy.ndarray, shape (n_clips,), int
        Positions of their categories.
    split : Split
        What may be trained on, and what is held out.
    generator : Generator
        One that has never heard the held-out fold.
    arm : Arm
        What is wanted.
    val_fold : int
        The held-out fold.
    seed : int
        Seed of the generated sounds.

    Returns
    -------
    Mixture
        As many generated sounds of each category.

    Raises
    ------
    TrainingError
        If the generator has heard the held-out fold.
    """
    card = generator.card
    if card.val_fold != val_fold:
        raise TrainingError(f"the generator has heard fold {val_fold}; it was trained without fold {card.val_fold}")
    n_classes = len(card.labels)
    per_category = round(arm.generated * len(split.train) / n_classes)
    real = split.train if arm.real else split.train[:0]
    if not per_category:
        return Mixture(mel, labels, real, split.val, len(real), 0)
    made, made_labels = made_sounds(generator, per_category=per_category, seed=seed)
    padded = np.zeros((len(made), mel.shape[1], max(mel.shape[2], made.shape[2])), np.float32)
    padded[:, :, : made.shape[2]] = mel_of(made)  # the active part is cut out again, as of any clip
    own = np.arange(len(mel), len(mel) + len(made))
    return Mixture(
        np.concatenate([mel, padded]), np.concatenate([labels, made_labels]), np.concatenate([real, own]), split.val,
        len(real), len(made),
    )  # fmt: skip


def classifier_config(arm: Arm, *, val_fold: int, seed: int, n_train: int, n_steps: int = N_STEPS) -> TrainConfig:
    """Return the settings of a cell's classifier.

    Parameters
    ----------
    arm : Arm
        Decides the chain.
    val_fold, seed : int
        Of the cell.
    n_train : int
        Clips to train on, real and generated.
    n_steps : int
        Steps wanted; the epochs are what comes closest.

    Returns
    -------
    TrainConfig
        A small mel CNN, at one rate for all arms.
    """
    batch_size = min(32, n_train)
    n_epochs = max(1, round(n_steps / (n_train // batch_size)))
    return TrainConfig(
        width=8,
        val_fold=val_fold,
        n_epochs=n_epochs,
        batch_size=batch_size,
        learning_rate=3e-3,
        warmup_epochs=min(3, n_epochs - 1),
        no_mix_epochs=0,
        seed=seed,
        n_copies=0,
        augment=MEL_CHAIN if arm.augmented else CROP,
    )
