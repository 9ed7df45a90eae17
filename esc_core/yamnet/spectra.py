"""Waveform → the log-mel patches that YAMNet reads.

As in YAMNet's own front end (Plakal and Ellis, 2020, ``features.py`` in tensorflow/models): magnitude, not power; HTK's
mel scale without normalisation by area; a natural logarithm over a fixed floor.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse

SR = 16_000
"""Rate that the trunk expects, in Hz."""

N_MELS = 64
PATCH_FRAMES = 96
"""Frames of a patch: 0.96 s."""

PATCH_HOP_FRAMES = 48
"""Frames from one patch to the next: 0.48 s."""

_WINDOW_SAMPLES = 400
_HOP_SAMPLES = 160
_N_FFT = 512
_FMIN, _FMAX = 125.0, 7500.0
_LOG_FLOOR = 0.001
"""Added to the mel magnitude before the logarithm."""

_BLOCK_FRAMES = 4096
"""Frames that are transformed at a time: those of a long recording would take hundreds of megabytes at once."""

PATCH_SAMPLES = _WINDOW_SAMPLES + (PATCH_FRAMES - 1) * _HOP_SAMPLES
"""Samples of one patch; a shorter sound is padded to them."""

SILENCE = 2.0**-16
"""Below half the last bit of 16-bit audio a sample is digital silence."""

MOST_GAIN = 100.0
"""A sound whose peak lies over 40 dB below full scale is amplified no further: the rest is the recorder's noise."""


@lru_cache(maxsize=1)
def _basis() -> scipy.sparse.csr_array:
    """Return the filter bank, shape (64, 257), float32, sparse: BLAS would start threads, ten times as slow."""
    import librosa
    import scipy.sparse

    basis = librosa.filters.mel(sr=SR, n_fft=_N_FFT, n_mels=N_MELS, fmin=_FMIN, fmax=_FMAX, htk=True, norm=None)
    return scipy.sparse.csr_array(basis.astype(np.float32))


@lru_cache(maxsize=1)
def _window() -> np.ndarray:
    """Return the periodic Hann window, shape (400,), float32."""
    return np.hanning(_WINDOW_SAMPLES + 1)[:-1].astype(np.float32)


def levelled(y: np.ndarray, *, level_of: np.ndarray | None = None) -> np.ndarray:
    """Cut digital silence at the ends, and bring the peak to full scale: a recording's gain changes no answer.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform in [-1, 1].
    level_of : numpy.ndarray, shape (n,), optional
        Waveform whose active part and gain are taken instead: `y` is a version of it in which a part is covered, and
        the rest must stay as loud as it was.

    Returns
    -------
    numpy.ndarray, shape (m,), float32
        The active part, all of it where there is nothing but silence; multiplied by at most 100.
    """
    whole = y if level_of is None else level_of
    loud = np.flatnonzero(np.abs(whole) >= SILENCE)
    part = slice(loud[0], loud[-1] + 1) if loud.size else slice(None)
    peak = float(np.abs(whole).max(initial=0.0))
    return (y[part] * np.float32(min(MOST_GAIN, 1 / peak) if peak else 1.0)).astype(np.float32, copy=False)


def log_mel(y: np.ndarray) -> np.ndarray:
    """Compute YAMNet's log-mel spectrogram.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform at 16 kHz in [-1, 1], at least 400 samples; frames are not centred.

    Returns
    -------
    numpy.ndarray, shape (1 + (n - 400) // 160, 64), float32
        Natural logarithm of the mel magnitude.
    """
    from scipy.fft import rfft  # much faster than numpy.fft on many short frames

    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(y, np.float32), _WINDOW_SAMPLES)[::_HOP_SAMPLES]
    mel = np.empty((len(frames), N_MELS), np.float32)
    for i in range(0, len(frames), _BLOCK_FRAMES):
        spectrum = rfft(frames[i : i + _BLOCK_FRAMES] * _window(), _N_FFT)
        mel[i : i + _BLOCK_FRAMES] = (_basis() @ np.abs(spectrum).T).T
    return np.log(mel + np.float32(_LOG_FLOOR))


def patch_starts(n_frames: int) -> list[int]:
    """Return the first frame of each patch: every 48 frames, and one that ends with the sound.

    Parameters
    ----------
    n_frames : int
        Frames of the sound, at least 96.

    Returns
    -------
    list of int
        Ascending. The last patch is moved to the end where it would otherwise miss half a hop or more.
    """
    last = n_frames - PATCH_FRAMES
    starts = list(range(0, last + 1, PATCH_HOP_FRAMES))
    return [*starts, last] if 2 * (last - starts[-1]) >= PATCH_HOP_FRAMES else starts


def patches(y: np.ndarray, *, level_of: np.ndarray | None = None) -> np.ndarray:
    """Return the patches of a sound's active part.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform at 16 kHz in [-1, 1]. Digital silence at its ends is cut; what is left is levelled, and padded to one
        patch.
    level_of : numpy.ndarray, shape (n,), optional
        As for `levelled`.

    Returns
    -------
    numpy.ndarray, shape (n_patches, 96, 64), float32
        At least one patch.
    """
    y = levelled(np.asarray(y, np.float32), level_of=level_of)
    mel = log_mel(np.pad(y, (0, max(0, PATCH_SAMPLES - y.size))))
    return np.stack([mel[start : start + PATCH_FRAMES] for start in patch_starts(len(mel))])
