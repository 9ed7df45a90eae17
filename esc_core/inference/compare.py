"""One sound, answered by every model: what each takes it for, how long it takes, and what it had heard before."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from esc_core.errors import EscError
from esc_core.inference.classify import held_out_fold
from esc_core.inference.predictor import Predictor
from esc_core.models.card import Card
from esc_core.words import readable

N_GUESSES = 3
"""Guesses of each model."""

MEASURE_AGAIN_BELOW = 1.0
"""Seconds up to which a model is asked a second time, warm, for the time that its answer takes."""


@dataclass(frozen=True)
class ModelAnswer:
    """What one model says of a sound.

    Attributes
    ----------
    model : str
        Its name.
    top : tuple of (str, float)
        Its best guesses with their probabilities, best first; none if it can't answer.
    not_sure, nothing : bool
        As in `esc_core.inference.Prediction`.
    seconds : float
        Time of the answer, without loading the model.
    heard : str
        What its networks were trained on.
    seen_in_training : bool
        Whether it was trained on this very clip, or on another of its recording.
    problem : str
        Why it can't answer, a sentence; empty if it can.
    """

    model: str
    top: tuple[tuple[str, float], ...] = ()
    not_sure: bool = False
    nothing: bool = False
    seconds: float = 0.0
    heard: str = ""
    seen_in_training: bool = False
    problem: str = ""

    def verdict(self, category: str | None, labels: tuple[str, ...]) -> str:
        """Say whether the guesses are correct: "✓ correct", "✗ wrong, but the second guess is correct".

        Parameters
        ----------
        category : str or None
            The true category; None if nobody knows it.
        labels : tuple of str
            The model's categories.

        Returns
        -------
        str
            Empty where there is nothing to be said.
        """
        if category is None or self.problem:
            return ""
        if category not in labels:
            return f"– has no category {readable(category)}"
        if self.nothing:
            return "✗ gives no guess"
        place = next((i for i, (name, _) in enumerate(self.top) if name == category), None)
        return {
            None: "✗ wrong",
            0: "✓ correct",
            1: "✗ wrong, but the second guess is correct",
            2: "✗ wrong, but the third guess is correct",
        }[place]


def ask(
    card: Card,
    load: Callable[[], Predictor],
    y: np.ndarray,
    sr: int,
    *,
    known_as: str | None = None,
    name: str = "",
    siblings: Collection[str] = (),
    seen_in_training: bool = False,
) -> ModelAnswer:
    """Ask one model, a clip of ESC-50 by its network that was not trained on the clip's fold.

    Parameters
    ----------
    card : Card
        The model's card.
    load : callable
        Returns the loaded model.
    y : numpy.ndarray, shape (n,), float32
        Waveform in [-1, 1].
    sr : int
        Its rate in Hz.
    known_as : str, optional
        Id of the clip of ESC-50 that it is.
    name : str
        Name of its file, by which a model that learnt from own sounds knows its samples.
    siblings : collection of str
        As in `esc_core.inference.classify.held_out_fold`.
    seen_in_training : bool
        Whether the model was trained on this clip, or on another of its recording.

    Returns
    -------
    ModelAnswer
        Its guesses, or the problem of a model or a sound that can't be used.
    """
    try:
        predictor = load()
        fold = held_out_fold(card, known_as, name=name, siblings=siblings)
        for _ in range(2):
            began = time.perf_counter()
            prediction = predictor.predict(y, sr, fold=fold)
            seconds = time.perf_counter() - began
            if seconds > MEASURE_AGAIN_BELOW:
                break
    except EscError as error:
        return ModelAnswer(card.name, heard=card.heard, problem=str(error))
    return ModelAnswer(
        model=card.name,
        top=tuple(prediction.top(N_GUESSES)),
        not_sure=prediction.not_sure,
        nothing=prediction.nothing,
        seconds=seconds,
        heard=card.heard,
        seen_in_training=seen_in_training,
    )


def damaged_answers(damaged: Mapping[str, str]) -> Iterator[ModelAnswer]:
    """Yield the models whose card or files are damaged, so that none is missing without a word.

    Parameters
    ----------
    damaged : mapping of str to str
        Why each can't be used, by its name: from `esc_core.models.installed.damaged_models`.
    """
    for name, problem in damaged.items():
        yield ModelAnswer(name, problem=problem)
