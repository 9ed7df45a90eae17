"""Networks, their registry, and the model folder with its card.

mel_cnn     a small VGG-like network on log-mel spectrograms
card        what a model folder holds
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from esc_core.errors import ModelError
from esc_core.models.mel_cnn import build_mel_cnn

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Architecture:
    """A network that can be trained.

    Attributes
    ----------
    name : str
        Name in TrainConfig and on the command line.
    input : str
        "log_mel" or "waveform".
    summary : str
        What it is, in one sentence.
    build : callable
        Makes the Keras model; keyword arguments as in `build_mel_cnn`.
    """

    name: str
    input: str
    summary: str
    build: Callable[..., keras.Model]


ARCHITECTURES: dict[str, Architecture] = {
    "mel_cnn": Architecture("mel_cnn", "log_mel", "A small VGG-like network on log-mel spectrograms.", build_mel_cnn),
}
"""Every architecture by name."""


def architecture(name: str) -> Architecture:
    """Look an architecture up.

    Parameters
    ----------
    name : str
        Its name in the registry.

    Returns
    -------
    Architecture
        The entry.

    Raises
    ------
    ModelError
        If there is none of this name.
    """
    if name not in ARCHITECTURES:
        raise ModelError(f"no model is called {name!r}; there are {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]
