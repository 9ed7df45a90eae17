"""The score of a table of predictions: the audit's verdict, figures, matrix, recall, and the report to download."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.measures.bootstrap import Difference
from esc_core.plots.training import confusion_figure
from esc_core.scoring.figures import CALIBRATION, PEOPLE, Figure
from esc_core.scoring.page import report_html
from esc_core.scoring.report import describe, report, report_json, verdict
from esc_core.scoring.score import FOLDS, Score
from esc_core.words import percent, percent_number, readable
from ui.answer.people import human_recall
from ui.answer.prediction import PLOTLY
from ui.literal import literal

REPORTS = {
    "Page": (report_html, ".html", "text/html", "One file to read, print or send, with the matrix."),
    "JSON": (report_json, ".json", "application/json", "Every figure, for programs."),
    "Markdown": (report, ".md", "text/markdown", "Text, for a notebook or a repository."),
}

TABLE_HEIGHT = 700
"""Height of the recalls beside the matrix, in pixels."""


def show_report(score: Score, difference: Difference | None, *, name: str) -> None:
    """Show a score: first the audit, then the figures.

    Parameters
    ----------
    score : Score
        The score.
    difference : Difference or None
        Against another table.
    name : str
        File name of the predictions.
    """
    with st.container():  # its parts come and go, and what follows must not move
        _show_verdict(score)
        _show_figures(one for one in score.figures if one.kind != CALIBRATION)
        if difference:
            st.markdown(f":material/compare_arrows: {describe(difference)}")
    left, right = st.columns(2, gap="medium")
    with left:
        _show_folds(score)
    with right:
        _show_calibration(score)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _show_confusion(score)
    with right:
        _show_recall(score)
    _show_downloads(score, difference, stem=Path(name).stem)


def _show_verdict(score: Score) -> None:
    faults, unchecked = score.audit.faults, score.audit.unchecked
    if faults:
        st.warning(_list(faults), icon=":material/warning:", title="What the audit found")
    elif score.audit.training_checked:
        st.success(verdict(score.audit), icon=":material/check_circle:")
    else:
        st.info(verdict(score.audit), icon=":material/help:")
    if unchecked:
        st.caption(f"Could not be checked:\n\n{_list(unchecked)}")


def _list(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {literal(sentence)}" for sentence in sentences)


def _show_figures(figures: Iterable[Figure]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for one in figures:
            if one.shown:
                st.metric(
                    one.title, one.text, one.note or None, delta_color="off", delta_arrow="off", help=one.help,
                    width="content",
                )  # fmt: skip


def _show_folds(score: Score) -> None:
    st.markdown("**Accuracy by fold** – in percent")
    values = [np.nan if value is None else percent_number(value, digits=1) for value in score.fold_accuracy]
    st.dataframe(
        pd.DataFrame({"fold": FOLDS, "accuracy": values}), hide_index=True, placeholder="–", alt="Accuracy by fold",
        height=_height(len(FOLDS)),  # fixed, so that nothing moves when the table has been drawn
        column_config={
            "fold": st.column_config.NumberColumn(width="small", alignment="left"),
            "accuracy": st.column_config.ProgressColumn(
                format="%.1f%%", min_value=0, max_value=100,
                help=f"Of the clips of this official fold. {_standard_error(score)}",
            ),
        },
    )  # fmt: skip


def _standard_error(score: Score) -> str:
    n = score.n_clips / len([value for value in score.fold_accuracy if value is not None])
    error = 100 * np.sqrt(score.accuracy * (1 - score.accuracy) / n)
    return (
        f"One standard error is about {error:.0f} {'point' if round(error) == 1 else 'points'}." if error >= 0.5 else ""
    )


def _show_calibration(score: Score) -> None:
    st.markdown("**Probabilities**")
    figures = [one for one in score.figures if one.kind == CALIBRATION]
    if not figures:
        st.caption(
            "This table has no probabilities. From one column of probabilities per category, calibration is computed."
        )
        return
    _show_figures(figures)


def _show_confusion(score: Score) -> None:
    counts, true, guessed = score.seen_confusion()
    st.markdown("**Confusion matrix** – point at a cell to read it")
    st.plotly_chart(
        confusion_figure(counts, true, guessed=guessed), key="score:confusion", config=PLOTLY,
        alt=f"Confusion matrix: {percent(score.accuracy, digits=1)} of {score.n_clips} clips are correctly classified",
    )  # fmt: skip


def _show_recall(score: Score) -> None:
    table = pd.DataFrame(
        {
            "category": [readable(name) for name in score.recall],
            "recall": [percent_number(value) for value in score.recall.values()],
            "people": [percent_number(human_recall().get(name, np.nan)) for name in score.recall],
        }
    ).sort_values("recall", kind="stable")
    st.markdown("**Recall by category** – the hardest first, in percent")
    share = partial(st.column_config.ProgressColumn, width=104, format="%.0f%%", min_value=0, max_value=100)
    st.dataframe(
        table, hide_index=True, height=min(TABLE_HEIGHT, _height(len(table))), alt="Recall of each category",
        column_config={
            "category": st.column_config.TextColumn(width=130),
            "recall": share(help="Share of its clips that are correctly classified."),
            "people": share(help="The same for people, in the listening test of ESC-50."),
        },
    )  # fmt: skip
    if score.data == "ESC-10":
        st.caption(
            "These people chose among all fifty categories; among ESC-10's ten, people classify "
            f"{percent(PEOPLE['ESC-10', 10], digits=1)} correctly."
        )


def _height(n_rows: int) -> int:
    return 38 + 35 * n_rows


def _show_downloads(score: Score, difference: Difference | None, *, stem: str) -> None:
    st.markdown("**Download the report**")
    with st.container(horizontal=True):
        for label, (write, ending, mime, about) in REPORTS.items():
            st.download_button(
                label, partial(write, score, difference), f"{stem}-score{ending}", mime, key=f"score:{label}",
                icon=":material/download:", on_click="ignore", help=about,
            )  # fmt: skip
