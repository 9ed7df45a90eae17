"""What a table of predictions is worth: the audit's verdict, figures, matrix, recall, and the report to take away."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.intervals import Difference
from esc_core.plots.training import confusion_figure
from esc_core.scoring.page import report_html
from esc_core.scoring.report import CLEAN, chance, describe, people, plain, report, report_json, span
from esc_core.scoring.score import FOLDS, Score
from esc_core.words import counted, readable
from ui.loaders import human_recall
from ui.prediction import PLOTLY, ink

REPORTS = {
    "Page": (report_html, ".html", "text/html", "One file to read, to print or to send, with the matrix."),
    "JSON": (report_json, ".json", "application/json", "Every figure, for programs."),
    "Markdown": (report, ".md", "text/markdown", "Text, for a notebook or a repository."),
}

CALIBRATION = {
    "top_5": ("Among the first five", "{:.1%}", "Share of the clips whose category is among the five most probable."),
    "ece": ("Calibration error", "{:.1%}", "Expected calibration error: how far confidence and accuracy lie apart."),
    "nll": ("Log loss", "{:.3f} nats", "Negative log likelihood: 0 is best; blind guesses among 50 have 3.91."),
    "brier": ("Brier score", "{:.3f}", "Squared distance of the probabilities from the truth: 0 is best, 2 worst."),
}  # fmt: skip

TABLE_HEIGHT = 700
"""Of the recalls beside the matrix, in pixels."""


def show_report(score: Score, difference: Difference | None, *, name: str) -> None:
    """Show a score: the audit first, then the figures.

    Parameters
    ----------
    score : Score
        The score.
    difference : Difference or None
        Against another table.
    name : str
        File name of the predictions.
    """
    with st.container():  # of parts that come and go, so that what follows keeps its place
        _show_verdict(score)
        _show_figures(score)
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
    else:
        st.success(CLEAN, icon=":material/check_circle:")
    if unchecked:
        st.caption(f"Could not be checked:\n\n{_list(unchecked)}")


def _list(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {plain(sentence)}" for sentence in sentences)


def _show_figures(score: Score) -> None:
    with st.container(horizontal=True, gap="medium"):
        _metric(
            "Accuracy", f"{score.accuracy:.1%}", f"95%: {span(score.accuracy_interval)}",
            f"Share of {counted(score.n_clips, 'clip', 'clips')} of {score.data} that is named rightly. The interval "
            "is by recording: clips cut from one recording count as one draw.",
        )  # fmt: skip
        _metric(
            "Macro recall", f"{score.macro_recall:.1%}", f"95%: {span(score.macro_recall_interval)}",
            "Mean over the categories, so that each counts as much as any other.",
        )  # fmt: skip
        if score.n_missing:
            _metric(
                "Missing as wrong", f"{score.accuracy_missing_wrong:.1%}",
                f"{counted(score.n_missing, 'clip', 'clips')} missing",
                f"The accuracy if each clip of {score.data} that was not predicted counts as wrong.",
            )  # fmt: skip
        _metric("People", f"{people(score):.1%}", "Piczak 2015", "Accuracy in the listening test of the data set.")
        _metric("Chance", f"{chance(score):.0%}", "by guessing", "Accuracy of who guesses blindly.")


def _metric(label: str, value: str, below: str, about: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", help=about, width="content")


def _show_folds(score: Score) -> None:
    st.markdown("**Accuracy by fold** – in percent")
    values = [np.nan if value is None else 100 * value for value in score.fold_accuracy]
    st.dataframe(
        pd.DataFrame({"fold": FOLDS, "accuracy": values}), hide_index=True, placeholder="–", alt="Accuracy by fold",
        height=_height(len(FOLDS)),  # given, so that nothing moves when the table has been drawn
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
    if score.calibration is None:
        st.caption(
            "There are none in this table. With one column of probabilities a category, their calibration is measured."
        )
        return
    with st.container(horizontal=True, gap="medium"):
        for key, (label, form, about) in CALIBRATION.items():
            st.metric(label, form.format(score.calibration[key]), help=about, width="content")


def _show_confusion(score: Score) -> None:
    counts, true, guessed = score.seen_confusion()
    st.markdown("**Confusion** – point at a cell to read it")
    st.plotly_chart(
        confusion_figure(counts, true, guessed=guessed, ink=ink()), key="score:confusion", config=PLOTLY,
        alt=f"Confusion matrix: {score.accuracy:.1%} of {score.n_clips} clips are named rightly",
    )  # fmt: skip


def _show_recall(score: Score) -> None:
    table = pd.DataFrame(
        {
            "category": [readable(name) for name in score.recall],
            "recall": [100 * value for value in score.recall.values()],
            "people": [100 * human_recall().get(name, np.nan) for name in score.recall],
        }
    ).sort_values("recall", kind="stable")
    st.markdown("**Recall by category** – the hardest first, in percent")
    share = partial(st.column_config.ProgressColumn, width=104, format="%.0f%%", min_value=0, max_value=100)
    st.dataframe(
        table, hide_index=True, height=min(TABLE_HEIGHT, _height(len(table))), alt="Recall of each category",
        column_config={
            "category": st.column_config.TextColumn(width=130),
            "recall": share(help="Share of its clips that were named rightly."),
            "people": share(help="The same of people, in the listening test of ESC-50."),
        },
    )  # fmt: skip
    if score.data == "ESC-10":
        st.caption("People had all fifty names to choose from here; with ESC-10's ten they name 95.7% rightly.")


def _height(n_rows: int) -> int:
    return 38 + 35 * n_rows


def _show_downloads(score: Score, difference: Difference | None, *, stem: str) -> None:
    st.markdown("**The report to take away**")
    with st.container(horizontal=True):
        for label, (write, ending, mime, about) in REPORTS.items():
            st.download_button(
                label, partial(write, score, difference), f"{stem}-score{ending}", mime, key=f"score:{label}",
                icon=":material/download:", on_click="ignore", help=about,
            )  # fmt: skip
