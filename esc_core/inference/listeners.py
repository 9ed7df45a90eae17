"""What listens to a sound: the networks of one model, or several models together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from esc_core.config import CLIP_SECONDS
from esc_core.errors import ModelError
from esc_core.inference.crops import as_clips, crop_inputs
from esc_core.inference.front_end import Sound, network_input
from esc_core.inference.networks import Networks
from esc_core.measures.metrics import log_softmax
from esc_core.models.card import Card
from esc_core.models.folder import read_card


class Listener(Protocol):
    """Sounds → logits."""

    def logits(self, sounds: Sequence[Sound], folds: tuple[int, ...]) -> np.ndarray:
        """Return the logits of the networks that held out some folds.

        Parameters
        ----------
        sounds : sequence of Sound
            By the features of the model's card.
        folds : tuple of int
            The folds.

        Returns
        -------
        numpy.ndarray, shape (n_folds, n_sounds, n_classes), float32
            Logits.

        Raises
        ------
        ModelError
            If a network can't be used.
        """
        ...

    def load(self) -> None:
        """Load every network and run it, so that the first answer takes no longer than the next."""
        ...


def listener_of(folder: Path, card: Card) -> Listener:
    """Return what listens for a model.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder; the members of a model of several lie beside it.
    card : Card
        Its card.

    Raises
    ------
    ModelError
        If a member is missing or damaged, or does not fit the others.
    """
    return Together(folder, card) if card.members else OneModel(folder, card)


class OneModel:
    """The networks of one model.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder.
    card : Card
        Its card.
    """

    def __init__(self, folder: Path, card: Card) -> None:
        self.card = card
        self.networks = Networks(folder, card)

    def logits(self, sounds: Sequence[Sound], folds: tuple[int, ...]) -> np.ndarray:
        """Return the networks' logits; see `Listener`."""
        # a window of a long recording is as long as a crop
        windows = all(sound.mel.shape[1] == self.card.crop_frames for sound in sounds)
        if self.card.whole_clips or windows:
            return self.networks.logits([network_input(sound, self.card) for sound in sounds], folds)
        crops = [crop for sound in sounds for crop in crop_inputs(sound, self.card)]
        temperature = self.card.calibration_of(folds[0] if len(folds) == 1 else None).temperature
        return as_clips(self.networks.logits(crops, folds), temperature)

    def load(self) -> None:
        """Load every network and run it on a clip of noise."""
        features = self.card.features
        noise = 0.1 * np.random.default_rng(0).standard_normal(round(CLIP_SECONDS * features.sr))
        self.logits([Sound.of(noise.astype(np.float32), features.sr, features)], self.card.folds)


class Together:
    """Several models: the weighted mean of their log probabilities, each calibrated as it is alone.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder, beside those of the members.
    card : Card
        Its card, with ``members``.

    Raises
    ------
    ModelError
        If a member is missing or damaged, or does not fit the others.
    """

    def __init__(self, folder: Path, card: Card) -> None:
        self.card = card
        self.cards = {name: read_card(folder.parent / name) for name in card.members}
        for name, member in self.cards.items():
            fits = (member.labels, member.features, member.folds) == (card.labels, card.features, card.folds)
            if not fits or member.members:
                raise ModelError(f"{card.name} can't be used: its member {name} does not belong to it")
        self.listeners = {name: OneModel(folder.parent / name, member) for name, member in self.cards.items()}

    def logits(self, sounds: Sequence[Sound], folds: tuple[int, ...]) -> np.ndarray:
        """Return the weighted mean of log probabilities, fold by fold; see `Listener`."""
        total: np.ndarray = np.zeros(1, np.float32)
        for name, listener in self.listeners.items():
            card = self.cards[name]
            # each network by its own fold's scale, also where all five answer
            scale = np.array([card.calibration_of(fold).temperature for fold in folds], np.float32)[:, None, None]
            total = total + self.card.members[name] * log_softmax(listener.logits(sounds, folds) / scale)
        return np.asarray(total, np.float32)

    def load(self) -> None:
        """Load every member."""
        for listener in self.listeners.values():
            listener.load()
