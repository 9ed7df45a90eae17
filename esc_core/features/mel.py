"""Waveform → mel power → model input."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from esc_core import audio
from esc_core.config import CLIP_SECONDS, FeatureConfig
from esc_core.measures.loudness import ACTIVE_THRESHOLD

if TYPE_CHECKING:
    import scipy.sparse

VERSION = 2
"""Raised whenever `mel_power` or the decoding changes its numbers; older caches are then computed again."""

BLOCK_FRAMES = 32
"""Frames that `mel_power` transforms at a time: the arrays of a long recording would take hundreds of megabytes, whose
allocation would take several times as long as the computation."""

LOG_FLOOR = 2e-9
"""Added before the logarithm: −87 dB relative to the mean power of active frames."""


@lru_cache(maxsize=16)
def mel_basis(config: FeatureConfig) -> scipy.sparse.csr_array:
    """Return the mel filter bank, shape (n_mels, 1 + n_fft // 2), float32, sparse."""
    import librosa
    import scipy.sparse

    # sparse, since nearly all of it is zero; and BLAS would start threads of its own in each of ours
    basis = librosa.filters.mel(
        sr=config.sr, n_fft=config.n_fft, n_mels=config.n_mels, fmin=config.fmin, fmax=config.fmax
    )
    return scipy.sparse.csr_array(basis)


@lru_cache(maxsize=16)
def _window(n_fft: int) -> np.ndarray:
    import librosa

    return librosa.filters.get_window("hann", n_fft)


def mel_power(y: np.ndarray, config: FeatureConfig, *, centred: bool = True) -> np.ndarray:
    """Compute the mel power spectrogram.

    The same numbers as ``librosa.feature.melspectrogram`` (centred frames, periodic Hann window, Slaney's mel scale);
    the filter bank and the window are cached.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform at ``config.sr``.
    config : FeatureConfig
        Frame and band settings.
    centred : bool
        Whether the first frame's centre is the first sample, with silence before it; otherwise the first frame begins
        with it, as in a stream that brings its own past along.

    Returns
    -------
    numpy.ndarray, shape (n_mels, 1 + n // hop_length), float32
        Mel power; not centred, of the ``1 + (n - n_fft) // hop_length`` frames that lie within `y`.
    """
    from scipy.fft import rfft  # much faster than numpy.fft on many short frames

    padded = np.pad(np.asarray(y, np.float32), config.n_fft // 2 if centred else 0)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft)[:: config.hop_length]
    mel = np.empty((config.n_mels, len(frames)), np.float32)
    for i in range(0, len(frames), BLOCK_FRAMES):
        # in double precision, as in librosa: in single precision, bins 60 dB below the frame's peak are off by 1e-4
        spectrum = rfft(frames[i : i + BLOCK_FRAMES] * _window(config.n_fft), overwrite_x=True).astype(np.complex64)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        mel[:, i : i + BLOCK_FRAMES] = mel_basis(config) @ power.T
    return mel


def clip_mel_power(path: str | Path, config: FeatureConfig) -> np.ndarray:
    """Read a file of a data set and compute the mel power of its first 5 s, padded with silence.

    Parameters
    ----------
    path : str or pathlib.Path
        Sound file.
    config : FeatureConfig
        Frame and band settings.

    Returns
    -------
    numpy.ndarray, shape (n_mels, config.clip_frames), float32
        Mel power.

    Raises
    ------
    AudioError
        If the file can't be read.
    """
    y, _ = audio.load(path, sr=config.sr)
    n = int(CLIP_SECONDS * config.sr)
    return mel_power(np.pad(y[:n], (0, max(0, n - y.size))), config)


def full_scale_power(config: FeatureConfig) -> float:
    """Return the mel power, summed over bands, of a frame of white noise at full scale (a mean square of 1).

    Parameters
    ----------
    config : FeatureConfig
        Frame and band settings.

    Returns
    -------
    float
        Divisor of `mel_power` for levels relative to full scale.
    """
    return float(mel_basis(config).sum() * np.square(_window(config.n_fft)).sum())


def active_frames(mel: np.ndarray) -> slice:
    """Find the part of a spectrogram between its first and last active frame.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.

    Returns
    -------
    slice
        Frames from the first to the last active one; all frames for silence.
    """
    frame_power = mel.sum(axis=0)
    active = np.flatnonzero(frame_power > ACTIVE_THRESHOLD * frame_power.max(initial=0.0))
    return slice(int(active[0]), int(active[-1]) + 1) if active.size else slice(0, mel.shape[1])


def level_mel(mel: np.ndarray, *, level_of: np.ndarray | None = None) -> np.ndarray:
    """Remove the padding and divide by the mean power of the active frames, summed over bands.

    Padding is a cue that says more about the uploader than about the sound.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    level_of : numpy.ndarray, shape (n_mels, t), optional
        Mel power whose active part and level count, such as that of the sound of which `mel` lacks a part; by default
        `mel` itself.

    Returns
    -------
    numpy.ndarray, shape (n_mels, t_active), float32
        Mel power; the active frames of `level_of` have a mean of 1.0.
    """
    measured = mel if level_of is None else level_of
    span = active_frames(measured)
    part, frame_power = mel[:, span], measured[:, span].sum(axis=0)
    active = frame_power[frame_power > ACTIVE_THRESHOLD * frame_power.max(initial=0.0)]
    level = float(active.mean()) if active.size else 0.0
    return (part / level if level > 0 else part).astype(np.float32)


def log_mel(mel: np.ndarray) -> np.ndarray:
    """Return the log-mel spectrogram of levelled mel power, the input of models.

    Parameters
    ----------
    mel : numpy.ndarray
        Mel power after `level_mel`.

    Returns
    -------
    numpy.ndarray, float32
        ``log10(mel + LOG_FLOOR)``, of the same shape.
    """
    return np.log10(mel + np.float32(LOG_FLOOR), dtype=np.float32)


def log_mel_db(mel: np.ndarray, *, top_db: float = 80.0) -> np.ndarray:
    """Return mel power in dB below its own peak, for display.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    top_db : float
        Range in dB; lower values are set to the floor.

    Returns
    -------
    numpy.ndarray, shape (n_mels, t), float32
        dB in [-top_db, 0]; the floor everywhere for silence.
    """
    peak = float(mel.max(initial=0.0))
    if peak <= 0:
        return np.full(mel.shape, -top_db, np.float32)
    return 10 * np.log10(np.maximum(mel / peak, 10 ** (-top_db / 10))).astype(np.float32)
