"""All runs in a table, and two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from esc_core import colours
from esc_core.dataset import Dataset
from esc_core.errors import EscError
from esc_core.models import ARCHITECTURES
from esc_core.tables import defused
from esc_core.training.envelope import opened
from esc_core.training.runs.runs import Run, list_runs
from esc_core.words import date_and_time, percent, percent_number, rough_duration
from ui import state
from ui.literal import literal, show_error
from ui.train.curves import CHANCE, COLOURS, line_chart
from ui.train.start import WATCH

FIRST_COLOUR, SECOND_COLOUR = colours.BLUE, colours.ORANGE


def show_runs(dataset: Dataset) -> None:
    """Show the table; one selected run can be watched, two are compared.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    """
    runs = [run for run in list_runs() if run.lesson is None]
    if not runs:
        st.info("No run yet. Start one with a button above.", icon=":material/model_training:")
        return
    st.markdown("Select one run to watch it, or two to compare them.")
    event = st.dataframe(
        pd.DataFrame([_row(run) for run in runs]), key=f"runs:{len(runs)}", hide_index=True, on_select="rerun",
        selection_mode="multi-row", height=min(360, 38 + 35 * len(runs)), placeholder="–", alt="All runs",
        column_config={
            "accuracy": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100),
            "macro recall": st.column_config.NumberColumn(
                format="%.0f%%", help="Mean recall over the categories: a rare one counts as much as a frequent one."
            ),
        },
    )  # fmt: skip
    rows: list[int] = event.selection.rows
    chosen = [runs[i] for i in rows if i < len(runs)]
    if len(chosen) == 1:
        st.button(
            f"Watch {literal(chosen[0].name)}",
            icon=":material/monitoring:",
            type="primary",
            on_click=_watch,
            args=(chosen[0],),
        )
    elif len(chosen) == 2:
        _compare(*chosen)
    elif len(chosen) > 2:
        st.info("At most two runs can be compared.", icon=":material/compare_arrows:")


def _watch(run: Run) -> None:
    state.RUN.write(run.id)
    state.SHOW.write(WATCH)


def _row(run: Run) -> dict[str, Any]:
    status = run.status()
    row: dict[str, Any] = {"run": run.name, "state": status.state}
    try:
        config = run.config
    except EscError:
        return row
    return row | {
        "network": ARCHITECTURES[config.model].title if config.model in ARCHITECTURES else config.model,
        "categories": len(watched.categories) if (watched := run.watched()) else None,
        "fold": config.val_fold,
        "epochs": f"{status.epoch} of {status.n_epochs}",
        "accuracy": None if status.accuracy is None else percent_number(status.accuracy),
        "macro recall": None if status.macro_recall is None else percent_number(status.macro_recall),
        "training": rough_duration(status.seconds),
        "queued": date_and_time(run.about.get("submitted_at", 0)),
    }


def names_of(a: Run, b: Run) -> list[str]:
    """Return the names of two runs in chart and table; their ids if a name would be ambiguous there."""
    taken = {CHANCE, "setting"}  # a line of the chart, a column of the table
    alike = a.name == b.name or {a.name, b.name} & taken
    return [a.id, b.id] if alike else [a.name, b.name]


def _compare(a: Run, b: Run) -> None:
    """Show two runs side by side: curves, scores, what differs."""
    names = names_of(a, b)
    try:
        same, sentence = same_split(a, b)
        table = differences([a, b], names)
    except EscError as error:
        show_error(error)
        return
    (st.success if same else st.warning)(sentence, icon=":material/check:" if same else ":material/warning:")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("**Accuracy on the validation clips**")
        _curves([a, b], names)
    with right:
        st.markdown("**Scores**")
        st.dataframe(defused(_scores([a, b], names)), alt="Scores of both runs")
        st.markdown("**Settings that differ**")
        if table.empty:
            st.markdown("None.")
        else:
            st.dataframe(defused(table), hide_index=True, alt="Settings that differ")


def _curves(runs: Sequence[Run], names: Sequence[str]) -> None:
    curves = [
        {row["epoch"]: 100 * row["val_accuracy"] for row in run.metrics() if row["val_accuracy"] is not None}
        for run in runs
    ]
    watched = runs[0].watched()
    levels = {CHANCE: 100 / len(watched.categories)} if watched else {}
    line_chart(
        dict(zip(names, curves, strict=True)), levels=levels, n_epochs=max(run.status().n_epochs for run in runs),
        colours={**COLOURS, names[0]: FIRST_COLOUR, names[1]: SECOND_COLOUR},
        alt=f"Validation accuracy of {names[0]} and {names[1]}",
    )  # fmt: skip


def _scores(runs: Sequence[Run], names: Sequence[str]) -> pd.DataFrame:
    columns = {}
    for name, run in zip(names, runs, strict=True):
        status, envelope = run.status(), opened(run)
        columns[name] = {
            "accuracy": percent(status.accuracy),
            "macro recall": percent(status.macro_recall),
            "sealed fold": percent(envelope.accuracy) if envelope else "sealed" if run.config.test_fold else "–",
            "training": rough_duration(status.seconds),
        }
    return pd.DataFrame(columns)


def same_split(a: Run, b: Run) -> tuple[bool, str]:
    """Return whether two runs have the same split, and a sentence that compares them clip by clip.

    Raises
    ------
    TrainingError
        If the settings of one can't be read.
    """
    first, second = a.watched(), b.watched()
    if first is None or second is None:
        return False, "One of them has not been evaluated yet."
    if first.filenames != second.filenames or a.config.test_fold != b.config.test_fold:
        return False, "Different splits: the runs were scored on different clips, so their scores cannot be compared."
    guesses = [run.guesses() for run in (a, b)]
    if not all(guesses):
        return True, "The same split."
    correct = [evaluations[-1].predicted == first.labels for evaluations in guesses]
    only = [int(np.sum(correct[0] & ~correct[1])), int(np.sum(correct[1] & ~correct[0]))]
    return True, (
        f"The same split, {len(first.filenames)} validation clips: {only[0]} are classified correctly by "
        f"{literal(a.name)} only, {only[1]} by {literal(b.name)} only."
    )


def differences(runs: Sequence[Run], names: Sequence[str]) -> pd.DataFrame:
    """Return the settings in which two runs differ, one row each; the data folder counts as a setting.

    Raises
    ------
    TrainingError
        If the settings of one can't be read.
    """
    a, b = ({"data": str(run.data_dir), **_flat(run.config.to_dict())} for run in runs)
    rows = [
        {"setting": key.replace("_", " "), names[0]: str(a.get(key)), names[1]: str(b.get(key))}
        for key in a
        if a.get(key) != b.get(key)
    ]
    return pd.DataFrame(rows)


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in values.items() if key != "features"}, **values["features"]}
