"""One chart and one sentence a question, each with its data and the command that makes it again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from esc_core import colours
from esc_core.errors import EscError
from esc_core.findings.measured import Level
from esc_core.findings.words import (
    BUDGETS,
    NAMES,
    NETWORKS,
    OPEN,
    describe_networks,
    describe_short,
    interval_words,
    verdict_on,
)
from esc_core.plots.results import Bar, Point, cost_figure, intervals_figure
from esc_core.words import points
from ui.results import data
from ui.results.charts import chart, percent
from ui.results.source import show_source, show_unmeasured
from ui.results.traps import show_imbalance, show_leak, show_optimism, show_pictures, show_shortcuts

COLOURS = {
    "mel CNN": colours.BLUE,
    "wave CNN": colours.GREEN,
    "AclNet SC": colours.ORANGE,
    "AclNet DWSC": colours.PINK,
}
ACCURACY = "held-out clips named rightly, %"


def show_questions() -> None:
    """Show every question that the study asks, in its order."""
    for name, (question, show) in QUESTIONS.items():
        st.subheader(question, anchor=name)
        try:
            show()
        except EscError as error:
            st.error(str(error), icon=":material/broken_image:")


def _bar(level: Level) -> Bar:
    note = f"{level.n_runs} folds, {level.minutes:.1f} processor minutes each"
    return Bar(NAMES.get(level.name, level.name), 100 * level.accuracy, percent(level.interval), note=note)


def _augmentation() -> None:
    measured = data.study("augmentation", "augmentation")
    if measured is None:
        show_unmeasured("augmentation")
        return
    levels = {level.name: level for level in data.levels(measured)}
    if {"none", "full"} <= set(levels):
        gap = data.gap(measured, "full", measured, "none")
        st.markdown(
            f"The full recipe brings **{points(gap.accuracy)} points** over no augmentation "
            f"({interval_words(gap.interval)}): it names {gap.only_first} clips rightly that the plain network does not, and misses {gap.only_second} "
            "that the plain one knows."
        )
    chart(
        intervals_figure(
            [_bar(level) for level in sorted(levels.values(), key=lambda level: level.accuracy)], x_title=ACCURACY
        ),
        key="augmentation",
        alt="Accuracy by augmentation, with 95% intervals",
    )
    show_source(measured)
    short = data.study("augmentation-short", "augmentation")
    if short is not None and {"none", "full"} <= set(short.names) & set(measured.names):
        st.markdown(describe_short(measured, short))
        show_source(short)


def _ablation() -> None:
    measured = data.study("ablation", "augmentation")
    whole = data.study("augmentation", "augmentation")
    if measured is None or whole is None:
        show_unmeasured("ablation")
        return
    bars = []
    for name in measured.names:
        base = "full" if name.startswith("no-") else "none"
        if base in whole.names:
            gap = data.gap(measured, name, whole, base)
            bars.append(
                Bar(
                    NAMES.get(name, name), 100 * gap.accuracy, percent(gap.interval),
                    series=f"against {NAMES[base]}", note=f"{gap.n_clips} clips of the same folds",
                )
            )  # fmt: skip
    if not bars:
        show_unmeasured("augmentation")
        return
    _say_extremes(bars)
    series = {f"against {NAMES['full']}": colours.BLUE, f"against {NAMES['none']}": colours.WRONG}
    chart(
        intervals_figure(bars, x_title="difference in points", zero=0.0, colours=series),
        key="ablation",
        alt="What each ingredient adds or takes, in points with 95% intervals",
    )
    show_source(measured)


def _say_extremes(bars: list[Bar]) -> None:
    without = [bar for bar in bars if bar.label.startswith("without")]
    alone = [bar for bar in bars if bar.label.endswith("alone")]
    parts = []
    if without:
        worst = min(without, key=lambda bar: bar.value)
        parts.append(f"Furthest below the recipe is the one {worst.label}: {_told(worst)}.")
    if alone:
        best = max(alone, key=lambda bar: bar.value)
        parts.append(f"Furthest above no augmentation, of the forerunner's three, is {best.label}: {_told(best)}.")
    st.markdown(" ".join(parts))


def _told(bar: Bar) -> str:
    low, high = bar.interval
    doubt = ", which could be chance" if low <= 0 <= high else ""
    return f"**{points(bar.value / 100)} points** ({interval_words((low / 100, high / 100))}){doubt}"


def _networks() -> None:
    measured = data.study("networks", "network")
    if measured is None:
        show_unmeasured("networks")
        return
    levels = {level.name: level for level in data.levels(measured)}
    st.markdown(describe_networks(levels))
    left, right = st.columns(2)
    with left:
        figure = cost_figure(
            _points(levels, lambda level: level.minutes), x_title="processor minutes a fold", colours=COLOURS
        )
        chart(figure, key="minutes", alt="Accuracy against minutes of training")
    with right:
        figure = cost_figure(
            _points(levels, lambda level: level.multiply_adds / 1e6), x_title="million multiply-adds a clip",
            colours=COLOURS,
        )  # fmt: skip
        chart(figure, key="multiply_adds", alt="Accuracy against multiply-adds")
    show_source(measured)


def _points(levels: dict[str, Level], cost: Callable[[Level], float]) -> list[Point]:
    return [
        Point(NAMES[name], f"{NAMES[name]}, {budget}", cost(level), 100 * level.accuracy, percent(level.interval))
        for name in NETWORKS
        for budget in BUDGETS
        if (level := levels.get(f"{name}-{budget}"))
    ]


def _features() -> None:
    measured = data.study("features", "features")
    if measured is None:
        show_unmeasured("features")
        return
    levels = data.levels(measured)
    if "usual" in measured.names and len(levels) > 1:
        gaps = {
            level.name: data.gap(measured, level.name, measured, "usual") for level in levels if level.name != "usual"
        }
        told = (
            f"{NAMES[name]} **{points(gap.accuracy)}**"
            f"{'' if verdict_on(gap) == OPEN else ' (' + interval_words(gap.interval) + ')'}"
            for name, gap in gaps.items()
        )
        words = f"Against {NAMES['usual']}, with all else the same, in points: {', '.join(told)}."
        if any(verdict_on(gap) == OPEN for gap in gaps.values()):
            words += " Those without an interval could be chance."
        st.markdown(words)
    chart(
        intervals_figure([_bar(level) for level in levels], x_title=ACCURACY),
        key="features",
        alt="Accuracy by mel bands, window and MFCCs, with 95% intervals",
    )
    show_source(measured)


QUESTIONS: dict[str, tuple[str, Callable[[], None]]] = {
    "augmentation": ("What does augmentation bring?", _augmentation),
    "ablation": ("Which ingredient matters?", _ablation),
    "networks": ("Mel spectrogram or raw waveform, and which network?", _networks),
    "features": ("How fine a spectrogram, or MFCCs?", _features),
    "leak": ("How much of a 95% is a leak?", show_leak),
    "imbalance": ("What does imbalance cost, and what helps?", show_imbalance),
    "pictures": ("Pictures or arrays?", show_pictures),
    "shortcuts": ("What do silence and bandwidth alone give away?", show_shortcuts),
    "optimism": ("What does it bring to choose the epoch on the test?", show_optimism),
}
"""Name, question, and what shows the answer."""
