"""Events in the windows of a long recording.

An event is a stretch of one category, found in the windows' probabilities, smoothed over neighbours (`smoothed`):

- it begins where the probability reaches `START` times the model's threshold for single windows, and lasts as long as
  it stays at `STAY` times that threshold, before and after (hysteresis);
- two stretches of one category less than `MERGE_WINDOWS` apart are one event;
- its probability, summed over time, is at least `LEAST_WINDOWS` of a window's length. A sound, however short, lies
  in all windows that hold it, while a mistake often fills one or two of them;
- it begins and ends with a frame that is no quiet background (`esc_core.inference.background`).

Sounds may overlap, and so may events of different categories. The values were chosen on mixes of fold 1's clips
(``python -m benchmarks.mixes``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

SMOOTHING = (1.0, 2.0, 1.0)
"""Weights of a window's neighbours and of itself."""

START = 0.9
"""Smoothed probability that an event must reach, as a multiple of the threshold for single windows."""

STAY = 0.3
"""Smoothed probability above which an event goes on, as a multiple of the same."""

MERGE_WINDOWS = 0.25
"""Longest gap between two stretches of one event, in windows: one window below the threshold is no end."""

LEAST_WINDOWS = 0.75
"""Least sum of an event's probability over time, in windows: three quarters of a window at a probability of one."""


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


def smoothed(probs: np.ndarray, quiet: np.ndarray) -> np.ndarray:
    """Return the weighted mean of each window and its neighbours that are not quiet.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n_windows, n_classes)
        Probabilities of each window; all zero for a quiet one.
    quiet : numpy.ndarray, shape (n_windows,), bool
        Which windows are quiet: these say nothing about their neighbours, and stay zero.

    Returns
    -------
    numpy.ndarray, shape (n_windows, n_classes)
        The means, weighted by `SMOOTHING`.
    """
    reach = len(SMOOTHING) // 2
    padded = np.pad(probs, ((reach, reach), (0, 0)))
    counts = np.pad((~quiet).astype(float), reach)
    total = sum(weight * padded[i : i + len(probs)] for i, weight in enumerate(SMOOTHING))
    weights = sum(weight * counts[i : i + len(probs)] for i, weight in enumerate(SMOOTHING))
    return np.where(quiet[:, None], 0, total / np.maximum(weights, min(SMOOTHING))[:, None])


def find_events(
    edges: np.ndarray,
    probs: np.ndarray,
    quiet: np.ndarray,
    *,
    threshold: float,
    window_seconds: float,
    least_windows: float = LEAST_WINDOWS,
) -> tuple[Event, ...]:
    """Find events in the probabilities of windows, by the rule at the top of this module.

    Parameters
    ----------
    edges : numpy.ndarray, shape (n_windows + 1,)
        Borders in seconds: each window stands for the time between two of them.
    probs : numpy.ndarray, shape (n_windows, n_classes)
        Probabilities of each window; all zero for a quiet one.
    quiet : numpy.ndarray, shape (n_windows,), bool
        Which windows are quiet.
    threshold : float
        Lowest probability of a single window that is sure.
    window_seconds : float
        Length of a window, in seconds.
    least_windows : float
        Least sum of an event's probability over time, in windows.

    Returns
    -------
    tuple of Event
        In the order of their starts.
    """
    scores = smoothed(probs, quiet)
    found = []
    for category in np.flatnonzero(scores.max(axis=0) >= START * threshold):
        score = scores[:, category]
        for first, last in _merged(edges, score >= STAY * threshold, gap=MERGE_WINDOWS * window_seconds):
            part = slice(first, last)
            evidence = float(score[part] @ np.diff(edges[first : last + 1]))
            if score[part].max() >= START * threshold and evidence >= least_windows * window_seconds:
                # smoothing lets an event reach into its neighbours, where its own windows have ended
                own = first + np.flatnonzero(probs[part, category] >= STAY * threshold)
                start, end = float(edges[own[0]]), float(edges[own[-1] + 1])
                found.append(Event(start, end, int(category), float(probs[part, category].max())))
    return tuple(sorted(found, key=lambda event: (event.start, event.end)))


def _merged(edges: np.ndarray, holds: np.ndarray, *, gap: float) -> list[tuple[int, int]]:
    """Return first and last-plus-one window of each stretch that holds, stretches less than a gap apart joined."""
    merged: list[tuple[int, int]] = []
    for first, last in runs_of(holds):
        # a gap of just one hop is met only up to rounding
        if merged and edges[first] - edges[merged[-1][1]] < 1.01 * gap:
            first = merged.pop()[0]
        merged.append((first, last))
    return merged


def runs_of(holds: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last-plus-one position of each run of true values, shape (n,), bool."""
    steps = np.diff(np.concatenate([[0], holds.astype(int), [0]]))
    return list(zip(np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist(), strict=True))


def trimmed(event: Event, calm: np.ndarray, frame_seconds: float) -> Event:
    """Let an event begin and end with its first and last frame that is no quiet background.

    Parameters
    ----------
    event : Event
        As `find_events` returns it.
    calm : numpy.ndarray, shape (t,), bool
        Which frames of the recording are quiet.
    frame_seconds : float
        Time from one frame to the next, in seconds.

    Returns
    -------
    Event
        The event itself if all its frames are quiet.
    """
    first = round(event.start / frame_seconds)
    loud = np.flatnonzero(~calm[first : round(event.end / frame_seconds) + 1])
    if not loud.size:
        return event
    start, end = (first + loud[0] - 0.5) * frame_seconds, (first + loud[-1] + 0.5) * frame_seconds
    return replace(event, start=max(event.start, float(start)), end=min(event.end, float(end)))
