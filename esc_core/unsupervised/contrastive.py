"""A network trained without labels: two views of one clip shall be alike, those of other clips not (SimCLR).

After Chen et al. 2020, arXiv:2002.05709: two draws of an augmentation chain for each clip, the mel CNN, a projection
head that is dropped afterwards, and the loss NT-Xent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import TrainConfig, require
from esc_core.errors import TrainingError
from esc_core.libraries import load_tensorflow
from esc_core.models import architecture
from esc_core.training.data.batches import prefetched
from esc_core.training.data.inputs import Sounds, make_source
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.fit import make_reproducible, train_epoch
from esc_core.training.fit.steps import make_optimizer
from esc_core.training.fit.twin import training_twin
from esc_core.unsupervised.views import Views

if TYPE_CHECKING:
    import keras

EMBEDDING = "embedding"
"""Name of the layer of the mel CNN that is kept: means and maxima over time."""

N_PROJECTION = 128
"""Units of both layers of the projection head."""

TEMPERATURE = 0.1
"""Divisor of similarities: the lower it is, the more the most similar of the other clips count."""


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
