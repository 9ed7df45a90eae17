"""A long recording, window by window: guesses, quiet stretches, and events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from esc_core.features import level_mel, log_mel

NEAR_FLOOR_DB = 6.0
"""A window whose loudest part lies within this many dB of the noise floor is quiet …"""

DYNAMIC_DB = 15.0
"""… in a recording that somewhere rises this far above its floor: steady rain is its own floor, and no silence."""

SILENT_DB = -75.0
"""A window this far below noise at full scale is quiet in any recording, in dB: half a step at 12 bits."""

DIGITAL_SILENCE = 1e-10
"""A frame with less than this share of the loudest frame's power (−100 dB) is padding, not a room's noise."""


@dataclass(frozen=True)
class Event:
    """A stretch of a recording with one category.

    Attributes
    ----------
    start, end : float
        Seconds from the beginning.
    category : int
        Position among the labels.
    prob : float
        Highest probability of the category within the stretch.
    """

    start: float
    end: float
    category: int
    prob: float


@dataclass(frozen=True)
class Timeline:
    """Guesses over a long recording.

    Attributes
    ----------
    times : numpy.ndarray, shape (n_windows,)
        Centre of each window, in seconds.
    window_seconds, hop_seconds : float
        Length of a window and distance of two, in seconds.
    probs : numpy.ndarray, shape (n_windows, n_classes), float32
        Probabilities; zero throughout for a quiet window.
    quiet : numpy.ndarray, shape (n_windows,), bool
        Windows near the recording's own noise floor.
    events : tuple of Event
        Stretches with one category above the threshold, in order.
    overall : numpy.ndarray, shape (n_classes,)
        Mean over the windows that are not quiet.
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
    """Slide a window over a recording, four windows to a window's length.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power of the whole recording.
    classify : callable
        Takes windows (n, …) as `make_window` returns them, returns probabilities (n, n_classes).
    n_frames : int
        Length of a window, in frames; at most t.
    frame_seconds : float
        Time from one frame to the next, in seconds.
    threshold : float
        Probability from which on a guess makes an event.
    full_scale : float
        Power of a frame of noise at full scale, summed over bands; see `esc_core.features.full_scale_power`.
    make_window : callable, optional
        Returns the window that begins at a frame, as the network takes it; `log_mel` (n_mels, n_frames) if left out.

    Returns
    -------
    Timeline
        Guesses and events.
    """
    hop = max(1, n_frames // 4)
    starts = np.unique(np.append(np.arange(0, mel.shape[1] - n_frames, hop), max(0, mel.shape[1] - n_frames)))
    quiet = quiet_windows(mel.sum(axis=0) / full_scale, starts, n_frames)
    heard = np.flatnonzero(~quiet)
    # every window is levelled on its own, as a clip of the data set would be; the quiet ones never get that far
    make_window = make_window or (lambda start: log_mel(_padded(level_mel(mel[:, start : start + n_frames]), n_frames)))
    heard_probs = classify(np.stack([make_window(int(starts[i])) for i in heard]))
    probs = np.zeros((len(starts), heard_probs.shape[1]), np.float32)
    probs[heard] = heard_probs
    times = (starts + n_frames / 2) * frame_seconds
    # frames are centred, so the last one stands at the end of the sound
    found = _events(times, probs, (mel.shape[1] - 1) * frame_seconds, threshold)
    return Timeline(times, n_frames * frame_seconds, hop * frame_seconds, probs, quiet, found, heard_probs.mean(axis=0))


def quiet_windows(frame_power: np.ndarray, starts: np.ndarray, n_frames: int) -> np.ndarray:
    """Find the windows that hold nothing but the recording's own noise floor.

    The floor is the 10th percentile of the frames' power, digital silence apart, which is no room's noise; a window's
    level is the 90th, so that one short bark counts.

    Parameters
    ----------
    frame_power : numpy.ndarray, shape (t,)
        Power of each frame, summed over bands, noise at full scale being 1.
    starts : numpy.ndarray, shape (n_windows,), int
        First frame of each window.
    n_frames : int
        Length of a window.

    Returns
    -------
    numpy.ndarray, shape (n_windows,), bool
        True where a window is quiet; never true for all of them.
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
    # a window speaks up to half-way to its neighbours, the first and the last to the ends
    edges = [0.0, *((times[1:] + times[:-1]) / 2).tolist(), seconds]
    found: list[Event] = []
    for i in np.flatnonzero(peak >= max(threshold, 1e-6)):
        last = found[-1] if found else None
        if last and last.category == best[i] and last.end == edges[i]:
            found[-1] = Event(last.start, edges[i + 1], last.category, max(last.prob, float(peak[i])))
        else:
            found.append(Event(edges[i], edges[i + 1], int(best[i]), float(peak[i])))
    return tuple(found)
