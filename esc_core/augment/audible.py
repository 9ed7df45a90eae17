"""Audible approximation of spectrograms, which keep no phase."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from esc_core.augment.applied import Applied, fit_headroom
from esc_core.config import FeatureConfig
from esc_core.errors import AudioError
from esc_core.features.mel import mel_basis

N_ITER = 32
"""Iterations of Griffin-Lim; more make no audible difference."""


@lru_cache(maxsize=4)
def _inverse_basis(config: FeatureConfig) -> np.ndarray:
    return np.linalg.pinv(mel_basis(config).toarray())


def griffin_lim(mel: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Estimate a waveform whose mel spectrogram is close to the one given.

    Fast Griffin-Lim (Perraudin, Balazs and Søndergaard 2013) on the pseudo-inverse of the mel filter bank. The phase
    and the detail within each band are estimated. The same spectrogram gives the same samples.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    config : FeatureConfig
        The settings that it was computed with.

    Returns
    -------
    numpy.ndarray, shape ((t - 1) * hop_length,), float32
        Waveform at ``config.sr``, possibly beyond [-1, 1].

    Raises
    ------
    AudioError
        If there is only one frame, whose waveform would have no samples.
    """
    import librosa

    if mel.shape[1] < 2:
        raise AudioError("a spectrogram of a single frame is too short to be made audible")

    magnitude = np.sqrt(np.maximum(_inverse_basis(config) @ mel, 0)).astype(np.float32)
    y = librosa.griffinlim(magnitude, n_iter=N_ITER, hop_length=config.hop_length, n_fft=config.n_fft, random_state=0)
    return y.astype(np.float32, copy=False)


def audible_waveform(applied: Applied, *, features: FeatureConfig | None = None) -> tuple[np.ndarray, int, bool]:
    """Return a chain's result as a waveform to play: the waveform itself, or an approximation of the spectrogram.

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
        Whether it was estimated from a spectrogram; users must be told.
    """
    if applied.mel is None:
        return applied.y, applied.sr, False
    config = features or FeatureConfig()
    y, _ = fit_headroom(griffin_lim(applied.mel * np.float32(applied.mel_level), config))
    return y, config.sr, True
