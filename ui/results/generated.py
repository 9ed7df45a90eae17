"""The chart of generated sounds: what classifiers reach with them, and what each shipped generator is worth."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from esc_core import colours
from esc_core.findings.generated import CHANCE, COMMAND, JUDGE_COMMAND
from esc_core.findings.measured import RESULTS_DIR
from esc_core.findings.words import describe_bounds
from esc_core.generate.worth.judged import FILE as JUDGED_FILE
from esc_core.generate.worth.judged import Judged
from esc_core.generate.worth.outcome import FILE, REAL, ArmResult
from esc_core.plots.results import Bar, intervals_figure
from esc_core.words import percent, percent_interval, points
from ui.answer.prediction import PLOTLY
from ui.results import data
from ui.results.source import show_command

ESC10 = "ESC-10, 44.1 kHz"


def show_generated() -> None:
    """Show what each arm reaches, its difference from real clips alone, the shipped generators, and the sources."""
    outcome = data.generated()
    if outcome is None:
        st.caption("So far no fold has been trained with all kinds of training clips.")
    else:
        _arms(list(outcome.arms.values()))
    if rows := data.judged():
        _generators(rows)
    with st.container(horizontal=True, vertical_alignment="center", key="source:generated"):
        st.caption("ESC-10, five folds. Scores are those of the last step, never of the best one.", width="content")
        show_command(
            COMMAND,
            data=ESC10,
            tables={"classifiers": RESULTS_DIR / FILE},
            note="FOLDER receives generators and table.",
        )


def _arms(arms: Sequence[ArmResult]) -> None:
    st.plotly_chart(
        intervals_figure(
            [_bar(one) for one in arms], x_title="correctly classified held-out clips, %", zero=100 * CHANCE,
            colours={"": colours.BLUE},
        ),
        key="chart:generated", config=PLOTLY,
        alt="Accuracy by what a classifier was trained on, with 95% intervals; the line is chance",
    )  # fmt: skip
    st.dataframe(
        {
            "trained on": [one.arm.title for one in arms],
            "correct": [f"{percent(one.accuracy, digits=1)} ({percent_interval(one.interval)})" for one in arms],
            "against real clips alone, points": [_gap(one) for one in arms],
        },
        hide_index=True, alt="What each classifier reaches, and its difference from real clips alone",
    )  # fmt: skip


def _bar(one: ArmResult) -> Bar:
    return Bar(one.arm.title, 100 * one.accuracy, (100 * one.interval[0], 100 * one.interval[1]), note=_gap(one))


def _gap(one: ArmResult) -> str:
    if one.arm.name == REAL:
        return "–"
    return f"{points(one.gap.accuracy)} ({describe_bounds(one.gap.interval)})"


def _generators(rows: Sequence[Judged]) -> None:
    st.markdown("The generators that came with the app, judged by their own sounds:")
    st.dataframe(
        {
            "generator": [one.generator for one in rows],
            "epochs": [one.epochs for one in rows],
            "named as meant": [f"{percent(one.accuracy)} ({percent_interval(one.interval)})" for one in rows],
            "by chance": [percent(one.chance) for one in rows],
            "real clips": [percent(one.real) for one in rows],
            "near a training clip (real: 5%)": [percent(one.near) for one in rows],
            "nearest training clip": [f"{one.nearest_clip} ({one.nearest:.2f})" for one in rows],
            "Fréchet distance": [f"{one.distance:.2f}" for one in rows],
            "real to real": [f"{one.floor:.2f}" for one in rows],
        },
        hide_index=True, alt="What the sounds of each generator are worth",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="source:generators"):
        st.caption(
            "Near a training clip: as near as only 5% of the real clips are that a generator never heard; more are "
            "copies. In brackets behind the nearest clip: their likeness, where 1 is a copy.",
            width="content",
        )
        show_command(JUDGE_COMMAND, data=ESC10, tables={"generators": RESULTS_DIR / JUDGED_FILE})
