"""Chunks of sound → updates, events and fired rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from esc_core.config import require
from esc_core.inference.background import NOTHING
from esc_core.inference.certainty import NOT_SURE
from esc_core.inference.events import START, Event, trimmed
from esc_core.inference.live.bars import Bars
from esc_core.inference.live.heard import LiveEvent, Update
from esc_core.inference.live.naming import Naming
from esc_core.inference.live.rules import Fired, Rule, Rules
from esc_core.inference.live.stream import Stream
from esc_core.inference.live.tracker import Tracked, Tracker
from esc_core.inference.live.window import Window
from esc_core.inference.predictor import Predictor

HOP_SECONDS = 0.25
"""Time from one window to the next, in seconds."""

LEAST_SECONDS = 0.5
"""Sound that must have come in since the beginning, or since sound was lost, before a window is classified."""

N_BARS = 5
"""Categories that are shown at a time."""

PIECE_SECONDS = 2.0
"""Sound that is worked on at a time, in seconds: a file may come in one piece."""

MARGIN_SECONDS, PLAYED_SECONDS = 0.2, 10.0
"""Sound kept before and after an event, and the most that is kept of one, in seconds."""


class Listener:
    """Listens to a stream of sound.

    The rules are those of long recordings: `esc_core.inference.background` for "quiet", `esc_core.inference.events` for
    events, which begin and end later here, since the windows after them must come in first. With several networks, one
    answers while sound comes in, which costs a fifth, and all are asked for the name of an event that has ended.

    Parameters
    ----------
    predictor : Predictor
        The model.
    fold : int, optional
        Use only the network that was not trained on this fold, 1–5, as for clips of ESC-50.
    threshold : float, optional
        Lowest probability that is sure, in (0, 1]; by default that of the model's card.
    smoothing : float
        Time in which a bar goes two thirds of its way, in seconds, in [0, 10].
    listen_for : collection of str, optional
        The only categories that are shown and make events; by default all.
    rules : sequence of Rule
        What is waited for.
    after : Listener, optional
        Go on where this one has finished: with its time and the numbers of its events.

    Raises
    ------
    ParameterError
        If a value is out of range, or a category is none of the model's.
    ModelError
        If no network held the fold out.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        fold: int | None = None,
        threshold: float | None = None,
        smoothing: float = 0.5,
        listen_for: Collection[str] | None = None,
        rules: Sequence[Rule] = (),
        after: Listener | None = None,
    ) -> None:
        self._predictor, self._fold, card = predictor, fold, predictor.card
        self._running_fold = card.folds[0] if fold is None else fold
        self._features, self._labels = card.features, card.labels
        frame_seconds = card.features.hop_length / card.features.sr
        self._hop_frames = max(1, round(HOP_SECONDS / frame_seconds))
        self._window = Window(card.features, n_frames=card.crop_frames, hop_frames=self._hop_frames)
        own = card.calibration_of(fold).event_threshold
        self._hop_seconds = self._hop_frames * frame_seconds
        self._tracker = Tracker(
            threshold=own, window_seconds=card.crop_frames * frame_seconds, hop_seconds=self._hop_seconds,
            n_before=after.n_events if after else 0,
        )  # fmt: skip
        self._bars = Bars(len(self._labels), k=N_BARS, hop_seconds=self._hop_seconds)
        self._stream = Stream(card.features)
        self._naming = Naming(predictor, fold=fold, window=self._window)
        self._since = 0  # frame from which sound came in without a gap
        self._next_end = self._hop_frames
        self.set(threshold=threshold, smoothing=smoothing, listen_for=listen_for, rules=rules)
        if after:
            self.skip(after.seconds)

    def set(
        self,
        *,
        threshold: float | None = None,
        smoothing: float = 0.5,
        listen_for: Collection[str] | None = None,
        rules: Sequence[Rule] = (),
    ) -> None:
        """Change the settings while listening; parameters and errors as for the class."""
        own = self._predictor.card.calibration_of(self._fold).event_threshold
        threshold = own if threshold is None else threshold
        require(0 < threshold <= 1, "threshold must be in (0, 1]", threshold)
        require(0 <= smoothing <= 10, "smoothing must be in [0, 10] s", smoothing)
        for category in [*(listen_for or ()), *(rule.category for rule in rules)]:
            require(category in self._labels, "a category must be one of the model's", category)
        self._tracker.threshold, self._smoothing = threshold, smoothing
        self._chosen = np.array([not listen_for or label in listen_for for label in self._labels])
        known = getattr(self, "_rules", None)
        if known is None or known.rules != tuple(rules):
            self._rules = Rules(tuple(rules))

    @property
    def seconds(self) -> float:
        """Length of what has come in, in seconds, sound that was lost included."""
        return self._window.total_frames * self._window.frame_seconds

    @property
    def n_events(self) -> int:
        """Highest number of an event so far."""
        return self._tracker.n_numbered

    @property
    def frame_seconds(self) -> float:
        """Time from one frame of `log_mel_db` to the next, in seconds."""
        return self._window.frame_seconds

    def log_mel_db(self, n_frames: int) -> tuple[int, np.ndarray]:
        """Return the newest frames in dB relative to noise at full scale, for display.

        Parameters
        ----------
        n_frames : int
            At most how many.

        Returns
        -------
        first : int
            Number of the first of them, counted from the beginning.
        log_mel_db : numpy.ndarray, shape (n_mels, t)
            Level of each band as if all bands had it.
        """
        return self._window.log_mel_db(n_frames)

    def feed(self, y: np.ndarray, sr: int) -> list[Update | LiveEvent | Fired]:
        """Take the next piece of sound.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float32
            Samples in [-1, 1], any number of them.
        sr : int
            Their rate in Hz.

        Returns
        -------
        list of Update, LiveEvent and Fired
            In the order of time: an update for each window, an event when it has ended, a rule when it fires.

        Raises
        ------
        AudioError
            If the samples are not one channel of finite numbers.
        """
        size = max(1, round(PIECE_SECONDS * sr))
        return [found for start in range(0, y.size, size) for found in self._feed(y[start : start + size], sr)]

    def finish(self) -> list[Update | LiveEvent | Fired]:
        """Take the end of the sound: the events that went on end now. More sound may follow, as after a pause."""
        found = self._take(*self._stream.feed(np.zeros(0, np.float32), self._features.sr, last=True))
        self._stream = Stream(self._features)
        return [*found, *self._ended(self._tracker.finish(self._trim))]

    def skip(self, seconds: float) -> list[Update | LiveEvent | Fired]:
        """Take a gap in which sound was lost: events end before it, and none goes across.

        Parameters
        ----------
        seconds : float
            Its length, in seconds.

        Returns
        -------
        list of Update, LiveEvent and Fired
            As from `feed`.
        """
        require(seconds >= 0, "seconds must be at least 0", seconds)
        found = self.finish()
        self._window.skip(seconds)
        self._since = self._window.total_frames
        self._next_end = self._since + self._hop_frames
        return found

    def _feed(self, y: np.ndarray, sr: int) -> list[Update | LiveEvent | Fired]:
        return self._take(*self._stream.feed(y, sr))

    def _take(self, y: np.ndarray, mel: np.ndarray) -> list[Update | LiveEvent | Fired]:
        self._window.append(y, mel)
        ends = list(range(self._next_end, self._window.total_frames + 1, self._hop_frames))
        self._next_end += len(ends) * self._hop_frames
        least = min(round(LEAST_SECONDS / self.frame_seconds), self._window.n_frames)
        ends = [end for end in ends if end - self._since >= least]
        quiet = [self._window.is_quiet(end) for end in ends]
        answers = iter(self._classify([end for end, calm in zip(ends, quiet, strict=True) if not calm]))
        nothing = np.zeros(len(self._labels), np.float32)
        found: list[Update | LiveEvent | Fired] = []
        for end, calm in zip(ends, quiet, strict=True):
            found += self._push(end, nothing if calm else next(answers), quiet=calm)
        return found

    def _classify(self, ends: Sequence[int]) -> np.ndarray:
        if not ends:
            return np.zeros((0, len(self._labels)), np.float32)
        return self._predictor.sound_probs([self._window.sound(end) for end in ends], fold=self._running_fold)

    def _push(self, end: int, probs: np.ndarray, *, quiet: bool) -> list[Update | LiveEvent | Fired]:
        probs = probs * self._chosen
        self._bars.push(probs, seconds=self._smoothing)
        start = max(self._since, end - self._window.n_frames)
        time = (start + end) / 2 * self.frame_seconds
        ended = self._ended(self._tracker.push(time, probs, quiet=quiet, trim=self._trim))
        now = end * self.frame_seconds
        sure = self._bars.values.max() >= START * self._tracker.threshold
        update = Update(
            seconds=now,
            state=NOTHING if quiet else "" if sure else NOT_SURE,
            bars=tuple((self._labels[i], float(self._bars.values[i])) for i in self._bars.order if self._chosen[i]),
            open=tuple(self._as_live(tracked) for tracked in self._tracker.open),
        )
        fired = [
            fired
            for event in [*update.open, *ended]
            if isinstance(event, LiveEvent)
            for fired in self._fire(event, now)
        ]
        return [update, *fired, *ended]

    def _fire(self, event: LiveEvent, now: float) -> list[Fired]:
        return self._rules.fire(event.category, number=event.number, length=event.end - event.start, seconds=now)

    def _trim(self, event: Event) -> Event:
        origin, calm = self._window.quiet_frames()
        if event.end <= origin or not calm.size:
            return event
        first = max(0.0, event.start - origin)
        found = trimmed(replace(event, start=first, end=event.end - origin), calm, self.frame_seconds)
        # what has left the memory keeps its beginning
        start = event.start if event.start < origin else found.start + origin
        return replace(event, start=start, end=found.end + origin)

    def _ended(self, tracked: Sequence[Tracked]) -> list[LiveEvent]:
        named = [
            self._naming.name(one, others=self._tracker.open, chosen=self._chosen, threshold=self._tracker.threshold)
            for one in tracked
        ]
        return [self._as_live(one, with_sound=True) for one in named if one is not None]

    def _as_live(self, tracked: Tracked, *, with_sound: bool = False) -> LiveEvent:
        event, sr = tracked.event, self._features.sr
        y = np.zeros(0, np.float32)
        if with_sound:
            start = max(0.0, event.start - MARGIN_SECONDS)
            heard = self._window.span(start, min(event.end + MARGIN_SECONDS, start + PLAYED_SECONDS))
            y = heard.y.copy()  # a part of the window's memory would keep all of it, twenty seconds for each event
        return LiveEvent(
            number=tracked.number, start=event.start, end=event.end, category=self._labels[event.category],
            prob=event.prob, confirmed=tracked.confirmed, y=y, sr=sr,
        )  # fmt: skip
