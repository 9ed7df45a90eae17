"""Evaluations during training: accuracy and loss on the held-out clips, and on a sample of the training clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.inference.networks import in_batches
from esc_core.measures.metrics import accuracy, negative_log_likelihood, softmax
from esc_core.models.network import compiled
from esc_core.training.data.inputs import Source

if TYPE_CHECKING:
    import keras

N_EVALUATIONS = 25
"""Evaluations of the held-out fold in a run, about; each costs a third of an epoch."""

TRAIN_SAMPLE = 100
"""Training clips that are evaluated beside the held-out ones."""

CLIPS_AT_ONCE = 64
"""Clips that are held at a time."""

BATCH_SIZE = 16
"""Largest batch of clips of one length."""


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
    val_logits : numpy.ndarray or None, shape (n_val, n_classes), float32
        Logits of the held-out clips.
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
        self.inputs, self.labels = source.inputs(val), labels[val]
        self.sample_inputs, self.sample_labels = source.inputs(sample), labels[sample]

    def logits(self) -> np.ndarray:
        """Return the logits of the held-out clips, shape (n_val, n_classes), float32."""
        return logits_of(self.forward, self.inputs)

    def report(self, epoch: int, loss: float, logits: np.ndarray) -> EpochReport:
        """Return the report of an epoch, from its loss and from what `logits` returned after it."""
        probs, sample = softmax(logits), logits_of(self.forward, self.sample_inputs)
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


def compile_forward(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Compile a network's forward pass: a third quicker than layer by layer, and the same to the bit."""
    return compiled(partial(model, training=False), model.input_shape)


def logits_of(forward: Callable[[Any], Any], inputs: Sequence[np.ndarray]) -> np.ndarray:
    """Run a network over many clips.

    Parameters
    ----------
    forward : callable
        Returns the logits of a batch, as `compile_forward` does.
    inputs : sequence of numpy.ndarray
        Of each clip, as `esc_core.training.data.sources.Source.inputs` returns them.

    Returns
    -------
    numpy.ndarray, shape (n, n_classes), float32
        Logits.
    """
    parts = [inputs[i : i + CLIPS_AT_ONCE] for i in range(0, len(inputs), CLIPS_AT_ONCE)]
    return np.concatenate([in_batches(forward, part, batch_size=BATCH_SIZE) for part in parts]).astype(np.float32)
