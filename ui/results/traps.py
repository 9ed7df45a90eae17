"""Questions about what misleads: the leak, imbalance, pictures in the place of arrays, an epoch chosen on the test."""

from __future__ import annotations

import streamlit as st

from esc_core.colours import BLUE, GREY, WRONG
from esc_core.findings.measured import Study, rare_categories
from esc_core.findings.trust import optimism
from esc_core.findings.words import NAMES, gap_words, interval_words
from esc_core.plots.results import Bar, intervals_figure
from esc_core.training.fit.evaluation import eval_every
from esc_core.words import points
from ui.results import data
from ui.results.charts import chart, percent
from ui.results.source import show_source, show_unmeasured


def show_leak() -> None:
    """Show what each way to divide clips promises, and what holds."""
    found = data.leak()
    if found is None or found[1][0].n_repeats < 2:  # one repeat says nothing about the next
        show_unmeasured("leak")
        return
    measured, arms = found
    first = arms[0]
    known = first.same_clip + first.siblings
    st.markdown(
        f"Divided at random, {known:.0f} of {first.n_test} test sounds have their own clip or a sibling in training, "
        f"and the test promises **{points(first.gap)} points** more than hold on a fold that nobody has heard "
        f"({interval_words(first.gap_interval)}); with whole folds, which leak nothing, it is {points(arms[-1].gap)} "
        f"({points(arms[-1].gap_interval[0])} to {points(arms[-1].gap_interval[1])}). Each repeat has another unheard "
        "fold, so that it does not matter which is harder; that they differ makes the intervals wide."
    )
    bars = [
        Bar(NAMES[arm.name], 100 * value, percent(interval), series=series, note=f"mean of {arm.n_repeats} repeats")
        for arm in arms
        for series, value, interval in (
            ("its own test", arm.own, arm.own_interval),
            ("a fold that none has heard", arm.sealed, arm.sealed_interval),
        )
    ]
    colours = {"its own test": WRONG, "a fold that none has heard": BLUE}
    chart(
        intervals_figure(bars, x_title="clips named rightly, %", colours=colours),
        key="leak",
        alt="Accuracy of each division on its own test and on a fold that none has heard",
    )
    show_source(measured)


ALL_CLIPS = "all-clips"
"""Level of the study on imbalance that has none."""


def show_imbalance() -> None:
    """Show what rare categories lose, and what each answer brings them."""
    measured = data.study("imbalance", "answer")
    if measured is None:
        show_unmeasured("imbalance")
        return
    rare = rare_categories(measured)
    parts = {
        f"the {len(rare)} rare categories": data.shares(measured, rare, inside=True),
        "all others": data.shares(measured, rare, inside=False),
    }
    bars = [
        Bar(NAMES.get(name, name), 100 * share, percent(interval), series=series)
        for name in measured.names
        for series, shares in parts.items()
        for share, interval in [shares[name]]
    ]
    words = (
        f"{len(rare)} categories keep a quarter of their training clips. Every category has equally many held-out "
        "clips, so these shares are mean recalls."
    )
    if {"nothing", ALL_CLIPS} <= set(measured.names):
        cost = data.gap(measured, "nothing", measured, ALL_CLIPS, categories=rare)
        words += f" That costs the {len(rare)} **{points(cost.accuracy)} points** ({interval_words(cost.interval)})."
    words += _told_answers(measured, rare)
    st.markdown(words)
    chart(
        intervals_figure(bars, x_title="mean recall, %", colours=dict(zip(parts, (WRONG, BLUE), strict=True))),
        key="imbalance",
        alt="Recall of rare and of other categories by answer to imbalance",
    )
    show_source(measured)


def _told_answers(measured: Study, rare: tuple[str, ...]) -> str:
    """Say what each answer brings over all categories, and what it takes from those that are not rare."""
    others = tuple(sorted(set(measured.clips["category"]) - set(rare)))
    parts = []
    for name in measured.names:
        if name not in ("nothing", ALL_CLIPS) and "nothing" in measured.names:
            overall = data.gap(measured, name, measured, "nothing")
            low, high = overall.interval
            taken = data.gap(measured, name, measured, "nothing", categories=others)
            parts.append(
                f"{NAMES.get(name, name)} **{points(overall.accuracy)}** ({points(low)} to {points(high)}; the "
                f"{len(others)} others {points(taken.accuracy)})"
            )
    return f" Over all categories, in points, answers bring: {', '.join(parts)}." if parts else ""


