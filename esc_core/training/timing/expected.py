"""How long the run of a classifier will take, from training steps and preparation timed on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from esc_core.config import TrainConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.disk.measured import Measurements
from esc_core.disk.stored import seconds, table_of
from esc_core.inference import crop_frames
from esc_core.training.data.batches import steps_per_epoch
from esc_core.training.data.splits import Split, split_for
from esc_core.training.fit.dtype import N_STEPS, remember_dtype, step_seconds
from esc_core.training.fit.evaluation import TRAIN_SAMPLE, eval_every
from esc_core.training.timing.estimate import estimate, step_key
from esc_core.training.timing.preparation import preparation_seconds, remember_preparation, time_preparation

EVALUATION_SHARE = 1 / 3
"""Time of a forward pass as a share of a training step's time, for as many frames."""


def known_seconds(config: TrainConfig, dataset: Dataset) -> float | None:
    """Return the expected time of a whole run, if a step of this network was measured here before.

    Parameters
    ----------
    config : TrainConfig
        Settings.
    dataset : Dataset
        The clips.

    Returns
    -------
    float or None
        Seconds from its start to its end, reading the clips and loading TensorFlow included; what lies in a cache takes
        no time. None if not measured yet.

    Raises
    ------
    TrainingError
        If the settings leave nothing to train on.
    """
    measured = _steps().get(_key(config))
    if not measured:
        return None
    # "auto" takes the quicker one
    step = min(measured.values()) if config.dtype == "auto" else measured.get(config.dtype)
    if step is None:
        return None
    dataset, split = split_for(dataset, config)
    if (before := preparation_seconds(config, dataset, split.train)) is None:
        return None
    n_steps = steps_per_epoch(dataset.labels[split.train], config) * config.n_epochs
    n_evaluations = -(-config.n_epochs // eval_every(config.n_epochs))
    n_clips = n_evaluations * (len(split.val) + min(len(split.train), TRAIN_SAMPLE))
    # a step sees crops, an evaluation whole clips
    n_frames = config.features.clip_frames
    longer = n_frames / (crop_frames(config.augment, features=config.features) or n_frames)
    return before + float(step) * (n_steps + EVALUATION_SHARE * max(1.0, longer) * n_clips / config.batch_size)


def expected_seconds(config: TrainConfig, dataset: Dataset, *, clock: Callable[[], float] = time.monotonic) -> float:
    """Return the expected time of a run; the first call for a network measures its parts, which loads TensorFlow.

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


def _measure(config: TrainConfig, dataset: Dataset, split: Split, *, clock: Callable[[], float]) -> None:
    watch = time_preparation(config, dataset, split.train, clock=clock)
    began = clock()
    steps = step_seconds(config)
    # two networks were built and compiled, about as much work as a run has besides its steps
    overhead = clock() - began - N_STEPS * sum(steps.values())
    remember_preparation(config, watch, overhead=overhead)
    remember_steps(config, steps)
    remember_dtype(config, steps)  # or the run would time them again


def remember_steps(config: TrainConfig, measured: dict[str, float]) -> None:
    """Store the seconds that a training step of a network takes here, by dtype."""
    _steps().keep({_key(config): measured})


def _steps() -> Measurements:
    return Measurements(esc_home() / "step_seconds.json", table_of(seconds))


def _key(config: TrainConfig) -> str:
    return step_key(config, config.model, config.width)
