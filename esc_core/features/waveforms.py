"""Waveforms as model input: a whole data set → one memory-mapped array; the active part and its level."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from esc_core import audio
from esc_core.config import CLIP_SECONDS, esc_home
from esc_core.dataset import Dataset
from esc_core.features.cache import data_key, stored_array
from esc_core.measures.loudness import active_power, active_span

VERSION = 2
"""Raised whenever `clip_waveform` or the decoding changes its samples; older caches are then computed again."""

FULL_SCALE = 32_767
"""Value of 1.0 in the cache: 16 bits, as in the clips themselves."""


def clip_waveform(path: str | Path, sr: int) -> np.ndarray:
    """Read the first 5 s of a file of a data set, padded with silence.

    Parameters
    ----------
    path : str or pathlib.Path
        Sound file.
    sr : int
        Target sampling rate in Hz.

    Returns
    -------
    numpy.ndarray, shape (5 * sr,), float32
        Waveform.

    Raises
    ------
    AudioError
        If the file can't be read.
    """
    y, _ = audio.load(path, sr=sr)
    return five_seconds(y, sr)


def five_seconds(y: np.ndarray, sr: int) -> np.ndarray:
    """Cut or pad a waveform to the length of a clip.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    numpy.ndarray, shape (5 * sr,)
        Waveform of 5 s.
    """
    n = int(CLIP_SECONDS * sr)
    return np.pad(y[:n], (0, max(0, n - y.size)))


def to_pcm(y: np.ndarray) -> np.ndarray:
    """Return a waveform as 16-bit integers; samples outside [-1, 1] are clipped."""
    return np.clip(np.round(y * FULL_SCALE), -FULL_SCALE, FULL_SCALE).astype(np.int16)


def from_pcm(pcm: np.ndarray) -> np.ndarray:
    """Return 16-bit integers as a waveform in [-1, 1], float32."""
    return pcm * np.float32(1 / FULL_SCALE)


def waveforms_path(dataset: Dataset, sr: int, *, folder: Path | None = None) -> Path:
    """Return the file of a data set's waveforms, which need not exist; `folder` as in `extract_waveforms`."""
    return (folder or esc_home() / "features") / f"{data_key(dataset, 'waveforms', VERSION, sr)}.npy"


def extract_waveforms(
    dataset: Dataset,
    sr: int,
    *,
    progress: Callable[[int, int], None] | None = None,
    n_workers: int | None = None,
    folder: Path | None = None,
) -> np.ndarray:
    """Read a whole data set at one rate, or open the cache if it was read before.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    sr : int
        Rate in Hz.
    progress : callable, optional
        Called with the clips done and all clips.
    n_workers : int, optional
        Number of threads; one per core if left out.
    folder : pathlib.Path, optional
        Folder of the cache; ``ESC_HOME/features`` if left out.

    Returns
    -------
    numpy.ndarray, shape (n_clips, 5 * sr), int16
        Memory-mapped, in the order of ``dataset.clips``; `from_pcm` converts rows to waveforms. The row of a clip that
        can't be read is one of `esc_core.features.cache.unreadable_rows`.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    """
    return stored_array(
        waveforms_path(dataset, sr, folder=folder),
        lambda i: to_pcm(clip_waveform(dataset.path(dataset.clips[i]), sr)),
        shape=(len(dataset.clips), int(CLIP_SECONDS * sr)),
        dtype="<i2",
        progress=progress,
        n_workers=n_workers,
    )


def active_part(y: np.ndarray, sr: int) -> tuple[slice, np.float32]:
    """Find the active part of a waveform, and the gain that normalises its level.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    part : slice
        Samples from the first to the last active frame; all samples for silence.
    gain : numpy.float32
        One over the root mean square of the active frames; 1 for silence.
    """
    power = active_power(y, sr)
    return active_span(y, sr), np.float32(power**-0.5 if power > 0 else 1.0)


def level_wave(y: np.ndarray, sr: int, *, level_of: np.ndarray | None = None) -> np.ndarray:
    """Remove the padding and divide by the root mean square of the active part.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.
    level_of : numpy.ndarray, shape (n,), optional
        Waveform whose active part and level count, such as the sound of which `y` lacks a part; by default `y` itself.

    Returns
    -------
    numpy.ndarray, shape (n_active,), float32
        Waveform; the active frames of `level_of` have a mean square of 1. Silence stays as it is.
    """
    part, gain = active_part(y if level_of is None else level_of, sr)
    return (y[part] * gain).astype(np.float32, copy=False)
