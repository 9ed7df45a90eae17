"""A run's chain in two parts: steps that make copies once, before training, and steps that act on every batch."""

from __future__ import annotations

from esc_core.augment import Compose, Transform
from esc_core.augment.base import PairTransform
from esc_core.augment.spectrogram import CropStretch
from esc_core.augment.timing import RandomCrop
from esc_core.config import TrainConfig, require
from esc_core.models import architecture

MIN_FRAMES = 8
"""Fewest frames for a network on spectrograms, which halves them three times."""


def split_chain(config: TrainConfig) -> tuple[Compose, Compose]:
    """Split a config's chain, and check that its network can be trained with it.

    Parameters
    ----------
    config : TrainConfig
        Model, chain, and number of copies.

    Returns
    -------
    once : Compose
        Steps on waveforms whose results are stored as copies: those before the crop, mixtures that share the label
        excepted. Empty without any, or if a network on waveforms has ``n_copies`` 0.
    each : Compose
        The others, which act on every clip of every batch.

    Raises
    ------
    ModelError
        If there is no such architecture.
    ParameterError
        If the chain is wrong, does not suit the network's input, or does not cut all clips to one length.
    """
    chain = Compose.from_json(config.augment)
    if architecture(config.model).input == "waveform":
        return _of_waveforms(chain, config)
    return _of_spectrograms(chain, config)


def _of_spectrograms(chain: Compose, config: TrainConfig) -> tuple[Compose, Compose]:
    names = [step.name for step in chain.transforms]
    crops = [i for i, step in enumerate(chain.transforms) if isinstance(step, CropStretch)]
    require(len(crops) > 0, "the chain must hold a crop_stretch step", names)
    unsure = [step.to_dict() for step in chain.transforms if isinstance(step, CropStretch) and step.p < 1]
    require(not unsure, "crop_stretch must cut all clips to one length, with p = 1", unsure)
    last = chain.transforms[crops[-1]]
    n_frames = last.n_frames if isinstance(last, CropStretch) else 0
    require(n_frames >= MIN_FRAMES, f"crop_stretch must keep at least {MIN_FRAMES} frames", n_frames)
    early = [step.name for step in chain.transforms[: crops[0]] if _mixes(step) and not _only(step, "waveform")]
    # spectrograms have one length from the crop on, and only then two of them fit together
    require(not early, "crop_stretch must come before what mixes spectrograms", early)
    once = tuple(step for step in chain.transforms if _only(step, "waveform"))
    mixing = [step.name for step in once if _mixes(step)]
    require(not mixing, f"{config.model} takes spectrograms and can be trained with power_mix or mixup only", mixing)
    require(config.n_copies > 0 or not once, f"n_copies must be at least 1 for {_names(once)}", config.n_copies)
    return Compose(once), Compose(tuple(step for step in chain.transforms if step not in once))


def _of_waveforms(chain: Compose, config: TrainConfig) -> tuple[Compose, Compose]:
    steps = chain.transforms
    wrong = [step.name for step in steps if _only(step, "spectrogram")]
    require(not wrong, f"{config.model} takes waveforms, and its chain must hold no steps on spectrograms", wrong)
    crops = [i for i, step in enumerate(steps) if isinstance(step, RandomCrop)]
    require(len(crops) > 0, "the chain must hold a random_crop step", [step.name for step in steps])
    last = steps[crops[-1]]
    fixed = isinstance(last, RandomCrop) and not isinstance(last.seconds, tuple) and last.p == 1
    require(fixed, "the last random_crop must cut all clips to one length", last.to_dict())
    changing = [step.name for step in steps[crops[-1] + 1 :] if not step.keeps_length]
    require(not changing, "no step after the last random_crop must change the length", changing)
    if config.n_copies == 0:
        return Compose(()), chain
    once = tuple(step for step in steps[: crops[0]] if not _mixes(step))
    return Compose(once), Compose(tuple(step for step in steps if not any(step is other for other in once)))


def _mixes(step: Transform) -> bool:
    return isinstance(step, PairTransform) and step.shares_label


def _only(step: Transform, kind: str) -> bool:
    return step.acts_on == (kind,) if isinstance(step, PairTransform) else step.domain == kind


def _names(steps: tuple[Transform, ...]) -> str:
    return ", ".join(step.name for step in steps)
