"""Every network, declared once: its name, input, title and summary, builder, and usual chain.

A new network takes its builder, in a module of its own, and an entry in `ARCHITECTURES`. Command line, Train page,
presets and studies read the entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from esc_core.config import MEL_CHAIN, WAVE_CHAIN, TrainConfig
from esc_core.errors import ModelError
from esc_core.libraries import load_tensorflow
from esc_core.models.aclnet import HIGH_LEVEL, build_aclnet
from esc_core.models.layers import input_shape, multiply_adds
from esc_core.models.mel_cnn import build_mel_cnn, build_mfcc_cnn
from esc_core.models.wave_cnn import build_wave_cnn
from esc_core.words import readable

if TYPE_CHECKING:
    import keras

CROPS = {"log_mel": "crop_stretch", "waveform": "random_crop"}
"""The step that cuts all clips to one length, by the network's input."""

PATCHES = "patches of the spectrogram, time to the right, frequency upwards"
COEFFICIENTS = "patches of the MFCCs, time to the right, coefficients upwards"
WAVES = "waveforms over time"


@dataclass(frozen=True)
class Architecture:
    """A network that can be trained.

    Attributes
    ----------
    name : str
        Name in TrainConfig and on the command line.
    title : str
        Name on pages.
    input : str
        "log_mel" or "waveform".
    summary : str
        What it is, in one sentence.
    filters : str
        What its first filters are, for the caption of their picture.
    network : callable
        Makes the Keras model of a config; see `build`.
    chain : tuple of dict
        The augmentation that it is trained with unless a config says otherwise.
    """

    name: str
    title: str
    input: str
    summary: str
    filters: str
    network: Callable[..., keras.Model]
    chain: tuple[dict[str, Any], ...]

    @property
    def crop(self) -> str:
        """Name of the step that cuts all clips to one length, which its chain must hold."""
        return CROPS[self.input]

    def with_crop(self, chain: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a chain, with the crop of the usual chain at its end if it has none."""
        if any(step.get("name") == self.crop for step in chain):
            return chain
        return chain + [step for step in self.chain if step["name"] == self.crop]

    def build(self, config: TrainConfig, *, n_classes: int, mean: float = 0.0, std: float = 1.0) -> keras.Model:
        """Build the network.

        Parameters
        ----------
        config : TrainConfig
            Width, dropout, and the features.
        n_classes : int
            Number of categories.
        mean, std : float
            Mean and standard deviation of the training folds' `log_mel`; levelled waveforms have 0 and 1.

        Returns
        -------
        keras.Model
            From sounds to logits.
        """
        load_tensorflow()
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
            title="mel CNN",
            input="log_mel",
            summary="A small VGG-like network on log-mel spectrograms.",
            filters=PATCHES,
            network=partial(_mel_cnn, builder=build_mel_cnn),
            chain=MEL_CHAIN,
        ),
        Architecture(
            "mfcc_cnn",
            title="MFCC CNN",
            input="log_mel",
            summary="The mel CNN on MFCCs, the coarse shape of the spectrum that speech recognisers long used.",
            filters=COEFFICIENTS,
            network=partial(_mel_cnn, builder=build_mfcc_cnn),
            chain=MEL_CHAIN,
        ),
        Architecture(
            "wave_cnn",
            title="wave CNN",
            input="waveform",
            summary="A plain one-dimensional network that learns its own filters from the raw waveform.",
            filters=WAVES,
            network=_wave_cnn,
            chain=WAVE_CHAIN,
        ),
        Architecture(
            "aclnet",
            title="AclNet SC",
            input="waveform",
            summary="AclNet (Huang and Alvarado Leanos 2018) on the raw waveform, with standard convolutions.",
            filters=WAVES,
            network=partial(_aclnet, kind="sc"),
            chain=WAVE_CHAIN,
        ),
        Architecture(
            "aclnet_dwsc",
            title="AclNet DWSC",
            input="waveform",
            summary="AclNet with depthwise separable convolutions: a fraction of the multiply-adds.",
            filters=WAVES,
            network=partial(_aclnet, kind="dwsc"),
            chain=WAVE_CHAIN,
        ),
    )
}
"""Every architecture by name."""


def architecture(name: str) -> Architecture:
    """Return an architecture by its name.

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


def title_of(model: str) -> str:
    """Return a model's name for people: an architecture's title, "mel CNN", or else the name in words."""
    if model == "yamnet":  # heads on a trunk: no architecture that a run could train
        return "YAMNet"
    return ARCHITECTURES[model].title if model in ARCHITECTURES else readable(model)


def with_usual_chain(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a run, with the usual chain of their network if they hold no chain.

    Parameters
    ----------
    settings : dict
        Values of TrainConfig.

    Returns
    -------
    dict
        The same and ``augment``.

    Raises
    ------
    ModelError
        If there is no such architecture.
    """
    name = settings.get("model", TrainConfig.model)
    if not isinstance(name, str):  # TrainConfig has the sentence for it
        return settings
    return {"augment": list(architecture(name).chain), **settings}


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
