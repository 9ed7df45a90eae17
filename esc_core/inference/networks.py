"""The networks of a model folder, loaded once: inputs → logits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.errors import ModelError
from esc_core.libraries import load_tensorflow
from esc_core.models.card import Card
from esc_core.models.folded import folded
from esc_core.models.folder import model_path
from esc_core.models.network import compiled, load_network
from esc_core.yamnet import EMBEDDING_SIZE

BATCH_SIZE = 8
"""Sounds that the networks get at a time: 32 are no faster, and take 60 MB more."""


class Networks:
    """The networks of a model, one for each fold; safe to use from several threads.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder.
    card : Card
        Its card.
    """

    def __init__(self, folder: Path, card: Card) -> None:
        self.folder, self.card = folder, card
        self._lock = threading.Lock()
        self._loaded: dict[int, Any] = {}
        self._compiled: dict[tuple[int, ...], Callable[[np.ndarray], np.ndarray]] = {}

    def logits(self, inputs: Sequence[np.ndarray], folds: tuple[int, ...]) -> np.ndarray:
        """Return the logits of some networks.

        Parameters
        ----------
        inputs : sequence of numpy.ndarray
            Of each sound, as `esc_core.inference.front_end.network_input` returns it.
        folds : tuple of int
            The folds that the networks held out.

        Returns
        -------
        numpy.ndarray, shape (n_models, n_sounds, n_classes), float32
            Logits.

        Raises
        ------
        ModelError
            If a network can't be loaded, does not fit the card, or gives values that are no numbers.
        """
        with self._lock:
            if folds not in self._compiled:
                self._compiled[folds] = self._compile(folds)
            logits = in_batches(self._compiled[folds], inputs, batch_size=BATCH_SIZE)
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.card.name} can't be used: it gives no numbers, because its training diverged")
        return logits

    def _compile(self, folds: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
        load_tensorflow()
        import tensorflow as tf

        models = [self._network(fold) for fold in folds]
        return compiled(lambda x: tf.stack([model(x, training=False) for model in models]), models[0].input_shape)

    def _network(self, fold: int) -> Any:
        if fold not in self._loaded:
            path = model_path(self.folder, fold)
            try:
                # only folders that this program wrote are loaded: an untrusted .keras file could run code
                network = load_network(path)
            except ModelError as error:
                raise ModelError(f"{self.card.name} can't be used: {error}") from error
            _check_shapes(network, self.card, path.name)
            self._loaded[fold] = folded(network)
        return self._loaded[fold]


def in_batches(run: Callable[[np.ndarray], np.ndarray], inputs: Sequence[np.ndarray], *, batch_size: int) -> np.ndarray:
    """Run networks over inputs of different lengths; those of one length that follow each other make a batch.

    Parameters
    ----------
    run : callable
        Takes a batch (n, …), and returns logits (…, n, n_classes).
    inputs : sequence of numpy.ndarray
        At least one.
    batch_size : int
        Largest batch.

    Returns
    -------
    numpy.ndarray, shape (…, n_inputs, n_classes)
        In the order of the inputs.
    """
    by_shape = sorted(range(len(inputs)), key=lambda i: inputs[i].shape)
    found: list[np.ndarray] = []
    for _, group in groupby(by_shape, key=lambda i: inputs[i].shape):
        same = list(group)
        for start in range(0, len(same), batch_size):
            found.append(np.asarray(run(np.stack([inputs[i] for i in same[start : start + batch_size]]))))
    return np.concatenate(found, axis=-2)[..., np.argsort(by_shape), :]


def _check_shapes(network: Any, card: Card, name: str) -> None:
    """Raise ModelError unless a network takes and gives what its card says."""
    wanted = {
        "log_mel": [None, card.features.n_mels, None, 1],
        "waveform": [None, None, 1],
        "embedding": [None, None, EMBEDDING_SIZE],
    }[card.input]
    takes, gives = list(network.input_shape), list(network.output_shape)
    fits = len(takes) == len(wanted) and all(
        a is None or b is None or a == b for a, b in zip(takes, wanted, strict=True)
    )
    if not fits or gives != [None, card.n_outputs]:
        raise ModelError(f"{card.name} can't be used: {name} and the card don't belong together")
