"""How much too high a score is: by a leak, and by choosing the epoch on the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from esc_core import intervals
from esc_core.findings.measured import Study

HONEST = "whole_folds"
"""The arm that leaks nothing."""


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
        Mean accuracy on its own test, on the fold that no arm has heard, and own minus sealed, 0–1.
    excess : float
        Mean of its gap minus that of whole folds in the same repeat: two folds differ in how hard they are, and only
        what goes beyond that is the leak.
    own_interval, sealed_interval, gap_interval, excess_interval : tuple of float
        95% intervals of these means over the repeats, by Student's t.
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
    excess: float
    own_interval: tuple[float, float]
    sealed_interval: tuple[float, float]
    gap_interval: tuple[float, float]
    excess_interval: tuple[float, float]
    same_clip: float
    siblings: float
    n_test: int


def leak_arms(study: Study) -> list[LeakArm]:
    """Sum up the repeats of the lesson on the leak, in the order of its arms; intervals need two repeats."""
    cells = study.cells.set_index("seed")
    honest = cells[cells["arm"] == HONEST]
    expected = honest["accuracy"] - honest["sealed_accuracy"]
    return [_leak_arm(name, cells[cells["arm"] == name], expected) for name in study.names]


def _leak_arm(name: str, rows: pd.DataFrame, expected: pd.Series) -> LeakArm:
    own, sealed = rows["accuracy"].to_numpy(float), rows["sealed_accuracy"].to_numpy(float)
    excess = own - sealed - expected.loc[rows.index].to_numpy(float)
    return LeakArm(
        name=name,
        n_repeats=len(rows),
        own=float(own.mean()),
        sealed=float(sealed.mean()),
        gap=float((own - sealed).mean()),
        excess=float(excess.mean()),
        own_interval=intervals.mean_interval(own),
        sealed_interval=intervals.mean_interval(sealed),
        gap_interval=intervals.mean_interval(own - sealed),
        excess_interval=intervals.mean_interval(excess),
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
