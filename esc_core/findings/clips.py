"""Clips that are correctly classified or not → the interval of their share, and paired differences."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from esc_core.dataset.layout import recording_of
from esc_core.errors import TrainingError
from esc_core.measures import bootstrap
from esc_core.measures.bootstrap import Difference


def difference(first: pd.Series, second: pd.Series) -> Difference:
    """Compare two levels on the clips, folds and seeds that both have.

    Parameters
    ----------
    first, second : pandas.Series of bool
        From `Study.correct`.

    Returns
    -------
    Difference
        First minus second, with its 95% interval by recording.

    Raises
    ------
    TrainingError
        If they share no clip.
    """
    shared = first.index.intersection(second.index)
    if shared.empty:
        raise TrainingError("the two levels share no clip")
    first, second = first.loc[shared], second.loc[shared]
    return bootstrap.paired_difference(
        first.to_numpy(), second.to_numpy(), _recordings(first), weights=_weights(_recordings(first))
    )


def interval_of(correct: pd.Series) -> tuple[float, float]:
    """Return the 95% interval, by recording, of the share of correctly classified clips.

    Parameters
    ----------
    correct : pandas.Series of bool
        From `Study.correct`.

    Returns
    -------
    low, high : float
        In 0–1.
    """
    recordings = _recordings(correct)
    return bootstrap.accuracy_interval(correct.to_numpy(), recordings, weights=_weights(recordings))


def _recordings(correct: pd.Series) -> tuple[str, ...]:
    return tuple(recording_of(str(name)) for name in correct.index.get_level_values("filename"))


@lru_cache(maxsize=4)  # most comparisons are of the same clips
def _weights(recordings: tuple[str, ...]) -> np.ndarray:
    return bootstrap.recording_weights(recordings)
