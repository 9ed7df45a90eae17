"""How far a change can go before a model changes its mind: one parameter swept, all else as it was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from esc_core.augment.applied import Applied
from esc_core.augment.ranges import is_number
from esc_core.config import require
from esc_core.inference.predictor import Predictor

N_POINTS = 13
"""Values of a sweep: every semitone from −6 to +6."""

SWEPT = {"n_steps": (-6.0, 6.0), "snr_db": (-5.0, 40.0)}
"""Where more than the slider's range says less; a parameter that is not here is swept over its slider."""


@dataclass(frozen=True)
class Sweep:
    """A parameter whose effect on a model can be drawn.

    Attributes
    ----------
    step : int
        Position of the transform in the chain.
    name : str
        The parameter.
    unit : str
        Its unit; empty for a plain number.
    values : tuple of float
        What it is set to, rising.
    drawn : float
        What it was in the draw that is looked at.
    """

    step: int
    name: str
    unit: str
    values: tuple[float, ...]
    drawn: float


def sweeps(applied: Applied) -> list[Sweep]:
    """List the parameters that can be swept: numbers that the draw decided, of steps that acted.

    Parameters
    ----------
    applied : Applied
        One pass of a chain.

    Returns
    -------
    list of Sweep
        In the order of the steps.
    """
    found = []
    for i, (transform, values) in enumerate(zip(applied.transforms, applied.draws["first"], strict=True)):
        for name, parameter in transform.parameters.items():
            drawn: Any = (values or {}).get(name)
            if parameter.choices or not is_number(drawn):
                continue
            grid = np.linspace(*SWEPT.get(name, (parameter.low, parameter.high)), N_POINTS)
            numbers = {round(v) if parameter.whole else round(float(v), 6) for v in grid}
            found.append(Sweep(i, name, parameter.unit, tuple(sorted(numbers)), float(drawn)))
    return found


def applied_probs(predictor: Predictor, applied: Applied, *, fold: int | None) -> np.ndarray:
    """Ask a model what it makes of a chain's result: of the spectrogram if there is one, else of the waveform.

    Parameters
    ----------
    predictor : Predictor
        The model.
    applied : Applied
        The result.
    fold : int or None
        Ask only the model that never heard this fold.

    Returns
    -------
    numpy.ndarray, shape (n_classes,), float32
        Probabilities.

    Raises
    ------
    AudioError
        If too little is left to be classified.
    """
    if applied.mel is not None:
        return predictor.mel_probs(applied.mel, fold=fold)
    return predictor.predict(applied.y, applied.sr, fold=fold).probs


def tipping_points(values: tuple[float, ...], margins: np.ndarray) -> list[float]:
    """Find where a model changes its mind: where the margin crosses zero, on straight lines between the values.

    Parameters
    ----------
    values : tuple of float
        What the parameter was set to, rising.
    margins : numpy.ndarray, shape (n_values,)
        Probability of the category minus that of the best other one; NaN where the model gave no answer.

    Returns
    -------
    list of float
        The crossings, rising; empty if the model stays with or without the category.
    """
    margins = np.asarray(margins, np.float64)
    require(margins.shape == (len(values),), "there must be one margin a value", margins.shape)
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
