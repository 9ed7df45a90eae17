"""A long recording, window by window: probabilities, quiet stretches, and events.

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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from esc_core.inference.background import NOTHING, quiet_frames, quiet_windows
from esc_core.inference.certainty import NOT_SURE

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


@dataclass(frozen=True)
class Stretch:
    """A stretch of a recording with one kind of answer.

    Attributes
    ----------
    start, end : float
        Seconds from the beginning.
    what : str
        `NOTHING` for a quiet background, or `NOT_SURE`; empty for an event.
    event : Event or None
        The event, where there is one.
    """

    start: float
    end: float
    what: str
    event: Event | None = None


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
        Which windows hold only a quiet background; see `esc_core.inference.background`.
    background : tuple of (float, float)
        Start and end, in seconds, of each stretch that holds only a quiet background: quiet windows, and other quiet
        stretches of at least `hop_seconds`.
    events : tuple of Event
        Stretches of one category, in the order of their starts; those of different categories may overlap.
    overall : numpy.ndarray, shape (n_classes,)
        Mean of the probabilities, except quiet windows; if all are quiet, the probabilities of the loudest.
    seconds : float
        Length of the recording, in seconds.
    """

    times: np.ndarray
    window_seconds: float
    hop_seconds: float
    probs: np.ndarray
    quiet: np.ndarray
    background: tuple[tuple[float, float], ...]
    events: tuple[Event, ...]
    overall: np.ndarray
    seconds: float

    @property
    def edges(self) -> np.ndarray:
        """Borders in seconds, shape (n_windows + 1,): half-way between windows, the first and last at the ends."""
        return _edges(self.times, self.seconds)

    @property
    def quiet_spans(self) -> tuple[tuple[float, float], ...]:
        """Start and end, in seconds, of each quiet stretch outside events."""
        return tuple((part.start, part.end) for part in self.stretches if part.what == NOTHING)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The whole recording, in order and without a gap: events, "not sure", and quiet background.

        Where events overlap, the more probable one counts.
        """
        spans = [(e.start, e.end) for e in self.events] + list(self.background)
        borders = np.unique([0.0, self.seconds, *(time for span in spans for time in span)]).tolist()
        found: list[Stretch] = []
        for start, end in pairwise(borders):
            event = max((e for e in self.events if e.start <= start < e.end), key=lambda e: e.prob, default=None)
            quiet = any(first <= start < last for first, last in self.background)
            what = "" if event else NOTHING if quiet else NOT_SURE
            if found and (found[-1].what, found[-1].event) == (what, event):
                start = found.pop().start
            found.append(Stretch(start, end, what, event))
        return tuple(found)


def timeline(
    mel: np.ndarray,
    classify: Callable[[Sequence[Any]], np.ndarray],
    *,
    make_window: Callable[[int], Any],
    n_frames: int,
    frame_seconds: float,
    threshold: float,
    full_scale: float = 1.0,
) -> Timeline:
    """Classify a recording in windows that overlap by three quarters.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power of the whole recording.
    classify : callable
        Takes windows as `make_window` returns them, and returns probabilities (n_windows, n_classes).
    make_window : callable
        Returns the window that begins at a frame, as `classify` takes it.
    n_frames : int
        Length of a window, in frames; at most t.
    frame_seconds : float
        Time from one frame to the next, in seconds.
    threshold : float
        Lowest probability of a single window that is sure; see `Calibration.event_threshold`.
    full_scale : float
        Power of a frame of noise at full scale, summed over bands, from `esc_core.features.full_scale_power`.

    Returns
    -------
    Timeline
        Probabilities and events.
    """
    hop = max(1, n_frames // 4)
    starts = np.unique(np.append(np.arange(0, mel.shape[1] - n_frames, hop), max(0, mel.shape[1] - n_frames)))
    frame_power = mel.sum(axis=0) / full_scale
    quiet = quiet_windows(frame_power, starts, n_frames)
    # where all is quiet, the loudest window still has a raw guess, which belongs to no event
    loudest = max(range(len(starts)), key=lambda i: frame_power[starts[i] : starts[i] + n_frames].max())
    asked = np.array([loudest]) if quiet.all() else np.flatnonzero(~quiet)
    asked_probs = classify([make_window(int(starts[i])) for i in asked])  # a quiet window is not classified
    probs = np.zeros((len(starts), asked_probs.shape[1]), np.float32)
    probs[asked] = np.where(quiet[asked, None], 0, asked_probs)
    times = (starts + n_frames / 2) * frame_seconds
    # frames are centred: the last one lies at the end of the sound
    seconds = (mel.shape[1] - 1) * frame_seconds
    edges = _edges(times, seconds)
    calm = quiet_frames(frame_power)
    return Timeline(
        times=times,
        window_seconds=n_frames * frame_seconds,
        hop_seconds=hop * frame_seconds,
        probs=probs,
        quiet=quiet,
        background=_background(edges, quiet, calm, frame_seconds=frame_seconds, least=hop * frame_seconds),
        events=tuple(
            trimmed(event, calm, frame_seconds)
            for event in find_events(edges, probs, quiet, threshold=threshold, window_seconds=n_frames * frame_seconds)
        ),
        overall=asked_probs.mean(axis=0),
        seconds=seconds,
    )


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
    for first, last in _runs(holds):
        # a gap of just one hop is met only up to rounding
        if merged and edges[first] - edges[merged[-1][1]] < 1.01 * gap:
            first = merged.pop()[0]
        merged.append((first, last))
    return merged


def _runs(holds: np.ndarray) -> list[tuple[int, int]]:
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


def _background(
    edges: np.ndarray, quiet: np.ndarray, calm: np.ndarray, *, frame_seconds: float, least: float
) -> tuple[tuple[float, float], ...]:
    """Return the spans of quiet windows, and of quiet frames that last long enough, joined where they touch."""
    spans = [(float(edges[first]), float(edges[last])) for first, last in _runs(quiet)]
    for first, last in _runs(calm):
        # frames are centred
        start = max(0.0, (first - 0.5) * frame_seconds)
        end = min(float(edges[-1]), (last - 0.5) * frame_seconds)
        if end - start >= least:
            spans.append((start, end))
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            start, last_end = joined.pop()
            end = max(end, last_end)
        joined.append((start, end))
    return tuple(joined)


def _edges(times: np.ndarray, seconds: float) -> np.ndarray:
    # a window stands for the time half-way to its neighbours, the first and the last up to the ends
    return np.concatenate([[0.0], (times[1:] + times[:-1]) / 2, [seconds]])
