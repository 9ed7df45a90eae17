"""Faults of a recording that make its classification less reliable, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from esc_core.measures.loudness import active_power, without_offset

QUIET_DBFS = -40.0
"""A recording is called very quiet if the level of its active part, in dB relative to full scale, is lower.

The quietest of 500 clips of ESC-50, in 8-bit copies, has −38 dB.
"""

ACTIVE_DB = -40.0
"""25 ms belong to the active part if their level, in dB relative to the loudest 25 ms, is higher: padding does not."""

CLIPPED_SHARE = 5e-4
"""A recording is called clipped if a larger share of its samples lies in flat runs at the peak."""

BLOCK = 2**20
"""Samples that are compared with the peak at a time."""

BAND_LIMITED = 0.6
"""A recording is called band-limited if it reaches only a lower share of the model's highest frequency."""

BAND_EMPTY = 1e-8
"""Share of the power (−80 dB) below which a band counts as empty; the noise of 8 bits lies far above."""


def remarks_on(y: np.ndarray, sr: int, *, model_fmax: float) -> list[str]:
    """Return the faults of a recording in sentences.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform in [-1, 1].
    sr : int
        Its rate in Hz.
    model_fmax : float
        Highest frequency that the model uses, in Hz.

    Returns
    -------
    list of str
        One for each fault: clipped, very quiet, band-limited.
    """
    y = without_offset(y, sr)
    remarks = clipping_remarks(y)
    level_db = _active_level_db(y, sr)
    if level_db < QUIET_DBFS:
        below = f" ({-level_db:.0f} dB below full scale)" if np.isfinite(level_db) else ""
        remarks.append(f"The recording is very quiet{below}, so its noise is amplified as well.")
    top = highest_frequency(y, sr)
    if top < BAND_LIMITED * model_fmax:
        remarks.append(
            f"The recording holds nothing above {top / 1000:.1f} kHz; the model uses up to {model_fmax / 1000:g} kHz."
        )
    return remarks


def clipping_remarks(y: np.ndarray) -> list[str]:
    """Return the remark that a waveform, shape (n,), is clipped; empty if it is not."""
    if clipped_share(y) <= CLIPPED_SHARE:
        return []
    return ["The recording is clipped: its loudest parts are cut off, which sounds like crackling."]


def _active_level_db(y: np.ndarray, sr: int) -> float:
    """Return the root-mean-square level of the active part in dB relative to full scale; ``-inf`` for silence."""
    power = active_power(y, sr, threshold=10 ** (ACTIVE_DB / 10))
    return 10 * float(np.log10(power)) if power > 0 else -np.inf


def clipped_share(y: np.ndarray) -> float:
    """Return the share of samples inside flat runs of three or more at the positive or negative peak, in [0, 1].

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.

    Returns
    -------
    float
        0 for a waveform with round peaks.
    """
    return sum(_n_in_flat_runs(y, up=up) for up in (True, False)) / max(1, y.size - 2)


def _n_in_flat_runs(y: np.ndarray, *, up: bool) -> int:
    """Return how many samples lie inside flat runs at the positive peak, or at the negative one; 0 if it is round."""
    farthest, reaches, nearer = (np.max, np.greater_equal, min) if up else (np.min, np.less_equal, max)
    nothing = -np.inf if up else np.inf
    peak = float(farthest(y, initial=0.0))
    if peak == 0:
        return 0
    n_at_peak, next_step = 0, nothing
    for part in _blocks(y):
        at_peak = reaches(part, 0.999 * peak)
        n_at_peak += int(np.count_nonzero(at_peak))
        next_step = float(farthest(part, where=~at_peak, initial=next_step))
    if n_at_peak < y.size:
        # A slow wave stays long at a round peak too, and few bits make it flat. But then the 2% below it, or the next
        # step of the bits, hold many samples as well: at least one for every 2.4 at the peak.
        below = nearer(0.98 * peak, next_step)
        n_below = sum(int(np.count_nonzero(reaches(part, below))) for part in _blocks(y)) - n_at_peak
        if n_at_peak <= 3 * n_below:
            return 0
    tops = (reaches(part, 0.999 * peak) for part in _blocks(y, more=2))
    return sum(int(np.count_nonzero(top[1:-1] & top[:-2] & top[2:])) for top in tops)


def _blocks(y: np.ndarray, *, more: int = 0) -> Iterator[np.ndarray]:
    """Yield blocks, each with `more` samples of the next: copies of five minutes at 192 kHz would take 230 MB each."""
    return (y[start : start + BLOCK + more] for start in range(0, y.size, BLOCK))


def highest_frequency(y: np.ndarray, sr: int) -> float:
    """Return the frequency above which the recording is empty, in Hz.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    float
        At most ``sr / 2``.
    """
    n_fft = 2048
    padded = np.pad(y, (0, max(0, n_fft - y.size)), constant_values=y.mean())
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[:: n_fft // 2]
    frames = frames[:: max(1, len(frames) // 400)]  # enough for a spectrum; all of five minutes would take 60 MB
    frames = frames - frames.mean(axis=1, keepdims=True)  # an offset is no part of the sound's power
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(n_fft), axis=1))).sum(axis=0)
    if not power.sum() > 0:
        return sr / 2
    above = np.cumsum(power[::-1])[::-1] / power.sum()
    full = np.flatnonzero(above > BAND_EMPTY)
    return float(full[-1] * sr / n_fft)
