"""The windows that a network classifies, and softmax."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.augment import Compose
from esc_core.augment.spectrogram import CropStretch
from esc_core.augment.timing import RandomCrop
from esc_core.config import FeatureConfig
from esc_core.errors import AudioError
from esc_core.features import clip_mel_power, log_mel
from esc_core.features.waveforms import clip_waveform
from esc_core.models.card import Card

N_CROPS = 5
"""Crops per clip, spread over its active part; their probabilities are averaged."""


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis."""
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def crop_frames(augment: Sequence[dict[str, Any]], *, features: FeatureConfig | None = None) -> int:
    """Return the crop length of a training chain.

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


def clip_sound(path: Path, card: Card) -> np.ndarray:
    """Read a clip as the input of a model's networks: mel power, or a waveform.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    if card.input == "waveform":
        return clip_waveform(path, card.features.sr)
    return clip_mel_power(path, card.features)


def readable_sounds(paths: Sequence[Path], card: Card) -> tuple[np.ndarray, list[np.ndarray]]:
    """Read clips as the input of a model's networks, and leave out those that can't be read.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Files of the clips.
    card : Card
        The model's.

    Returns
    -------
    positions : numpy.ndarray, shape (n,), int
        Which of the files were read.
    sounds : list of numpy.ndarray
        What `clip_sound` returns of each of these.
    """
    positions, sounds = [], []
    for i, path in enumerate(paths):
        with suppress(AudioError):  # one bad clip must not cost the others' scores
            sounds.append(clip_sound(path, card))
            positions.append(i)
    return np.array(positions, int), sounds


def five_crops(mel: np.ndarray, n_frames: int) -> np.ndarray:
    """Cut `N_CROPS` windows spread evenly over a levelled spectrogram.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power after `level_mel`.
    n_frames : int
        Length of a window, in frames; a shorter sound is padded with silence, at positions that are spread as well.

    Returns
    -------
    numpy.ndarray, shape (N_CROPS, n_mels, n_frames), float32
        `log_mel` of the windows.
    """
    return log_mel(_spread(mel, n_frames))


def five_wave_crops(y: np.ndarray, n_samples: int) -> np.ndarray:
    """Cut `N_CROPS` windows spread evenly over a levelled waveform.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform after `level_wave`.
    n_samples : int
        Length of a window, in samples; a shorter sound is padded with silence, at positions that are spread as well.

    Returns
    -------
    numpy.ndarray, shape (N_CROPS, n_samples), float32
        The windows.
    """
    return _spread(y, n_samples)


def _spread(x: np.ndarray, n: int) -> np.ndarray:
    room = x.shape[-1] - n
    starts = np.linspace(0, room, N_CROPS).round().astype(int)
    out = np.zeros((N_CROPS, *x.shape[:-1], n), np.float32)
    for crop, start in zip(out, starts, strict=True):
        if room >= 0:
            crop[:] = x[..., start : start + n]
        else:
            crop[..., -start : -start + x.shape[-1]] = x
    return out
