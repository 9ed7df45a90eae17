"""How far a change can go before a model's answer changes: one parameter swept, all others as they were drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from esc_core.augment.applied import Applied
from esc_core.augment.ranges import is_number
from esc_core.config import require
from esc_core.inference.predictor import Predictor

N_POINTS = 13
"""Values of a sweep, such as every semitone from −6 to +6."""

SWEPT = {"n_steps": (-6.0, 6.0), "snr_db": (-5.0, 40.0)}
"""Ranges of parameters whose slider is wider than is useful here; all others are swept over their slider."""


@dataclass(frozen=True)
class Sweep:
    """A parameter whose effect on a model's response can be plotted.

    Attributes
    ----------
    step : int
        Position of the transform in the chain.
    name : str
        The parameter.
    unit : str
        Its unit; empty for a plain number.
    values : tuple of float
        Its values, rising.
    drawn : float
        Its value in the draw that is shown, as far as the sound goes.
    """

    step: int
    name: str
    unit: str
    values: tuple[float, ...]
    drawn: float


def sweeps(applied: Applied, *, seconds: float) -> list[Sweep]:
    """List the parameters that can be swept: numbers that were drawn, of the steps that were applied.

    Parameters
    ----------
    applied : Applied
        One pass of a chain.
    seconds : float
        Length of the sound before it.

    Returns
    -------
    list of Sweep
        In the order of the steps. A frequency ends at half the sampling rate, a time at the length of the sound: beyond
        them there is nothing to change.
    """
    ends = {"Hz": applied.sr / 2, "seconds": seconds}
    found = []
    for i, (transform, values) in enumerate(zip(applied.transforms, applied.draws["first"], strict=True)):
        for name, parameter in transform.parameters.items():
            drawn: Any = (values or {}).get(name)
            if parameter.choices or not is_number(drawn):
                continue
            low, high = SWEPT.get(name, (parameter.low, parameter.high))
            end = ends.get(parameter.unit, ends.get(name, np.inf))
            low, high = max(low, -end), min(high, end)
            if low >= high:
                continue
            grid = np.linspace(low, high, N_POINTS)
            numbers = {round(v) if parameter.whole else round(float(v), 6) for v in grid}
            found.append(Sweep(i, name, parameter.unit, tuple(sorted(numbers)), float(np.clip(drawn, -end, end))))
    return found


@dataclass(frozen=True, eq=False)
class Response:
    """A model's response to a chain's result.

    Attributes
    ----------
    probs : numpy.ndarray, shape (n_classes,), float32
        Probabilities.
    nothing : bool
        Whether the waveform, before it became a spectrogram, is only a quiet background: the probabilities are then no
        answer.
    unknown : bool
        Whether the sound is none of the model's categories.
    """

    probs: np.ndarray
    nothing: bool
    unknown: bool = False


def response_to(predictor: Predictor, applied: Applied, *, fold: int | None, ask_unknown: bool = True) -> Response:
    """Classify a chain's result: its spectrogram if there is one, else its waveform.

    Parameters
    ----------
    predictor : Predictor
        The model.
    applied : Applied
        The result.
    fold : int or None
        Use only the network that was not trained on this fold.
    ask_unknown : bool
        Whether it is asked if the sound is none of the categories; never of a spectrogram, which nobody else can hear.

    Returns
    -------
    Response
        Probabilities and what they are worth.

    Raises
    ------
    AudioError
        If too little of the sound is left to be classified.
    """
    if applied.mel is not None:
        # a chain's spectrogram is levelled: only its waveform has a level relative to full scale
        probs = predictor.mel_probs([applied.mel], fold=fold)[0]
        return Response(probs, predictor.is_nothing(applied.y, applied.sr))
    prediction = predictor.predict(applied.y, applied.sr, fold=fold, ask_unknown=ask_unknown)
    return Response(prediction.probs, prediction.nothing, prediction.unknown)


def tipping_points(values: tuple[float, ...], margins: np.ndarray) -> list[float]:
    """Find where a model's answer changes: where the margin crosses zero, linearly interpolated.

    Parameters
    ----------
    values : tuple of float
        Values of the parameter, rising.
    margins : numpy.ndarray, shape (n_values,)
        Probability of the category minus that of the best other one; NaN where there is no answer.

    Returns
    -------
    list of float
        Values at the crossings, rising; empty if the category is the best guess throughout or nowhere.
    """
    margins = np.asarray(margins, np.float64)
    require(margins.shape == (len(values),), "there must be one margin per value", margins.shape)
    points = []
    for i in range(len(values) - 1):
        a, b = margins[i], margins[i + 1]
        if np.isfinite([a, b]).all() and (a > 0) != (b > 0):
            points.append(float(values[i] + (values[i + 1] - values[i]) * a / (a - b)))
    return points


def margins_of(probs: np.ndarray, target: int) -> np.ndarray:
    """Return the probability of one category minus that of the best other.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n_values, n_classes)
        Probabilities; rows of NaN stay NaN.
    target : int
        Column of the category.

    Returns
    -------
    numpy.ndarray, shape (n_values,)
        Above 0 where the category is the best guess.
    """
    return probs[:, target] - np.delete(probs, target, axis=1).max(axis=1)
