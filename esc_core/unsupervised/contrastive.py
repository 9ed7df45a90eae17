"""A network trained without labels: two views of one clip shall be alike, those of other clips not (SimCLR).

After Chen et al. 2020, arXiv:2002.05709: two draws of an augmentation chain for each clip, the mel CNN, a projection
head that is dropped afterwards, and the loss NT-Xent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.augment import Compose
from esc_core.config import FeatureConfig, TrainConfig, require
from esc_core.dataset import Dataset
from esc_core.disk.files import read_json, write_json
from esc_core.errors import TrainingError
from esc_core.features import extract
from esc_core.features.cache import unreadable_rows
from esc_core.libraries import load_tensorflow
from esc_core.models import architecture
from esc_core.models.compact import compact
from esc_core.training.data.batches import prefetched
from esc_core.training.data.inputs import Sounds, Source, make_source
from esc_core.training.data.splits import Split, fold_split
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.dtype import fastest_dtype
from esc_core.training.fit.fit import make_reproducible, train_epoch
from esc_core.training.fit.memory import keep_memory
from esc_core.training.fit.steps import make_optimizer
from esc_core.training.fit.twin import training_twin

if TYPE_CHECKING:
    import keras

EMBEDDING = "embedding"
"""Name of the layer of the mel CNN that is kept: means and maxima over time."""

N_PROJECTION = 128
"""Units of both layers of the projection head."""

TEMPERATURE = 0.2
"""Divisor of similarities: the lower it is, the more the most similar of the other clips count."""

VIEWS: tuple[dict[str, Any], ...] = (
    {"name": "crop_stretch", "n_frames": 96, "rate": [0.7, 1.4]},
    {"name": "mel_shift", "n_bands": [-4, 4]},
    {"name": "mel_equalizer", "gain_db": [-8.0, 8.0], "n_points": [2, 5]},
    {"name": "mel_gain", "gain_db": [-6.0, 6.0]},
    {"name": "freq_mask", "freq_mask_param": 16, "p": 0.8},
    {"name": "time_mask", "time_mask_param": 24, "p": 0.8},
)
"""Chain of the views: stronger than the usual one, since a label no longer says what must stay; nothing is mixed."""

N_EPOCHS = 160
"""Passes over the training clips of the usual recipe."""


def contrastive_config(*, val_fold: int, n_epochs: int = N_EPOCHS, seed: int = 0) -> TrainConfig:
    """Return the usual recipe.

    Parameters
    ----------
    val_fold : int
        The fold that the network never hears.
    n_epochs : int
        Passes over the other folds.
    seed : int
        Seed of weights, order and views.

    Returns
    -------
    TrainConfig
        Large batches, since all other clips of a batch are what a clip must not be like.
    """
    return TrainConfig(
        val_fold=val_fold,
        n_epochs=n_epochs,
        seed=seed,
        batch_size=128,
        warmup_epochs=min(5, n_epochs - 1),
        no_mix_epochs=0,
        weight_decay=0.01,
        dtype="auto",
        augment=VIEWS,
        n_copies=0,
    )


class Views:
    """Batches of two views of each clip.

    Parameters
    ----------
    source : Source
        The training clips.
    config : TrainConfig
        Chain, batch size and seed.

    Attributes
    ----------
    n_steps : int
        Batches of an epoch; an incomplete one is left out.
    """

    def __init__(self, source: Source, config: TrainConfig) -> None:
        self.source, self.config = source, config
        self.chain = Compose.from_json(config.augment)
        self.size = min(config.batch_size, source.n_clips)
        self.n_steps = source.n_clips // self.size

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of one epoch; seed and epoch alone decide them.

        Parameters
        ----------
        epoch : int
            From 1.

        Yields
        ------
        x : numpy.ndarray, shape (2 * batch, n_mels, t, 1), float32
            `log_mel` of a view of each clip, then of another view of each.
        clip : numpy.ndarray, shape (2 * batch,), int32
            Tells which views are of one clip.
        """
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(self.source.n_clips)
        for step in range(self.n_steps):
            chosen = np.tile(order[step * self.size : (step + 1) * self.size], 2)
            views = [self.source.example(int(i), int(i), self.chain, rng)[0] for i in chosen]
            yield self.source.batch(views), chosen.astype(np.int32)


def nt_xent(z: Any, clip: Any, *, temperature: float = TEMPERATURE) -> Any:
    """Return the normalised cross entropy at a temperature: how hard it is to find a view's other half in its batch.

    Parameters
    ----------
    z : tensor, shape (2 * batch, d)
        Projections; only their directions count.
    clip : tensor, shape (2 * batch,), int
        Tells which two views are of one clip.
    temperature : float
        Divisor of the cosine similarities.

    Returns
    -------
    tensor
        Mean over views, in nats; ``log(2 * batch - 1)`` if all are alike.
    """
    import tensorflow as tf

    z = tf.math.l2_normalize(tf.cast(z, tf.float32), axis=1)
    itself = tf.eye(tf.shape(z)[0])
    log_probs = tf.nn.log_softmax(tf.matmul(z, z, transpose_b=True) / temperature - 1e9 * itself, axis=1)
    other_half = tf.cast(clip[:, None] == clip[None, :], tf.float32) - itself
    return -tf.reduce_mean(tf.reduce_sum(log_probs * other_half, axis=1))


