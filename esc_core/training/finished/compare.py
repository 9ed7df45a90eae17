"""Two runs side by side: whether they can be compared, clip by clip, and what differs."""

from __future__ import annotations

from typing import Any

import numpy as np

from esc_core.dataset.layout import recording_of
from esc_core.measures.bootstrap import Difference, paired_difference
from esc_core.training.runs.run import Run

DECIDE_TRAINING_CLIPS = ("data", "categories", "val_fold", "test_fold", "limits")
"""Settings that decide which clips a run is trained on."""


def same_validation(a: Run, b: Run) -> bool | None:
    """Tell whether two runs are validated on the same clips.

    Returns
    -------
    bool or None
        None as long as one of them has not been evaluated.
    """
    first, second = a.watched(), b.watched()
    if first is None or second is None or not (a.guesses() and b.guesses()):
        return None
    return first.filenames == second.filenames


def compare_runs(a: Run, b: Run) -> Difference:
    """Compare the latest predictions of two runs for the same clips.

    Parameters
    ----------
    a, b : Run
        Runs for which `same_validation` is true.

    Returns
    -------
    Difference
        First minus second, with an interval by recording.
    """
    correct = []
    for run in (a, b):
        watched, guesses = run.watched(), run.guesses()
        correct.append(guesses[-1].predicted == watched.labels if watched else np.zeros(0, bool))
    first = a.watched()
    names = first.filenames if first else ()
    return paired_difference(correct[0], correct[1], [recording_of(name) for name in names])


def differing_settings(a: Run, b: Run) -> dict[str, tuple[Any, Any]]:
    """Return the settings in which two runs differ, with both values; the data folder counts as a setting.

    Raises
    ------
    TrainingError
        If the settings of one can't be read.
    """
    first, second = ({"data": str(run.data_dir), **_flat(run.config.to_dict())} for run in (a, b))
    return {key: (first[key], second[key]) for key in first if first[key] != second[key]}


def trained_on_the_same_clips(a: Run, b: Run) -> bool:
    """Tell whether two runs are trained on the same clips; the seed draws those that a limit keeps.

    Raises
    ------
    TrainingError
        If the settings of one can't be read.
    """
    differs = differing_settings(a, b)
    drawn = "seed" in differs and bool(a.config.limits)
    return not drawn and not differs.keys() & set(DECIDE_TRAINING_CLIPS)


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in values.items() if key != "features"}, **values["features"]}
