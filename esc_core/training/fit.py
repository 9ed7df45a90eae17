"""Training one fold: batches drawn from cached mel power, steps, and the held-out fold's scores."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.augment import Compose
from esc_core.config import TrainConfig
from esc_core.inference import N_CROPS, softmax
from esc_core.metrics import accuracy, negative_log_likelihood
from esc_core.models import architecture
from esc_core.training.balance import class_weights, clip_shares, epoch_clips
from esc_core.training.chains import split_chain
from esc_core.training.checkpoint import Checkpoint
from esc_core.training.inputs import Sliceable, Sounds, Source, make_source

if TYPE_CHECKING:
    import keras

N_LOOKS = 25
"""About so many times a run looks at the held-out fold; a look costs a third of an epoch."""

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
        Accuracy on the held-out fold, 0–1; None in epochs without a look at it, and so are all that follow.
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


class Batches:
    """Augmented training batches, made in one thread beside the training.

    Parameters
    ----------
    source : Source
        The training clips.
    labels : numpy.ndarray, shape (n,), int
        Their positions among the categories.
    n_classes : int
        Number of categories.
    config : TrainConfig
        Chain, batch size, and seed; its last `settle_epochs` epochs leave the mixing out.
    """

    def __init__(self, source: Source, labels: np.ndarray, *, n_classes: int, config: TrainConfig) -> None:
        self.source, self.labels, self.config = source, labels, config
        self.one_hot = np.eye(n_classes, dtype=np.float32)
        self.chain = split_chain(config)[1]
        self.first_settling = config.n_epochs - config.settle_epochs + 1
        self.turns = epoch_clips(labels, balance=config.balance)
        self.n_steps = steps_per_epoch(labels, config)
        self.shares = clip_shares(labels) if config.balance == "sampling" else None

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of one epoch; seed and epoch alone decide them.

        Parameters
        ----------
        epoch : int
            From 1.

        Yields
        ------
        x : numpy.ndarray, shape (batch, n_mels, t, 1) or (batch, n, 1), float32
            `log_mel` or waveforms of augmented clips.
        y : numpy.ndarray, shape (batch, n_classes), float32
            Labels; shared where sounds were mixed.
        """
        rng = np.random.default_rng([self.config.seed, epoch])
        n = self.source.n_clips
        order = rng.permutation(self.turns) if self.shares is None else rng.choice(n, n, p=self.shares)
        size = min(self.config.batch_size, len(order))
        chain = self.chain if epoch < self.first_settling else self.chain.unmixed()
        for step in range(self.n_steps):
            yield self._batch(order[step * size : (step + 1) * size], chain, rng)

    def _batch(self, indices: np.ndarray, chain: Compose, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        examples, targets, n = [], [], self.source.n_clips
        for i in indices:
            j = int(rng.integers(n) if self.shares is None else rng.choice(n, p=self.shares))
            example, lam = self.source.example(int(i), j, chain, rng)
            examples.append(example)
            targets.append(lam * self.one_hot[self.labels[i]] + (1 - lam) * self.one_hot[self.labels[j]])
        return self.source.batch(examples), np.stack(targets).astype(np.float32)


def steps_per_epoch(labels: np.ndarray, config: TrainConfig) -> int:
    """Return the batches of an epoch, from the labels of the training clips; what does not fill one is left out."""
    return max(1, len(epoch_clips(labels, balance=config.balance)) // config.batch_size)


def prefetched(batches: Iterator[Any], *, ahead: int = 4) -> Iterator[Any]:
    """Run an iterator in a thread of its own, a few items ahead.

    Parameters
    ----------
    batches : iterator
        Where the items come from; what it raises is raised here.
    ahead : int
        Items kept ready.

    Yields
    ------
    object
        The items, in order.
    """
    ready: queue.Queue[tuple[str, Any]] = queue.Queue(ahead)
    stop = threading.Event()

    def put(item: tuple[str, Any]) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def produce() -> None:
        try:
            for batch in batches:
                put(("batch", batch))
            put(("end", None))
        except Exception as error:  # handed to the consumer, which raises it
            put(("error", error))

    threading.Thread(target=produce, daemon=True).start()
    try:
        while (item := ready.get())[0] == "batch":
            yield item[1]
        if item[0] == "error":
            raise item[1]
    finally:
        stop.set()


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
        Mel power or waveforms of all clips, as `esc_core.training.inputs.prepare` makes them.
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
    optimizer = make_optimizer(config, batches.n_steps, settling=first > batches.first_settling)
    step = train_step(model, optimizer, weights=weights)
    if checkpoint and first > 1:
        checkpoint.restore(model, optimizer)
    for epoch in range(first, config.n_epochs + 1):
        if epoch == batches.first_settling:
            optimizer = make_optimizer(config, batches.n_steps, settling=True)
            step = train_step(model, optimizer, weights=weights)
        losses = []
        for n, (x, y) in enumerate(prefetched(batches.epoch(epoch))):
            losses.append(step(tf.constant(x), tf.constant(y)))
            if on_step and not on_step(epoch, n + 1):
                return model, logits
        report = EpochReport(epoch, float(np.mean([float(loss) for loss in losses])), None)
        if epoch % look_every(config.n_epochs) == 0 or epoch == config.n_epochs:
            logits = crop_logits(model, crops)
            probs = softmax(logits).mean(axis=1)
            report = replace(
                report,
                val_accuracy=accuracy(probs, labels[val]),
                val_loss=negative_log_likelihood(probs, labels[val]),
                train_accuracy=accuracy(crop_logits(model, sample_crops)[:, 0], labels[train][sample]),
                val_probs=probs,
            )
        if on_epoch:
            on_epoch(report)
        if checkpoint:
            checkpoint.save(model, optimizer, epoch=epoch)
    if first > config.n_epochs:  # it was interrupted after its last epoch
        logits = crop_logits(model, crops)
    return model, logits


def look_every(n_epochs: int) -> int:
    """Return the epochs from one look at the held-out fold to the next; the last epoch is always scored."""
    return max(1, round(n_epochs / N_LOOKS))


def make_optimizer(config: TrainConfig, steps_per_epoch: int, *, settling: bool = False) -> keras.optimizers.Optimizer:
    """Return AdamW with a linear warm-up and a cosine to zero, over the mixed epochs or over the settling ones.

    Parameters
    ----------
    config : TrainConfig
        Epochs, rates, and weight decay.
    steps_per_epoch : int
        Batches of an epoch.
    settling : bool
        Whether it is for the epochs at the end, in which sounds are no longer mixed.

    Returns
    -------
    keras.optimizers.Optimizer
        Scales and offsets are not decayed.
    """
    import keras

    n_epochs = config.settle_epochs if settling else config.n_epochs - config.settle_epochs
    warmup = min(1 if settling else config.warmup_epochs, n_epochs - 1) * steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        n_epochs * steps_per_epoch - warmup,
        warmup_target=config.settle_learning_rate if settling else config.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    # decay pulls weights to zero; for scales and offsets zero means nothing
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


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
        What the loss of a clip of each category counts; a mixture counts by its shares.

    Returns
    -------
    callable
        The step.
    """
    import tensorflow as tf

    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            losses = tf.nn.softmax_cross_entropy_with_logits(y, model(x, training=True))
            loss = tf.reduce_mean(losses if weights is None else losses * tf.linalg.matvec(y, weights))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return loss

    return step


def crop_logits(model: keras.Model, crops: Sliceable, *, batch_size: int = 64) -> np.ndarray:
    """Run the network over the crops of many clips.

    Parameters
    ----------
    model : keras.Model
        The network.
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
        logits = np.asarray(model(part.reshape(-1, *part.shape[2:], 1), training=False))
        parts.append(logits.reshape(*part.shape[:2], -1))
    return np.concatenate(parts).astype(np.float32)
