"""All runs in a table, and two of them side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from esc_core import colours
from esc_core.dataset import Dataset
from esc_core.disk.tables import defused
from esc_core.errors import EscError
from esc_core.findings.words import describe_interval
from esc_core.models.registry import title_of
from esc_core.training.finished.compare import (
    compare_runs,
    differing_settings,
    same_validation,
    trained_on_the_same_clips,
)
from esc_core.training.finished.envelope import opened
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import CLASSIFIER, Run
from esc_core.words import counted, date_and_time, percent, percent_number, points, rough_duration
from ui import state
from ui.classroom import runs as class_runs
from ui.classroom.rights import Action, may
from ui.literal import literal, show_error
from ui.runs.chart import line_chart
from ui.train.curves import CHANCE, COLOURS
from ui.train.start import WATCH

FIRST_COLOUR, SECOND_COLOUR = colours.BLUE, colours.ORANGE


def show_runs(dataset: Dataset) -> None:
    """Show the table; one selected run can be watched, two are compared.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    """
    runs = [run for run in list_runs(kind=CLASSIFIER) if run.lesson is None]
    if not runs:
        st.info("No run yet. Start one with a button above.", icon=":material/model_training:")
        return
    _offer_to_clear([run for run in list_runs() if run.status().state == "queued"])
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


def _offer_to_clear(waiting: Sequence[Run]) -> None:
    """Show the button that clears the queue, where there is one and who asks may."""
    if not waiting or not may(Action.CLEAR_QUEUE):
        return
    if st.button(
        f"Clear the queue ({counted(len(waiting), 'run waits', 'runs wait')})", icon=":material/clear_all:",
        key="clear_queue", help="All waiting runs are stopped. Each can be resumed. The run that trains goes on.",
    ):  # fmt: skip
        try:
            class_runs.clear_queue()
        except EscError as error:
            show_error(error)
        else:
            st.rerun()


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
        "network": title_of(config.model),
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
        same, sentence = comparison(a, b)
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
    numbers = {len(watched.categories) for run in runs if (watched := run.watched())}
    # with different numbers of categories there is no one level of chance
    levels = {CHANCE: 100 / numbers.pop()} if len(numbers) == 1 else {}
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


def comparison(a: Run, b: Run) -> tuple[bool, str]:
    """Return whether the scores of two runs can be compared, and what can be said of them.

    Raises
    ------
    TrainingError
        If the settings of one can't be read.
    """
    same = same_validation(a, b)
    if same is None:
        waiting = " and ".join(literal(run.name) for run in (a, b) if not run.guesses())
        return False, f"Nothing to compare yet: {waiting} has no score."
    if not same:
        return False, "The runs were validated on different clips, so their scores cannot be compared."
    sentences = [_difference(a, b), *_so_far(a, b)]
    if not trained_on_the_same_clips(a, b):
        sentences.append("They were trained on different clips, which is part of the difference.")
    return True, " ".join(sentences)


def _difference(a: Run, b: Run) -> str:
    """Say how far two runs lie apart on the same clips, and whether that could be chance."""
    difference = compare_runs(a, b)
    first, second = literal(a.name), literal(b.name)
    if not difference.only_first and not difference.only_second:
        return f"On the same {difference.n_clips} validation clips both are correct for the same ones."
    verdict = "is more than chance" if difference.more_than_chance else "could be chance"
    return (
        f"On the same {difference.n_clips} validation clips, {first} scores {points(difference.accuracy)} points "
        f"against {second} ({describe_interval(difference.interval)}), which {verdict}: {difference.only_first} clips "
        f"are classified correctly by {first} only, {difference.only_second} by {second} only."
    )


def _so_far(a: Run, b: Run) -> list[str]:
    """Say of each run that has not ended how far it is: its score is not its last one."""
    states = [(run, run.status()) for run in (a, b)]
    return [
        f"{literal(run.name)} is at epoch {status.epoch} of {status.n_epochs}, so this is not its final score."
        for run, status in states
        if status.state != "done"
    ]


def differences(runs: Sequence[Run], names: Sequence[str]) -> pd.DataFrame:
    """Return the settings in which two runs differ, one row each; the data folder counts as a setting.

    Raises
    ------
    TrainingError
        If the settings of one can't be read.
    """
    rows = [
        {"setting": key.replace("_", " "), names[0]: _value(first), names[1]: _value(second)}
        for key, (first, second) in differing_settings(*runs).items()
    ]
    return pd.DataFrame(rows)


def _value(value: Any) -> str:
    """Write a setting for people; a chain or a limit as in JSON, since its numbers may be all that differs."""
    if value is None or value in ({}, []):
        return "–"
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)
