"""What the tables answer, in a few sentences: augmentation, its ingredients, networks, spectrograms."""

from __future__ import annotations

from collections.abc import Callable

from esc_core.findings.clips import difference
from esc_core.findings.levels import compare_levels
from esc_core.findings.measured import Study
from esc_core.findings.words import (
    FAILS,
    HOLDS,
    OPEN,
    describe_gap,
    describe_interval,
    label,
    verdict_of,
)
from esc_core.measures.bootstrap import Difference
from esc_core.words import points

Find = Callable[[str], Study | None]
"""Name of a study → its tables; None if nothing has been measured yet."""

USUAL = "usual"
"""Level of the study on spectrograms with which the others are compared."""


def describe_augmentation(find: Find) -> str | None:
    """Return what augmentation brings, and what it brings in a short training."""
    study = find("augmentation")
    if study is None:
        return None
    if not {"none", "full"} <= set(study.names):
        return ""
    gap = compare_levels(study, "full", study, "none")
    lead = {HOLDS: "Augmentation helps", FAILS: "Augmentation harms", OPEN: "No effect of augmentation is shown"}
    sentences = (
        f"{lead[verdict_of(gap)]}: the full recipe changes the accuracy by **{points(gap.accuracy)} points** "
        f"({describe_interval(gap.interval)}). {gap.only_first} clips are correctly classified only with the recipe, "
        f"{gap.only_second} only without it."
    )
    short = find("augmentation-short")
    if short is not None and {"none", "full"} <= set(short.names):
        sentences += f"\n\n{describe_short(study, short)}"
    return sentences


def describe_short(study: Study, short: Study) -> str:
    """Return what augmentation brings a narrower network in fewer epochs, on the same folds."""
    folds = [fold for fold in short.common_folds if fold in study.common_folds]
    if not folds:  # a study that is still running
        return ""
    gaps = [difference(s.correct("full", folds=folds), s.correct("none", folds=folds)) for s in (study, short)]
    lead = {HOLDS: "it helps too", FAILS: "it harms", OPEN: "no gain is shown"}
    return (
        f"With a short training {lead[verdict_of(gaps[1])]}: on folds {' and '.join(map(str, folds))} a narrower "
        f"network with shorter frames gains {points(gaps[1].accuracy)} points in {_n_epochs(short)} epochs "
        f"({describe_interval(gaps[1].interval)}), against {points(gaps[0].accuracy)} points for the usual network in "
        f"{_n_epochs(study)} epochs."
    )


def _n_epochs(study: Study) -> int:
    return int(study.cells["n_epochs"].iloc[0])


def compare_ingredients(study: Study, whole: Study) -> dict[str, tuple[str, Difference]]:
    """Compare each level of the ablation with the recipe that it changes.

    Parameters
    ----------
    study, whole : Study
        The ablation, and the study on the full recipe and no augmentation.

    Returns
    -------
    dict of str to tuple
        By level: "full" for a recipe without an ingredient, "none" for one alone; and the level minus that.
    """
    bases = {name: "full" if name.startswith("no-") else "none" for name in study.names}
    return {
        name: (base, compare_levels(study, name, whole, base)) for name, base in bases.items() if base in whole.names
    }


def describe_ingredients(find: Find) -> str | None:
    """Return which ingredient the recipe misses most, and which of the original study's transforms does best alone."""
    study, whole = find("ablation"), find("augmentation")
    if study is None or whole is None:
        return None
    compared = compare_ingredients(study, whole)
    if not compared:
        return None
    without = {name: gap for name, (base, gap) in compared.items() if base == "full"}
    alone = {name: gap for name, (base, gap) in compared.items() if base == "none"}
    sentences = []
    if without:
        worst = min(without, key=lambda name: without[name].accuracy)
        sentences.append(f"The recipe does worst {label(worst)}: {describe_gap(without[worst])}.")
    if alone:
        best = max(alone, key=lambda name: alone[name].accuracy)
        sentences.append(
            f"Of the original study's three transforms, {label(best)} scores highest: {describe_gap(alone[best])} "
            "against no augmentation."
        )
    return " ".join(sentences)


def describe_features(find: Find) -> str | None:
    """Return how accuracy changes with mel bands, window length and MFCCs."""
    study = find("features")
    if study is None:
        return None
    others = [name for name in study.names if name != USUAL]
    if USUAL not in study.names or not others:
        return ""
    gaps = {name: compare_levels(study, name, study, USUAL) for name in others}
    open_ones = [name for name, gap in gaps.items() if verdict_of(gap) == OPEN]
    described = ", ".join(
        f"{label(name)} **{points(gap.accuracy)}**"
        f"{'' if name in open_ones else ' (' + describe_interval(gap.interval) + ')'}"
        for name, gap in gaps.items()
    )
    better = [label(name) for name, gap in gaps.items() if verdict_of(gap) == HOLDS]
    lead = f"Better than {label(USUAL)}: {', '.join(better)}" if better else f"No other setting beats {label(USUAL)}"
    sentences = f"{lead}. With all else equal, accuracies differ by, in points: {described}."
    return sentences + (" Differences without an interval could be chance." if open_ones else "")
