"""Charts of what lies beyond ESC-50: models that heard AudioSet first, and rules that know an unknown sound."""

from __future__ import annotations

import streamlit as st

from esc_core import colours
from esc_core.findings.beyond import ROOM, UNKNOWN_COMMAND, UNKNOWN_FILE
from esc_core.findings.measured import RESULTS_DIR, Study
from esc_core.plots.results import Bar, intervals_figure
from ui.answer.prediction import PLOTLY
from ui.results import data
from ui.results.source import show_command

AS_THEY_ARE, IN_A_ROOM = "as they are", "in a noisy room"
"""Series of the chart of the shipped models."""


def show_shipped(measured: Study) -> None:
    """Show each shipped model's accuracy on clean clips and in a noisy room.

    Parameters
    ----------
    measured : Study
        The models, as levels NAME and NAME-room.
    """
    categories = tuple(sorted(set(measured.clips["category"])))
    found = data.shares(measured, categories, inside=True)
    bars = [
        _bar(name.removesuffix(ROOM), *found[name], series=IN_A_ROOM if name.endswith(ROOM) else AS_THEY_ARE)
        for name in measured.names
    ]
    st.plotly_chart(
        intervals_figure(
            bars, x_title="correctly classified clips, %",
            colours={AS_THEY_ARE: colours.BLUE, IN_A_ROOM: colours.ORANGE},
        ),
        key="chart:shipped", config=PLOTLY,
        alt=f"Accuracy of each shipped model on the clips {AS_THEY_ARE} and {IN_A_ROOM}, with 95% intervals",
    )  # fmt: skip


def show_unknown() -> None:
    """Show how well each rule tells unknown sounds from known ones, with the source."""
    rules = data.unknown_rules()
    first = {rule.sounds: rule.model for rule in reversed(rules)}
    shown = [rule for rule in rules if rule.model == first[rule.sounds]]
    hues = dict(zip(dict.fromkeys(rule.sounds for rule in shown), (colours.BLUE, colours.ORANGE), strict=True))
    st.plotly_chart(
        intervals_figure(
            [_bar(rule.rule, rule.auroc, rule.interval, series=rule.sounds) for rule in shown],
            x_title="known sound above unknown one, % of pairs", zero=50.0, colours=hues,
        ),
        key="chart:unknown", config=PLOTLY,
        alt="How often each rule ranks a known sound above an unknown one, with 95% intervals; the line is chance",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", key="source:unknown"):
        st.caption(
            "Left-out categories: ten of ESC-50 on which the heads were not trained, five times. Made sounds: speech, "
            "instruments, telephones and noise that the program makes. Known sounds: ESC-50's clips, each asked of the "
            "network that was not trained on its fold.",
            width="content",
        )
        show_command(UNKNOWN_COMMAND, data="ESC-50, 16 kHz, 8-bit copy", tables={"rules": RESULTS_DIR / UNKNOWN_FILE})


def _bar(label: str, share: float, interval: tuple[float, float], *, series: str) -> Bar:
    return Bar(label, 100 * share, (100 * interval[0], 100 * interval[1]), series=series)
