"""The one way to open a stored network, where a damaged file is told in a sentence; and to compile one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.errors import ModelError

if TYPE_CHECKING:
    import keras


def load_network(path: Path) -> keras.Model:
    """Load a network from a ``.keras`` file that this program wrote, without the optimiser.

    An untrusted file must never be loaded, since it can run code.

    Parameters
    ----------
    path : pathlib.Path
        The file, a zip; the checksum of each part is verified first, since a wrong byte in a weight would go unnoticed.

    Returns
    -------
    keras.Model
        The network.

    Raises
    ------
    ModelError
        If the file is missing or damaged, or holds no network that this version of Keras can read.
    """
    import keras

    try:
        with zipfile.ZipFile(path) as file:
            if (bad := file.testzip()) is not None:
                raise ModelError(f"{path.name} is damaged: {bad} in it is not as it was written")
        return keras.saving.load_model(path, compile=False)
    except ModelError:
        raise
    except Exception as error:  # what a damaged file raises in zip, JSON, HDF5 and Keras has no common base
        detail = str(error).strip().split("\n")[0][:200]
        raise ModelError(f"{path.name} is damaged or can't be loaded: {detail or type(error).__name__}") from error


def compiled(run: Callable[[Any], Any], input_shape: Sequence[int | None]) -> Callable[[np.ndarray], np.ndarray]:
    """Compile what a network, or several, do with a batch: once, here, for every length.

    A `tf.function` that is called compiles again for each new shape, unless it has a signature; and TensorFlow warns
    when five functions from one line are called for the first time one after the other, as the networks of five folds
    are. What is returned here can't compile again.

    Parameters
    ----------
    run : callable
        Takes a tensor and returns one. It is called once, and must not change later, except by the values of weights.
    input_shape : sequence of int or None
        Shape of a batch; None wherever batches differ, such as their size and the length of the sounds.

    Returns
    -------
    callable
        Takes a batch, float32, and returns what `run` does with it.
    """
    import tensorflow as tf

    signature = [tf.TensorSpec(tuple(input_shape), tf.float32)]
    graph = tf.function(run, input_signature=signature).get_concrete_function()
    return lambda x: graph(tf.constant(x, tf.float32)).numpy()
