"""Training one fold: batches drawn from cached mel power, steps, and the held-out fold's scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import TrainConfig
from esc_core.inference import N_CROPS, softmax
from esc_core.metrics import accuracy, negative_log_likelihood
from esc_core.models import architecture
from esc_core.training.data.balance import class_weights
from esc_core.training.data.batches import Batches, prefetched
from esc_core.training.data.chains import split_chain
from esc_core.training.data.inputs import Sliceable, Sounds, make_source
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.steps import make_optimizer, train_step

if TYPE_CHECKING:
    import keras

N_EVALUATIONS = 25
"""About so many times a run evaluates the held-out fold; an evaluation costs a third of an epoch."""

TRAIN_SAMPLE = 100
"""Training clips that are looked at beside the held-out ones, with one crop each."""


@dataclass(frozen=True)
class EpochReport:
    """What one epoch brought.

    Attributes
    ----------
    epoch : int
        From 1.
    loss : float
        Mean cross entropy over the epoch's (mixed) training clips, in nats.
    val_accuracy : float or None
        Accuracy on the held-out fold, 0–1; None in epochs without an evaluation, and so are all that follow.
    val_loss : float or None
        Cross entropy there, in nats.
    train_accuracy : float or None
        Accuracy on a sample of the training clips as they are, without augmentation, 0–1.
    val_probs : numpy.ndarray or None, shape (n_val, n_classes), float32
        Probabilities of the held-out clips.
    """

    epoch: int
    loss: float
    val_accuracy: float | None
    val_loss: float | None = None
    train_accuracy: float | None = None
    val_probs: np.ndarray | None = None


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
    on_epoch: Callable[[EpochReport], None] | None = None,
    on_step: Callable[[int, int], bool] | None = None,
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
    logits : numpy.ndarray, shape (n_val, n_crops, n_classes), float32
        Of the held-out clips.
    """
    import keras
    import tensorflow as tf

    check_trainable(config)
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    keras.config.set_dtype_policy(config.dtype)
    source = make_source(Sounds(clips, copies), train, config)
    batches = Batches(source, labels[train], n_classes=n_classes, config=config)
    mean, std = source.mean_and_std()
    model = architecture(config.model).build(config, n_classes=n_classes, mean=mean, std=std)
    crops = source.crops(val)
    sample = np.random.default_rng(config.seed).permutation(len(train))[:TRAIN_SAMPLE]
    sample_crops = source.crops(train[sample])[0:TRAIN_SAMPLE][:, N_CROPS // 2, None]
    logits = np.zeros((len(val), N_CROPS, n_classes), np.float32)
    weights = class_weights(labels[train], n_classes=n_classes) if config.balance == "class_weights" else None
    first = 1 + (checkpoint.epoch() if checkpoint else 0)
    optimizer = make_optimizer(config, batches.n_steps, no_mix=first > batches.first_no_mix)
    step = train_step(model, optimizer, weights=weights)
    if checkpoint and first > 1:
        checkpoint.restore(model, optimizer)
    forward = compile_forward(model)
    for epoch in range(first, config.n_epochs + 1):
        if epoch == batches.first_no_mix:
            optimizer = make_optimizer(config, batches.n_steps, no_mix=True)
            step = train_step(model, optimizer, weights=weights)
        losses = []
        for n, (x, truth) in enumerate(prefetched(batches.epoch(epoch))):
            losses.append(step(tf.constant(x), tf.constant(truth)))
            if on_step and not on_step(epoch, n + 1):
                return model, logits
        report = EpochReport(epoch, float(np.mean([float(loss) for loss in losses])), None)
        if epoch % eval_every(config.n_epochs) == 0 or epoch == config.n_epochs:
            logits = crop_logits(forward, crops)
            probs = softmax(logits).mean(axis=1)
            report = replace(
                report,
                val_accuracy=accuracy(probs, labels[val]),
                val_loss=negative_log_likelihood(probs, labels[val]),
                train_accuracy=accuracy(crop_logits(forward, sample_crops)[:, 0], labels[train][sample]),
                val_probs=probs,
            )
        if on_epoch:
            on_epoch(report)
        if checkpoint:
            checkpoint.save(model, optimizer, epoch=epoch)
    if first > config.n_epochs:  # it was interrupted after its last epoch
        logits = crop_logits(forward, crops)
    return model, logits


def eval_every(n_epochs: int) -> int:
    """Return the epochs from one evaluation of the held-out fold to the next; the last epoch is always evaluated."""
    return max(1, round(n_epochs / N_EVALUATIONS))


def compile_forward(model: keras.Model) -> Callable[[Any], Any]:
    """Compile a network's forward pass: a third quicker than layer by layer, and the same to the bit."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def forward(x: Any) -> Any:
        return model(x, training=False)

    return lambda x: forward(tf.constant(x))


def crop_logits(forward: Callable[[Any], Any], crops: Sliceable, *, batch_size: int = 64) -> np.ndarray:
    """Run a network over the crops of many clips.

    Parameters
    ----------
    forward : callable
        Returns the logits of a batch, as `compile_forward` does.
    crops : numpy.ndarray or WaveCrops, shape (n, n_crops, …), float32
        `log_mel` crops (…, n_mels, t) or waveforms (…, n_samples).
    batch_size : int
        Crops at a time, about.

    Returns
    -------
    numpy.ndarray, shape (n, n_crops, n_classes), float32
        Logits.
    """
    n = max(1, batch_size // N_CROPS)
    parts = []
    for i in range(0, len(crops), n):
        part = crops[i : i + n]
        logits = np.asarray(forward(part.reshape(-1, *part.shape[2:], 1)))
        parts.append(logits.reshape(*part.shape[:2], -1))
    return np.concatenate(parts).astype(np.float32)
