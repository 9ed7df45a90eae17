"""Waveform → embedding, by name; no label was used to make any of them, except those of AudioSet in YAMNet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core import audio, yamnet
from esc_core.config import ASSETS_DIR, FeatureConfig, require
from esc_core.errors import ModelError
from esc_core.features import level_mel, log_mel, mel_power
from esc_core.inference.front_end import crop_frames, mel_input
from esc_core.libraries import load_tensorflow
from esc_core.measures.loudness import without_offset
from esc_core.models.network import compiled, load_network
from esc_core.unsupervised.contrasts import network_path
from esc_core.unsupervised.views import VIEWS

if TYPE_CHECKING:
    import keras

EMBEDDINGS = {
    "log_mel": "log-mel statistics",
    "yamnet": "YAMNet",
    "contrastive": "network trained without labels",
}
"""Titles by name."""

_VERSION = 1
"""Raised whenever an embedding changes its numbers; stored ones are then computed again."""


@dataclass(frozen=True)
class Embedder:
    """What turns a sound into an embedding.

    Attributes
    ----------
    name : str
        One of `EMBEDDINGS`.
    size : int
        Numbers of an embedding.
    key : tuple
        Plain JSON values that tell apart what computes different numbers.
    embed : callable
        Takes a waveform at 16 kHz, shape (n,), returns its embedding, shape (size,), float32.
    """

    name: str
    size: int
    key: tuple[Any, ...]
    embed: Callable[[np.ndarray], np.ndarray]

    def vector(self, y: np.ndarray, sr: int) -> np.ndarray:
        """Return the embedding of a sound of any rate.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,)
            Waveform in [-1, 1].
        sr : int
            Its rate in Hz.

        Returns
        -------
        numpy.ndarray, shape (size,), float32
            Neither loudness nor silence around the sound changes it much.
        """
        # before resampling, which would turn the offset's ends into sound
        return self.embed(audio.resample(without_offset(y, sr), orig_sr=sr, target_sr=SR))


SR = FeatureConfig().sr
"""Rate of the waveforms that are embedded, in Hz; YAMNet's, too."""

NETWORKS_DIR = ASSETS_DIR / "contrastive"
"""The shipped networks that were trained without labels, one for each fold."""


def load_embedder(name: str, *, fold: int = 1, networks: Path | None = None) -> Embedder:
    """Return an embedder.

    Parameters
    ----------
    name : str
        One of `EMBEDDINGS`.
    fold : int
        Which of the networks that were trained without labels is taken: the one that has not heard this fold. The
        others are no networks of ours, and the same for all folds.
    networks : pathlib.Path, optional
        Folder of these networks; the shipped ones if left out.

    Returns
    -------
    Embedder
        Ready to be used by several threads.

    Raises
    ------
    ModelError
        If YAMNet's trunk or the network is not on this computer; the message says how to get it.
    ParameterError
        If there is no such embedding.
    """
    key = embedding_key(name, fold=fold, networks=networks)
    if name == "yamnet":
        trunk = yamnet.load_trunk()
        return Embedder(name, yamnet.EMBEDDING_SIZE, key, lambda y: trunk.embed(y)[0].mean(axis=0))
    if name == "contrastive":
        return _without_labels(network_path(networks or NETWORKS_DIR, fold), key)
    config = FeatureConfig()
    return Embedder(name, 3 * config.n_mels, key, lambda y: log_mel_statistics(mel_power(y, config)))


def embedding_key(name: str, *, fold: int = 1, networks: Path | None = None) -> tuple[Any, ...]:
    """Return the key of an embedder without loading it; arguments and errors as for `load_embedder`.

    Of the trunk it needs no file: there is only one.
    """
    require(name in EMBEDDINGS, f"embedding must be one of {', '.join(EMBEDDINGS)}", name)
    if name == "contrastive":
        path = network_path(networks or NETWORKS_DIR, fold)
        try:
            return name, _VERSION, hashlib.sha256(path.read_bytes()).hexdigest()[:20]
        except OSError as error:
            raise ModelError(
                f"no network that was trained without labels and has not heard fold {fold} is in {path.parent}; "
                "the command `contrast` trains one"
            ) from error
    return (name, _VERSION) if name == "yamnet" else (name, _VERSION, FeatureConfig().to_dict())


def embeddings_at_hand() -> list[str]:
    """Return the names of the embeddings that this computer can make, in the order of `EMBEDDINGS`."""
    missing = {"yamnet": bool(yamnet.missing_trunk()), "contrastive": not network_path(NETWORKS_DIR, 1).is_file()}
    return [name for name in EMBEDDINGS if not missing.get(name)]


@lru_cache(maxsize=5)
def _without_labels(path: Path, key: tuple[Any, ...]) -> Embedder:
    load_tensorflow()
    return network_embedder("contrastive", load_network(path), key, least=crop_frames(VIEWS))


def network_embedder(name: str, network: keras.Model, key: tuple[Any, ...], *, least: int) -> Embedder:
    """Return the embedder that asks a network.

    Parameters
    ----------
    name : str
        Its name.
    network : keras.Model
        From `log_mel` of the usual features, shape ``(batch, n_mels, t, 1)``, to embeddings, shape ``(batch, size)``.
    key : tuple
        Tells the network apart from others.
    least : int
        Fewest frames of its input; shorter sounds are repeated.

    Returns
    -------
    Embedder
        Ready to be used by several threads.
    """
    config = FeatureConfig()
    run = compiled(partial(network, training=False), (None, config.n_mels, None, 1))

    def embed(y: np.ndarray) -> np.ndarray:
        return run(mel_input(mel_power(y, config), least=least)[None])[0]

    return Embedder(name, int(network.output_shape[-1]), key, embed)


def log_mel_statistics(mel: np.ndarray) -> np.ndarray:
    """Summarise a spectrogram: which bands are loud, how much each varies, and how fast.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.

    Returns
    -------
    numpy.ndarray, shape (3 * n_mels,), float32
        Of each band of the active part's `log_mel`, levelled: mean, standard deviation, and standard deviation of the
        change from frame to frame; powers of ten.
    """
    x = log_mel(level_mel(mel))
    change = np.diff(x, axis=1) if x.shape[1] > 1 else np.zeros_like(x)
    return np.concatenate([x.mean(axis=1), x.std(axis=1), change.std(axis=1)]).astype(np.float32)
