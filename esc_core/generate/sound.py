"""log-mel → waveform: an approximation, since a spectrogram says how loud each frequency is and not at which phase."""

from __future__ import annotations

import numpy as np

from esc_core.config import FeatureConfig, require
from esc_core.features import LOG_FLOOR
from esc_core.features.mel import mel_basis

PEAK = 0.7
"""Largest sample of a waveform, so that no player clips it; a levelled spectrogram has no loudness of its own."""

ROUNDING = 1e-4
"""Share of the floor below which power is what rounding to float32 left."""

N_ITERATIONS = 40
"""Rounds in which a phase is sought that fits the spectrogram."""


def approximate_waveform(log_mel: np.ndarray, config: FeatureConfig, *, seed: int = 0) -> np.ndarray:
    """Return a waveform whose spectrogram is close to a given one, by Griffin and Lim (1984).

    Parameters
    ----------
    log_mel : numpy.ndarray, shape (n_mels, t)
        `esc_core.features.log_mel` of levelled mel power.
    config : FeatureConfig
        Rate, frames and bands.
    seed : int
        Seed of the phase that the search begins with.

    Returns
    -------
    numpy.ndarray, shape (t * hop_length,), float32
        At ``config.sr``, its largest sample `PEAK`, or silence.

    Raises
    ------
    ParameterError
        If the spectrogram has not the bands of the settings.
    """
    import librosa

    good = log_mel.ndim == 2 and log_mel.shape[0] == config.n_mels and log_mel.shape[1] > 0
    require(good, f"log_mel must have shape ({config.n_mels}, t)", log_mel.shape)
    magnitude = np.sqrt(power_of_mel(log_mel, config))
    n = log_mel.shape[1] * config.hop_length
    y = librosa.griffinlim(
        np.pad(magnitude, ((0, 0), (0, 1)), mode="edge"), n_iter=N_ITERATIONS, hop_length=config.hop_length,
        n_fft=config.n_fft, length=n, random_state=np.random.RandomState(seed),
    )  # fmt: skip
    peak = float(np.abs(y).max(initial=0.0))
    return (y * (PEAK / peak) if peak > 0 else y).astype(np.float32)


def power_of_mel(log_mel: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Spread mel power over the frequencies of each band.

    Each frequency gets the mean of the bands that it lies in, weighted as it counts in them: power that does not change
    with frequency comes back exactly. A search for a better fit would take seconds for each sound.

    Parameters
    ----------
    log_mel : numpy.ndarray, shape (n_mels, t)
        As in `approximate_waveform`.
    config : FeatureConfig
        Bands and FFT size.

    Returns
    -------
    numpy.ndarray, shape (1 + n_fft // 2, t), float32
        Power spectrogram; 0 outside the bands.
    """
    mel = 10.0 ** log_mel.astype(np.float64) - LOG_FLOOR
    mel[mel < ROUNDING * LOG_FLOOR] = 0.0  # silence is silence, not what rounding leaves of it
    basis = mel_basis(config)
    area, height = np.asarray(basis.sum(axis=1)).ravel(), np.asarray(basis.sum(axis=0)).ravel()
    density = mel / np.maximum(area, 1e-12)[:, None]
    power = basis.T @ density
    return (power / np.maximum(height, 1e-12)[:, None] * (height > 0)[:, None]).astype(np.float32)
