"""Where a number comes from: data, folds, seed, machine, the table, and the command that makes it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from esc_core.findings.measured import RESULTS_DIR, Study

EVALUATION_RULE = "last epoch, never the best one"


def show_source(measured: Study) -> None:
    """Show what a study's numbers were measured on, with its tables and its command.

    Parameters
    ----------
    measured : Study
        As far as it was measured.
    """
    about = measured.about
    seeds = ", ".join(str(seed) for seed in sorted(set(measured.cells["seed"])))
    # levels are shown on the folds that all of them have
    folds = measured.common_folds or sorted({int(fold) for fold in measured.cells["fold"]})
    if "sealed_accuracy" in measured.cells:  # a lesson: its arms differ in what they hold out, but not in this
        held_out = f"{len(set(measured.cells['seed']))} repeats, each with another fold never heard"
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
            tables=[RESULTS_DIR / f"{measured.name}{suffix}.csv" for suffix in ("", "-clips")],
        )  # fmt: skip


def show_command(command: str, *, data: str, tables: Sequence[Path], note: str = "") -> None:
    """Show, behind a button, what makes some tables again, and the tables.

    Parameters
    ----------
    command : str
        The command, in which DIR stands for the folder of the data.
    data : str
        What data.
    tables : sequence of pathlib.Path
        CSV files; one that is missing is left out.
    note : str
        What readers must know beside the figures.
    """
    with st.popover("Data and command", icon=":material/table:", type="tertiary"):
        st.markdown("This makes the numbers again:")
        st.code(command, language="bash", wrap_lines=True)
        st.caption(f"DIR is the folder of the data: {data}.")
        if note:
            st.caption(note)
        for path in tables:
            if path.is_file():
                what = "clips" if path.stem.endswith(("-clips", "-predictions")) else "runs"
                st.download_button(
                    f"Table of {what}", path.read_bytes, path.name, "text/csv", icon=":material/download:",
                    type="tertiary", on_click="ignore", key=f"download:{path.name}",
                )  # fmt: skip


def show_unmeasured(name: str) -> None:
    """Say that a study was not run yet, and how it is."""
    st.info(
        f"Not measured yet. `python -m esc_core study studies/{name}.toml --data DIR` does it, and takes hours.",
        icon=":material/hourglass_empty:",
    )
