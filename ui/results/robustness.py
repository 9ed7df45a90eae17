"""What rooms, noise and telephones cost: a small chart for each corruption, a table of the models, and the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import streamlit as st

from esc_core import colours
from esc_core.findings.measured import RESULTS_DIR
from esc_core.findings.robust import COMMAND, FILE, clean_row, pooled, summary_table
from esc_core.measures.intervals import share_interval
from esc_core.plots.results import Point, panels_figure
from esc_core.robustness.rows import Row
from esc_core.robustness.suite import CLEAN, N_SEVERITIES, SUITE
from esc_core.robustness.summary import REFERENCE, is_complete
from ui.answer.prediction import PLOTLY
from ui.results import data
from ui.results.source import show_command

MODEL_COLOURS = (colours.BLUE, colours.ORANGE, colours.GREEN, colours.PINK, colours.DEEP_BLUE)
"""Colours of the models, in the order of the table; the reference is grey."""

ALL = "Mean of all"


def show_robustness() -> None:
    """Show every model that was scored, under each corruption."""
    models = data.robust_models()
    next_colour = cycle(MODEL_COLOURS)
    hues = {name: colours.GREY if name == REFERENCE else next(next_colour) for name in models}
    st.plotly_chart(
        panels_figure(_panels(models), x_title="severity", colours=hues), key="chart:robustness", config=PLOTLY,
        alt="Accuracy of each model against the severity of each corruption, with 95% intervals; 0 is a clean clip",
    )  # fmt: skip
    st.dataframe(summary_table(models), hide_index=True, alt="Models compared on clean and on corrupted clips")
    st.caption(
        "Severity 0 is the clean clip. The mean corruption error counts the errors of a model for each one of "
        f"{REFERENCE}; less is better. Intervals take the models as if each had heard other clips, so a difference "
        "is at least as certain as they say."
    )
    _show_source(next(iter(models.values())))


def _panels(models: Mapping[str, Sequence[Row]]) -> dict[str, list[Point]]:
    whole = {name: rows for name, rows in models.items() if is_complete(rows)}
    panels = {ALL: [point for name, rows in whole.items() for point in _mean_line(name, rows)]} if whole else {}
    for one in SUITE:
        points = [
            _point(
                name, row.severity, f"{one.title}, {row.value}" if row.severity else CLEAN, row.n_correct, row.n_clips
            )
            for name, rows in models.items()
            for row in rows
            if row.corruption in (CLEAN, one.name)
        ]
        if any(point.cost for point in points):
            panels[one.title] = points
    return panels or {ALL: [_clean_point(name, rows) for name, rows in models.items()]}


def _mean_line(name: str, rows: Sequence[Row]) -> list[Point]:
    means = [pooled(rows, severity=severity) for severity in range(1, N_SEVERITIES + 1)]
    steps = (_point(name, i, f"mean at severity {i}", *mean) for i, mean in enumerate(means, start=1))
    return [_clean_point(name, rows), *steps]


def _clean_point(name: str, rows: Sequence[Row]) -> Point:
    clean = clean_row(rows)
    return _point(name, 0, CLEAN, clean.n_correct, clean.n_clips)


def _point(name: str, step: int, label: str, n_correct: int, n_clips: int) -> Point:
    low, high = share_interval(n_correct, n_clips)
    return Point(name, f"{name}: {label}", step, 100 * n_correct / n_clips, (100 * low, 100 * high))


def _show_source(rows: Sequence[Row]) -> None:
    clean = clean_row(rows)
    facts = [
        f"ESC-50, {clean.data}",
        "all clips" if clean.clips == "all" else f"{clean.clips} clips, the same for all models",
        "each clip by the network that was not trained on its fold",
        f"seed {clean.seed}",
    ]
    with st.container(horizontal=True, vertical_alignment="center", key="source:robustness"):
        st.caption(" · ".join(facts), width="content")
        show_command(COMMAND, data=clean.data, tables={"scores": RESULTS_DIR / FILE})
