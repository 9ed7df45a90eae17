"""Evaluations during training: accuracy and loss on the held-out clips, and on a sample of the training clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.inference import N_CROPS, softmax
from esc_core.metrics import accuracy, negative_log_likelihood
from esc_core.training.data.inputs import Sliceable, Source

if TYPE_CHECKING:
    import keras

N_EVALUATIONS = 25
"""Evaluations of the held-out fold in a run, about; each costs a third of an epoch."""

TRAIN_SAMPLE = 100
"""Training clips that are evaluated beside the held-out ones, with one crop each."""


@dataclass(frozen=True)
class EpochReport:
    """Loss of one epoch and, where it was evaluated, the scores after it.

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
        Accuracy on a sample of the training clips without augmentation, 0–1.
    val_logits : numpy.ndarray or None, shape (n_val, n_crops, n_classes), float32
        Logits of the crops of the held-out clips.
    """

    epoch: int
    loss: float
    val_accuracy: float | None = None
    val_loss: float | None = None
    train_accuracy: float | None = None
    val_logits: np.ndarray | None = None


class Evaluation:
    """Scores a network on the held-out clips and on a sample of the training clips.

    Parameters
    ----------
    model : keras.Model
        The network; each call scores it as it is then.
    source : Source
        The clips.
    labels : numpy.ndarray, shape (n_clips,), int
        Positions among the categories.
    train, val : numpy.ndarray, shape (n,), int
        Positions of the training clips and of the held-out clips.
    seed : int
        Decides the sample.
    """

    def __init__(
        self, model: keras.Model, source: Source, labels: np.ndarray, *, train: np.ndarray, val: np.ndarray, seed: int
    ) -> None:
        sample = train[np.random.default_rng(seed).permutation(len(train))[:TRAIN_SAMPLE]]
        self.forward = compile_forward(model)
        self.crops, self.labels = source.crops(val), labels[val]
        self.sample_crops = source.crops(sample)[0:TRAIN_SAMPLE][:, N_CROPS // 2, None]
        self.sample_labels = labels[sample]

    def logits(self) -> np.ndarray:
        """Return the logits of the held-out clips, shape (n_val, n_crops, n_classes), float32."""
        return crop_logits(self.forward, self.crops)

    def report(self, epoch: int, loss: float, logits: np.ndarray) -> EpochReport:
        """Return the report of an epoch, from its loss and from what `logits` returned after it."""
        probs = softmax(logits).mean(axis=1)
        sample = crop_logits(self.forward, self.sample_crops)[:, 0]
        return EpochReport(
            epoch,
            loss,
            val_accuracy=accuracy(probs, self.labels),
            val_loss=negative_log_likelihood(probs, self.labels),
            train_accuracy=accuracy(sample, self.sample_labels),
            val_logits=logits,
        )


def eval_every(n_epochs: int) -> int:
    """Return the epochs from one evaluation to the next; the last epoch is always evaluated."""
    return max(1, round(n_epochs / N_EVALUATIONS))


def is_evaluated(epoch: int, n_epochs: int) -> bool:
    """Return whether an epoch ends with an evaluation."""
    return epoch % eval_every(n_epochs) == 0 or epoch == n_epochs


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
