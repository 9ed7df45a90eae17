"""How much too high a score is: by a leak, and by choosing the epoch on the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from esc_core import intervals
from esc_core.findings.measured import Study


@dataclass(frozen=True)
class LeakArm:
    """One way to divide sounds into training and test, over all repeats.

    Attributes
    ----------
    name : str
        "scattered", "copies_kept" or "whole_folds".
    n_repeats : int
        Repeats, each with its own seed.
    own, sealed, gap : float
        Mean accuracy on its own test, on the fold that no arm has heard, and own minus sealed, 0–1. Five repeats seal
        each fold once (`leak_folds`), so that the gap is none of harder and easier folds.
    own_interval, sealed_interval, gap_interval : tuple of float
        95% intervals of these means over the repeats, by Student's t; that folds differ widens them.
    same_clip, siblings : float
        Mean number of test sounds that training has heard in another guise.
    n_test : int
        Test sounds.
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
    """Sum up the repeats of the lesson on the leak, in the order of its arms; intervals need two repeats."""
    return [_leak_arm(name, study.cells[study.cells["arm"] == name]) for name in study.names]


def _leak_arm(name: str, rows: pd.DataFrame) -> LeakArm:
    own, sealed = rows["accuracy"].to_numpy(float), rows["sealed_accuracy"].to_numpy(float)
    return LeakArm(
        name=name,
        n_repeats=len(rows),
        own=float(own.mean()),
        sealed=float(sealed.mean()),
        gap=float((own - sealed).mean()),
        own_interval=intervals.mean_interval(own),
        sealed_interval=intervals.mean_interval(sealed),
        gap_interval=intervals.mean_interval(own - sealed),
        same_clip=float(rows["same_clip"].mean()),
        siblings=float(rows["siblings"].mean()),
        n_test=int(rows["n_test"].iloc[0]),
    )


@dataclass(frozen=True)
class Optimism:
    """What choosing the best epoch on the test fold would have added to a study's scores.

    Attributes
    ----------
    study : str
        Its name.
    n_runs : int
        Runs, each of one fold.
    mean, largest : float
        Best accuracy on the way minus last, 0–1.
    interval : tuple of float
        95% interval of the mean over the runs, by Student's t.
    """

    study: str
    n_runs: int
    mean: float
    largest: float
    interval: tuple[float, float]


def optimism(studies: Sequence[Study]) -> list[Optimism]:
    """Return how much higher each study's scores would be with the best epoch in the place of the last.

    Parameters
    ----------
    studies : sequence of Study
        Those whose runs were watched while they trained.

    Returns
    -------
    list of Optimism
        In the same order.
    """
    found = []
    for study in studies:
        gains = (study.cells["best_accuracy"] - study.cells["accuracy"]).to_numpy(float)
        found.append(
            Optimism(study.name, len(gains), float(gains.mean()), float(gains.max()), intervals.mean_interval(gains))
        )
    return found
