"""What models of version 0.2.0 and before classify: not a whole clip, but five crops of it."""

from __future__ import annotations

import numpy as np

from esc_core.features import log_mel
from esc_core.inference.calibration import crop_probs
from esc_core.inference.front_end import Sound
from esc_core.models.card import Card

N_CROPS = 5
"""Crops per clip, spread over its active part; their probabilities are averaged."""


def crop_inputs(sound: Sound, card: Card) -> list[np.ndarray]:
    """Return the crops of a sound as a model's networks take them, without the batch.

    Parameters
    ----------
    sound : Sound
        By ``card.features``.
    card : Card
        The model's.

    Returns
    -------
    list of numpy.ndarray, float32
        `N_CROPS` of one shape, with a channel at the end.
    """
    if card.input == "waveform":
        return list(five_crops(sound.levelled_wave, card.crop_samples)[..., None])
    return list(log_mel(five_crops(sound.levelled_mel, card.crop_frames))[..., None])


def as_clips(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the logits of crops as those of clips.

    Parameters
    ----------
    logits : numpy.ndarray, shape (n_models, n_clips * N_CROPS, n_classes)
        Crops of one clip after another.
    temperature : float
        At which their probabilities are averaged.

    Returns
    -------
    numpy.ndarray, shape (n_models, n_clips, n_classes), float32
        Their softmax at this temperature is the mean of the crops' probabilities.
    """
    by_clip = logits.reshape(len(logits), -1, N_CROPS, logits.shape[-1])
    return (temperature * np.log(crop_probs(by_clip, temperature) + 1e-30)).astype(np.float32)


def five_crops(x: np.ndarray, n: int) -> np.ndarray:
    """Cut `N_CROPS` windows spread evenly over the last axis.

    Parameters
    ----------
    x : numpy.ndarray, shape (..., t)
        A levelled sound.
    n : int
        Length of a window; a shorter sound is padded with silence, at positions that are spread as well.

    Returns
    -------
    numpy.ndarray, shape (N_CROPS, ..., n), float32
        The windows.
    """
    room = x.shape[-1] - n
    starts = np.linspace(0, room, N_CROPS).round().astype(int)
    out = np.zeros((N_CROPS, *x.shape[:-1], n), np.float32)
    for crop, start in zip(out, starts, strict=True):
        if room >= 0:
            crop[:] = x[..., start : start + n]
        else:
            crop[..., -start : -start + x.shape[-1]] = x
    return out
