"""The rule of "not sure": when it applies, how its threshold is chosen, and how it is worded, everywhere."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from esc_core.dataset.categories import CATEGORIES
from esc_core.words import counted, percent

NOT_SURE = "not sure"
"""What a model says instead of an answer that is too likely to be wrong."""

UNKNOWN = "none of the categories"
"""What a table calls a sound that seems to be none of a model's categories, whichever model it is; see `none_of`."""

MAX_ERROR = 0.1
"""Largest share of the answers that may be wrong."""

FEW_ERRORS, FEW_DEGRADED_ERRORS = 0.05, 0.15
"""The same for models of five folds that are calibrated on clips in a noisy room as well: on clean clips, and there."""

RULE = f"the lowest threshold at which at most {percent(MAX_ERROR)} of the answers are wrong, chosen on the other folds"
"""The rule in words, as a card holds it."""

FEW_ERRORS_RULE = (
    f"the lowest threshold at which at most {percent(FEW_ERRORS)} of the answers are wrong on clean clips, and at most "
    f"{percent(FEW_DEGRADED_ERRORS)} in a noisy room, chosen on the other folds"
)
"""The same for these models."""


def is_sure(probs: np.ndarray, threshold: float | np.ndarray) -> np.ndarray:
    """Tell which predictions are answers, and not "not sure".

    Parameters
    ----------
    probs : numpy.ndarray, shape (..., n_classes)
        Calibrated probabilities.
    threshold : float or numpy.ndarray, shape (...)
        Lowest confidence of an answer, the highest probability being the confidence.

    Returns
    -------
    numpy.ndarray, shape (...), bool
        True where the confidence reaches the threshold.
    """
    return np.asarray(probs.max(axis=-1) >= threshold)


def coverage_and_error(sure: np.ndarray, correct: np.ndarray) -> tuple[float, float]:
    """Return the share of predictions that are answers, and the share of these answers that are wrong.

    Parameters
    ----------
    sure : numpy.ndarray, shape (n,), bool
        Which predictions are answers.
    correct : numpy.ndarray, shape (n,), bool
        Which predictions are correct.

    Returns
    -------
    coverage, error : float
        In 0–1; the error is 0 if there is no answer.
    """
    return float(sure.mean()), float((sure & ~correct).sum() / max(1, sure.sum()))


def choose_threshold(probs: np.ndarray, labels: np.ndarray, *, max_error: float = MAX_ERROR) -> float:
    """Choose the lowest threshold at which few enough of the answers are wrong.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        Calibrated probabilities of clips that the network was not trained on.
    labels : numpy.ndarray, shape (n,), int
        True positions.
    max_error : float
        Largest share of wrong answers, in 0–1.

    Returns
    -------
    float
        A multiple of 0.01; 0.99 if no lower threshold suffices.
    """
    correct = probs.argmax(axis=1) == labels
    grid = np.round(np.arange(0.0, 1.0, 0.01), 2)
    return float(next((t for t in grid if coverage_and_error(is_sure(probs, t), correct)[1] <= max_error), grid[-1]))


def none_of(labels: Collection[str]) -> str:
    """Return what a model says to a sound that seems to be none of its categories.

    Parameters
    ----------
    labels : collection of str
        The model's categories.

    Returns
    -------
    str
        "none of the fifty categories" for those of ESC-50, else such as "none of its 5 categories". The rule is that of
        `esc_core.inference.unknown`.
    """
    if set(labels) == set(CATEGORIES):
        return "none of the fifty categories"
    return f"none of its {counted(len(labels), 'category', 'categories')}"


def hedged(guess: str, doubt: str) -> str:
    """Return the best guess as a headline: "Dog, 91%", or behind a doubt "Not sure – perhaps dog, 40%"."""
    text = f"{doubt} – perhaps {guess}" if doubt else guess
    return text[:1].upper() + text[1:]


def in_words(*, coverage: float, error: float) -> str:
    """Say in a sentence how often a model answers, and how often its answers are wrong."""
    answers = f"It answers {percent(coverage)} of the clips, and {percent(error)} of these answers are wrong"
    return f'{answers}; to the other clips it says "{NOT_SURE}".'
