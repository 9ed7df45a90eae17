"""The chart of each question: its levels as dots with intervals, unless `CHARTS` names another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from esc_core import colours
from esc_core.findings.levels import rare_categories
from esc_core.findings.measured import Level, Study
from esc_core.findings.pitfalls import evaluated_studies
from esc_core.findings.questions import PLANNED, Question
from esc_core.findings.trust import leak_arms, optimism
from esc_core.findings.words import BUDGETS, NETWORKS, label
from esc_core.plots.results import Bar, Point, cost_figure, intervals_figure
from esc_core.words import percent
from ui.answer.prediction import PLOTLY
from ui.results import data
from ui.results.beyond import show_shipped, show_unknown
from ui.results.generated import show_generated
from ui.results.robustness import show_robustness
from ui.results.unlabelled import show_without_labels

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLOURS = {
    "mel CNN": colours.BLUE,
    "wave CNN": colours.GREEN,
    "AclNet SC": colours.ORANGE,
    "AclNet DWSC": colours.PINK,
}
"""Colour of each network."""

OWN_TEST, UNSEEN_FOLD = "its own test", "an unseen fold"
"""Series of the leak's chart."""


def show_chart(question: Question) -> None:
    """Show the chart of a question whose tables are there.

    Parameters
    ----------
    question : Question
        The question.
    """
    draw = CHARTS.get(question.name, _levels)
    measured = data.study(question.name) if question.factor else None
    if measured is not None:
        draw(measured)
    elif question.name in OWN_CHARTS:
        OWN_CHARTS[question.name]()


def _chart(figure: go.Figure, *, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=f"chart:{key}", config=PLOTLY, alt=alt)


def _percent(interval: tuple[float, float]) -> tuple[float, float]:
    return 100 * interval[0], 100 * interval[1]


def _levels(measured: Study, *, ranked: bool = False) -> None:
    levels = data.levels(measured)
    if ranked:
        levels = sorted(levels, key=lambda level: level.accuracy)
    _chart(
        intervals_figure([_bar(level) for level in levels], x_title="correctly classified held-out clips, %"),
        key=measured.name,
        alt=f"Accuracy of each level of the study {measured.name}, with 95% intervals",
    )


def _bar(level: Level) -> Bar:
    note = f"{level.n_runs} folds, {level.minutes:.1f} minutes of processor time each"
    return Bar(label(level.name), 100 * level.accuracy, _percent(level.interval), note=note)


def _ablation(measured: Study) -> None:
    whole = data.study("augmentation")
    compared = {} if whole is None else data.ingredients(measured, whole)
    bars = [
        Bar(
            label(name), 100 * gap.accuracy, _percent(gap.interval),
            series=f"against {label(base)}", note=f"{gap.n_clips} clips of the same folds",
        )
        for name, (base, gap) in compared.items()
    ]  # fmt: skip
    series = {f"against {label('full')}": colours.BLUE, f"against {label('none')}": colours.WRONG}
    _chart(
        intervals_figure(bars, x_title="difference in points", zero=0.0, colours=series),
        key="ablation",
        alt="What each ingredient adds or removes, in points with 95% intervals",
    )


def _networks(measured: Study) -> None:
    levels = {level.name: level for level in data.levels(measured)}
    left, right = st.columns(2)
    with left:
        points = _points(levels, lambda level: level.minutes)
        figure = cost_figure(points, x_title="processor minutes per fold", colours=COLOURS)
        _chart(figure, key="minutes", alt="Accuracy against minutes of training")
    with right:
        points = _points(levels, lambda level: level.multiply_adds / 1e6)
        figure = cost_figure(points, x_title="million multiply-adds per clip", colours=COLOURS)
        _chart(figure, key="multiply_adds", alt="Accuracy against multiply-adds")


def _points(levels: dict[str, Level], cost: Callable[[Level], float]) -> list[Point]:
    return [
        Point(label(name), f"{label(name)}, {budget}", cost(level), 100 * level.accuracy, _percent(level.interval))
        for name in NETWORKS
        for budget in BUDGETS
        if (level := levels.get(f"{name}-{budget}"))
    ]


