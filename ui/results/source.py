"""Where a number comes from: data, folds, seed, machine, the tables, and the command that makes them again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from esc_core.findings.measured import RESULTS_DIR, Study
from esc_core.findings.questions import Question, study_command

EVALUATION_RULE = "last epoch, never the best one"
"""The rule by which every score on the page was taken."""


def show_source(measured: Study) -> None:
    """Show on what a study was measured, with its tables and its command.

    Parameters
    ----------
    measured : Study
        The study.
    """
    about = measured.about
    seeds = ", ".join(str(seed) for seed in sorted(set(measured.cells["seed"])))
    # levels are shown on the folds that all of them have
    folds = measured.common_folds or sorted({int(fold) for fold in measured.cells["fold"]})
    if "sealed_accuracy" in measured.cells:  # a lesson, whose arms hold out the same sealed fold
        held_out = f"{len(set(measured.cells['seed']))} repeats, each with another unseen fold"
    else:
        held_out = f"fold{'s' if len(folds) > 1 else ''} {', '.join(map(str, folds))} held out"
    facts = [measured.data, held_out]
    if about["epoch"]:  # something was trained
        facts += [f"seed {seeds}", EVALUATION_RULE, f"{about['hours']:.1f} h on {' and '.join(about['machine'])}"]
    if not measured.complete:
        facts.append(f"so far {about['n_done']} of {about['n_cells']} runs")
    with st.container(horizontal=True, vertical_alignment="center", key=f"source:{measured.name}"):
        st.caption(" · ".join(facts), width="content")
        show_command(
            about["command"], data=measured.data, note=about.get("note", ""),
            tables={"runs": RESULTS_DIR / f"{measured.name}.csv", "clips": RESULTS_DIR / f"{measured.name}-clips.csv"},
        )  # fmt: skip


def show_command(command: str, *, data: str, tables: Mapping[str, Path], note: str = "") -> None:
    """Show, behind a button, some tables and the command that makes them again.

    Parameters
    ----------
    command : str
        The command; DIR in it stands for the folder of the data.
    data : str
        Name of the data.
    tables : mapping of str to pathlib.Path
        CSV files by what their rows are, such as "clips"; missing ones are left out.
    note : str
        What readers must know in addition.
    """
    with st.popover("Data and command", icon=":material/table:", type="tertiary"):
        st.markdown("This command makes the numbers again:")
        st.code(command, language=None, wrap_lines=True)
        st.caption(f"DIR is the folder of the data: {data}.")
        if note:
            st.caption(note)
        for what, path in tables.items():
            if path.is_file():
                st.download_button(
                    f"Table of {what}", path.read_bytes, path.name, "text/csv", icon=":material/download:",
                    type="tertiary", on_click="ignore", key=f"download:{path.name}",
                )  # fmt: skip


def show_unmeasured(question: Question) -> None:
    """Say that a question has not been measured yet, and which command measures it.

    Parameters
    ----------
    question : Question
        The question.
    """
    command = question.command or study_command(question.name)
    hours = ", and takes hours" if command.startswith("python -m esc_core study") else ""
    st.info(f"Not measured yet. `{command}` measures it{hours}.", icon=":material/hourglass_empty:")
