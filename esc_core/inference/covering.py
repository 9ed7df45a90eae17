"""Parts of a sound covered with its own background, one at a time: a band and a time are made as quiet as its quietest.

A covered part never gets louder than it was: where the sound is quiet already, nothing changes. All else keeps its
level, so a loud part that is covered does not raise the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.config import FeatureConfig
from esc_core.features import active_frames

N_BANDS, N_TIMES = 6, 10
"""Cells of the grid: groups of neighbouring mel bands, and steps of time over the active part."""

SHORTEST_STEP = 0.1
"""Least length of a step of time, in seconds; a short sound has fewer steps."""

QUIET_SHARE = 0.2
"""Share of a band's values, its quietest, from which its background is drawn."""

N_FFT = 1024
HOP = N_FFT // 4
"""Frame and hop in samples for covering waveforms: with Hann windows on both sides the frames add up to 1.5 times the
waveform."""


@dataclass(frozen=True)
class Grid:
    """The cells of a sound's spectrogram.

    Attributes
    ----------
    bands : numpy.ndarray, shape (n_bands + 1,), int
        Edges of the cells, as mel bands.
    frames : numpy.ndarray, shape (n_times + 1,), int
        Their edges as frames, from the first to the last of the active part.
    band_edges : numpy.ndarray, shape (n_bands + 1,)
        The edges in Hz.
    time_edges : numpy.ndarray, shape (n_times + 1,)
        The edges in seconds from the beginning of the sound.
    """

    bands: np.ndarray
    frames: np.ndarray
    band_edges: np.ndarray
    time_edges: np.ndarray

    @property
    def windows(self) -> list[tuple[slice, slice]]:
        """What is covered, as cells: windows of 2 × 2 cells, then `columns` over all bands.

        The windows lie like the black fields of a chessboard and overlap by a quarter, so that each cell lies in two of
        them, with nothing else in common; those at the edges hang over. Half as many as all places take half the time.
        """
        bands, times = (_overlapping(len(edges) - 1) for edges in (self.bands, self.frames))
        return [(b, t) for i, b in enumerate(bands) for j, t in enumerate(times) if (i + j) % 2 == 0] + self.columns

    @property
    def columns(self) -> list[tuple[slice, slice]]:
        """Windows of all bands and two steps of time, overlapping by half."""
        return [(slice(0, len(self.bands) - 1), times) for times in _overlapping(len(self.frames) - 1)]


def _overlapping(n_cells: int) -> list[slice]:
    """Return pairs of neighbours, and each end alone."""
    if n_cells == 1:
        return [slice(0, 1)]
    return [slice(max(0, i), min(n_cells, i + 2)) for i in range(-1, n_cells)]


def grid_over(mel: np.ndarray, config: FeatureConfig) -> Grid:
    """Lay a grid over the active part of a sound.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Its mel power.
    config : FeatureConfig
        Frames and bands of `mel`.

    Returns
    -------
    Grid
        The cells.
    """
    import librosa

    frame_seconds = config.hop_length / config.sr
    active = active_frames(mel)
    n_frames = active.stop - active.start
    n_times = int(np.clip(n_frames * frame_seconds / SHORTEST_STEP, 1, min(N_TIMES, n_frames)))
    bands = _edges(0, config.n_mels, min(N_BANDS, config.n_mels))
    frames = _edges(active.start, active.stop, n_times)
    # in steps of half a band: a band ends half-way between its centre and the next
    hz = librosa.mel_frequencies(2 * config.n_mels + 3, fmin=config.fmin, fmax=config.fmax)
    band_edges = hz[2 * bands + 1]
    band_edges[[0, -1]] = config.fmin, config.fmax
    return Grid(bands, frames, band_edges, frames * frame_seconds)


def _edges(first: int, last: int, n: int) -> np.ndarray:
    return np.linspace(first, last, n + 1).round().astype(int)


def covered_mels(mel: np.ndarray, grid: Grid) -> np.ndarray:
    """Cover the windows of a grid in a mel spectrogram.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power.
    grid : Grid
        The cells.

    Returns
    -------
    numpy.ndarray, shape (n_windows, n_mels, t), float32
        The spectrogram once for each of ``grid.windows``, with that window covered.
    """
    active = slice(grid.frames[0], grid.frames[-1])
    quiet = mel.astype(np.float32)
    quiet[:, active] = np.minimum(mel[:, active], _background(mel[:, active]))
    windows = grid.windows
    covered = np.repeat(mel[None].astype(np.float32), len(windows), axis=0)
    for one, (bands, times) in zip(covered, windows, strict=True):
        part = slice(*_ends(grid.bands, bands)), slice(*_ends(grid.frames, times))
        one[part] = quiet[part]
    return covered


def covered_waves(y: np.ndarray, sr: int, grid: Grid) -> np.ndarray:
    """Cover the windows of a grid in a waveform.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform.
    sr : int
        Its rate in Hz.
    grid : Grid
        The cells. Its lowest and highest band reach to 0 Hz and to half the rate.

    Returns
    -------
    numpy.ndarray, shape (n_windows, n), float32
        The waveform once for each of ``grid.windows``, with that window covered.
    """
    from scipy.fft import irfft, rfft
    from scipy.signal import get_window

    window = get_window("hann", N_FFT)
    padded = np.pad(y, (N_FFT // 2, N_FFT))
    spectrum = rfft(np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP] * window).T
    removed = spectrum - _as_quiet_as_background(spectrum, grid.time_edges * sr / HOP)
    hz = np.fft.rfftfreq(N_FFT, 1 / sr)
    band_edges = np.array([0, *grid.band_edges[1:-1], np.inf])
    bins, frames = np.searchsorted(hz, band_edges), np.ceil(grid.time_edges * sr / HOP).astype(int)
    covered = np.repeat(padded[None].astype(np.float32), len(grid.windows), axis=0)
    for one, (bands, times) in zip(covered, grid.windows, strict=True):
        low, high = _ends(bins, bands)
        first, last = _ends(frames, times)
        part = np.zeros_like(removed[:, first:last])
        part[low:high] = removed[low:high, first:last]
        for i, frame in enumerate(irfft(part.T, N_FFT) * window / 1.5, start=first):
            one[i * HOP : i * HOP + N_FFT] -= frame
    return covered[:, N_FFT // 2 : N_FFT // 2 + y.size]


def _as_quiet_as_background(spectrum: np.ndarray, ends: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return a spectrum whose magnitudes are at most those of its background, the phases as they were."""
    size = np.abs(spectrum)
    active = slice(int(ends[0]), max(int(ends[0]) + 1, int(ends[-1])))
    quiet = size.copy()
    quiet[:, active] = np.minimum(size[:, active], _background(size[:, active]))
    return np.asarray(spectrum * (quiet / np.maximum(size, 1e-12)))


def _background(values: np.ndarray) -> np.ndarray:
    """Draw from the quietest values of each row, shape as `values`: noise that varies as the recording's own does."""
    n_quiet = max(1, int(QUIET_SHARE * values.shape[1]))
    quietest = np.sort(values, axis=1)[:, :n_quiet]
    chosen = np.random.default_rng(0).integers(0, n_quiet, values.shape)
    return np.take_along_axis(quietest, chosen, axis=1)


def _ends(edges: np.ndarray, cells: slice) -> tuple[int, int]:
    return int(edges[cells.start]), int(edges[cells.stop])