def contrast(
    mel: np.ndarray,
    train: np.ndarray,
    config: TrainConfig,
    *,
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
    on_step: Callable[[int, int], bool] = lambda epoch, step: True,
    checkpoint: Checkpoint | None = None,
) -> keras.Model:
    """Train a network without labels.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_clips, n_mels, t), float32
        Mel power of all clips.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the clips that it may hear; no other row is read.
    config : TrainConfig
        Recipe, with a dtype other than "auto"; see `contrastive_config`.
    on_epoch : callable, optional
        Receives the epoch, from 1, and its mean loss in nats.
    on_step : callable, optional
        Receives epoch and step; training ends when it returns False.
    checkpoint : Checkpoint, optional
        Where training goes on from, and what is written after each epoch; the result is the same, to the bit, as
        without the interruption.

    Returns
    -------
    keras.Model
        From `log_mel`, shape ``(batch, n_mels, t, 1)``, to embeddings, shape ``(batch, 16 * width)``.

    Raises
    ------
    ParameterError
        If there are fewer than 2 clips to train on.
    TrainingError
        If the loss is no longer finite.
    """
    require(len(train) >= 2, "at least 2 clips are needed, to tell apart", len(train))
    load_tensorflow()
    make_reproducible(config)
    views = Views(make_source(Sounds(mel), train, config), config)
    encoder, model = _networks(config, *views.source.mean_and_std())
    twin = training_twin(model, config.dtype)
    optimizer = make_optimizer(config, views.n_steps)
    step = _step(twin, optimizer)
    n_done = checkpoint.epoch() if checkpoint else 0
    if checkpoint and n_done:
        checkpoint.restore(twin, optimizer)
    for epoch in range(n_done + 1, config.n_epochs + 1):
        loss = train_epoch(step, prefetched(views.epoch(epoch)), partial(on_step, epoch))
        if loss is None:
            break
        if not np.isfinite(loss):
            raise TrainingError(f"the training diverged in epoch {epoch}: use a smaller learning rate")
        on_epoch(epoch, loss)
        if checkpoint:
            checkpoint.save(twin, optimizer, epoch=epoch)
    model.set_weights(twin.get_weights())
    return encoder


def _networks(config: TrainConfig, mean: float, std: float) -> tuple[keras.Model, keras.Model]:
    """Return the network up to its embedding, and the same with a projection head; both share their weights."""
    import keras

    network = architecture(config.model).build(config, n_classes=2, mean=mean, std=std)
    embedding = network.get_layer(EMBEDDING).output
    x = keras.layers.Dense(N_PROJECTION, activation="relu", name="projection_hidden")(embedding)
    x = keras.layers.Dense(N_PROJECTION, dtype="float32", name="projection")(x)
    return keras.Model(network.input, embedding, name="without_labels"), keras.Model(network.input, x)


def _step(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Callable[[Any, Any], Any]:
    import tensorflow as tf

    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(x: Any, clip: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = nt_xent(model(x, training=True), clip)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step


@dataclass(frozen=True)
class Contrasted:
    """What a training without labels left.

    Attributes
    ----------
    path : pathlib.Path
        The network, a ``.keras`` file.
    losses : tuple of float
        Mean loss of each epoch that this call trained, in nats.
    seconds : float
        Time that this call took, preparation apart.
    """

    path: Path
    losses: tuple[float, ...]
    seconds: float


def network_path(folder: Path, fold: int) -> Path:
    """Return the file of the network that has not heard a fold; it need not exist."""
    return folder / f"fold{fold}.keras"


def train_without_labels(
    dataset: Dataset, config: TrainConfig, folder: Path, *, progress: Callable[[str], None] = lambda line: None
) -> Contrasted:
    """Train the network that has not heard one fold, or go on with it, and store it.

    Parameters
    ----------
    dataset : Dataset
        The clips; of their table only folds and recordings are used.
    config : TrainConfig
        Recipe, see `contrastive_config`; "auto" as dtype is measured.
    folder : pathlib.Path
        Receives the network, its recipe and, until it is done, the checkpoint.
    progress : callable, optional
        Receives lines for people.

    Returns
    -------
    Contrasted
        The network and its losses.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    TrainingError
        If there are no clips to train on, the training began with other settings, or it diverged.
    OSError
        If the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keep_memory()
    if config.dtype == "auto":
        config = replace(config, dtype=fastest_dtype(config))
    mel, split = _sounds(dataset, config.val_fold, config.features)
    path = network_path(folder, config.val_fold)
    checkpoint, recipe = Checkpoint(path.with_suffix(".checkpoint")), path.with_suffix(".json")
    if checkpoint.tidy():
        progress("the checkpoint is damaged and was set aside; training starts at its first epoch")
    if checkpoint.epoch() and read_json(recipe).get("train_config") != config.to_dict():
        raise TrainingError(f"the training in {folder} began with other settings: name another folder, or use these")
    write_json(recipe, {"train_config": config.to_dict()})
    losses, began = [], time.monotonic()

    def on_epoch(epoch: int, loss: float) -> None:
        losses.append(loss)
        progress(f"epoch {epoch} of {config.n_epochs}: loss {loss:.3f}, {time.monotonic() - began:.0f} s")

    encoder = contrast(mel, split.train, config, on_epoch=on_epoch, checkpoint=checkpoint)
    seconds = time.monotonic() - began
    encoder.save(path)
    compact(path)
    write_json(recipe, {"train_config": config.to_dict(), "n_clips": len(split.train), "seconds": seconds})
    checkpoint.path.unlink(missing_ok=True)
    return Contrasted(path, tuple(losses), seconds)


def _sounds(dataset: Dataset, fold: int, features: FeatureConfig) -> tuple[np.ndarray, Split]:
    mel = extract(dataset, features).mel
    unreadable = [dataset.clips[i].filename for i in unreadable_rows(mel)]
    return mel, fold_split(dataset, val_fold=fold, unreadable=unreadable)
