"""The dialog that asks before a run is deleted, whatever it trained."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.run import Run
from ui.classroom import runs as class_runs
from ui.dialog import dialog
from ui.literal import literal, show_error
from ui.state import UrlParameter


@dialog("Delete the run?", icon=":material/delete:", width="medium")
def ask_to_delete(run: Run, parameter: UrlParameter[str | None], *, goes: str) -> None:
    """Ask, and delete the run.

    Parameters
    ----------
    run : Run
        The run.
    parameter : UrlParameter
        The one that names it in the link.
    goes : str
        What goes with it, as the end of a sentence.
    """
    if run.status().state in BUSY:
        st.markdown(f"**{literal(run.name)}** is still at work. Stop it first.")
        return
    st.markdown(f"**{literal(run.name)}** is deleted with its {goes}. This cannot be undone.")
    with st.container(horizontal=True):
        if st.button("Delete it", type="primary", icon=":material/delete:"):
            try:
                class_runs.delete(run)
            except EscError as error:
                show_error(error)
                return
            parameter.write(None)
            st.rerun()
        if st.button("Keep it"):
            st.rerun()
