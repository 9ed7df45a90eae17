"""Spectrograms made audible: an approximation, since a mel spectrogram keeps no phase."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from esc_core.augment.applied import Applied, fit_headroom
from esc_core.config import FeatureConfig
from esc_core.errors import AudioError

N_ITER = 32
"""Rounds of Griffin-Lim; more are not heard."""


@lru_cache(maxsize=4)
def _inverse_basis(config: FeatureConfig) -> np.ndarray:
    import librosa

    basis = librosa.filters.mel(
        sr=config.sr, n_fft=config.n_fft, n_mels=config.n_mels, fmin=config.fmin, fmax=config.fmax
    )
    return np.linalg.pinv(basis)


def griffin_lim(mel: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Find a waveform whose mel spectrogram is close to the one given.

    Fast Griffin-Lim (Perraudin, Balazs and Søndergaard 2013) from the bands spread over the spectrum; what was lost
    between the bands, and the phase, are guessed. The same spectrogram gives the same samples.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    config : FeatureConfig
        How it was made.

    Returns
    -------
    numpy.ndarray, shape ((t - 1) * hop_length,), float32
        Waveform at ``config.sr``, possibly beyond [-1, 1].

    Raises
    ------
    AudioError
        If there is but one frame, which lasts no time.
    """
    import librosa

    if mel.shape[1] < 2:
        raise AudioError("a spectrogram of a single frame is too short to be heard")

    magnitude = np.sqrt(np.maximum(_inverse_basis(config) @ mel, 0)).astype(np.float32)
    y = librosa.griffinlim(magnitude, n_iter=N_ITER, hop_length=config.hop_length, n_fft=config.n_fft, random_state=0)
    return y.astype(np.float32, copy=False)


def heard(applied: Applied, *, features: FeatureConfig | None = None) -> tuple[np.ndarray, int, bool]:
    """Return what can be played of a chain's result.

    Parameters
    ----------
    applied : Applied
        The result.
    features : FeatureConfig, optional
        The settings that the chain was called with.

    Returns
    -------
    y : numpy.ndarray, shape (n,), float32
        Waveform within [-1, 1].
    sr : int
        Its rate in Hz.
    approximate : bool
        Whether it was guessed from a spectrogram, and has to be labelled so.
    """
    if applied.mel is None:
        return applied.y, applied.sr, False
    config = features or FeatureConfig()
    y, _ = fit_headroom(griffin_lim(applied.mel * np.float32(applied.mel_level), config))
    return y, config.sr, True
