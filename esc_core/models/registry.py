"""Every network by name: its input, what it is, how it is built from a run's settings, and its usual chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from esc_core.config import MEL_CHAIN, WAVE_CHAIN, TrainConfig
from esc_core.errors import ModelError
from esc_core.models.aclnet import HIGH_LEVEL, build_aclnet
from esc_core.models.layers import input_shape, multiply_adds
from esc_core.models.mel_cnn import build_mel_cnn, build_mfcc_cnn
from esc_core.models.wave_cnn import build_wave_cnn

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
    network : callable
        Makes the Keras model of a config; see `build`.
    chain : tuple of dict
        The augmentation that it is trained with unless a config says otherwise.
    """

    name: str
    input: str
    summary: str
    network: Callable[..., keras.Model]
    chain: tuple[dict[str, Any], ...]

    def build(self, config: TrainConfig, *, n_classes: int, mean: float = 0.0, std: float = 1.0) -> keras.Model:
        """Build the network.

        Parameters
        ----------
        config : TrainConfig
            Width, dropout, and the features.
        n_classes : int
            Number of categories.
        mean, std : float
            Mean and standard deviation of the training folds' `log_mel`; a waveform has 0 and 1 by its level.

        Returns
        -------
        keras.Model
            From sounds to logits.
        """
        return self.network(config, n_classes=n_classes, mean=mean, std=std)


def _mel_cnn(
    config: TrainConfig, *, n_classes: int, mean: float, std: float, builder: Callable[..., keras.Model]
) -> keras.Model:
    return builder(
        n_mels=config.features.n_mels,
        n_classes=n_classes,
        width=config.width,
        dropout=config.dropout,
        mean=mean,
        std=std,
    )


def _wave_cnn(config: TrainConfig, *, n_classes: int, mean: float, std: float) -> keras.Model:
    return build_wave_cnn(sr=config.features.sr, n_classes=n_classes, width=config.width, dropout=config.dropout)


def _aclnet(config: TrainConfig, *, n_classes: int, mean: float, std: float, kind: str) -> keras.Model:
    width = config.width / HIGH_LEVEL[0][0]  # a config counts the channels of the first block: 16 is width 0.5
    sr = config.features.sr
    return build_aclnet(kind=kind, sr=sr, width=width, n_classes=n_classes, dropout=config.dropout)


ARCHITECTURES: dict[str, Architecture] = {
    entry.name: entry
    for entry in (
        Architecture(
            "mel_cnn",
            "log_mel",
            "A small VGG-like network on log-mel spectrograms.",
            partial(_mel_cnn, builder=build_mel_cnn),
            chain=MEL_CHAIN,
        ),
        Architecture(
            "mfcc_cnn",
            "log_mel",
            "The same small network on MFCCs, the coarse shape of the spectrum that speech recognisers long used.",
            partial(_mel_cnn, builder=build_mfcc_cnn),
            chain=MEL_CHAIN,
        ),
        Architecture(
            "wave_cnn",
            "waveform",
            "A plain one-dimensional network that learns its own filters from the raw waveform.",
            _wave_cnn,
            chain=WAVE_CHAIN,
        ),
        Architecture(
            "aclnet",
            "waveform",
            "AclNet (Huang and Alvarado Leanos 2018) on the raw waveform, with standard convolutions.",
            partial(_aclnet, kind="sc"),
            chain=WAVE_CHAIN,
        ),
        Architecture(
            "aclnet_dwsc",
            "waveform",
            "AclNet with depthwise separable convolutions: a fraction of the multiply-adds.",
            partial(_aclnet, kind="dwsc"),
            chain=WAVE_CHAIN,
        ),
    )
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


def clip_multiply_adds(config: TrainConfig, *, n_classes: int) -> int:
    """Return what the network of a config computes for one clip of 5 s, in multiply-adds.

    Parameters
    ----------
    config : TrainConfig
        Model, width, and features.
    n_classes : int
        Number of categories.

    Returns
    -------
    int
        As `esc_core.models.layers.list_layers` counts them.

    Raises
    ------
    ModelError
        If there is no such architecture.
    """
    model = architecture(config.model).build(config, n_classes=n_classes)
    return multiply_adds(model, input_shape(model, config.features))
