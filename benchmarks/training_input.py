"""Does the input hold training back? The same epochs with the input pipeline and on ready-made tensors.

    python -m benchmarks.training_input [MODEL …]

Both sides alternate, one epoch each, so that a busy machine slows both alike; the ratio is of their quickest epochs,
and so is that of processor time, which other programs disturb less. Clips are 5 s of noise without padding, the most
work for the input. The precision is the one that trains faster here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from esc_core.config import TrainConfig
from esc_core.features import mel_power
from esc_core.features.waveforms import to_pcm
from esc_core.models import architecture
from esc_core.training.data.batches import Batches, prefetched
from esc_core.training.data.inputs import Sounds, make_source
from esc_core.training.fit.dtype import fastest_dtype
from esc_core.training.fit.steps import make_optimizer, train_step

N_CLIPS, N_CLASSES = 320, 10
ROUNDS = 8
LIMIT = 0.9
"""Least share of the pipeline's time that ready-made tensors may take."""


def noise_clips(config: TrainConfig) -> np.ndarray:
    """Return clips as the network's input is made of them."""
    rng = np.random.default_rng(0)
    y = (0.1 * rng.standard_normal((N_CLIPS, 5 * config.features.sr))).astype(np.float32)
    if architecture(config.model).input == "waveform":
        return to_pcm(y)
    return np.stack([mel_power(wave, config.features) for wave in y])


def seconds_of_epoch(step: Callable[[Any, Any], Any], batches: Iterable[tuple[Any, Any]]) -> tuple[float, float]:
    """Train for an epoch as `fit` does, and return its seconds on the clock and of all cores together."""
    began = time.perf_counter(), time.process_time()
    losses = [step(tf.constant(x), tf.constant(y)) for x, y in batches]
    np.mean([float(loss) for loss in losses])
    return time.perf_counter() - began[0], time.process_time() - began[1]


def measure(model: str) -> float:
    """Print both times of a network and return the share."""
    config = TrainConfig(model=model, augment=architecture(model).chain)
    config = replace(config, dtype=fastest_dtype(config))
    keras.config.set_dtype_policy(config.dtype)
    labels = np.arange(N_CLIPS) % N_CLASSES
    source = make_source(Sounds(noise_clips(config)), np.arange(N_CLIPS), config)
    batches = Batches(source, labels, n_classes=N_CLASSES, config=config)
    network = architecture(model).build(config, n_classes=N_CLASSES)
    step = train_step(network, make_optimizer(config, batches.n_steps))
    ready = [(tf.constant(x), tf.constant(y)) for x, y in batches.epoch(1)]
    seconds_of_epoch(step, ready)  # compiles
    times: dict[str, list[tuple[float, float]]] = {"pipeline": [], "ready": []}
    for epoch in range(1, ROUNDS + 1):
        times["pipeline"].append(seconds_of_epoch(step, prefetched(batches.epoch(epoch))))
        times["ready"].append(seconds_of_epoch(step, ready))
    began = time.process_time()
    list(batches.epoch(1))
    alone = time.process_time() - began
    pipeline, tensors = (1000 * np.min(values, axis=0) / batches.n_steps for values in times.values())
    share, of_work = tensors / pipeline
    print(
        f"{model} ({config.dtype}): {pipeline[0]:.0f} ms per step with the pipeline, {tensors[0]:.0f} ms on ready-made "
        f"tensors: {share:.0%}; of the processors' time {of_work:.0%}; "
        f"input alone {1000 * alone / batches.n_steps:.1f} ms of one core",
        flush=True,
    )
    return share


def main() -> int:
    shares = {model: measure(model) for model in sys.argv[1:] or ("mel_cnn", "wave_cnn")}
    slow = [model for model, share in shares.items() if share < LIMIT]
    print(f"held back by their input: {', '.join(slow)}" if slow else f"all at {LIMIT:.0%} or more")
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
