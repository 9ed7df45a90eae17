"""The chart of a lesson, its numbers, and the three sentences that they amount to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from esc_core import colours
from esc_core.training.lessons.teach import ArmCurve
from ui.train.curves import CHANCE, COLOURS, line_chart

SHORT = {
    "scattered": "at random",
    "copies_kept": "copies kept",
    "whole_folds": "whole folds",
    "without": "without",
    "with": "with augmentation",
}
"""The arms in the legend."""

ARM_COLOURS = {
    "scattered": colours.ORANGE,
    "copies_kept": colours.PINK,
    "whole_folds": colours.BLUE,
    "without": colours.ORANGE,
    "with": colours.BLUE,
}
"""The honest arm is blue."""


def show_arms(lesson: str, arms: Sequence[ArmCurve], *, n_epochs: int, n_categories: int) -> None:
    """Show what the arms of a lesson have reached so far.

    Parameters
    ----------
    lesson : str
        "leak" or "augmentation".
    arms : sequence of ArmCurve
        At least one; those that have not begun yet have no rows.
    n_epochs : int
        Planned epochs of each.
    n_categories : int
        Decides the chance level.
    """
    colours = {**COLOURS, **{SHORT[name]: colour for name, colour in ARM_COLOURS.items()}}
    levels = {CHANCE: 100 / n_categories}
    sealed = any(arm.n_sealed for arm in arms)
    left, right = st.columns(2) if sealed else (st.container(), None)
    with left:
        st.markdown("**Each on its own test**" if sealed else "**Accuracy on the fold that neither has heard**")
        line_chart(
            {SHORT[arm.name]: _curve(arm, "accuracy") for arm in arms}, levels=levels, n_epochs=n_epochs,
            colours=colours, alt="Accuracy of each arm on its own test, over the epochs",
        )  # fmt: skip
    if right is not None:
        with right:
            st.markdown("**All on a fold that none has heard**")
            line_chart(
                {SHORT[arm.name]: _curve(arm, "sealed_accuracy") for arm in arms}, levels=levels, n_epochs=n_epochs,
                colours=colours, alt="Accuracy of each arm on clips that none has heard, over the epochs",
            )  # fmt: skip
    _numbers(arms, sealed=sealed)
    for sentence in sentences(lesson, arms):
        st.markdown(f"- {sentence}")


def _curve(arm: ArmCurve, key: str) -> dict[int, float]:
    return {row["epoch"]: 100 * row[key] for row in arm.rows if row.get(key) is not None}


def _last(arm: ArmCurve) -> dict[str, Any]:
    """Return the newest row with a score, or nothing."""
    return next((row for row in reversed(arm.rows) if row.get("accuracy") is not None), {})


def _numbers(arms: Sequence[ArmCurve], *, sealed: bool) -> None:
    table = pd.DataFrame(
        [
            {
                "division": arm.title,
                "learns from": arm.n_train,
                "own test": _with_interval(_last(arm), "accuracy", "interval"),
                "fold none has heard": _with_interval(_last(arm), "sealed_accuracy", "sealed_interval"),
                "test sounds": arm.n_test,
                "same clip in training": arm.same_clip,
                "sibling in training": arm.siblings,
            }
            for arm in arms
        ]
    )
    if not sealed:
        table = table.drop(columns=["fold none has heard", "same clip in training", "sibling in training"])
    column = st.column_config
    st.dataframe(
        table, hide_index=True, alt="Scores of the arms",
        column_config={
            "own test": column.TextColumn(help="Accuracy with its 95% interval, by a bootstrap over recordings."),
            "same clip in training": column.NumberColumn(help="Training holds their clip or its copy."),
            "sibling in training": column.NumberColumn(help="Training holds another clip of their recording."),
        },
    )  # fmt: skip


def _with_interval(row: dict[str, Any], key: str, interval: str) -> str:
    if row.get(key) is None:
        return "–"
    low, high = row[interval]
    return f"{row[key]:.0%} ({low:.0%}–{high:.0%})"


def sentences(lesson: str, arms: Sequence[ArmCurve]) -> list[str]:
    """Return the three sentences of a lesson, with the numbers that were measured, whatever they are.

    Parameters
    ----------
    lesson : str
        "leak" or "augmentation".
    arms : sequence of ArmCurve
        Sentences come as soon as all arms have a score.

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
    unheard = [last[name].get("sealed_accuracy") for name in ("scattered", "copies_kept", "whole_folds")]
    known = first.same_clip + first.siblings
    first_sentence = (
        f"Divided at random, {known} of {first.n_test} test sounds have their own clip or a sibling in training, and "
        f"the test says **{own[0]:.0%}**; with copies kept beside their clips it says {own[1]:.0%}, with whole folds "
        f"{own[2]:.0%}."
    )
    if any(value is None for value in unheard):
        return [first_sentence]
    gaps = [100 * (a - b) for a, b in zip(own, unheard, strict=True)]
    return [
        first_sentence,
        f"On the fold that none has heard, the three score {unheard[0]:.0%}, {unheard[1]:.0%} and {unheard[2]:.0%}: "
        "that is what they can do.",
        f"Their own tests promise {_signed(gaps[0])}, {_signed(gaps[1])} and {_signed(gaps[2])} points more than that; "
        "the first number is the leak, and the interval of each says how much is luck.",
    ]


def _signed(points: float) -> str:
    return f"{round(points):+d}".replace("-", "−") if round(points) else "0"


def _augmentation(last: dict[str, dict[str, Any]]) -> list[str]:
    plain, full = last["without"], last["with"]
    gap = round(100 * (full["accuracy"] - plain["accuracy"]))
    inside = plain["interval"][0] <= full["accuracy"] <= plain["interval"][1]
    verdict = "within the interval of the other: it may be luck" if inside else "outside the interval of the other"
    return [
        f"On clips that neither has heard, the network without augmentation names {plain['accuracy']:.0%} rightly, the "
        f"one with it {full['accuracy']:.0%}.",
        f"That is {_signed(gap)} points, {verdict}." if gap else "To the point, that is the same.",
        f"In training the loss fell to {plain['loss']:.2f} without and {full['loss']:.2f} with augmentation: who hears "
        "each clip changed has a harder task, and less to learn by heart.",
    ]
