"""A long recording → the sounds in it, by level alone: no model needs to know what they are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from esc_core.config import AudioLimits, require

LONGEST = 5.0
"""Longest cut in seconds, as long as a clip of ESC-50; a longer sound is cut into equal parts."""

PAUSE = 0.4
"""Usual pause in seconds that parts two sounds: the knocks of one knocking at a door are closer together."""

PAUSES = (0.1, 2.0)
"""Shortest and longest pause in seconds that can be asked for."""

RISE_DB, FALL_DB = 12.0, 6.0
"""Heights in dB above the recording's noise floor that a sound must reach, and above which it goes on."""

DEPTH_DB = 40.0
"""Depth in dB below the loudest frame at which a sound ends, where the floor is lower: digital silence has none."""

SILENT_DB = -90.0
"""Level in dB relative to full scale of a frame of zeros: about a step of 16 bits."""

_FRAME = 0.01
_FLOOR_PERCENTILE = 20
_BEFORE, _AFTER = 0.05, 0.15
"""Seconds kept before and after a sound, where there are any: its attack and its end."""


@dataclass(frozen=True)
class Cut:
    """A sound in a recording.

    Attributes
    ----------
    start, end : float
        Seconds from the beginning.
    """

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    def of(self, y: np.ndarray, sr: int) -> np.ndarray:
        """Return its samples of the recording's waveform, shape (n,), at a rate in Hz; a copy."""
        return y[round(self.start * sr) : round(self.end * sr)].copy()


def find_cuts(y: np.ndarray, sr: int, *, pause: float = PAUSE) -> list[Cut]:
    """Find the sounds that stand out of a recording's background.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform in [-1, 1].
    sr : int
        Its rate in Hz.
    pause : float
        Shortest pause between two sounds, in seconds, in `PAUSES`; what is closer together is one sound.

    Returns
    -------
    list of Cut
        In order, without overlap, each at most `LONGEST` and, where the recording allows, at least
        `AudioLimits.min_seconds` long. Steady noise, of which no part stands out, is cut into equal parts; a recording
        of zeros has none.

    Raises
    ------
    ParameterError
        If `pause` is out of range.
    """
    require(PAUSES[0] <= pause <= PAUSES[1], f"pause must be in [{PAUSES[0]:g}, {PAUSES[1]:g}] s", pause)
    if not y.size or not y.any():
        return []
    total = y.size / sr
    stretches = _stretches(_levels(y, sr), pause) or [(0.0, total)]
    return [part for start, end in _with_margins(stretches, total) for part in _parts(start, end)]


def _levels(y: np.ndarray, sr: int) -> np.ndarray:
    """Return the level of each frame in dB, averaged over three frames so that one period of a hum is no sound."""
    hop = max(1, round(_FRAME * sr))
    n_frames = -(-y.size // hop)
    padded = np.zeros(n_frames * hop)
    padded[: y.size] = y
    power = (padded.reshape(n_frames, hop) ** 2).mean(axis=1)
    smooth = np.convolve(np.pad(power, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    return np.asarray(10 * np.log10(smooth + 10 ** (SILENT_DB / 10)))


def _stretches(level: np.ndarray, pause: float) -> list[tuple[float, float]]:
    """Return start and end in seconds of what rises high enough, joined across short pauses."""
    floor, peak = float(np.percentile(level, _FLOOR_PERCENTILE)), float(level.max())
    lowest = max(floor + FALL_DB, peak - DEPTH_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], level > lowest, [False]]).astype(int)))
    joined: list[list[int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if level[start:end].max() < lowest + RISE_DB - FALL_DB:
            continue
        if joined and start - joined[-1][1] < round(pause / _FRAME):
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [(start * _FRAME, end * _FRAME) for start, end in joined]


def _with_margins(stretches: list[tuple[float, float]], total: float) -> list[tuple[float, float]]:
    """Widen each stretch by its margins, and to the least length, as far as half of the pauses beside it."""
    least = AudioLimits().min_seconds
    middles = [(end + start) / 2 for (_, end), (start, _) in itertools.pairwise(stretches)]
    widened = []
    for (start, end), low, high in zip(stretches, [0.0, *middles], [*middles, total], strict=True):
        first, last = max(low, start - _BEFORE), min(high, end + _AFTER)
        last = min(high, max(last, first + least))
        widened.append((max(low, min(first, last - least)), last))
    return widened


def _parts(start: float, end: float) -> list[Cut]:
    edges = np.linspace(start, end, max(1, int(np.ceil(round((end - start) / LONGEST, 6)))) + 1).tolist()
    return [Cut(a, b) for a, b in itertools.pairwise(edges)]
