"""One step of training: the optimiser with its schedule, and the compiled function that moves the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import TrainConfig

if TYPE_CHECKING:
    import keras


def make_optimizer(config: TrainConfig, steps_per_epoch: int, *, no_mix: bool = False) -> keras.optimizers.Optimizer:
    """Return AdamW with a linear warm-up and a cosine decay to zero.

    Parameters
    ----------
    config : TrainConfig
        Epochs, rates, and weight decay.
    steps_per_epoch : int
        Batches per epoch.
    no_mix : bool
        Whether it is for the final epochs without mixing, else for all epochs before them.

    Returns
    -------
    keras.optimizers.Optimizer
        Scales and offsets are not decayed.
    """
    import keras

    n_epochs = config.no_mix_epochs if no_mix else config.n_epochs - config.no_mix_epochs
    warmup = min(1 if no_mix else config.warmup_epochs, n_epochs - 1) * steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        n_epochs * steps_per_epoch - warmup,
        warmup_target=config.no_mix_learning_rate if no_mix else config.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    # decay pulls weights to zero; for scales and offsets zero means nothing
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def start_phase(
    model: keras.Model, config: TrainConfig, steps_per_epoch: int, *, weights: np.ndarray | None, no_mix: bool
) -> tuple[keras.optimizers.Optimizer, Callable[[Any, Any], Any]]:
    """Return a new optimiser and its compiled step, for the epochs with mixing or for the final ones without.

    Parameters
    ----------
    model : keras.Model
        The network.
    config, steps_per_epoch, no_mix
        As in `make_optimizer`.
    weights : numpy.ndarray, optional, shape (n_classes,)
        As in `train_step`.

    Returns
    -------
    optimizer : keras.optimizers.Optimizer
        Its state is part of a checkpoint.
    step : callable
        See `train_step`.
    """
    optimizer = make_optimizer(config, steps_per_epoch, no_mix=no_mix)
    return optimizer, train_step(model, optimizer, weights=weights)


def train_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, *, weights: np.ndarray | None = None
) -> Callable[[Any, Any], Any]:
    """Return a compiled step: it takes a batch and soft labels, moves the weights, and returns the loss.

    Parameters
    ----------
    model : keras.Model
        The network.
    optimizer : keras.optimizers.Optimizer
        It is built here.
    weights : numpy.ndarray, optional, shape (n_classes,)
        Weight of each category in the loss; a mixture is weighted by its shares.

    Returns
    -------
    callable
        The step.
    """
    import tensorflow as tf

    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(x: Any, truth: Any) -> Any:
        with tf.GradientTape() as tape:
            losses = tf.nn.softmax_cross_entropy_with_logits(truth, tf.cast(model(x, training=True), tf.float32))
            loss = tf.reduce_mean(losses if weights is None else losses * tf.linalg.matvec(truth, weights))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return loss

    return step
