"""One chart and one sentence a question, each with its data and the command that makes it again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from esc_core.errors import EscError
from esc_core.findings.claims import BUDGETS, NAMES, NETWORKS, points, spread
from esc_core.findings.measured import Level, rare_categories
from esc_core.findings.trust import optimism
from esc_core.plots_results import BLUE, GREY, ORANGE, Bar, Point, cost_figure, intervals_figure
from ui import results_data
from ui.prediction import PLOTLY
from ui.results_source import show_source, show_unmeasured

COLOURS = {"mel CNN": "#4C8DD6", "wave CNN": "#009E73", "AclNet SC": "#D55E00", "AclNet DWSC": "#CC79A7"}
ACCURACY = "held-out clips named rightly, %"


def show_questions() -> None:
    """Show every question that the study asks, in its order."""
    for name, (question, show) in QUESTIONS.items():
        st.subheader(question, anchor=name)
        try:
            show()
        except EscError as error:
            st.error(str(error), icon=":material/broken_image:")


def _chart(figure: object, *, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=f"chart:{key}", config=PLOTLY, alt=alt)


def _percent(interval: tuple[float, float]) -> tuple[float, float]:
    return 100 * interval[0], 100 * interval[1]


def _bar(level: Level) -> Bar:
    note = f"{level.n_runs} folds, {level.minutes:.1f} minutes each"
    return Bar(NAMES.get(level.name, level.name), 100 * level.accuracy, _percent(level.interval), note=note)


def _augmentation() -> None:
    measured = results_data.study("augmentation", "augmentation")
    if measured is None:
        show_unmeasured("augmentation")
        return
    levels = {level.name: level for level in results_data.levels(measured)}
    if {"none", "full"} <= set(levels):
        gap = results_data.gap(measured, "full", measured, "none")
        st.markdown(
            f"The full recipe brings **{points(gap.accuracy)} points** over no augmentation ({spread(gap.interval)}): "
            f"it names {gap.only_first} clips rightly that the plain network does not, and misses {gap.only_second} "
            "that the plain one knows."
        )
    _chart(
        intervals_figure([_bar(level) for level in levels.values()], x_title=ACCURACY),
        key="augmentation",
        alt="Accuracy by augmentation, with 95% intervals",
    )
    show_source(measured)


def _ablation() -> None:
    measured = results_data.study("ablation", "augmentation")
    whole = results_data.study("augmentation", "augmentation")
    if measured is None or whole is None:
        show_unmeasured("ablation")
        return
    bars = []
    for name in measured.names:
        base = "full" if name.startswith("no-") else "none"
        if base in whole.names:
            gap = results_data.gap(measured, name, whole, base)
            bars.append(
                Bar(
                    NAMES.get(name, name), 100 * gap.accuracy, _percent(gap.interval),
                    series=f"against {NAMES[base]}", note=f"{gap.n_clips} clips of the same folds",
                )
            )  # fmt: skip
    if not bars:
        show_unmeasured("augmentation")
        return
    _say_extremes(bars)
    colours = {f"against {NAMES['full']}": BLUE, f"against {NAMES['none']}": ORANGE}
    _chart(
        intervals_figure(bars, x_title="difference in points", zero=0.0, colours=colours),
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
        parts.append(f"The recipe loses most {worst.label}: **{worst.value:+.1f} points**".replace("+-", "−"))
    if alone:
        best = max(alone, key=lambda bar: bar.value)
        parts.append(f"of the forerunner's three, {best.label} brings most: **{best.value:+.1f} points**")
    st.markdown(("; ".join(parts) + ".").replace("-", "−"))


def _networks() -> None:
    measured = results_data.study("networks", "network")
    if measured is None:
        show_unmeasured("networks")
        return
    levels = {level.name: level for level in results_data.levels(measured)}
    best = max(levels.values(), key=lambda level: level.accuracy)
    st.markdown(
        f"Best so far: **{_network(best.name)}** with {best.accuracy:.1%} after {best.minutes:.0f} minutes. A ranking "
        "counts only where it holds at both budgets; each network's two are joined."
    )
    left, right = st.columns(2)
    with left:
        figure = cost_figure(_points(levels, lambda level: level.minutes), x_title="minutes a fold", colours=COLOURS)
        _chart(figure, key="minutes", alt="Accuracy against minutes of training")
    with right:
        figure = cost_figure(
            _points(levels, lambda level: level.multiply_adds / 1e6), x_title="million multiply-adds a clip",
            colours=COLOURS,
        )  # fmt: skip
        _chart(figure, key="multiply_adds", alt="Accuracy against multiply-adds")
    show_source(measured)


def _network(level: str) -> str:
    return NAMES[level.rsplit("-", 1)[0]]


def _points(levels: dict[str, Level], cost: Callable[[Level], float]) -> list[Point]:
    return [
        Point(NAMES[name], f"{NAMES[name]}, {budget}", cost(level), 100 * level.accuracy, _percent(level.interval))
        for name in NETWORKS
        for budget in BUDGETS
        if (level := levels.get(f"{name}-{budget}"))
    ]


def _leak() -> None:
    found = results_data.leak()
    if found is None:
        show_unmeasured("leak")
        return
    measured, arms = found
    first = arms[0]
    known = first.same_clip + first.siblings
    st.markdown(
        f"Divided at random, {known:.0f} of {first.n_test} test sounds have their own clip or a sibling in training, "
        f"and the test promises **{points(first.gap)} points** more than holds on clips that nobody has heard "
        f"({spread(first.gap_interval)})."
    )
    bars = [
        Bar(NAMES[arm.name], 100 * value, _percent(interval), series=series, note=f"mean of {arm.n_repeats} repeats")
        for arm in arms
        for series, value, interval in (
            ("its own test", arm.own, arm.own_interval),
            ("a fold that none has heard", arm.sealed, arm.sealed_interval),
        )
    ]
    colours = {"its own test": ORANGE, "a fold that none has heard": BLUE}
    _chart(
        intervals_figure(bars, x_title="clips named rightly, %; intervals over the repeats", colours=colours),
        key="leak",
        alt="Accuracy of each division on its own test and on a fold that none has heard",
    )
    show_source(measured)


def _imbalance() -> None:
    measured = results_data.study("imbalance", "answer")
    if measured is None:
        show_unmeasured("imbalance")
        return
    rare = rare_categories(measured)
    parts = {
        f"the {len(rare)} rare categories": results_data.shares(measured, rare, inside=True),
        "all others": results_data.shares(measured, rare, inside=False),
    }
    bars = [
        Bar(NAMES.get(name, name), 100 * share, _percent(interval), series=series)
        for name in measured.names
        for series, shares in parts.items()
        for share, interval in [shares[name]]
    ]
    st.markdown(
        f"{len(rare)} categories keep a quarter of their training clips. Every category has equally many held-out "
        "clips, so these shares are mean recalls."
    )
    _chart(
        intervals_figure(bars, x_title="mean recall, %", colours=dict(zip(parts, (ORANGE, BLUE), strict=True))),
        key="imbalance",
        alt="Recall of rare and of other categories by answer to imbalance",
    )
    show_source(measured)


def _pictures() -> None:
    measured = results_data.study("pictures", "route")
    if measured is None:
        st.info("Not measured yet. `python -m benchmarks.pictures` does it.", icon=":material/hourglass_empty:")
        return
    cells = measured.cells.set_index("route")
    pictures, arrays = cells.loc["pictures"], cells.loc["arrays"]
    gap = results_data.gap(measured, "pictures", measured, "arrays")
    times = {key: pictures[key] / arrays[key] for key in ("input_ms", "memory_bytes", "epoch_core_seconds")}
    st.markdown(
        f"A picture of a spectrogram takes **{times['input_ms']:.1f} times** as long to make as its array, "
        f"{times['memory_bytes']:.1f} times the memory, and {times['epoch_core_seconds']:.1f} times as long to learn "
        f"from. The network that reads pictures is **{points(gap.accuracy)} points** from the one that reads arrays "
        f"({spread(gap.interval)})."
    )
    st.dataframe(
        {
            "route": [NAMES[name] for name in cells.index],
            "accuracy": [f"{value:.1%}" for value in cells["accuracy"]],
            "ms a clip to make": [f"{value:.1f}" for value in cells["input_ms"]],
            "kB a clip in memory": [f"{value / 1000:.0f}" for value in cells["memory_bytes"]],
            "kB a clip on disk": [f"{value / 1000:.0f}" for value in cells["disk_bytes"]],
            "processor seconds an epoch": [f"{value:.0f}" for value in cells["epoch_core_seconds"]],
        },
        hide_index=True,
        alt="Pictures and arrays compared",
    )
    show_source(measured)


WATCHED = {"augmentation": "augmentation", "ablation": "augmentation", "networks": "network", "imbalance": "answer"}
"""Studies whose runs looked at the held-out fold on their way, and their factors."""


def _optimism() -> None:
    studies = [study for name, factor in WATCHED.items() if (study := results_data.study(name, factor)) is not None]
    if not studies:
        show_unmeasured("augmentation")
        return
    found = optimism(studies)
    n_runs = sum(part.n_runs for part in found)
    mean = sum(part.n_runs * part.mean for part in found) / n_runs
    largest = max(part.largest for part in found)
    st.markdown(
        f"Over {n_runs} runs, the best epoch on the test fold is **{points(mean)} points** above the last one, at most "
        f"{points(largest)}. Whoever reports it reports that much too much: the test has chosen the model."
    )
    bars = [Bar(part.study, 100 * part.mean, _percent(part.interval), note=f"{part.n_runs} runs") for part in found]
    _chart(
        intervals_figure(bars, x_title="best epoch minus last, points", zero=0.0, colours={"": GREY}),
        key="optimism",
        alt="Best epoch minus last epoch, by study",
    )
    st.caption("From the curves of all runs above; the tables hold accuracy and best accuracy of each.")


QUESTIONS: dict[str, tuple[str, Callable[[], None]]] = {
    "augmentation": ("What does augmentation bring?", _augmentation),
    "ablation": ("Which ingredient matters?", _ablation),
    "networks": ("Mel spectrogram or raw waveform, and which network?", _networks),
    "leak": ("How much of a 95% is a leak?", _leak),
    "imbalance": ("What does imbalance cost, and what helps?", _imbalance),
    "pictures": ("Pictures or arrays?", _pictures),
    "optimism": ("What does it bring to choose the epoch on the test?", _optimism),
}
"""Name, question, and what shows the answer."""
