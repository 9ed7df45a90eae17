"""A network layer by layer: shapes, parameters, multiply-adds; and the filters of its first convolution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from esc_core.config import CLIP_SECONDS, FeatureConfig
from esc_core.errors import ModelError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LayerRow:
    """One layer of a network.

    Attributes
    ----------
    name : str
        Its name in the network.
    kind : str
        Its class in Keras, such as "Conv2D".
    shape : tuple of int
        Shape of its output, without the batch; channels last.
    parameters : int
        Trainable weights; the running statistics of batch norm are not counted.
    multiply_adds : int
        Multiply-adds of the kernels for one input; batch norm, activations and pooling are not counted.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def input_shape(model: keras.Model, features: FeatureConfig, *, seconds: float = CLIP_SECONDS) -> tuple[int, ...]:
    """Return the shape of a network's input for a sound, without the batch.

    Parameters
    ----------
    model : keras.Model
        A network of `esc_core.models`.
    features : FeatureConfig
        Rate, frames and bands.
    seconds : float
        Duration of the sound.

    Returns
    -------
    tuple of int
        (n_mels, t, 1) for a spectrogram, (n, 1) for a waveform.
    """
    n = round(seconds * features.sr)
    return (n, 1) if len(model.input_shape) == 3 else (model.input_shape[1], 1 + n // features.hop_length, 1)


def list_layers(model: keras.Model, shape: tuple[int, ...]) -> list[LayerRow]:
    """List a network's layers for an input of a known size.

    Parameters
    ----------
    model : keras.Model
        A network that uses each layer once.
    shape : tuple of int
        Shape of one input, such as `input_shape` returns.

    Returns
    -------
    list of LayerRow
        In order, the input first.
    """
    import keras

    # the network takes sounds of any length; in a copy for one length every shape is known
    given = keras.Input(shape, dtype=model.inputs[0].dtype, name=model.layers[0].name)
    sized = keras.models.clone_model(model, input_tensors=given)
    return [_row(layer) for layer in sized.layers]


def multiply_adds(model: keras.Model, shape: tuple[int, ...]) -> int:
    """Return the multiply-adds of one pass of one input, as `list_layers` counts them."""
    return sum(row.multiply_adds for row in list_layers(model, shape))


def _row(layer: keras.layers.Layer) -> LayerRow:
    shape = tuple(layer.output.shape[1:])
    kernel = getattr(layer, "kernel", None)
    n_places = math.prod(shape[:-1])  # positions of the kernel; a dense layer has one
    return LayerRow(
        name=layer.name,
        kind=type(layer).__name__,
        shape=shape,
        parameters=sum(math.prod(weight.shape) for weight in layer.trainable_weights),
        multiply_adds=0 if kernel is None else n_places * math.prod(kernel.shape),
    )


def first_filters(model: keras.Model) -> np.ndarray:
    """Return the filters of a network's first convolution, for pictures.

    Parameters
    ----------
    model : keras.Model
        A network of `esc_core.models`.

    Returns
    -------
    numpy.ndarray, shape (n_filters, n) or (n_filters, height, width), float32
        Waveforms of n samples, or patches of a spectrogram with bands upwards as in `log_mel`.

    Raises
    ------
    ModelError
        If the network has no convolution.
    """
    kernels = (getattr(layer, "kernel", None) for layer in model.layers)
    kernel = next((np.asarray(k, np.float32) for k in kernels if k is not None and len(k.shape) > 2), None)
    if kernel is None:
        raise ModelError(f"{model.name} has no convolution whose filters could be shown")
    return np.moveaxis(kernel[..., 0, :], -1, 0)  # (…, 1, n_filters) → (n_filters, …)
