"""A long recording, window by window: probabilities, quiet stretches, and events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from esc_core.features import level_mel, log_mel
from esc_core.inference.certainty import is_sure

NEAR_FLOOR_DB = 6.0
"""A window whose loudest part lies within this many dB of the noise floor is quiet …"""

DYNAMIC_DB = 15.0
"""… in a recording that somewhere rises this many dB above its floor: steady rain is its own floor, not silence."""

SILENT_DB = -75.0
"""A window below this level, in dB relative to full-scale noise, is quiet in any recording: half a step at 12 bits."""

DIGITAL_SILENCE = 1e-10
"""A frame with less than this share of the loudest frame's power (−100 dB) is padding, not background noise."""


@dataclass(frozen=True)
class Event:
    """A stretch of a recording with one category.

    Attributes
    ----------
    start, end : float
        Seconds from the beginning.
    category : int
        Its position among the labels.
    prob : float
        Highest probability of the category within the stretch.
    """

    start: float
    end: float
    category: int
    prob: float


@dataclass(frozen=True)
class Timeline:
    """Probabilities and events over a long recording.

    Attributes
    ----------
    times : numpy.ndarray, shape (n_windows,)
        Centre of each window, in seconds.
    window_seconds, hop_seconds : float
        Length of a window, and time from one window to the next, in seconds.
    probs : numpy.ndarray, shape (n_windows, n_classes), float32
        Probabilities of each window; all zero for a quiet one.
    quiet : numpy.ndarray, shape (n_windows,), bool
        Which windows lie near the recording's own noise floor.
    events : tuple of Event
        Stretches of one category at or above the threshold, in order.
    overall : numpy.ndarray, shape (n_classes,)
        Mean of the probabilities, except quiet windows.
    """

    times: np.ndarray
    window_seconds: float
    hop_seconds: float
    probs: np.ndarray
    quiet: np.ndarray
    events: tuple[Event, ...]
    overall: np.ndarray


def timeline(
    mel: np.ndarray,
    classify: Callable[[np.ndarray], np.ndarray],
    *,
    n_frames: int,
    frame_seconds: float,
    threshold: float,
    full_scale: float = 1.0,
    make_window: Callable[[int], np.ndarray] | None = None,
) -> Timeline:
    """Classify a recording in windows that overlap by three quarters.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power of the whole recording.
    classify : callable
        Takes windows (n, …) as `make_window` returns them, and returns probabilities (n, n_classes).
    n_frames : int
        Length of a window, in frames; at most t.
    frame_seconds : float
        Time from one frame to the next, in seconds.
    threshold : float
        Lowest probability of an event.
    full_scale : float
        Power of a frame of noise at full scale, summed over bands, from `esc_core.features.full_scale_power`.
    make_window : callable, optional
        Returns the network's input of the window that begins at a frame; by default its `log_mel`.

    Returns
    -------
    Timeline
        Probabilities and events.
    """
    hop = max(1, n_frames // 4)
    starts = np.unique(np.append(np.arange(0, mel.shape[1] - n_frames, hop), max(0, mel.shape[1] - n_frames)))
    quiet = quiet_windows(mel.sum(axis=0) / full_scale, starts, n_frames)
    loud = np.flatnonzero(~quiet)
    # each window is levelled on its own, like a clip of the data set; a quiet one is not classified
    make_window = make_window or (lambda start: log_mel(_padded(level_mel(mel[:, start : start + n_frames]), n_frames)))
    loud_probs = classify(np.stack([make_window(int(starts[i])) for i in loud]))
    probs = np.zeros((len(starts), loud_probs.shape[1]), np.float32)
    probs[loud] = loud_probs
    times = (starts + n_frames / 2) * frame_seconds
    # frames are centred: the last one lies at the end of the sound
    found = _events(times, probs, (mel.shape[1] - 1) * frame_seconds, threshold)
    return Timeline(times, n_frames * frame_seconds, hop * frame_seconds, probs, quiet, found, loud_probs.mean(axis=0))


def quiet_windows(frame_power: np.ndarray, starts: np.ndarray, n_frames: int) -> np.ndarray:
    """Find the windows that hold only the recording's own noise floor.

    The floor is the 10th percentile of the frames' power, except digital silence. The level of a window is the 90th
    percentile, or 10 dB below its loudest frame if that is more, so that one short bark counts.

    Parameters
    ----------
    frame_power : numpy.ndarray, shape (t,)
        Power of each frame, summed over bands, relative to noise at full scale.
    starts : numpy.ndarray, shape (n_windows,), int
        First frame of each window.
    n_frames : int
        Length of a window.

    Returns
    -------
    numpy.ndarray, shape (n_windows,), bool
        True for a quiet window; never true for all windows.
    """
    tiny = 1e-30
    level = np.array([np.percentile(frame_power[start : start + n_frames], 90) for start in starts])
    loudest = np.array([frame_power[start : start + n_frames].max() for start in starts])
    level_db = 10 * np.log10(np.maximum(level, loudest * 10**-1.0) + tiny)
    sound = frame_power[frame_power >= DIGITAL_SILENCE * frame_power.max()]
    floor_db = 10 * np.log10(np.percentile(sound, 10) + tiny)
    silent = level_db < SILENT_DB
    if level_db.max() - floor_db > DYNAMIC_DB:
        silent |= level_db < floor_db + NEAR_FLOOR_DB
    return silent if not silent.all() else level_db < level_db.max()


def _padded(mel: np.ndarray, n_frames: int) -> np.ndarray:
    before = (n_frames - mel.shape[1]) // 2
    return np.pad(mel, ((0, 0), (before, n_frames - mel.shape[1] - before)))


def _events(times: np.ndarray, probs: np.ndarray, seconds: float, threshold: float) -> tuple[Event, ...]:
    best, peak = probs.argmax(axis=1), probs.max(axis=1)
    # a window stands for the time half-way to its neighbours, the first and the last up to the ends
    edges = [0.0, *((times[1:] + times[:-1]) / 2).tolist(), seconds]
    found: list[Event] = []
    for i in np.flatnonzero(is_sure(probs, threshold) & (peak > 0)):
        last = found[-1] if found else None
        if last and last.category == best[i] and last.end == edges[i]:
            found[-1] = Event(last.start, edges[i + 1], last.category, max(last.prob, float(peak[i])))
        else:
            found.append(Event(edges[i], edges[i + 1], int(best[i]), float(peak[i])))
    return tuple(found)
