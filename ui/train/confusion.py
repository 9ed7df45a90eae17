"""The confusion matrix of a run, whose cells show their clips when clicked; and the recall of each category."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.disk.tables import defused
from esc_core.measures.metrics import confusion, recall
from esc_core.plots.training import confusion_figure
from esc_core.words import percent_number, readable
from ui.answer.matrix import Cell, cell_of, click, options
from ui.answer.people import human_recall
from ui.answer.prediction import PLOTLY
from ui.clip.guessed import Guessed, clip_cards

ALL = "all mistakes"
"""Option for the clips of all cells off the diagonal."""

NEVER = " (never trained on)"
"""Added to the name of a category without a clip to train on, in place of a recall of 0%."""

SHOWN = 12
"""Number of cards beside the matrix."""


def show_confusion(given: Guessed, *, run_id: str) -> None:
    """Show the matrix, and beside it the clips of the selected cell.

    Parameters
    ----------
    given : Guessed
        The validation clips with their guesses.
    run_id : str
        Id of the run, to which the selected cell belongs.
    """
    n = len(given.categories)
    counts = confusion(given.labels, given.guesses.predicted, n_classes=n)
    key = f"cell:{run_id}"
    cells = {ALL: ALL} | options(counts, given.categories)
    chosen = st.session_state.get(key, ALL)
    if chosen not in cells:
        chosen = st.session_state[key] = ALL
    left, right = st.columns([6, 5], gap="large")
    with left:
        how = "click a cell, or choose it in the list, to hear its clips"
        st.markdown(f"**Confusion after epoch {given.guesses.epoch}** – {how}")
        cell = None if chosen == ALL else cell_of(chosen)
        figure = confusion_figure(counts, given.categories, chosen=cell)
        chart = f"confusion:{run_id}"
        st.plotly_chart(
            figure, key=chart, config=PLOTLY, on_select=partial(click, chart, key), selection_mode="points",
            alt=f"Confusion matrix: {int(np.trace(counts))} of {counts.sum()} clips are classified correctly",
        )  # fmt: skip
    with right:
        st.selectbox(
            "Clips", cells, format_func=lambda name: cells[name], key=key, persist_state="session",
            help="The cells of the matrix that hold clips; the most frequent mistake comes first.",
        )  # fmt: skip
        _show_cell(given, cell)


def _show_cell(given: Guessed, cell: Cell | None) -> None:
    if cell is None:
        positions = given.wrong
    else:
        inside = (given.labels == cell[0]) & (given.guesses.predicted == cell[1])
        positions = np.flatnonzero(inside)
        positions = positions[np.argsort(-given.guesses.confidence[positions], kind="stable")]
    if not len(positions):
        st.success("No mistakes on these clips.", icon=":material/check_circle:")
        return
    what = "mistake" if cell is None else "clip"
    n = len(positions)
    st.caption(f"1 {what}" if n == 1 else f"{n} {what}s, the most confident first")
    clip_cards(given, positions[:SHOWN].tolist(), key="cell_clips", label="Clips of the cell")


def show_recall(given: Guessed, *, synthetic: bool, never_trained: Collection[str] = ()) -> None:
    """Show the recall of each category, the lowest first, with that of people.

    Parameters
    ----------
    given : Guessed
        The validation clips with their guesses.
    synthetic : bool
        Whether the clips are synthetic, so that people's recall does not apply.
    never_trained : collection of str
        Categories without a clip to train on, which have no recall.
    """
    values = recall(given.labels, given.guesses.predicted, n_classes=len(given.categories))
    table = pd.DataFrame(
        {
            "category": [readable(name) + NEVER * (name in never_trained) for name in given.categories],
            "recall": [
                None if name in never_trained or np.isnan(value) else percent_number(value)
                for name, value in zip(given.categories, values, strict=True)
            ],
            "clips": np.bincount(given.labels, minlength=len(given.categories)),
            "people": [percent_number(human_recall().get(name, np.nan)) for name in given.categories],
        }
    ).sort_values("recall", kind="stable")
    if synthetic:
        table = table.drop(columns="people")
    column = st.column_config
    st.dataframe(
        defused(table), hide_index=True, height=min(460, 38 + 35 * len(table)), alt="Recall of each category",
        column_config={
            "recall": column.ProgressColumn(
                format="%.0f%%", min_value=0, max_value=100, help="Share of its clips that were classified correctly."
            ),
            "clips": column.NumberColumn(help="Validation clips; with few of them, the recall changes in large steps."),
            "people": column.ProgressColumn(
                format="%.0f%%", min_value=0, max_value=100, help="Recall of people, in the listening test of ESC-50."
            ),
        },
    )  # fmt: skip
