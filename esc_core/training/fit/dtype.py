"""Which precision trains faster on this machine: a few steps of a network in each, timed once before a run."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from esc_core.config import CLIP_SECONDS, TrainConfig, esc_home
from esc_core.disk.measured import Measurements
from esc_core.inference import crop_frames
from esc_core.libraries import load_tensorflow
from esc_core.models import architecture
from esc_core.models.layers import input_shape
from esc_core.training.fit.steps import make_optimizer, train_step
from esc_core.training.fit.twin import training_twin

PLAIN, MIXED = "float32", "mixed_bfloat16"

N_STEPS = 8
"""Steps timed in each precision, alternating, after one that compiles and one that warms up."""

N_TRIES, HOPELESS = 2, 1.5
"""Steps after which a precision that takes so many times as long as the other is not timed further: where the
processor lacks bfloat16, it is emulated, and a step takes seconds."""

MIN_GAIN = 0.1
"""Share of the time that mixed precision must save to be worth the coarser numbers."""


def fastest_dtype(config: TrainConfig) -> str:
    """Return the precision that trains faster here, timed once per network and stored below ``ESC_HOME``.

    Parameters
    ----------
    config : TrainConfig
        Model, width, batch size, and the crop of the chain; its `dtype` is ignored.

    Returns
    -------
    str
        "mixed_bfloat16" where it saves at least a tenth of the time, else "float32".
    """
    return known_dtype(config) or remember_dtype(config, step_seconds(config))


def known_dtype(config: TrainConfig) -> str | None:
    """Return what `fastest_dtype` stored; None if it was not timed yet."""
    known: str | None = _measured(config).get("dtype")
    return known


def remember_dtype(config: TrainConfig, seconds: dict[str, float]) -> str:
    """Return the precision that trains faster, and store it.

    Parameters
    ----------
    config : TrainConfig
        As in `fastest_dtype`.
    seconds : dict of str to float
        What `step_seconds` measured.

    Returns
    -------
    str
        As `fastest_dtype`.
    """
    faster = MIXED if seconds[MIXED] < (1 - MIN_GAIN) * seconds[PLAIN] else PLAIN
    _measured(config).keep({"dtype": faster, "seconds": seconds, "model": config.model})
    return faster


def _measured(config: TrainConfig) -> Measurements:
    return Measurements(esc_home() / "dtypes" / f"{_key(config)}.json", lambda value: value in (PLAIN, MIXED))


def _key(config: TrainConfig) -> str:
    shape = (config.model, config.width, config.batch_size, crop_frames(config.augment, features=config.features))
    machine = (platform.node(), platform.machine(), os.cpu_count(), version("tensorflow"))
    return hashlib.sha256(repr((shape, config.features, machine)).encode()).hexdigest()[:20]


def step_seconds(
    config: TrainConfig, *, n_classes: int = 50, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Time a training step in both precisions.

    Parameters
    ----------
    config : TrainConfig
        Model, width, batch size, and the crop of the chain.
    n_classes : int
        Number of categories.
    clock : callable
        Returns the time in seconds.

    Returns
    -------
    dict of str to float
        Seconds of the quickest step, by dtype policy.
    """
    load_tensorflow()
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()  # as in training, since it costs time
    steps = {dtype: _step(config, dtype, n_classes) for dtype in (PLAIN, MIXED)}
    for step in steps.values():
        step()
        step()
    times: dict[str, list[float]] = {dtype: [] for dtype in steps}
    for n_timed in range(1, N_STEPS + 1):  # alternating, so that a busy machine slows both alike
        for dtype, step in steps.items():
            began = clock()
            step()
            times[dtype].append(clock() - began)
        if n_timed == N_TRIES:
            limit = HOPELESS * min(min(values) for values in times.values())
            steps = {dtype: step for dtype, step in steps.items() if min(times[dtype]) <= limit}
    return {dtype: min(values) for dtype, values in times.items()}


def _step(config: TrainConfig, dtype: str, n_classes: int) -> Callable[[], float]:
    import tensorflow as tf

    model = architecture(config.model).build(config, n_classes=n_classes)
    frames = crop_frames(config.augment, features=config.features)
    seconds = frames * config.features.hop_length / config.features.sr or CLIP_SECONDS
    shape = input_shape(model, config.features, seconds=seconds)
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((config.batch_size, *shape), dtype=np.float32))
    y = tf.one_hot(rng.integers(n_classes, size=config.batch_size), n_classes)
    compiled: Callable[[Any, Any], Any] = train_step(training_twin(model, dtype), make_optimizer(config, 1))
    return lambda: float(compiled(x, y))
