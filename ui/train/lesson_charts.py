"""The chart of a lesson, its numbers, and three sentences that sum them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from esc_core import colours
from esc_core.findings.words import describe_interval
from esc_core.measures.intervals import could_be_equal
from esc_core.training.lessons.teach import ArmCurve, paired
from esc_core.words import counted, percent, points
from ui.runs.chart import line_chart
from ui.train.curves import CHANCE, COLOURS

SHORT = {
    "scattered": "at random",
    "copies_kept": "copies kept",
    "whole_folds": "whole folds",
    "without": "without",
    "with": "with augmentation",
}
"""Names of the arms in the legend."""

ARM_COLOURS = {
    "scattered": colours.ORANGE,
    "copies_kept": colours.PINK,
    "whole_folds": colours.BLUE,
    "without": colours.ORANGE,
    "with": colours.BLUE,
}
"""Colours of the arms; the correct one is blue."""

LEAK_CHARTS = {"accuracy": "Each on its own test", "sealed_accuracy": "All on a fold on which none was trained"}
AUGMENTATION_CHARTS = {
    "accuracy": "On clips of a fold on which neither was trained",
    "train_accuracy": "On training clips, both as they are",
}
"""Charts of each lesson: what is drawn of an epoch's row, and the heading."""


def show_arms(lesson: str, arms: Sequence[ArmCurve], *, n_epochs: int, n_categories: int) -> None:
    """Show the scores of a lesson's arms so far.

    Parameters
    ----------
    lesson : str
        "leak" or "augmentation".
    arms : sequence of ArmCurve
        At least one; arms that have not begun have no rows.
    n_epochs : int
        Planned epochs per arm.
    n_categories : int
        Decides the chance level.
    """
    colours = {**COLOURS, **{SHORT[name]: colour for name, colour in ARM_COLOURS.items()}}
    levels = {CHANCE: 100 / n_categories}
    sealed = any(arm.n_sealed for arm in arms)
    charts = LEAK_CHARTS if sealed else AUGMENTATION_CHARTS
    # a lesson of an earlier version lacks the curves on training clips
    scored = any(arm.last for arm in arms)
    charts = {key: heading for key, heading in charts.items() if not scored or any(_curve(arm, key) for arm in arms)}
    for column, (key, heading) in zip(st.columns(len(charts)), charts.items(), strict=True):
        with column:
            st.markdown(f"**{heading}**")
            line_chart(
                {SHORT[arm.name]: _curve(arm, key) for arm in arms}, levels=levels, n_epochs=n_epochs,
                colours=colours, alt=f"{heading}: accuracy of each network over the epochs",
            )  # fmt: skip
    _numbers(arms, sealed=sealed)
    for sentence in sentences(lesson, arms):
        st.markdown(f"- {sentence}")


def _curve(arm: ArmCurve, key: str) -> dict[int, float]:
    return {row["epoch"]: 100 * row[key] for row in arm.rows if row.get(key) is not None}


def _numbers(arms: Sequence[ArmCurve], *, sealed: bool) -> None:
    table = pd.DataFrame(
        [
            {
                "division": arm.title,
                "training sounds": arm.n_train,
                "own test": _with_interval(arm.last, "accuracy", "interval"),
                "unseen fold": _with_interval(arm.last, "sealed_accuracy", "sealed_interval"),
                "test sounds": arm.n_test,
                "same clip in training": arm.same_clip,
                "sibling in training": arm.siblings,
            }
            for arm in arms
        ]
    )
    if not sealed:
        table = table.drop(columns=["unseen fold", "same clip in training", "sibling in training"])
    column = st.column_config
    st.dataframe(
        table, hide_index=True, alt="Scores of the arms",
        column_config={
            "own test": column.TextColumn(help="Accuracy with its 95% interval, by a bootstrap over recordings."),
            "same clip in training": column.NumberColumn(help="The same clip, or its copy, is in training."),
            "sibling in training": column.NumberColumn(help="Another clip of the same recording is in training."),
        },
    )  # fmt: skip


def _with_interval(row: dict[str, Any], key: str, interval: str) -> str:
    if row.get(key) is None:
        return "–"
    low, high = row[interval]
    return f"{percent(row[key])} ({percent(low)}–{percent(high)})"


def sentences(lesson: str, arms: Sequence[ArmCurve]) -> list[str]:
    """Return the sentences of a lesson, with the numbers that were measured.

    Parameters
    ----------
    lesson : str
        "leak" or "augmentation".
    arms : sequence of ArmCurve
        The arms; there are sentences once all of them have a score.

    Returns
    -------
    list of str
        Two or three, or none yet.
    """
    last = {arm.name: arm.last for arm in arms}
    wanted = ("scattered", "copies_kept", "whole_folds") if lesson == "leak" else ("without", "with")
    if any(not last.get(name) for name in wanted):
        return []
    return _leak(arms, last) if lesson == "leak" else _augmentation({arm.name: arm for arm in arms})


