"""The windows' probabilities → events that begin and end, by the rule of `esc_core.inference.events`.

The rule is applied again to the last seconds whenever a window comes in. An event is *announced* as soon as it meets
the rule but for its length, *confirmed* when it is long enough, and ends when no further window can belong to it. What
is announced and never confirmed is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from esc_core.inference.events import LEAST_WINDOWS, MERGE_WINDOWS, Event, find_events

HISTORY_SECONDS = 15.0
"""Time over which the rule is applied, in seconds; an event that lasts longer keeps its beginning."""

ANNOUNCE_WINDOWS = 0.2
"""Least sum of an announced event's probability over time, in windows."""


N_BEST = 3
"""Windows of an event that say what it is."""


@dataclass(frozen=True, eq=False)
class Tracked:
    """An event that goes on, or has just ended.

    Attributes
    ----------
    number : int
        From 1, in the order of the announcements.
    event : Event
        Its start, its end so far, its category and its highest probability.
    confirmed : bool
        Whether it is long enough; otherwise it may be withdrawn.
    best : tuple of float
        Centres in seconds of the windows that are most probably of its category, at most `N_BEST`.
    probs : numpy.ndarray, shape (n_classes,)
        Mean of these windows' probabilities.
    """

    number: int
    event: Event
    confirmed: bool
    best: tuple[float, ...]
    probs: np.ndarray


class Tracker:
    """Finds events while windows come in.

    Parameters
    ----------
    threshold : float
        Lowest probability of a single window that is sure.
    window_seconds, hop_seconds : float
        Length of a window, and time from one to the next, in seconds.
    n_before : int
        Number of the event before the first one.
    """

    def __init__(self, *, threshold: float, window_seconds: float, hop_seconds: float, n_before: int = 0) -> None:
        self.threshold = threshold
        self._window_seconds, self._hop_seconds = window_seconds, hop_seconds
        self._windows: list[tuple[float, np.ndarray, bool]] = []
        self._open: list[Tracked] = []
        self._done: dict[int, float] = {}
        self.n_numbered = n_before

    @property
    def open(self) -> tuple[Tracked, ...]:
        """The events that go on, in the order of their numbers."""
        return tuple(sorted(self._open, key=lambda tracked: tracked.number))

    def push(self, time: float, probs: np.ndarray, *, quiet: bool, trim: Callable[[Event], Event]) -> list[Tracked]:
        """Take a window.

        Parameters
        ----------
        time : float
            Its centre, in seconds.
        probs : numpy.ndarray, shape (n_classes,)
            Its probabilities; all zero for a quiet one.
        quiet : bool
            Whether it holds only a quiet background.
        trim : callable
            Shortens an event to what is not quiet; see `esc_core.inference.events.trimmed`.

        Returns
        -------
        list of Tracked
            Confirmed events that have ended with this window.
        """
        self._windows.append((time, probs, quiet))
        while time - self._windows[0][0] > HISTORY_SECONDS:
            self._windows.pop(0)
        edges = self._edges()
        # a stretch less than this apart would be joined to it, and smoothing reaches one window further
        over = edges[-1] - 1.01 * MERGE_WINDOWS * self._window_seconds - 2 * self._hop_seconds
        return self._update(edges, over, trim)

    def finish(self, trim: Callable[[Event], Event]) -> list[Tracked]:
        """End all events, forget the windows, and return the confirmed events."""
        ended = self._update(self._edges(), np.inf, trim) if self._windows else []
        self._windows, self._open = [], []
        return ended

    def _edges(self) -> np.ndarray:
        times = np.array([time for time, _, _ in self._windows])
        half = self._hop_seconds / 2
        return np.concatenate([[max(0.0, times[0] - half)], (times[1:] + times[:-1]) / 2, [times[-1] + half]])

    def _found(self, edges: np.ndarray, least_windows: float) -> list[Event]:
        probs = np.stack([probs for _, probs, _ in self._windows])
        quiet = np.array([quiet for _, _, quiet in self._windows])
        found = find_events(
            edges, probs, quiet,
            threshold=self.threshold, window_seconds=self._window_seconds, least_windows=least_windows,
        )  # fmt: skip
        return [event for event in found if event.end > self._done.get(event.category, -np.inf)]

    def _update(self, edges: np.ndarray, over: float, trim: Callable[[Event], Event]) -> list[Tracked]:
        announced = self._found(edges, ANNOUNCE_WINDOWS)
        confirmed = self._found(edges, LEAST_WINDOWS) if announced else []
        before, self._open = self._open, []
        ended = []
        for event in announced:
            tracked = self._tracked(event, confirmed=event in confirmed, edges=edges, before=before, trim=trim)
            if event.end > over:
                self._open.append(tracked)
            else:
                self._done[event.category] = event.end
                ended += [tracked] if tracked.confirmed else []
        # one that lasts longer than the history may no longer meet the rule
        numbers = {tracked.number for tracked in [*self._open, *ended]}
        lost = [tracked for tracked in before if tracked.confirmed and tracked.number not in numbers]
        self._done |= {tracked.event.category: tracked.event.end for tracked in lost}
        return ended + lost

    def _tracked(
        self,
        event: Event,
        *,
        confirmed: bool,
        edges: np.ndarray,
        before: list[Tracked],
        trim: Callable[[Event], Event],
    ) -> Tracked:
        best = self._best(event)
        times, probs = tuple(time for time, _, _ in best), np.mean([probs for _, probs, _ in best], axis=0)
        if event.end >= edges[-1]:
            # the newest window is centred half a window ago, and what is in its second half belongs to the event
            event = replace(event, end=event.end + self._window_seconds / 2)
        found = trim(event)
        known = next((t for t in before if _is_same(event, t.event)), None)
        if known is None:
            self.n_numbered += 1
            return Tracked(self.n_numbered, found, confirmed, times, probs)
        if event.start <= edges[0]:  # its beginning has left the history
            found = replace(found, start=min(found.start, known.event.start))
        found = replace(found, prob=max(found.prob, known.event.prob))
        return Tracked(known.number, found, confirmed or known.confirmed, times, probs)

    def _best(self, event: Event) -> list[tuple[float, np.ndarray, bool]]:
        inside = [window for window in self._windows if event.start <= window[0] <= event.end] or self._windows
        return sorted(inside, key=lambda window: window[1][event.category], reverse=True)[:N_BEST]


def _is_same(event: Event, known: Event) -> bool:
    return event.category == known.category and event.start <= known.end and known.start <= event.end
