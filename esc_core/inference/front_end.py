"""A sound → the input of a network: its whole active part, levelled."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import audio, yamnet
from esc_core.augment import Compose
from esc_core.augment.spectrogram import CropStretch
from esc_core.augment.timing import RandomCrop
from esc_core.config import CLIP_SECONDS, FeatureConfig
from esc_core.errors import AudioError
from esc_core.features import level_mel, log_mel, mel_power
from esc_core.features.waveforms import level_wave
from esc_core.measures.loudness import without_offset
from esc_core.models.card import Card


@dataclass(frozen=True)
class Sound:
    """A waveform at a model's rate, and its spectrogram.

    Attributes
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform at ``features.sr``, without an offset.
    mel : numpy.ndarray, shape (n_mels, t), float32
        Its mel power.
    features : FeatureConfig
        Rate, frames and bands.
    level_of : Sound or None
        The sound whose active part and level count, if this one lacks a part of it: what is left must not become
        louder. None for its own.
    """

    y: np.ndarray
    mel: np.ndarray
    features: FeatureConfig
    level_of: Sound | None = None

    @property
    def levelled_mel(self) -> np.ndarray:
        """Mel power of the active part, levelled, shape (n_mels, t_active)."""
        return level_mel(self.mel, level_of=self.level_of.mel if self.level_of else None)

    @property
    def levelled_wave(self) -> np.ndarray:
        """Waveform of the active part, levelled, shape (n_active,)."""
        return level_wave(self.y, self.features.sr, level_of=self.level_of.y if self.level_of else None)

    @classmethod
    def of(cls, y: np.ndarray, sr: int, features: FeatureConfig) -> Sound:
        """Return a waveform, shape (n,), of any rate in Hz as a sound at the rate of the features."""
        # before resampling, which would turn the offset's ends into sound, as the padding of the frames does
        resampled = audio.resample(without_offset(y, sr), orig_sr=sr, target_sr=features.sr)
        return cls(resampled, mel_power(resampled, features), features)

    @cached_property
    def yamnet(self) -> tuple[np.ndarray, np.ndarray]:
        """What YAMNet says, computed once: embeddings, shape (n_patches, 1024), and scores, shape (n_patches, 521)."""
        level_of = self.level_of._for_yamnet() if self.level_of else None
        return yamnet.load_trunk().embed(self._for_yamnet(), level_of=level_of)

    def _for_yamnet(self) -> np.ndarray:
        return audio.resample(self.y, orig_sr=self.features.sr, target_sr=yamnet.SR)

    def part(self, start: int, n_frames: int) -> Sound:
        """Return a window of some frames, such as one of a long recording."""
        hop = self.features.hop_length
        wave = self.y[start * hop : (start + n_frames) * hop]
        return Sound(wave, self.mel[:, start : start + n_frames], self.features)


def crop_frames(augment: Sequence[dict[str, Any]], *, features: FeatureConfig | None = None) -> int:
    """Return the crop length of a training chain, which is also the shortest input of its network.

    Parameters
    ----------
    augment : sequence of dict
        The chain.
    features : FeatureConfig, optional
        Settings that give a frame's length, for chains that cut waveforms; the default settings if left out.

    Returns
    -------
    int
        Length in frames, for waveforms rounded to whole hops; 0 if the chain does not cut every sound to one length.
    """
    config = features or FeatureConfig()
    for step in reversed(Compose.from_json(augment).transforms):
        if isinstance(step, CropStretch):
            return step.n_frames if step.p == 1 else 0
        if isinstance(step, RandomCrop) and not isinstance(step.seconds, tuple) and step.p == 1:
            return max(1, round(step.seconds * config.sr / config.hop_length))
    return 0


def readable_waves(paths: Sequence[Path], sr: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Read clips, and leave out those that can't be read.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Files of the clips.
    sr : int
        Target sampling rate in Hz.

    Returns
    -------
    positions : numpy.ndarray, shape (n,), int
        Which of the files were read.
    waves : list of numpy.ndarray, shape (n,), float32
        Their waveforms, up to 5 s of each.
    """
    positions, waves = [], []
    for i, path in enumerate(paths):
        with suppress(AudioError):  # one bad clip must not cost the others' scores
            waves.append(audio.load(path, sr=sr)[0][: round(CLIP_SECONDS * sr)])
            positions.append(i)
    return np.array(positions, int), waves


def network_input(sound: Sound, card: Card) -> np.ndarray:
    """Return a sound as a model's networks take it, without the batch.

    Parameters
    ----------
    sound : Sound
        By ``card.features``.
    card : Card
        The model's.

    Returns
    -------
    numpy.ndarray, float32
        What `mel_input` or `wave_input` returns, or YAMNet's embeddings, shape (n_patches, 1024).
    """
    if card.input == "embedding":
        return sound.yamnet[0]
    if card.input == "waveform":
        return _in_silence(sound.levelled_wave, card.crop_samples)[..., None]
    return _logarithm(sound.levelled_mel, card.crop_frames)


def mel_input(mel: np.ndarray, *, least: int) -> np.ndarray:
    """Return a spectrogram as networks take it.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    least : int
        Fewest frames; a shorter sound lies in the middle of silence, as in training.

    Returns
    -------
    numpy.ndarray, shape (n_mels, t_active, 1), float32
        `log_mel` of the active part.
    """
    return _logarithm(level_mel(mel), least)


def wave_input(y: np.ndarray, sr: int, *, least: int) -> np.ndarray:
    """Return a waveform as networks take it.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.
    least : int
        Fewest samples; a shorter sound lies in the middle of silence, as in training.

    Returns
    -------
    numpy.ndarray, shape (n_active, 1), float32
        The active part.
    """
    return _in_silence(level_wave(y, sr), least)[..., None]


def _logarithm(levelled: np.ndarray, least: int) -> np.ndarray:
    return log_mel(_in_silence(levelled, least))[..., None]


def _in_silence(x: np.ndarray, least: int) -> np.ndarray:
    missing = max(0, least - x.shape[-1])
    return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(missing // 2, missing - missing // 2)])