def show_pictures() -> None:
    """Show what it costs, and brings, to look at pictures of spectrograms."""
    measured = data.study("pictures", "route")
    if measured is None:
        st.info("Not measured yet. `python -m benchmarks.pictures` does it.", icon=":material/hourglass_empty:")
        return
    cells = measured.cells.set_index("route")
    pictures, arrays = cells.loc["pictures"], cells.loc["arrays"]
    gap = data.gap(measured, "pictures", measured, "arrays")
    times = {key: pictures[key] / arrays[key] for key in ("input_ms", "memory_bytes", "epoch_core_seconds")}
    st.markdown(
        f"A picture of a spectrogram takes **{times['input_ms']:.1f} times** as long to make as its array, "
        f"{times['memory_bytes']:.1f} times the memory, and {times['epoch_core_seconds']:.1f} times as long to learn "
        f"from. The network that reads pictures ends **{gap_words(gap)}** the one that reads arrays "
        f"({interval_words(gap.interval)})."
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


CUES = {
    "silence": "silence and duration",
    "bandwidth": "bandwidth",
    "both": "both: four numbers a clip",
}


def show_shortcuts() -> None:
    """Show what can be named without listening to the sound itself."""
    measured = data.study("shortcuts", "cue")
    if measured is None:
        st.info("Not measured yet. `python -m benchmarks.shortcuts` does it.", icon=":material/hourglass_empty:")
        return
    categories = tuple(sorted(set(measured.clips["category"])))
    found = data.shares(measured, categories, inside=True)
    share, interval = found["both"]
    low, high = percent(interval)
    st.markdown(
        f"How much of a clip is padding, how long it sounds, and between which frequencies its power lies: these four "
        f"numbers name **{share:.1%}** of clips rightly ({low:.1f} to {high:.1f}%), where chance is "
        f"{1 / len(categories):.0%}. They say as much of the recording as of the sound: one reason why the models "
        "here cut padding away before they listen."
    )
    bars = [Bar(CUES[name], 100 * found[name][0], percent(found[name][1])) for name in measured.names]
    chart(
        intervals_figure(bars, x_title="clips named rightly, %", zero=100 / len(categories), colours={"": WRONG}),
        key="shortcuts",
        alt="Accuracy from silence and bandwidth alone; the line is chance",
    )
    show_source(measured)


WATCHED = {
    "augmentation": "augmentation",
    "augmentation-short": "augmentation",
    "ablation": "augmentation",
    "networks": "network",
    "features": "features",
    "imbalance": "answer",
}
"""Studies whose runs looked at the held-out fold on their way, and their factors."""


def show_optimism() -> None:
    """Show what choosing the epoch on the test would add to all scores above."""
    studies = [study for name, factor in WATCHED.items() if (study := data.study(name, factor)) is not None]
    if not studies:
        show_unmeasured("augmentation")
        return
    found = optimism(studies)
    n_runs = sum(part.n_runs for part in found)
    mean = sum(part.n_runs * part.mean for part in found) / n_runs
    largest = max(part.largest for part in found)
    every = sorted({eval_every(int(n)) for study in studies for n in study.cells["n_epochs"]})
    looks = "each" if every == [1] else f"each to one in {every[-1]}" if every[0] == 1 else f"one in {every[0]} or more"
    st.markdown(
        f"Over {n_runs} runs, the best of the epochs at which the test fold was looked at ({looks}) is "
        f"**{points(mean)} points** above the last one, at most {points(largest)}. Whoever reports it lets the test "
        "choose the model, and how much of the gain is luck, the fold that chose it can't say."
    )
    bars = [Bar(part.study, 100 * part.mean, percent(part.interval), note=f"{part.n_runs} runs") for part in found]
    chart(
        intervals_figure(bars, x_title="best epoch minus last, points", zero=0.0, colours={"": GREY}),
        key="optimism",
        alt="Best epoch minus last epoch, by study",
    )
    names = ", ".join(part.study for part in found)
    st.caption(f"From the curves of the studies {names}; their tables hold accuracy and best accuracy of each run.")
