"""What a session hears: the listener, its events, what was lost, and where each sound comes from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from esc_core.inference import Predictor
from esc_core.inference.live import Arrivals, Fired, Listener, LiveEvent, Rule, Update
from esc_core.models.card import Card
from ui import loaders, memory
from ui.microphone import Chunk

MAX_EVENTS = 50
"""Events whose sound is kept; older ones stay in the log without it."""

MAX_LOG = 5_000
"""Events that the log holds."""

_KEPT = "live"


@dataclass(frozen=True)
class Settings:
    """What the user has chosen; see `esc_core.inference.live.Listener`."""

    threshold: float
    smoothing: float
    listen_for: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where sound comes from; all that is heard from one press of Listen until the next is one recording.

    Attributes
    ----------
    group : str
        Group of its sounds in a data set of one's own; the same for the same file.
    source : str
        "microphone" or "file", as data sets of one's own name it.
    """

    group: str
    source: str


@dataclass
class Heard:
    """A listener and all that it has heard, for one browser session."""

    model: tuple[str, int]
    listener: Listener
    settings: Settings | None = None
    update: Update | None = None
    events: list[LiveEvent] = field(default_factory=list)
    log: list[dict[str, object]] = field(default_factory=list)
    fired: dict[Rule, Fired] = field(default_factory=dict)
    n_fired: int = 0
    arrivals: Arrivals = field(default_factory=Arrivals)
    origins: list[tuple[float, Origin]] = field(default_factory=list)

    def apply(self, settings: Settings) -> None:
        """Take the settings over, if they have changed."""
        if settings == self.settings:
            return
        self.settings = settings
        self.listener.set(
            threshold=settings.threshold, smoothing=settings.smoothing,
            listen_for=settings.listen_for, rules=settings.rules,
        )  # fmt: skip
        self.fired = {rule: fired for rule, fired in self.fired.items() if rule in settings.rules}

    def take_chunks(self, chunks: Sequence[Chunk], *, paused: bool) -> None:
        """Listen to what came from the microphone; while paused, it is dropped."""
        for chunk in chunks:
            length = chunk.y.size / chunk.sr
            self.begin(Origin(f"live-{chunk.session[:8]}", "microphone"))
            missing = self.arrivals.take(
                chunk.session, chunk.index, length=length, now=time.monotonic(), unheard=chunk.unheard
            )
            if missing:
                self._note(self.listener.skip(missing))
            if paused:
                self._note(self.listener.skip(length))
            else:
                self.take(chunk.y, chunk.sr)

    def begin(self, origin: Origin) -> None:
        """Note where the next sound comes from; events end where it changes."""
        if self.origins and self.origins[-1][1] == origin:
            return
        if self.origins:
            self._note(self.listener.skip(0.0))
        self.origins.append((self.listener.seconds, origin))

    def origin(self, event: LiveEvent) -> Origin:
        """Return where an event comes from."""
        return next((origin for begin, origin in self.origins[::-1] if begin <= event.end), self.origins[0][1])

    def go_on(self, model: tuple[str, int], predictor: Predictor) -> None:
        """Listen with another model from now on; what was heard stays."""
        self.finish()
        self.model, self.settings, self.fired = model, None, {}
        self.listener = Listener(predictor, after=self.listener)

    def take(self, y: np.ndarray, sr: int) -> None:
        """Listen to some sound."""
        self._note(self.listener.feed(y, sr))

    def finish(self) -> None:
        """End the events that go on: nothing is listened to for now."""
        if self.update is not None:
            self._note(self.listener.finish())
        self.update = None

    def forget(self) -> None:
        """Empty the list of events, the log and the counts."""
        self.events, self.log, self.fired = [], [], {}

    def event(self, number: int) -> LiveEvent | None:
        """Return an event that has ended and whose sound is kept."""
        return next((event for event in self.events if event.number == number), None)

    def _note(self, found: Sequence[Update | LiveEvent | Fired]) -> None:
        for one in found:
            if isinstance(one, Update):
                self.update = one
            elif isinstance(one, Fired):
                self.fired[one.rule] = one
                self.n_fired += 1
            else:
                self.events = [*self.events, one][-MAX_EVENTS:]
                self.log = [*self.log, one.row()][-MAX_LOG:]


def heard(card: Card) -> Heard:
    """Return what this session hears; another model goes on with the list.

    Raises
    ------
    ModelError
        If the model can't be used.
    """
    model = (card.name, loaders.model_changed(card.name))
    things = memory.kept()
    known: Heard | None = things.get(_KEPT)
    if known is None:
        things[_KEPT] = known = Heard(model, Listener(loaders.predictor(card.name)))
    elif known.model != model:
        known.go_on(model, loaders.predictor(card.name))
    return known
