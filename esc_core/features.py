"""Waveform to mel power, a whole data set to one memory-mapped array, mel power to model input."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from esc_core import audio
from esc_core.config import CLIP_SECONDS, FeatureConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.errors import DatasetError, EscError

if TYPE_CHECKING:
    import scipy.sparse

ACTIVE_THRESHOLD = 1e-7
"""A frame is active when its power exceeds this share of the loudest frame's: −70 dB, digital silence only."""

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


def active_frames(mel: np.ndarray, *, threshold: float = ACTIVE_THRESHOLD) -> slice:
    """Find the part of a spectrogram between its first and last active frame.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    threshold : float
        Share of the loudest frame's power that an active frame exceeds.

    Returns
    -------
    slice
        Frames from the first to the last active one; all frames for pure silence.
    """
    frame_power = mel.sum(axis=0)
    active = np.flatnonzero(frame_power > threshold * frame_power.max(initial=0.0))
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
    stats = {entry.name: entry.stat() for entry in os.scandir(dataset.root / "audio")}
    files = [
        (clip.filename, stats[clip.filename].st_size, stats[clip.filename].st_mtime_ns)
        if clip.filename in stats
        else (clip.filename, 0, 0)
        for clip in dataset.clips
    ]
    text = json.dumps([VERSION, config.to_dict(), str(dataset.root.resolve()), files])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


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
        with _temporary(path) as temporary:
            _fill(temporary, dataset, config, progress, n_workers or os.cpu_count() or 1)
    return FeatureCache(np.load(path, mmap_mode="r"), path)


def _fill(
    path: Path, dataset: Dataset, config: FeatureConfig, progress: Callable[[int, int], None] | None, n_workers: int
) -> None:
    n = len(dataset.clips)
    shape = (n, config.n_mels, config.clip_frames)
    _mel_basis(config)  # once, not in every thread
    # reserve the space first: a full disk met through a memory map kills the process instead of raising
    with path.open("wb") as file:
        header = np.lib.format
        header.write_array_header_2_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        _reserve(file.fileno(), file.tell(), 4 * int(np.prod(shape)))
    mel = np.lib.format.open_memmap(path, mode="r+")

    def one(i: int) -> None:
        mel[i] = clip_mel_power(dataset.path(dataset.clips[i]), config)

    with ThreadPoolExecutor(n_workers) as pool:
        for done, _ in enumerate(pool.map(one, range(n)), start=1):
            if progress:
                progress(done, n)
    mel.flush()


def _reserve(fd: int, offset: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, offset, size)
    else:
        os.truncate(fd, offset + size)


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=".extracting-", suffix=".npy")
        os.close(fd)
    except OSError as error:
        raise DatasetError(f"{path.parent} can't be written: {error.strerror}") from error
    try:
        yield Path(name)
        Path(name).replace(path)
    except EscError:
        raise
    except OSError as error:
        raise DatasetError(f"the features can't be stored in {path.parent}: {error.strerror}") from error
    finally:
        Path(name).unlink(missing_ok=True)
