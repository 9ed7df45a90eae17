"""Further actions on a run: rename, delete, show its settings and its log."""

from __future__ import annotations

import shlex

import streamlit as st

from esc_core.errors import EscError
from esc_core.training.runs.run import Run
from esc_core.words import date_and_time
from ui import state
from ui.classroom import runs as class_runs
from ui.classroom.rights import Action, may
from ui.dialog import dialog
from ui.literal import literal, show_error
from ui.runs.delete import ask_to_delete

LOG_LINES = 40


def manage_run(run: Run) -> None:
    """Show the buttons that rename a run, show its settings and log, and delete it.

    Parameters
    ----------
    run : Run
        The run that is shown.
    """
    if may(Action.CHANGE_RUN):
        _rename(run)
    if st.button("Settings and log", icon=":material/receipt_long:", key="details"):
        _details(run)
    delete_button(run)


def _rename(run: Run) -> None:
    with st.popover("Rename", icon=":material/edit:"), st.form(f"rename:{run.id}", border=False):
        name = st.text_input("Name", run.name, max_chars=60, help="Name of the run in lists.")
        if st.form_submit_button("Rename", icon=":material/check:"):
            try:
                class_runs.rename(run, name)
            except EscError as error:
                show_error(error)
            else:
                st.rerun()


def delete_button(run: Run) -> None:
    """Show the button that deletes a run, after a second press, to who may."""
    if may(Action.CHANGE_RUN) and st.button(
        "Delete", icon=":material/delete:", key="delete", help="Asks for confirmation first."
    ):
        ask_to_delete(run, state.RUN, goes="curves, guesses and model; a copy that Classify uses stays")


def shell_line(run: Run) -> str:
    """Return the command that trains a run's settings, saved as config.json, on the same data and fold."""
    data, fold = shlex.quote(str(run.data_dir)), run.config.val_fold
    return f"python -m esc_core train --data {data} --val-fold {fold} --config config.json"


@dialog("Settings and log", icon=":material/receipt_long:")
def _details(run: Run) -> None:
    try:
        settings, data_dir = run.config.to_dict(), run.data_dir
    except EscError as error:
        show_error(error)
    else:
        st.markdown(
            f"**{literal(run.name)}** was queued {date_and_time(run.about.get('submitted_at', 0))} "
            f"on the data in {literal(str(data_dir))}."
        )
        st.caption("To do the same in a shell, save the settings as config.json and run:")
        st.code(shell_line(run), language=None, wrap_lines=True)
        st.json(settings, expanded=1)
    st.markdown("**Log**")
    st.code("\n".join(run.log().splitlines()[-LOG_LINES:]) or "nothing yet", language=None, wrap_lines=True)
