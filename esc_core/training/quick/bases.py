"""The network that has heard other sounds: a sound → its embedding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from esc_core import audio, yamnet
from esc_core.config import require
from esc_core.errors import ModelError
from esc_core.features import mel_power
from esc_core.inference.front_end import Sound, network_input
from esc_core.libraries import load_tensorflow
from esc_core.models.card import Card
from esc_core.models.folder import model_path, read_card
from esc_core.models.installed import find_model
from esc_core.models.network import compiled, load_network
from esc_core.yamnet.heads import pooled

if TYPE_CHECKING:
    import keras

BASES = ("yamnet", "mel_cnn")
"""Models whose embeddings can be learnt from, the best one first; each reads and cuts sounds as its card says."""

EMBEDDING = "embedding"
"""Name of the layer before the logits: means and maxima over time, none of them negative."""


@dataclass(frozen=True)
class Base:
    """A network without its last layer.

    Attributes
    ----------
    name : str
        One of `BASES`.
    card : Card
        The card of its model.
    fold : int
        The fold of ESC-50 that it has not heard; 0 for YAMNet, which has heard none of them as such.
    size : int
        Numbers of an embedding.
    embed : callable
        Waveform at ``card.features.sr``, shape (n,), → embedding, shape (size,), float32, before the square root.
    open_network : callable
        Returns the network that computes it, whose input is that of the card; its output is the layer `EMBEDDING`.
    """

    name: str
    card: Card
    fold: int
    size: int
    embed: Callable[[np.ndarray], np.ndarray]
    open_network: Callable[[], keras.Model]

    def vector(self, y: np.ndarray) -> np.ndarray:
        """Return what is learnt from: the square root of the embedding, in which no single number dominates.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,)
            Waveform at ``card.features.sr``.

        Returns
        -------
        numpy.ndarray, shape (size,), float32
            Not negative.
        """
        return np.sqrt(np.maximum(self.embed(y), 0)).astype(np.float32)


def best_base() -> str:
    """Return the name of the best base at hand: YAMNet where its trunk is there, else the mel CNN."""
    return "mel_cnn" if yamnet.missing_trunk() else "yamnet"


def load_base(name: str, *, fold: int = 1) -> Base:
    """Return a base, loaded once.

    Parameters
    ----------
    name : str
        One of `BASES`.
    fold : int
        Which network of the model is taken: the one that has not heard this fold of ESC-50. YAMNet has one for all.

    Returns
    -------
    Base
        The network without its last layer.

    Raises
    ------
    ModelError
        If the model or the trunk is missing or damaged.
    ParameterError
        If there is no such base.
    """
    require(name in BASES, f"base must be one of {', '.join(BASES)}", name)
    if name == "yamnet":
        yamnet.load_trunk()  # or says how to get it
        return _yamnet()
    return open_base(find_model(name), fold=fold)


def open_base(folder: Path, *, fold: int) -> Base:
    """Return the network of a model folder that has not heard a fold, without its last layer, loaded once.

    Raises
    ------
    ModelError
        If the model is damaged, or has no layer `EMBEDDING`.
    """
    read_card(folder)
    return _network(str(folder), fold, model_path(folder, fold).stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _yamnet() -> Base:
    card = read_card(find_model("yamnet"))

    def embed(y: np.ndarray) -> np.ndarray:
        at_rate = audio.resample(y, orig_sr=card.features.sr, target_sr=yamnet.SR)
        return pooled(yamnet.load_trunk().embed(at_rate)[0])

    return Base("yamnet", card, 0, 2 * yamnet.EMBEDDING_SIZE, embed, _pooling)


def _pooling() -> keras.Model:
    load_tensorflow()
    import keras

    inputs = keras.Input((None, yamnet.EMBEDDING_SIZE), name="embeddings")
    pools = [keras.layers.GlobalAveragePooling1D()(inputs), keras.layers.GlobalMaxPooling1D()(inputs)]
    return keras.Model(inputs, keras.layers.Concatenate(name=EMBEDDING)(pools))


@lru_cache(maxsize=2)
def _network(path: str, fold: int, changed: int) -> Base:
    load_tensorflow()
    folder = Path(path)
    card = read_card(folder)

    def open_network() -> keras.Model:
        import keras

        model = load_network(model_path(folder, fold))
        if EMBEDDING not in {layer.name for layer in model.layers}:
            raise ModelError(f"{folder.name} has no layer {EMBEDDING!r}, so that nothing can be learnt on it")
        return keras.Model(model.input, model.get_layer(EMBEDDING).output)

    network = open_network()
    run = compiled(partial(network, training=False), network.input_shape)

    def embed(y: np.ndarray) -> np.ndarray:
        sound = Sound(y, mel_power(y, card.features), card.features)
        return run(network_input(sound, card)[None])[0]

    return Base(folder.name, card, fold, int(network.output_shape[-1]), embed, open_network)
