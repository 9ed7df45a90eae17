"""An event that has ended → its category, by all networks; or none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from esc_core.inference.events import START, Event
from esc_core.inference.live.tracker import Tracked
from esc_core.inference.live.window import Window
from esc_core.inference.predictor import Predictor
from esc_core.inference.unknown import rule_of

N_REMEMBERED = 5
"""Events that were named last, whose names no other event at the same time can have."""


class Naming:
    """Names events that have ended.

    With several networks, one answers while sound comes in, and all are asked here.

    Parameters
    ----------
    predictor : Predictor
        The model.
    fold : int or None
        Use only the network that was not trained on this fold.
    window : Window
        What was heard last.
    """

    def __init__(self, predictor: Predictor, *, fold: int | None, window: Window) -> None:
        self._predictor, self._fold, self._window = predictor, fold, window
        self._rule = rule_of(predictor.card, fold)
        self._last: list[Event] = []

    def name(
        self, tracked: Tracked, *, others: tuple[Tracked, ...], chosen: np.ndarray, threshold: float
    ) -> Tracked | None:
        """Return an event with its category.

        Parameters
        ----------
        tracked : Tracked
            The event.
        others : tuple of Tracked
            Events that go on.
        chosen : numpy.ndarray, shape (n_classes,), bool
            Categories that are listened for.
        threshold : float
            Lowest probability of a single window that is sure.

        Returns
        -------
        Tracked or None
            None where the networks are not sure, where the sound is none of the categories, and where its category is
            that of another event at the same time.
        """
        event, probs = tracked.event, self._probs(tracked) * chosen
        if probs.max() < START * threshold or self._is_unknown(event, probs):
            return None
        category = int(probs.argmax())
        known = [other.event for other in others if other.number != tracked.number] + self._last
        if category != event.category and any(e.category == category and e.end > event.start for e in known):
            return None  # its other name is another event's already
        event = replace(event, category=category)
        self._last = [*self._last, event][-N_REMEMBERED:]
        return replace(tracked, event=event)

    def _probs(self, tracked: Tracked) -> np.ndarray:
        if self._fold is not None or len(self._predictor.folds) == 1:
            return tracked.probs  # the only network has answered already
        half = self._window.n_frames / 2 * self._window.frame_seconds
        sounds = [self._window.span(max(0.0, time - half), time + half) for time in tracked.best]
        return np.asarray(self._predictor.sound_probs(sounds).mean(axis=0))

    def _is_unknown(self, event: Event, probs: np.ndarray) -> bool:
        rule = self._rule
        return rule is not None and rule.is_unknown(probs, rule.hear(self._window.span(event.start, event.end)))
