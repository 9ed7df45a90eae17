"""The one way to open a stored network, where a damaged file is told in a sentence; and to compile one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from esc_core.disk.files import reason
from esc_core.errors import ModelError

if TYPE_CHECKING:
    import keras

PARTS = frozenset({"metadata.json", "config.json", "model.weights.h5"})
"""Files in the zip of a stored network."""

UNUSABLE = "another version of Keras wrote it, it was made elsewhere, or it was changed"


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
        If the file is missing or damaged, or holds no network that this version of Keras can read; one sentence.
    """
    try:
        with path.open("rb") as stored:
            names = _checked_parts(stored, path.name)
    except OSError as error:
        raise ModelError(f"{path.name} can't be read: {reason(error)}") from error
    if missing := sorted(PARTS - names):
        raise ModelError(f"{path.name} is no network that this program wrote: it has no {missing[0]}")
    import keras

    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # what Keras raises has no common base, and its text is for those who build networks
        raise ModelError(f"{path.name} holds no network that this program can use: {UNUSABLE}") from error


def _checked_parts(stored: IO[bytes], name: str) -> set[str]:
    """Return the names of a zip's parts, whose checksums are verified."""
    try:
        with zipfile.ZipFile(stored) as file:
            if (bad := file.testzip()) is None:
                return set(file.namelist())
    except Exception as error:  # what a damaged zip raises has no common base
        raise ModelError(f"{name} is damaged: it is not the whole file that was written") from error
    raise ModelError(f"{name} is damaged: {bad} in it is not as it was written")


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
