"""How long a training of a generator will take, from steps, checkpoints and reading timed on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from esc_core.config import GeneratorConfig, TrainConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.disk.measured import Measurements
from esc_core.disk.stored import fits, seconds
from esc_core.generate.training.adversaries import Adversaries
from esc_core.inference import crop_frames
from esc_core.libraries import load_tensorflow
from esc_core.training.data.inputs import still_to_prepare
from esc_core.training.data.splits import Split, split_for
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.dtype import fastest_dtype, known_dtype
from esc_core.training.fit.fit import make_reproducible
from esc_core.training.timing.estimate import estimate, step_key
from esc_core.training.timing.preparation import time_preparation

N_WARM, N_STEPS, N_SAVES = 2, 8, 2
"""Steps that compile and warm up; steps and checkpoints of which the quickest counts."""

PARTS = ("overhead", "clip", "epoch", "step")
"""What is stored: loading and compiling once, and then the seconds for a clip that is read, an epoch, and a step."""


def known_seconds(config: GeneratorConfig, dataset: Dataset) -> float | None:
    """Return the expected time of a whole run, if its parts were measured here before.

    Parameters
    ----------
    config : GeneratorConfig
        Settings.
    dataset : Dataset
        The clips.

    Returns
    -------
    float or None
        Seconds from its start to its end, reading the clips and loading TensorFlow included; clips in the cache take no
        time. None if not measured yet.

    Raises
    ------
    TrainingError
        If the settings leave nothing to train on.
    """
    dtype = known_dtype(_like(config)) if config.dtype == "auto" else config.dtype
    measured = _parts().get(_key(config, dtype)) if dtype else None
    if measured is None:
        return None
    dataset, split = split_for(dataset, config)
    n_steps = max(1, len(split.train) // min(config.batch_size, max(1, len(split.train))))
    n_clips = sum(still_to_prepare(dataset, _like(config), split.train).values())
    overhead, clip, epoch, step = (float(measured[part]) for part in PARTS)
    return overhead + clip * n_clips + config.n_epochs * (epoch + step * n_steps)


def expected_seconds(
    config: GeneratorConfig, dataset: Dataset, *, clock: Callable[[], float] = time.monotonic
) -> float:
    """Return the expected time of a run; the first call measures its parts, which loads TensorFlow.

    Parameters
    ----------
    config, dataset
        As in `known_seconds`.
    clock : callable
        Returns the time in seconds.

    Returns
    -------
    float
        Seconds from its start to its end.

    Raises
    ------
    EscError
        If the settings can't be trained.
    """
    return estimate(config, dataset, known=known_seconds, measure=partial(_measure, clock=clock))


def _measure(config: GeneratorConfig, dataset: Dataset, split: Split, *, clock: Callable[[], float]) -> None:
    per_clip = time_preparation(_like(config), dataset, split.train, clock=clock).per_item()
    dtype = fastest_dtype(_like(config)) if config.dtype == "auto" else config.dtype
    parts = time_parts(replace(config, dtype=dtype), n_classes=len(dataset.categories), clock=clock)
    _parts().keep({_key(config, dtype): parts | {"clip": sum(per_clip.values())}})


def time_parts(
    config: GeneratorConfig, *, n_classes: int, clock: Callable[[], float] = time.monotonic
) -> dict[str, float]:
    """Time what a training does again and again, on random sounds.

    Parameters
    ----------
    config : GeneratorConfig
        Settings, with a dtype other than "auto".
    n_classes : int
        Number of categories.
    clock : callable
        Returns the time in seconds.

    Returns
    -------
    dict of str to float
        Seconds of "step" and "epoch", which ends with a checkpoint, and "overhead", all before the first step.
    """
    began = clock()
    load_tensorflow()
    import tensorflow as tf

    make_reproducible(config)  # as in training, since it costs time
    n_frames = crop_frames(config.augment, features=config.features)
    pair = Adversaries(config, n_classes=n_classes, n_frames=n_frames)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (config.batch_size, config.features.n_mels, n_frames, 1))
    categories = np.eye(n_classes)[rng.integers(n_classes, size=config.batch_size)]
    points = rng.standard_normal((config.batch_size, config.n_latent))
    batch = [tf.constant(values.astype(np.float32)) for values in (x, categories, points)]

    def step() -> float:
        before = clock()
        np.asarray(pair.step(*batch))
        return clock() - before

    for _ in range(N_WARM):
        step()
    overhead = clock() - began
    with TemporaryDirectory() as folder:
        checkpoint = Checkpoint(Path(folder) / "checkpoint.npz")

        def save() -> float:
            before = clock()
            checkpoint.save(pair, epoch=1)
            return clock() - before

        # the quickest, as for classifiers: on a busy machine the others say more about what else runs there
        return {
            "overhead": overhead,
            "step": min(step() for _ in range(N_STEPS)),
            "epoch": min(save() for _ in range(N_SAVES)),
        }


def _like(config: GeneratorConfig) -> TrainConfig:
    """Return the classifier that reads the same features, and whose precision a generator takes."""
    return TrainConfig(features=config.features, n_copies=0)


def _parts() -> Measurements:
    return Measurements(esc_home() / "generator_seconds.json", lambda value: fits(value, dict.fromkeys(PARTS, seconds)))


def _key(config: GeneratorConfig, dtype: str) -> str:
    return step_key(config, dtype, config.width, config.n_latent)
