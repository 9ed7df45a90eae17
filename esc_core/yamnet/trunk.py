"""The trunk: log-mel patches → embeddings, and the scores of the 521 classes of AudioSet."""

from __future__ import annotations

import csv
import io
import threading
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.disk.files import reason
from esc_core.errors import ModelError
from esc_core.libraries import load_tensorflow, quiet
from esc_core.yamnet.fetch import CLASSES_FILE, TRUNK_FILE, RemoteFile, missing_trunk, trunk_folder, verify
from esc_core.yamnet.spectra import patches

EMBEDDING_SIZE = 1024
"""Numbers of an embedding."""

N_CLASSES = 521
"""Classes of AudioSet that the trunk scores."""

EMBEDDING_SCALE = 0.0233131
"""Value of one step of the quantised embedding."""

EMBEDDING_ZERO = -128
"""Quantised value of 0."""

_EMBEDDING_TENSOR = "tower0/network/layer28/reduce_mean"


def embedding_values(quantised: np.ndarray) -> np.ndarray:
    """Return embeddings as numbers.

    Parameters
    ----------
    quantised : numpy.ndarray, shape (..., 1024), int8
        As the trunk holds them.

    Returns
    -------
    numpy.ndarray, shape (..., 1024), float32
        From 0 to 5.95.
    """
    return (quantised.astype(np.float32) - np.float32(EMBEDDING_ZERO)) * np.float32(EMBEDDING_SCALE)


class Trunk:
    """YAMNet without a head of ours; threads may share it, one computes at a time.

    Parameters
    ----------
    folder : pathlib.Path
        Holds both files.

    Attributes
    ----------
    class_names : tuple of str
        The 521 classes of AudioSet, in the order of the scores.

    Raises
    ------
    ModelError
        If a file is missing, unreadable, or not the expected one.
    """

    def __init__(self, folder: Path) -> None:
        network = _read(folder, TRUNK_FILE)
        self.class_names = _class_names(_read(folder, CLASSES_FILE))
        self._interpreter = _interpreter(network)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._scores = self._interpreter.get_output_details()[0]["index"]
        self._embedding = next(
            tensor["index"]
            for tensor in self._interpreter.get_tensor_details()
            # the tensor of its reduction indices has a name that begins alike
            if tensor["name"].startswith(_EMBEDDING_TENSOR) and tuple(tensor["shape"]) == (1, 1, 1, EMBEDDING_SIZE)
        )
        self._lock = threading.Lock()

    def embed(self, y: np.ndarray, *, level_of: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return what the trunk says about each patch of a sound.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,)
            Waveform at 16 kHz in [-1, 1]; see `esc_core.yamnet.spectra.patches` for how it is cut.
        level_of : numpy.ndarray, shape (n,), optional
            As for `esc_core.yamnet.spectra.levelled`.

        Returns
        -------
        embeddings : numpy.ndarray, shape (n_patches, 1024), float32
            The layer before the scores, averaged over time and frequency.
        scores : numpy.ndarray, shape (n_patches, 521), float32
            A probability for each class of AudioSet; they do not sum to 1.
        """
        quantised, scores = self._run(patches(y, level_of=level_of))
        return embedding_values(quantised), scores

    def embed_quantised(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the same with the embeddings as int8, a quarter of the size; see `embedding_values`."""
        return self._run(patches(y))

    def _run(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        embeddings = np.empty((len(inputs), EMBEDDING_SIZE), np.int8)
        scores = np.empty((len(inputs), N_CLASSES), np.float32)
        interpreter = self._interpreter
        with self._lock:  # an interpreter has one set of tensors
            for i, patch in enumerate(inputs):
                interpreter.set_tensor(self._input, patch[None])
                interpreter.invoke()
                embeddings[i] = interpreter.get_tensor(self._embedding)[0, 0, 0]
                scores[i] = interpreter.get_tensor(self._scores)[0]
        return embeddings, scores


def load_trunk() -> Trunk:
    """Return the trunk of this computer, loaded once; a file that has changed since is loaded again.

    Raises
    ------
    ModelError
        If it is not there, or not the expected one; the message says how to get it.
    """
    if missing := missing_trunk():
        raise ModelError(missing)
    folder = trunk_folder()
    return _load(folder, *((folder / file.name).stat().st_mtime_ns for file in (TRUNK_FILE, CLASSES_FILE)))


@lru_cache(maxsize=1)
def _load(folder: Path, *changed: int) -> Trunk:
    return Trunk(folder)


def _read(folder: Path, file: RemoteFile) -> bytes:
    try:
        data = (folder / file.name).read_bytes()
    except OSError as error:
        raise ModelError(f"{file.name} of YAMNet can't be read in {folder}: {reason(error)}") from error
    verify(data, file, str(folder))
    return data


def _class_names(table: bytes) -> tuple[str, ...]:
    rows = csv.DictReader(io.StringIO(table.decode()))
    return tuple(row["display_name"] for row in rows)


def _interpreter(network: bytes) -> Any:
    """Return an interpreter that keeps the tensors between the layers, the embedding among them."""
    load_tensorflow()
    import tensorflow as tf

    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a future name of this class, and about the memory of 4 MB
        interpreter = tf.lite.Interpreter(model_content=network, experimental_preserve_all_tensors=True, num_threads=1)
        interpreter.allocate_tensors()
    return interpreter
