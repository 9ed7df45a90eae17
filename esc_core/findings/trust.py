"""By how much a score is too high: by a leak, or by choosing the epoch on the test fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from esc_core.findings.measured import Study
from esc_core.measures import intervals


@dataclass(frozen=True)
class LeakArm:
    """One way to divide sounds into training and test, over all repeats.

    Attributes
    ----------
    name : str
        "scattered", "copies_kept" or "whole_folds".
    n_repeats : int
        Number of repeats, each with its own seed.
    own, sealed, gap : float
        Mean accuracy on its own test, on the fold on which no arm was trained, and own minus sealed, 0–1. Each of five
        repeats seals another fold (`leak_folds`), so that the gap does not come from harder and easier folds.
    own_interval, sealed_interval, gap_interval : tuple of float
        95% intervals of these means over the repeats, by Student's t, widened by the differences between folds.
    same_clip, siblings : float
        Mean number of test sounds whose own clip, or a sibling of it, is in training.
    n_test : int
        Number of test sounds.
    """

    name: str
    n_repeats: int
    own: float
    sealed: float
    gap: float
    own_interval: tuple[float, float]
    sealed_interval: tuple[float, float]
    gap_interval: tuple[float, float]
    same_clip: float
    siblings: float
    n_test: int


def leak_arms(study: Study) -> list[LeakArm]:
    """Summarise the repeats of the lesson on the leak, arm by arm; intervals need two repeats."""
    return [_leak_arm(name, study.cells[study.cells["arm"] == name]) for name in study.names]


def _leak_arm(name: str, rows: pd.DataFrame) -> LeakArm:
    own, sealed = rows["accuracy"].to_numpy(float), rows["sealed_accuracy"].to_numpy(float)
    return LeakArm(
        name=name,
        n_repeats=len(rows),
        own=float(own.mean()),
        sealed=float(sealed.mean()),
        gap=float((own - sealed).mean()),
        own_interval=intervals.mean_interval(own, lowest=0.0, highest=1.0),
        sealed_interval=intervals.mean_interval(sealed, lowest=0.0, highest=1.0),
        gap_interval=intervals.mean_interval(own - sealed),
        same_clip=float(rows["same_clip"].mean()),
        siblings=float(rows["siblings"].mean()),
        n_test=int(rows["n_test"].iloc[0]),
    )


@dataclass(frozen=True)
class Optimism:
    """The gain in a study's scores that choosing the best epoch on the test fold would bring.

    Attributes
    ----------
    study : str
        Its name.
    n_runs : int
        Number of runs, each with one held-out fold.
    mean, largest : float
        Accuracy of the best evaluated epoch minus that of the last, 0–1.
    interval : tuple of float
        95% interval of the mean over the runs, by Student's t; never below zero.
    """

    study: str
    n_runs: int
    mean: float
    largest: float
    interval: tuple[float, float]


def optimism(studies: Sequence[Study]) -> list[Optimism]:
    """Return by how much the best epoch would raise each study's scores above those of the last.

    Parameters
    ----------
    studies : sequence of Study
        Studies whose runs were evaluated while they trained.

    Returns
    -------
    list of Optimism
        In the same order.
    """
    found = []
    for study in studies:
        # the best epoch is never worse than the last, so neither is its mean
        gains = (study.cells["best_accuracy"] - study.cells["accuracy"]).to_numpy(float)
        found.append(
            Optimism(
                study.name,
                len(gains),
                float(gains.mean()),
                float(gains.max()),
                intervals.mean_interval(gains, lowest=0.0),
            )
        )
    return found
