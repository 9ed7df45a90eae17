"""The chart of a lesson, its numbers, and three sentences that sum them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from esc_core import colours
from esc_core.training.lessons.teach import ArmCurve
from esc_core.words import percent, points
from ui.train.curves import CHANCE, COLOURS, line_chart

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
    left, right = st.columns(2) if sealed else (st.container(), None)
    with left:
        st.markdown("**Each on its own test**" if sealed else "**Accuracy on the fold on which neither was trained**")
        line_chart(
            {SHORT[arm.name]: _curve(arm, "accuracy") for arm in arms}, levels=levels, n_epochs=n_epochs,
            colours=colours, alt="Accuracy of each arm on its own test, over the epochs",
        )  # fmt: skip
    if right is not None:
        with right:
            st.markdown("**All on a fold on which none was trained**")
            line_chart(
                {SHORT[arm.name]: _curve(arm, "sealed_accuracy") for arm in arms}, levels=levels, n_epochs=n_epochs,
                colours=colours, alt="Accuracy of each arm on clips that none was trained on, over the epochs",
            )  # fmt: skip
    _numbers(arms, sealed=sealed)
    for sentence in sentences(lesson, arms):
        st.markdown(f"- {sentence}")


def _curve(arm: ArmCurve, key: str) -> dict[int, float]:
    return {row["epoch"]: 100 * row[key] for row in arm.rows if row.get(key) is not None}


def _last(arm: ArmCurve) -> dict[str, Any]:
    """Return the latest row with a score; empty if there is none."""
    return next((row for row in reversed(arm.rows) if row.get("accuracy") is not None), {})


def _numbers(arms: Sequence[ArmCurve], *, sealed: bool) -> None:
    table = pd.DataFrame(
        [
            {
                "division": arm.title,
                "training sounds": arm.n_train,
                "own test": _with_interval(_last(arm), "accuracy", "interval"),
                "unseen fold": _with_interval(_last(arm), "sealed_accuracy", "sealed_interval"),
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
    """Return the three sentences of a lesson, with the numbers that were measured.

    Parameters
    ----------
    lesson : str
        "leak" or "augmentation".
    arms : sequence of ArmCurve
        The arms; there are sentences once all of them have a score.

    Returns
    -------
    list of str
        Three, or none yet.
    """
    last = {arm.name: _last(arm) for arm in arms}
    wanted = ("scattered", "copies_kept", "whole_folds") if lesson == "leak" else ("without", "with")
    if any(not last.get(name) for name in wanted):
        return []
    return _leak(arms, last) if lesson == "leak" else _augmentation(last)


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
        f"On the fold that none was trained on, the three score {percent(unseen[0])}, {percent(unseen[1])} and "
        f"{percent(unseen[2])}: "
        "this is how well they classify new sounds.",
        f"Their own test scores differ from these by {_signed(gaps[0])}, {_signed(gaps[1])} and {_signed(gaps[2])} "
        "points. The first number is the effect of the leak; the intervals show how much may be chance.",
    ]


def _signed(share: float) -> str:
    """Return a difference of shares in whole points, with its sign, but "0" without one."""
    return "0" if percent(share) == "0%" else points(share, digits=0)


def _augmentation(last: dict[str, dict[str, Any]]) -> list[str]:
    plain, full = last["without"], last["with"]
    gap = _signed(full["accuracy"] - plain["accuracy"])
    inside = plain["interval"][0] <= full["accuracy"] <= plain["interval"][1]
    verdict = "within the interval of the other: it may be chance" if inside else "outside the interval of the other"
    return [
        "On clips that neither was trained on, the network without augmentation classifies "
        f"{percent(plain['accuracy'])} correctly, the one with augmentation {percent(full['accuracy'])}.",
        "Rounded to whole points, that is the same." if gap == "0" else f"That is {gap} points, {verdict}.",
        f"The training loss fell to {plain['loss']:.2f} without and {full['loss']:.2f} with augmentation: a network "
        "that gets each clip changed every time has a harder task, and can memorise less.",
    ]
