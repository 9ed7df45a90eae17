"""Levels of a study next to each other: shares with intervals, and differences."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from esc_core.findings.clips import difference, interval_of
from esc_core.findings.measured import Study
from esc_core.measures.bootstrap import Difference


def comparable(study: Study | None, *levels: str) -> bool:
    """Tell whether levels can be compared: all have a run, and share a fold."""
    if study is None or not set(levels) <= set(study.names):
        return False
    folds = [set(study.cells.loc[study.cells[study.factor] == level, "fold"].astype(int)) for level in levels]
    return bool(set.intersection(*folds))


def shares(study: Study, categories: Collection[str], *, inside: bool) -> dict[str, tuple[float, tuple[float, float]]]:
    """Return the share of correctly classified clips of some categories, or of all others, for each level.

    Parameters
    ----------
    study : Study
        The study.
    categories : collection of str
        Some of the categories.
    inside : bool
        Whether the clips of these count, or those of all others.

    Returns
    -------
    dict of str to tuple
        By level: the share, 0–1, and its 95% interval by recording, on the folds that all levels have.
    """
    every = set(study.clips["category"])
    wanted = every & set(categories) if inside else every - set(categories)
    found = {}
    for name in study.names:
        correct = study.correct(name, categories=wanted, folds=study.common_folds or None)
        found[name] = (float(correct.mean()), interval_of(correct))
    return found


def compare_levels(
    first: Study, level: str, second: Study, other: str, *, categories: Collection[str] | None = None
) -> Difference:
    """Compare a level with another, of the same study or of a second one, on the folds that all their levels have.

    Parameters
    ----------
    first, second : Study
        The studies.
    level, other : str
        A level of the first, and one of the second.
    categories : collection of str, optional
        Restricts the clips to these.

    Returns
    -------
    Difference
        Level minus other.

    Raises
    ------
    TrainingError
        If they share no clip.
    """
    folds = sorted(set(first.common_folds) & set(second.common_folds)) or None
    return difference(
        first.correct(level, categories=categories, folds=folds),
        second.correct(other, categories=categories, folds=folds),
    )


def rare_categories(study: Study) -> tuple[str, ...]:
    """Return the categories whose training clips are limited in a study on imbalance, the same at every level."""
    limits: Sequence[dict[str, int]] = [settings["limits"] for settings in study.about["settings"].values()]
    return tuple(next(filter(None, limits), {}))
