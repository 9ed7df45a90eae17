"""Waveform to mel power, a whole data set to one memory-mapped array, mel power to model input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from esc_core import audio
from esc_core.config import CLIP_SECONDS, FeatureConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.features.cache import data_key, stored_array
from esc_core.loudness import ACTIVE_THRESHOLD

if TYPE_CHECKING:
    import scipy.sparse

VERSION = 1
"""To be raised when `mel_power` changes its numbers; caches of an older version are then made anew."""

BLOCK_FRAMES = 32
"""Frames that `mel_power` transforms at a time: the arrays of a long recording would take hundreds of megabytes, and
getting them from the system several times as long as the sums."""

LOG_FLOOR = 2e-9
"""Added before the logarithm; relative to the mean power of active frames, −87 dB."""


@lru_cache(maxsize=16)
def _mel_basis(config: FeatureConfig) -> scipy.sparse.csr_array:
    import librosa
    import scipy.sparse

    # nearly all of it is zero; and BLAS would start threads of its own in each of ours
    basis = librosa.filters.mel(
        sr=config.sr, n_fft=config.n_fft, n_mels=config.n_mels, fmin=config.fmin, fmax=config.fmax
    )
    return scipy.sparse.csr_array(basis)


@lru_cache(maxsize=16)
def _window(n_fft: int) -> np.ndarray:
    import librosa

    return librosa.filters.get_window("hann", n_fft)


def mel_power(y: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Compute the mel power spectrogram.

    The same numbers as ``librosa.feature.melspectrogram`` (centred frames, periodic Hann window, Slaney's bands),
    with the filter bank and the window kept from call to call.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform at ``config.sr``.
    config : FeatureConfig
        Frame and band settings.

    Returns
    -------
    numpy.ndarray, shape (n_mels, 1 + n // hop_length), float32
        Mel power.
    """
    from scipy.fft import rfft  # a fraction of numpy.fft's time on many short frames

    padded = np.pad(np.asarray(y, np.float32), config.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft)[:: config.hop_length]
    mel = np.empty((config.n_mels, len(frames)), np.float32)
    for i in range(0, len(frames), BLOCK_FRAMES):
        # in double precision, as librosa does it: in single, bins 60 dB below the frame's peak are off by 1e-4
        spectrum = rfft(frames[i : i + BLOCK_FRAMES] * _window(config.n_fft), overwrite_x=True).astype(np.complex64)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        mel[:, i : i + BLOCK_FRAMES] = _mel_basis(config) @ power.T
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
    """Return the mel power, summed over bands, that a frame of white noise at full scale (a mean square of 1) has.

    Parameters
    ----------
    config : FeatureConfig
        Frame and band settings.

    Returns
    -------
    float
        What `mel_power` is to be divided by for levels relative to full scale.
    """
    return float(_mel_basis(config).sum() * np.square(_window(config.n_fft)).sum())


def active_frames(mel: np.ndarray) -> slice:
    """Find the part of a spectrogram between its first and last active frame.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.

    Returns
    -------
    slice
        Frames from the first to the last active one; all frames for pure silence.
    """
    frame_power = mel.sum(axis=0)
    active = np.flatnonzero(frame_power > ACTIVE_THRESHOLD * frame_power.max(initial=0.0))
    return slice(int(active[0]), int(active[-1]) + 1) if active.size else slice(0, mel.shape[1])


def level_mel(mel: np.ndarray) -> np.ndarray:
    """Cut the padding away and divide by the mean power of the active frames, summed over bands.

    Padding is a cue that says more about the uploader than about the sound.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.

    Returns
    -------
    numpy.ndarray, shape (n_mels, t_active), float32
        Mel power whose active frames carry 1.0 on average.
    """
    part = mel[:, active_frames(mel)]
    frame_power = part.sum(axis=0)
    active = frame_power[frame_power > ACTIVE_THRESHOLD * frame_power.max(initial=0.0)]
    level = float(active.mean()) if active.size else 0.0
    return (part / level if level > 0 else part).astype(np.float32)


def log_mel(mel: np.ndarray) -> np.ndarray:
    """Take the logarithm of levelled mel power, as models see it.

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
    """Mel power in dB below its own peak, for eyes.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    top_db : float
        Range in dB; what lies lower is shown as the floor.

    Returns
    -------
    numpy.ndarray, shape (n_mels, t), float32
        dB in [-top_db, 0]; the floor throughout for silence.
    """
    peak = float(mel.max(initial=0.0))
    if peak <= 0:
        return np.full(mel.shape, -top_db, np.float32)
    return 10 * np.log10(np.maximum(mel / peak, 10 ** (-top_db / 10))).astype(np.float32)


@dataclass(frozen=True)
class FeatureCache:
    """Mel power of every clip of a data set.

    Attributes
    ----------
    mel : numpy.ndarray, shape (n_clips, n_mels, t), float32
        Memory-mapped, in the order of ``dataset.clips``.
    path : pathlib.Path
        The file behind it.
    """

    mel: np.ndarray
    path: Path


def cache_key(dataset: Dataset, config: FeatureConfig) -> str:
    """Hash the settings and the state of the data: names, sizes, times of change.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : FeatureConfig
        Frame and band settings.

    Returns
    -------
    str
        Twenty hexadecimal digits.
    """
    return data_key(dataset, VERSION, config.to_dict())


def extract(
    dataset: Dataset,
    config: FeatureConfig,
    *,
    progress: Callable[[int, int], None] | None = None,
    n_workers: int | None = None,
    folder: Path | None = None,
) -> FeatureCache:
    """Compute the mel power of a whole data set, or reopen it if it is there.

    Threads serve here: reading, FFT and matrix product all leave Python's lock. The array is written under a
    temporary name and renamed when whole, so that a killed extraction leaves nothing half-written.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : FeatureConfig
        Frame and band settings.
    progress : callable, optional
        Called with clips done and clips in all.
    n_workers : int, optional
        Threads; one a core if left out.
    folder : pathlib.Path, optional
        Where the cache lies; ``ESC_HOME/features`` if left out.

    Returns
    -------
    FeatureCache
        The memory-mapped array.

    Raises
    ------
    AudioError
        If a clip can't be read.
    DatasetError
        If the disk is full or can't be written.
    """
    folder = folder or esc_home() / "features"
    path = folder / f"{cache_key(dataset, config)}.npy"
    if not path.exists():
        _mel_basis(config)  # once, not in every thread
    mel = stored_array(
        path,
        lambda i: clip_mel_power(dataset.path(dataset.clips[i]), config),
        shape=(len(dataset.clips), config.n_mels, config.clip_frames),
        dtype="<f4",
        progress=progress,
        n_workers=n_workers,
    )
    return FeatureCache(mel, path)
