"""How long a run will take, from steps measured on this machine."""

from __future__ import annotations

import json
import time

import numpy as np

from esc_core.config import TrainConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.inference import N_CROPS, crop_frames
from esc_core.models import architecture
from esc_core.training.files import read_json, write_json
from esc_core.training.fit import TRAIN_SAMPLE, crop_logits, look_every, make_optimizer, steps_per_epoch, train_step
from esc_core.training.splits import split_for

N_TIMED = 6
"""Steps that are measured; the quickest half counts, since the machine may be busy for a moment."""


def known_seconds(config: TrainConfig, dataset: Dataset) -> float | None:
    """Return the expected time of training, if this kind of step was measured here before.

    Parameters
    ----------
    config : TrainConfig
        Settings.
    dataset : Dataset
        The clips.

    Returns
    -------
    float or None
        Seconds of training, without features and the loading of TensorFlow; None if it has to be measured.

    Raises
    ------
    TrainingError
        If the settings leave nothing to train on.
    """
    costs = read_json(_path()).get(_key(config))
    return None if costs is None else _sum(config, dataset, step=costs["step"], crop=costs["crop"])


def expected_seconds(config: TrainConfig, dataset: Dataset) -> float:
    """Return the expected time of training; the first time for a network it is measured, which loads TensorFlow.

    Parameters
    ----------
    config, dataset
        As in `known_seconds`.

    Returns
    -------
    float
        Seconds of training.

    Raises
    ------
    EscError
        If the settings can't be trained.
    """
    known = known_seconds(config, dataset)
    if known is not None:
        return known
    costs = _measure(config, n_classes=len(split_for(dataset, config)[0].categories))
    try:
        _path().parent.mkdir(parents=True, exist_ok=True)
        write_json(_path(), {**read_json(_path()), _key(config): costs})
    except OSError:
        pass  # it is measured again next time
    return _sum(config, dataset, step=costs["step"], crop=costs["crop"])


def _path() -> object:
    return esc_home() / "step_seconds.json"


def _key(config: TrainConfig) -> str:
    # the number of categories and of epochs costs nothing worth naming
    decisive = [config.model, config.width, config.batch_size, config.dtype, crop_frames(config.augment)]
    return json.dumps([*decisive, config.features.n_mels])


def _sum(config: TrainConfig, dataset: Dataset, *, step: float, crop: float) -> float:
    dataset, split = split_for(dataset, config)
    n_steps = steps_per_epoch(dataset.labels[split.train], config) * config.n_epochs
    n_looks = -(-config.n_epochs // look_every(config.n_epochs))
    n_crops = n_looks * (len(split.val) * N_CROPS + min(len(split.train), TRAIN_SAMPLE))
    return n_steps * step + n_crops * crop


def _measure(config: TrainConfig, *, n_classes: int) -> dict[str, float]:
    import keras
    import tensorflow as tf

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32" if config.dtype == "auto" else config.dtype)
    try:
        model = architecture(config.model).build(
            n_mels=config.features.n_mels, n_classes=n_classes, width=config.width, dropout=config.dropout
        )
    finally:
        keras.config.set_dtype_policy(policy)
    step = train_step(model, make_optimizer(config, 10))
    rng = np.random.default_rng(0)
    shape = (config.batch_size, config.features.n_mels, crop_frames(config.augment), 1)
    x = tf.constant(rng.normal(size=shape).astype(np.float32))
    y = tf.constant(np.eye(n_classes, dtype=np.float32)[rng.integers(n_classes, size=config.batch_size)])
    crops = np.moveaxis(x.numpy(), 3, 1)
    float(step(x, y)), crop_logits(model, crops)
    steps = _times(lambda: float(step(x, y)))
    looks = _times(lambda: crop_logits(model, crops))
    return {"step": steps, "crop": looks / config.batch_size}
