"""One answer and one chart per question, with the data and the command behind it."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from esc_core.findings.questions import QUESTIONS, Question
from ui.literal import show_error
from ui.results import data
from ui.results.charts import show_chart
from ui.results.source import show_source, show_unmeasured


def show_questions() -> None:
    """Show every question of the study, in its order."""
    for question in QUESTIONS:
        st.subheader(question.title, anchor=question.name)
        try:
            _show(question)
        except EscError as error:
            show_error(error, icon=":material/broken_image:")


def _show(question: Question) -> None:
    answer = data.answer(question)
    if answer is None:
        show_unmeasured(question)
        return
    if answer:
        st.markdown(answer)
    show_chart(question)
    for name in (question.name, *question.also) if question.factor else ():
        measured = data.study(name)
        if measured is not None:
            show_source(measured)
