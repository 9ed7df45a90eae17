"""Training one fold: batches, steps, epochs, and an evaluation of the held-out fold every few epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import GeneratorConfig, TrainConfig
from esc_core.errors import TrainingError
from esc_core.models import architecture
from esc_core.training.data.balance import class_weights
from esc_core.training.data.batches import Batches, prefetched
from esc_core.training.data.chains import split_chain
from esc_core.training.data.inputs import Sounds, make_source
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.evaluation import EpochReport, Evaluation, is_evaluated
from esc_core.training.fit.steps import start_phase
from esc_core.training.fit.twin import training_twin

if TYPE_CHECKING:
    import keras


def check_trainable(config: TrainConfig) -> None:
    """Check what only training asks of a config.

    Parameters
    ----------
    config : TrainConfig
        The settings.

    Raises
    ------
    ModelError
        If there is no such architecture.
    ParameterError
        If the chain is wrong, does not suit the network, or does not cut all clips to one length.
    """
    split_chain(config)


def fit(
    clips: np.ndarray,
    labels: np.ndarray,
    train: np.ndarray,
    val: np.ndarray,
    *,
    n_classes: int,
    config: TrainConfig,
    copies: np.ndarray | None = None,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
    on_step: Callable[[int, int], bool] = lambda epoch, step: True,
    checkpoint: Checkpoint | None = None,
) -> tuple[keras.Model, np.ndarray]:
    """Train one model and score the held-out clips after the last epoch.

    Parameters
    ----------
    clips : numpy.ndarray, shape (n_clips, n_mels, t) float32 or (n_clips, n) int16
        Mel power or waveforms of all clips, as `esc_core.training.data.inputs.prepare` makes them.
    labels : numpy.ndarray, shape (n_clips,), int
        Positions among the categories.
    train, val : numpy.ndarray, shape (n,), int
        Positions of the clips to train on and to hold out.
    n_classes : int
        Number of categories.
    config : TrainConfig
        Everything else.
    copies : numpy.ndarray, optional
        Augmented copies of the training clips, shape (n_copies, n_train, …).
    on_epoch : callable, optional
        Receives an `EpochReport`.
    on_step : callable, optional
        Receives epoch and step; training ends when it returns False.
    checkpoint : Checkpoint, optional
        Where training goes on from, and what is written after each epoch; the result is the same, to the bit, as
        without the interruption.

    Returns
    -------
    model : keras.Model
        The trained network, after the last epoch.
    logits : numpy.ndarray, shape (n_val, n_classes), float32
        Of the held-out clips.

    Raises
    ------
    TrainingError
        If loss or logits are no longer finite; the checkpoint is that of an earlier epoch.
    """
    check_trainable(config)
    make_reproducible(config)
    source = make_source(Sounds(clips, copies), train, config)
    batches = Batches(source, labels[train], n_classes=n_classes, config=config)
    mean, std = source.mean_and_std()
    model = architecture(config.model).build(config, n_classes=n_classes, mean=mean, std=std)
    twin = training_twin(model, config.dtype)
    evaluation = Evaluation(model, source, labels, train=train, val=val, seed=config.seed)
    weights = class_weights(labels[train], n_classes=n_classes) if config.balance == "class_weights" else None
    n_done = checkpoint.epoch() if checkpoint else 0
    no_mix = n_done >= batches.first_no_mix
    optimizer, step = start_phase(twin, config, batches.n_steps, weights=weights, no_mix=no_mix)
    if checkpoint and n_done:
        checkpoint.restore(twin, optimizer)

    logits = np.zeros((len(val), n_classes), np.float32)
    for epoch in range(n_done + 1, config.n_epochs + 1):
        if epoch == batches.first_no_mix:
            optimizer, step = start_phase(twin, config, batches.n_steps, weights=weights, no_mix=True)
        loss = train_epoch(step, prefetched(batches.epoch(epoch)), partial(on_step, epoch))
        if loss is None:
            return model, logits
        _check_finite(epoch, np.asarray(loss))
        report = EpochReport(epoch, loss)
        if is_evaluated(epoch, config.n_epochs):
            model.set_weights(twin.get_weights())
            logits = evaluation.logits()
            _check_finite(epoch, logits)
            report = evaluation.report(epoch, loss, logits)
        on_epoch(report)
        if checkpoint:
            checkpoint.save(twin, optimizer, epoch=epoch)
    if n_done >= config.n_epochs:  # it was interrupted after its last epoch
        model.set_weights(twin.get_weights())
        logits = evaluation.logits()
        _check_finite(n_done, logits)
    return model, logits


def _check_finite(epoch: int, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise TrainingError(
            f"the training diverged in epoch {epoch}: its values are no longer numbers; start a new run "
            "with a smaller learning rate"
        )


def make_reproducible(config: TrainConfig | GeneratorConfig) -> None:
    """Seed Keras, NumPy and Python, and have TensorFlow compute deterministically."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()


def train_epoch(
    step: Callable[[Any, Any], Any], batches: Iterator[tuple[np.ndarray, np.ndarray]], on_step: Callable[[int], bool]
) -> float | None:
    """Train on each batch of an epoch.

    Parameters
    ----------
    step : callable
        Takes inputs and soft labels, moves the weights, and returns the loss.
    batches : iterator
        Inputs and soft labels.
    on_step : callable
        Receives the number of batches done; training stops when it returns False.

    Returns
    -------
    float or None
        Mean loss in nats; None if it was stopped.
    """
    import tensorflow as tf

    losses = []
    for n_done, (x, truth) in enumerate(batches, start=1):
        losses.append(step(tf.constant(x), tf.constant(truth)))
        if not on_step(n_done):
            return None
    return float(np.mean([float(loss) for loss in losses]))
