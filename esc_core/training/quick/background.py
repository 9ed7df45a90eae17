"""What is none of the categories: the room tone that was recorded, or noise made here."""

from __future__ import annotations

import numpy as np

from esc_core.config import FeatureConfig
from esc_core.dataset import Dataset
from esc_core.dataset.own.names import is_background

N_MADE = 9
"""Noises that stand for a room tone that was not recorded."""

MADE_SECONDS = 2.0
HUM_HZ = 50.0

MADE_REMARK = (
    "No room tone was recorded. Noise made by this program stands for it: record 2 s of the quiet room, so that the "
    "model knows what is none of the categories."
)


def own_categories(dataset: Dataset) -> tuple[str, ...]:
    """Return the categories that a sound can be answered with: all but the background."""
    return tuple(name for name in dataset.categories if not is_background(name))


def made_tones(features: FeatureConfig, *, seed: int) -> list[np.ndarray]:
    """Return noises such as those of a quiet room: brown, pink and white, a third of them with the hum of the mains.

    Parameters
    ----------
    features : FeatureConfig
        Gives the rate.
    seed : int
        Seed of the noise.

    Returns
    -------
    list of numpy.ndarray, shape (n,), float32
        `N_MADE` waveforms of 2 s, about 50 dB below full scale.
    """
    n = round(MADE_SECONDS * features.sr)
    hertz = np.fft.rfftfreq(n, 1 / features.sr)
    tones = []
    for i in range(N_MADE):
        rng = np.random.default_rng([seed, i])
        spectrum = np.fft.rfft(rng.standard_normal(n)) / np.maximum(hertz, 20.0) ** (0.5 * (i % 3))
        y = np.fft.irfft(spectrum, n)
        y /= np.sqrt(np.mean(y**2))
        if i >= N_MADE * 2 // 3:
            y += np.sin(2 * np.pi * HUM_HZ * np.arange(n) / features.sr)
        tones.append((0.003 * y).astype(np.float32))
    return tones
