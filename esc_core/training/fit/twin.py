"""A twin of a network that trains faster: fused batch norm, and bfloat16 where a processor is fast with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def training_twin(model: keras.Model, dtype: str) -> keras.Model:
    """Return a network with the same weights, in the same order, for training.

    Keras normalises a batch in half a dozen operations, each a pass over all activations; TensorFlow has one for it.

    Parameters
    ----------
    model : keras.Model
        A functional network in float32.
    dtype : str
        Keras' dtype policy of the twin, "float32" or "mixed_bfloat16". The normalisation of the input and dense layers
        stay in float32.

    Returns
    -------
    keras.Model
        ``model.set_weights(twin.get_weights())`` brings back what the twin has learnt.
    """
    import keras

    fused = _fused_batch_normalization()

    def twin_of(layer: keras.layers.Layer) -> keras.layers.Layer:
        exact = isinstance(layer, keras.layers.Rescaling | keras.layers.InputLayer | keras.layers.Dense)
        image = isinstance(layer, keras.layers.BatchNormalization) and len(layer.input.shape) == 4
        kind = fused if image and layer.axis in (-1, 3) else type(layer)
        return kind.from_config(layer.get_config() | {"dtype": "float32" if exact else dtype})

    twin = keras.models.clone_model(model, clone_function=twin_of)
    twin.set_weights(model.get_weights())
    return twin


def _fused_batch_normalization() -> Any:
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):
        """Batch norm over the last axis of (batch, rows, columns, channels), in one operation while it trains."""

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training:
                return super().call(inputs, training=training, mask=mask)
            gamma, beta = tf.cast(self.gamma, tf.float32), tf.cast(self.beta, tf.float32)
            y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
                inputs, gamma, beta, epsilon=self.epsilon, is_training=True
            )[:3]
            # the operation estimates the variance of a population; Keras keeps that of the batch
            n = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
            for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance * (n - 1) / n)):
                moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
            return y

    return FusedBatchNormalization