def _leak(measured: Study) -> None:
    arms = leak_arms(measured)
    bars = [
        Bar(label(arm.name), 100 * value, _percent(interval), series=series, note=f"mean of {arm.n_repeats} repeats")
        for arm in arms
        for series, value, interval in (
            (OWN_TEST, arm.own, arm.own_interval),
            (UNSEEN_FOLD, arm.sealed, arm.sealed_interval),
        )
    ]
    series_colours = {OWN_TEST: colours.WRONG, UNSEEN_FOLD: colours.BLUE}
    _chart(
        intervals_figure(bars, x_title="correctly classified clips, %", colours=series_colours),
        key="leak",
        alt=f"Accuracy of each division on {OWN_TEST} and on {UNSEEN_FOLD}",
    )


def _imbalance(measured: Study) -> None:
    rare = rare_categories(measured)
    parts = {
        f"the {len(rare)} rare categories": data.shares(measured, rare, inside=True),
        "all others": data.shares(measured, rare, inside=False),
    }
    bars = [
        Bar(label(name), 100 * share, _percent(interval), series=series)
        for name in measured.names
        for series, shares in parts.items()
        for share, interval in [shares[name]]
    ]
    series_colours = dict(zip(parts, (colours.WRONG, colours.BLUE), strict=True))
    _chart(
        intervals_figure(bars, x_title="mean recall, %", colours=series_colours),
        key="imbalance",
        alt="Recall of rare and of other categories by strategy against imbalance",
    )


def _pictures(measured: Study) -> None:
    cells = measured.cells.set_index("route")
    st.dataframe(
        {
            "route": [label(name) for name in cells.index],
            "accuracy": [percent(value, digits=1) for value in cells["accuracy"]],
            "computation, ms per clip": [f"{value:.1f}" for value in cells["input_ms"]],
            "memory, kB per clip": [f"{value / 1000:.0f}" for value in cells["memory_bytes"]],
            "disk, kB per clip": [f"{value / 1000:.0f}" for value in cells["disk_bytes"]],
            "processor seconds per epoch": [f"{value:.0f}" for value in cells["epoch_core_seconds"]],
        },
        hide_index=True,
        alt="Pictures and arrays compared",
    )


def _shortcuts(measured: Study) -> None:
    categories = tuple(sorted(set(measured.clips["category"])))
    found = data.shares(measured, categories, inside=True)
    bars = [Bar(label(name), 100 * found[name][0], _percent(found[name][1])) for name in measured.names]
    figure = intervals_figure(
        bars, x_title="correctly classified clips, %", zero=100 / len(categories), colours={"": colours.WRONG}
    )
    _chart(figure, key="shortcuts", alt="Accuracy from silence and bandwidth alone; the line is chance")


def _optimism() -> None:
    found = optimism(evaluated_studies(data.study, PLANNED))
    bars = [Bar(part.study, 100 * part.mean, _percent(part.interval), note=f"{part.n_runs} runs") for part in found]
    _chart(
        intervals_figure(bars, x_title="best epoch minus last, points", zero=0.0, colours={"": colours.GREY}),
        key="optimism",
        alt="Best epoch minus last epoch, by study",
    )
    names = ", ".join(part.study for part in found)
    st.caption(f"From the curves of the studies {names}; their tables hold accuracy and best accuracy of each run.")


CHARTS: dict[str, Callable[[Study], None]] = {
    "augmentation": partial(_levels, ranked=True),
    "ablation": _ablation,
    "networks": _networks,
    "leak": _leak,
    "imbalance": _imbalance,
    "pictures": _pictures,
    "shortcuts": _shortcuts,
    "shipped": show_shipped,
}
"""Charts other than `_levels`, by the name of the question."""

OWN_CHARTS: dict[str, Callable[[], None]] = {
    "optimism": _optimism,
    "robustness": show_robustness,
    "unknown": show_unknown,
    "without_labels": show_without_labels,
    "generated": show_generated,
}
"""Charts of questions without a study of their own, by name."""