def _leak(arms: Sequence[ArmCurve], last: dict[str, dict[str, Any]]) -> list[str]:
    first = arms[0]
    own = [last[name]["accuracy"] for name in ("scattered", "copies_kept", "whole_folds")]
    unseen = [last[name].get("sealed_accuracy") for name in ("scattered", "copies_kept", "whole_folds")]
    known = first.same_clip + first.siblings
    first_sentence = (
        f"With a random split, the test score is **{percent(own[0])}**, but for {known} of {first.n_test} test sounds "
        "the "
        f"same clip or a clip of the same recording is in training. With copies kept beside their clips, the score is "
        f"{percent(own[1])}; with whole folds, it is {percent(own[2])}."
    )
    if any(value is None for value in unseen):
        return [first_sentence]
    gaps = [a - b for a, b in zip(own, unseen, strict=True)]
    return [
        first_sentence,
        f"On the fold on which none was trained, the three score {percent(unseen[0])}, {percent(unseen[1])} and "
        f"{percent(unseen[2])}: "
        "this is how well they classify new sounds.",
        f"Their own test scores differ from these by {_signed(gaps[0])}, {_signed(gaps[1])} and {_signed(gaps[2])} "
        f"points. {_doubts(last, leaks=gaps[0] > 0)}",
    ]


def _doubts(last: dict[str, dict[str, Any]], *, leaks: bool) -> str:
    """Say which differences between the own test and the unseen fold could be chance, and what the first one is."""
    names = ("scattered", "copies_kept", "whole_folds")
    doubtful = [could_be_equal(last[name]["interval"], last[name]["sealed_interval"]) for name in names]
    if all(doubtful):
        return "All three could be chance: the intervals of own test and unseen fold overlap."
    leak = "The first is the effect of the leak, and more than chance. " if leaks and not doubtful[0] else ""
    ordinals = [word for word, doubt in zip(("first", "second", "third"), doubtful, strict=True) if doubt]
    if not ordinals:
        return f"{leak}None of them could be chance: the intervals of own test and unseen fold do not overlap."
    return f"{leak}The {' and the '.join(ordinals)} could be chance: the intervals of own test and unseen fold overlap."


def _signed(share: float) -> str:
    """Return a difference of shares in whole points, with its sign, but "0" without one."""
    return "0" if percent(share) == "0%" else points(share, digits=0)


def _augmentation(arms: dict[str, ArmCurve]) -> list[str]:
    plain, full = arms["without"].last, arms["with"].last
    found = [
        "On clips on which neither was trained, the network without augmentation classifies "
        f"{percent(plain['accuracy'])} correctly, the one with augmentation {percent(full['accuracy'])}.",
        _gain(arms["without"], arms["with"]),
    ]
    if plain.get("train_accuracy") is not None and full.get("train_accuracy") is not None:
        numbers = [percent(abs(row["train_accuracy"] - row["accuracy"])).removesuffix("%") for row in (plain, full)]
        gaps = [counted(int(number), "point", "points") for number in numbers]
        found.append(
            f"On training clips, both as they are, the first classifies {percent(plain['train_accuracy'])} correctly, "
            f"the second {percent(full['train_accuracy'])}. Between training clips and new ones lie {gaps[0]} "
            f"without and {gaps[1]} with augmentation: the larger this gap, the more was memorised."
        )
    return found


def _gain(without: ArmCurve, augmented: ArmCurve) -> str:
    """Return the difference, and whether it could be chance: clip by clip, or by the intervals of an older lesson."""
    difference = paired(augmented, without)
    if difference is None:
        a, b = without.last, augmented.last
        verdict = "could be chance" if could_be_equal(a["interval"], b["interval"]) else "is more than chance"
        return f"That is {_signed(b['accuracy'] - a['accuracy'])} points, which {verdict}."
    verdict = "which is more than chance" if difference.more_than_chance else "which could be chance"
    verdict = verdict if difference.accuracy else "as far as one can tell"
    gap = f"{points(difference.accuracy)} points" if difference.accuracy else "no difference"
    return (
        f"That is {gap} ({describe_interval(difference.interval)}), {verdict}: "
        f"{difference.only_first} of {difference.n_clips} clips are classified correctly only with augmentation, "
        f"{difference.only_second} only without."
    )
