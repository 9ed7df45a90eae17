"""A twin of a network that trains faster: fused batch norm, and bfloat16 where a processor is fast with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

MIN_CHANNELS = 16
"""A layer over time alone with fewer channels stays in float32: bfloat16 is slower there."""


def training_twin(model: keras.Model, dtype: str) -> keras.Model:
    """Return a network with the same weights, in the same order, for training.

    Keras normalises a batch in half a dozen operations, each a pass over all activations; TensorFlow has one for it.

    Parameters
    ----------
    model : keras.Model
        A functional network in float32.
    dtype : str
        Keras' dtype policy of the twin, "float32" or "mixed_bfloat16". The normalisation of the input, dense layers and
        layers over time with few channels stay in float32.

    Returns
    -------
    keras.Model
        ``model.set_weights(twin.get_weights())`` brings back what the twin has learnt.
    """
    import keras

    fused = _fused_batch_normalization()

    def twin_of(layer: keras.layers.Layer) -> keras.layers.Layer:
        rank = getattr(layer.input, "ndim", None)  # a layer with several inputs has none
        narrow = rank == 3 and layer.input.shape[-1] < MIN_CHANNELS
        exact = narrow or isinstance(layer, keras.layers.Rescaling | keras.layers.InputLayer | keras.layers.Dense)
        norm = isinstance(layer, keras.layers.BatchNormalization) and rank in (3, 4) and layer.axis in (-1, rank - 1)
        kind = fused if norm else type(layer)
        return kind.from_config(layer.get_config() | {"dtype": "float32" if exact else dtype})

    twin = keras.models.clone_model(model, clone_function=twin_of)
    twin.set_weights(model.get_weights())
    return twin


def _fused_batch_normalization() -> Any:
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):
        """Batch norm over the last axis of three or four, in one operation while it trains."""

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training:
                return super().call(inputs, training=training, mask=mask)
            gamma, beta = tf.cast(self.gamma, tf.float32), tf.cast(self.beta, tf.float32)
            image = inputs if inputs.shape.rank == 4 else tf.expand_dims(inputs, 1)  # what the operation reads
            y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
                image, gamma, beta, epsilon=self.epsilon, is_training=True
            )[:3]
            # the operation estimates the variance of a population; Keras keeps that of the batch
            n = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
            for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance * (n - 1) / n)):
                moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
            return tf.reshape(y, tf.shape(inputs))

    return FusedBatchNormalization
