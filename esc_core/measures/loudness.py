"""Level and loudness of a waveform: in short frames, over its active part, and A-weighted.

A constant offset is no sound and counts in no level. One number is subtracted from the whole sound (`without_offset`):
a mean per frame would take low-pitched sounds away as well, such as rumble.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

ACTIVE_THRESHOLD = 1e-7
"""A frame is active if its power exceeds this share of the loudest frame's: −70 dB excludes digital silence only."""

FRAME_SECONDS = 0.025
"""Length of the frames that are tested for activity: the hop of the models' spectrograms."""

A_WEIGHTING_SECONDS = 0.09
"""Shortest window of A-weighted levels; rounded up to a power of two it is Tokozume's 2048 at 16 kHz and 4096 at 44.1
kHz."""


def frame_length(sr: int) -> int:
    """Return the number of samples per frame."""
    return max(1, round(FRAME_SECONDS * sr))


def frame_energy(y: np.ndarray, sr: int) -> np.ndarray:
    """Sum the squares in frames of 25 ms; a constant offset does not count.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    numpy.ndarray, shape (n_frames,), float64
        Energies; the last frame may be shorter than the others.
    """
    centred = without_offset(y, sr)
    return np.add.reduceat(np.square(centred, dtype=np.float64), np.arange(0, y.size, frame_length(sr)))


def without_offset(y: np.ndarray, sr: int) -> np.ndarray:
    """Subtract the constant on which a sound lies.

    That is the value of the frames that do not move, such as padding, so that padding stays silent; or the mean if all
    frames move.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    numpy.ndarray, shape (n,), float32
        The waveform around zero; the input itself if it lies there already.
    """
    length = frame_length(sr)
    frames = y[: y.size // length * length].reshape(-1, length)
    still = frames[np.ptp(frames, axis=1) == 0, 0]
    offset = np.float32(np.median(still) if still.size else y.mean(dtype=np.float64)) if y.size else np.float32(0)
    return y - offset if offset else y


def is_active(energy: np.ndarray) -> np.ndarray:
    """Return which frames are active: above −70 dB relative to the loudest, as for spectrograms.

    Parameters
    ----------
    energy : numpy.ndarray, shape (n_frames,)
        What `frame_energy` returned.

    Returns
    -------
    numpy.ndarray, shape (n_frames,), bool
        True where active; False everywhere for silence.
    """
    return energy > ACTIVE_THRESHOLD * energy.max(initial=0.0)


def active_power(y: np.ndarray, sr: int, *, threshold: float = ACTIVE_THRESHOLD) -> float:
    """Return the mean square over the active frames.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.
    threshold : float
        An active frame exceeds this share of the loudest frame's energy.

    Returns
    -------
    float
        Power; 0 for silence.
    """
    energy, length = frame_energy(y, sr), frame_length(sr)
    active = energy > threshold * energy.max(initial=0.0)
    sizes = np.minimum(length, y.size - length * np.arange(energy.size))
    return float(energy[active].sum() / sizes[active].sum()) if active.any() else 0.0


def active_span(y: np.ndarray, sr: int, *, threshold: float = ACTIVE_THRESHOLD) -> slice:
    """Find the samples from the first to the last active frame.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.
    threshold : float
        An active frame exceeds this share of the loudest frame's energy.

    Returns
    -------
    slice
        The samples; all of them for silence.
    """
    energy, length = frame_energy(y, sr), frame_length(sr)
    active = np.flatnonzero(energy > threshold * energy.max(initial=0.0))
    if not active.size:
        return slice(0, y.size)
    return slice(int(active[0]) * length, min(y.size, (int(active[-1]) + 1) * length))


def a_weighting_db(frequencies: np.ndarray) -> np.ndarray:
    """Return the A-weighting of IEC 61672-1: the sensitivity of the ear relative to 1 kHz.

    Parameters
    ----------
    frequencies : numpy.ndarray
        Frequencies in Hz; 0 Hz gives ``-inf``.

    Returns
    -------
    numpy.ndarray, float64
        Weights in dB, of the same shape: 0.0 at 1 kHz, −19.1 at 100 Hz.
    """
    squares = np.square(np.asarray(frequencies, np.float64))
    poles = [12194.217**2, 107.65265**2, 737.86223**2, 20.598997**2]
    with np.errstate(divide="ignore"):
        gain = 20 * np.log10(poles[0] * squares**2 / ((squares + poles[0]) * (squares + poles[3])))
    return gain - 10 * np.log10((squares + poles[1]) * (squares + poles[2])) + 2.0


@lru_cache(maxsize=8)
def _a_weighting(n_fft: int, sr: int) -> tuple[np.ndarray, np.ndarray]:
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)
    weights = 10 ** (a_weighting_db(np.arange(n_fft // 2 + 1) * sr / n_fft) / 10)
    return window, np.repeat(weights.astype(np.float32), 2)  # for real and imaginary parts, which are interleaved


def loudest_db(y: np.ndarray, sr: int) -> float:
    """Return the A-weighted level of the loudest window, as between-class learning measures it.

    Windows of about 0.1 s overlap by half, and the greatest A-weighted power counts (Tokozume, Ushiku and Harada 2018,
    arXiv:1711.10282).

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    float
        Level in dB, up to a constant that is the same for all sounds at one rate; ``-inf`` for silence.
    """
    from scipy import fft

    n_fft = 1 << (round(A_WEIGHTING_SECONDS * sr) - 1).bit_length()
    window, weights = _a_weighting(n_fft, sr)
    hop = n_fft // 2
    n_hops = max(0, -(-(y.size - n_fft) // hop))
    padded = np.pad(y, (0, n_fft + n_hops * hop - y.size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    parts = fft.rfft(frames * window, axis=-1, overwrite_x=True).view(np.float32)
    power = float((np.square(parts, out=parts) @ weights).max())
    return 10 * float(np.log10(power)) if power > 0 else -np.inf
