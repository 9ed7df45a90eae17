"""Small networks on YAMNet's embeddings: trained in seconds, also on a few samples a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import require
from esc_core.libraries import load_tensorflow
from esc_core.yamnet.trunk import EMBEDDING_SIZE

if TYPE_CHECKING:
    import keras

LEAST_DEVIATION = 0.1
"""Added to the standard deviation of each number, some of which are nearly always 0."""


@dataclass(frozen=True, kw_only=True)
class HeadConfig:
    """What decides the training of a head.

    Attributes
    ----------
    n_hidden : int
        Units of the hidden layer, of each seed.
    n_steps : int
        Batches of each seed.
    batch_size : int
        Mixed samples of a batch.
    learning_rate : float
        Rate of AdamW at the start; a cosine brings it to 0.
    weight_decay : float
        Decay of AdamW.
    mixup_alpha : float
        Both parameters of the beta distribution by which two samples are mixed (Zhang et al. 2018, arXiv:1710.09412).
    input_dropout, dropout : float
        Share of numbers left out before and after the hidden layer.
    seeds : tuple of int
        A network is trained for each; the head's logits are the mean of theirs.
    """

    n_hidden: int = 256
    n_steps: int = 2000
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    mixup_alpha: float = 0.4
    input_dropout: float = 0.3
    dropout: float = 0.5
    seeds: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True)
class _Weights:
    """Kernels and biases of one seed's network, on inputs as they are."""

    hidden: np.ndarray
    hidden_bias: np.ndarray
    logits: np.ndarray
    logits_bias: np.ndarray


def pooled(embeddings: np.ndarray) -> np.ndarray:
    """Return what a head knows of a sound: mean and maximum over its patches.

    Parameters
    ----------
    embeddings : numpy.ndarray, shape (n_patches, 1024)
        As `esc_core.yamnet.Trunk.embed` returns them.

    Returns
    -------
    numpy.ndarray, shape (2048,), float32
        The input of `train_head`.
    """
    return np.concatenate([embeddings.mean(axis=0), embeddings.max(axis=0)]).astype(np.float32)


def train_head(
    features: np.ndarray, targets: np.ndarray, *, n_classes: int, config: HeadConfig | None = None
) -> keras.Model:
    """Train a head: one hidden layer on mean and maximum of the embeddings, on mixed samples.

    Parameters
    ----------
    features : numpy.ndarray, shape (n, 2048)
        Of each sample, as `pooled` returns them.
    targets : numpy.ndarray, shape (n,), int
        The categories.
    n_classes : int
        Number of categories.
    config : HeadConfig, optional
        The default settings if left out.

    Returns
    -------
    keras.Model
        Input ``(batch, n_patches, 1024)``, any number of patches; output logits ``(batch, n_classes)``. Normalisation
        and the mean over seeds are part of its weights.

    Raises
    ------
    ParameterError
        If there is no sample, or a target is not in [0, `n_classes`).
    """
    require(len(features) > 0, "a head needs at least 1 sample", len(features))
    fits = targets.shape == features.shape[:1] and 0 <= targets.min() <= targets.max() < n_classes
    require(fits, f"each sample needs a target in [0, {n_classes})", targets.tolist()[:5])
    load_tensorflow()
    config = config or HeadConfig()
    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(LEAST_DEVIATION)
    x = (features - mean) / deviation
    networks = [_weights(_fit(x, targets, n_classes, config, seed), mean, deviation) for seed in config.seeds]
    return _joined(networks)


def _fit(x: np.ndarray, targets: np.ndarray, n_classes: int, config: HeadConfig, seed: int) -> keras.Model:
    """Train one seed's network on normalised features."""
    import keras
    import tensorflow as tf

    kernel = [keras.initializers.GlorotUniform(seed=seed), keras.initializers.GlorotUniform(seed=seed + 1)]
    model = keras.Sequential(
        [
            keras.Input((x.shape[1],)),
            keras.layers.Dropout(config.input_dropout, seed=seed),
            keras.layers.Dense(config.n_hidden, activation="relu", kernel_initializer=kernel[0], name="hidden"),
            keras.layers.Dropout(config.dropout, seed=seed + 1),
            keras.layers.Dense(n_classes, kernel_initializer=kernel[1], name="logits"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.n_steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
    optimizer.build(model.trainable_variables)
    draws = tf.random.Generator.from_seed(seed)
    samples, labels = tf.constant(x, tf.float32), tf.one_hot(targets, n_classes)

    @tf.function
    def train(n_steps: Any) -> None:
        for _ in tf.range(n_steps):
            mixed, label = _mixed_batch(samples, labels, draws, config)
            with tf.GradientTape() as tape:
                losses = tf.nn.softmax_cross_entropy_with_logits(label, model(mixed, training=True))
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    train(tf.constant(config.n_steps))
    return model


def _mixed_batch(samples: Any, labels: Any, draws: Any, config: HeadConfig) -> tuple[Any, Any]:
    """Return mixtures of two samples each, and of their labels."""
    import tensorflow as tf

    n = config.batch_size
    one, other = tf.unstack(draws.uniform((2, n), 0, tf.shape(samples)[0], tf.int32))
    # a beta distribution, from two gamma distributions
    seed = draws.make_seeds(1)[:, 0]
    first, second = tf.unstack(tf.random.stateless_gamma((2, n, 1), seed=seed, alpha=config.mixup_alpha))
    lam = first / (first + second + 1e-12)
    return tuple(lam * tf.gather(array, one) + (1 - lam) * tf.gather(array, other) for array in (samples, labels))


def _weights(model: keras.Model, mean: np.ndarray, deviation: np.ndarray) -> _Weights:
    """Return a network's weights, with the normalisation of its input as part of them."""
    kernel, bias = model.get_layer("hidden").get_weights()
    kernel = kernel / deviation[:, None]
    return _Weights(kernel, bias - mean @ kernel, *model.get_layer("logits").get_weights())


def _joined(networks: list[_Weights]) -> keras.Model:
    """Return one network whose logits are the mean of several ones': their hidden layers stand side by side."""
    import keras

    inputs = keras.Input((None, EMBEDDING_SIZE), name="embeddings")
    pools = [keras.layers.GlobalAveragePooling1D()(inputs), keras.layers.GlobalMaxPooling1D()(inputs)]
    x = keras.layers.Concatenate(name="embedding")(pools)
    n_hidden, n_classes = sum(len(one.hidden_bias) for one in networks), len(networks[0].logits_bias)
    x = keras.layers.Dense(n_hidden, activation="relu", name="hidden")(x)
    model = keras.Model(inputs, keras.layers.Dense(n_classes, name="logits")(x), name="head")
    model.get_layer("hidden").set_weights(
        [np.concatenate([one.hidden for one in networks], axis=1), np.concatenate([n.hidden_bias for n in networks])]
    )
    model.get_layer("logits").set_weights(
        [
            np.concatenate([one.logits for one in networks]) / len(networks),
            np.mean([one.logits_bias for one in networks], axis=0),
        ]
    )
    return model
