"""A network that only answers: its batch norms become part of the convolutions before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


def folded(model: keras.Model) -> keras.Model:
    """Return a network that gives the same logits in inference, without the batch norms that follow a convolution.

    At inference a batch norm is a factor and an offset for each channel, which the kernel and the bias of the
    convolution can hold: one pass over the activations less for each layer.

    Parameters
    ----------
    model : keras.Model
        A functional network.

    Returns
    -------
    keras.Model
        With the same input and output; the logits differ only by rounding.
    """
    import keras

    norms = {norm.input._keras_history.operation.name: norm for norm in model.layers if _is_foldable(norm, model)}
    gone = {norm.name for norm in norms.values()}

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        return type(layer).from_config(config | {"use_bias": True} if layer.name in norms else config)

    def call(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
        return args[0] if layer.name in gone else layer(*args, **kwargs)

    network = keras.models.clone_model(model, clone_function=copy, call_function=call)
    for layer in network.layers:
        before = model.get_layer(layer.name)
        weights = _folded_weights(before, norms[layer.name]) if layer.name in norms else before.get_weights()
        layer.set_weights(weights)
    return network


def _is_foldable(layer: keras.layers.Layer, model: keras.Model) -> bool:
    """Return whether a layer is a batch norm over the channels of a convolution that nothing else uses."""
    import keras

    if not isinstance(layer, keras.layers.BatchNormalization):
        return False
    before = layer.input._keras_history.operation
    if not isinstance(before, keras.layers.Conv1D | keras.layers.Conv2D) or before.activation.__name__ != "linear":
        return False
    users = [node for node in before._outbound_nodes if node.operation in model.layers]
    return len(users) == 1 and layer.axis in (-1, len(layer.input.shape) - 1)


def _folded_weights(convolution: keras.layers.Layer, norm: keras.layers.BatchNormalization) -> list[np.ndarray]:
    kernel, *bias = convolution.get_weights()
    variance, mean = np.asarray(norm.moving_variance), np.asarray(norm.moving_mean)
    factor = np.asarray(norm.gamma) / np.sqrt(variance + norm.epsilon)
    return [kernel * factor, (bias[0] - mean if bias else -mean) * factor + np.asarray(norm.beta)]
