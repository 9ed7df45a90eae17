"""The chart of learning without labels: what each embedding tells of the categories, beside chance."""

from __future__ import annotations

import streamlit as st

from esc_core import colours
from esc_core.findings.measured import RESULTS_DIR
from esc_core.findings.unlabelled import COMMAND, TITLES
from esc_core.plots.results import Bar, intervals_figure
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.compare import FILE, OWN_OUTPUT
from ui.answer.prediction import PLOTLY
from ui.results import data
from ui.results.source import show_command

SERIES = {"probe": "linear probe", "nearest": "nearest neighbour", OWN_OUTPUT: "the network's own output"}
"""What is drawn, by the name of the measure."""

HUES = dict(zip(SERIES.values(), (colours.BLUE, colours.ORANGE, colours.GREEN), strict=True))


def show_without_labels() -> None:
    """Show accuracies as dots, agreement of clusters as a table, and the source."""
    rows = data.without_labels()
    measures = {name: {one.name: one for one in rows[name]} for name in TITLES if name in rows}
    bars = [
        Bar(TITLES[name], 100 * one.value, _percent(one.interval), series=SERIES[kind], note=f"{one.n} clips")
        for name, own in measures.items()
        for kind in SERIES
        if (one := own.get(kind)) is not None
    ]
    chance = max((100 * own["probe"].chance for own in measures.values() if "probe" in own), default=None)
    st.plotly_chart(
        intervals_figure(bars, x_title="correctly classified held-out clips, %", zero=chance, colours=HUES),
        key="chart:without_labels", config=PLOTLY,
        alt="Accuracy of linear probe and nearest neighbour for each embedding, with 95% intervals; the line is chance",
    )  # fmt: skip
    _agreement({name: own for name, own in measures.items() if {"nmi", "ari"} <= own.keys()})
    with st.container(horizontal=True, vertical_alignment="center", key="source:without_labels"):
        st.caption(
            "ESC-50, five folds: k-means, nearest neighbour and linear probe are fitted on four folds and asked about "
            "the fifth, which a network that was trained here has never heard.",
            width="content",
        )
        show_command(COMMAND, data="ESC-50, 16 kHz, 8-bit copy", tables={"embeddings": RESULTS_DIR / FILE})


def _agreement(measures: dict[str, dict[str, Measure]]) -> None:
    st.dataframe(
        {
            "compared by": [TITLES[name] for name in measures],
            "NMI of clusters and categories": [_figure(own["nmi"]) for own in measures.values()],
            "NMI by chance": [f"{own['nmi'].chance:.2f}" for own in measures.values()],
            "adjusted Rand index (chance: 0)": [_figure(own["ari"]) for own in measures.values()],
        },
        hide_index=True,
        alt="Agreement of clusters with categories, with 95% intervals",
    )


def _figure(one: Measure) -> str:
    return f"{one.value:.2f} ({one.interval[0]:.2f} to {one.interval[1]:.2f})"


def _percent(interval: tuple[float, float]) -> tuple[float, float]:
    return 100 * interval[0], 100 * interval[1]
