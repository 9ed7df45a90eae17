"""One answer and one chart per question, with the data and the command behind it."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from esc_core.findings.questions import QUESTIONS, Question
from ui.literal import show_error
from ui.results import data
from ui.results.charts import show_chart
from ui.results.source import show_source, show_unmeasured

ALL_CHARTS = "results:all_charts"
"""Streamlit key of the switch."""


def show_questions() -> None:
    """Show every question of the study, in its order; a chart is drawn when it is opened, the first one at once.

    A question that is asked only once it was measured is left out before.
    """
    # all charts take a browser as long as the rest of the page twenty times over
    every = st.toggle(
        "All charts", key=ALL_CHARTS, persist_state="session",
        help="Opens the chart of every question. It takes a few seconds.",
    )  # fmt: skip
    for i, question in enumerate(QUESTIONS):
        if question.only_measured and not _measured(question):
            continue
        st.subheader(question.title, anchor=question.name)
        try:
            _show(question, opened=every or i == 0, kind="all" if every else "one")
        except EscError as error:
            show_error(error, icon=":material/broken_image:")


def _measured(question: Question) -> bool:
    try:
        return data.answer(question) is not None
    except EscError:  # it was, and what is wrong with its table is said below its title
        return True


def _show(question: Question, *, opened: bool, kind: str) -> None:
    answer = data.answer(question)
    if answer is None:
        show_unmeasured(question)
        return
    if answer:
        st.markdown(answer)
    # the switch has expanders of its own: one that was closed by hand would stay closed
    chart = st.expander(
        "Chart", expanded=opened, icon=":material/bar_chart:", key=chart_key(question, kind), on_change="rerun"
    )
    if chart.open:
        with chart:
            show_chart(question)
    for name in (question.name, *question.also) if question.factor else ():
        measured = data.study(name)
        if measured is not None:
            show_source(measured)


def chart_key(question: Question, kind: str) -> str:
    """Return the Streamlit key of a question's expander; `kind` is "all" while the switch is on, else "one"."""
    return f"results:{kind}:{question.name}"
