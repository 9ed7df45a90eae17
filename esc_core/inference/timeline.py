"""A long recording, window by window: probabilities, quiet stretches, and events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from esc_core.inference.background import NOTHING, quiet_frames, quiet_windows
from esc_core.inference.certainty import NOT_SURE
from esc_core.inference.events import Event, find_events, runs_of, trimmed


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


def _background(
    edges: np.ndarray, quiet: np.ndarray, calm: np.ndarray, *, frame_seconds: float, least: float
) -> tuple[tuple[float, float], ...]:
    """Return the spans of quiet windows, and of quiet frames that last long enough, joined where they touch."""
    spans = [(float(edges[first]), float(edges[last])) for first, last in runs_of(quiet)]
    for first, last in runs_of(calm):
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
