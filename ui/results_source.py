"""Where a number comes from: data, folds, seed, machine, the table, and the command that makes it again."""

from __future__ import annotations

import streamlit as st

from esc_core.findings.measured import RESULTS_DIR, Study
from esc_core.training.lessons import SEALED_FOLD

LAW = "last epoch, never the best one"


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
        held_out = f"fold {SEALED_FOLD} never heard"
    else:
        held_out = f"fold{'s' if len(folds) > 1 else ''} {', '.join(map(str, folds))} held out"
    facts = [_data(about["data"]), held_out]
    if about["epoch"]:  # something was trained
        facts += [f"seed {seeds}", LAW, f"{about['hours']:.1f} h on {' and '.join(about['machine'])}"]
    if not measured.complete:
        facts.append(f"so far {about['n_done']} of {about['n_cells']} runs")
    with st.container(horizontal=True, vertical_alignment="center", key=f"source:{measured.name}"):
        st.caption(" · ".join(facts), width="content")
        with st.popover("Data and command", icon=":material/table:", type="tertiary"):
            st.markdown("This makes the numbers again:")
            st.code(about["command"], language="bash", wrap_lines=True)
            if note := about.get("note"):
                st.caption(note)
            for suffix, what in (("", "runs"), ("-clips", "clips")):
                path = RESULTS_DIR / f"{measured.name}{suffix}.csv"
                if path.is_file():
                    st.download_button(
                        f"Table of {what}", path.read_bytes, path.name, "text/csv", icon=":material/download:",
                        type="tertiary", on_click="ignore", key=f"download:{path.name}",
                    )  # fmt: skip


def _data(names: list[str]) -> str:
    return " and ".join(f"ESC-50, {name}" if "kHz" in name else name for name in names)


def show_unmeasured(name: str) -> None:
    """Say that a study was not run yet, and how it is."""
    st.info(
        f"Not measured yet. `python -m esc_core study studies/{name}.toml --data DIR` does it, and takes hours.",
        icon=":material/hourglass_empty:",
    )
