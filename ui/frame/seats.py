"""How many people one server takes: each open tab has a seat, and who finds none is told so.

More visitors than a computer can answer would make it slow for everybody, and in the end take all its memory.
"""

from __future__ import annotations

import threading

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from esc_core.config import environment
from ui.classroom.rights import is_teacher

_taken: set[str] = set()
"""Ids of the sessions that have a seat."""

_lock = threading.Lock()


def has_seat() -> bool:
    """Return whether this session has one of the server's `MAX_VISITORS` seats, or gets one now.

    Who has a seat keeps it until the tab is closed; a teacher always gets one.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():  # no server: a test of a page
        return True
    server = runtime.get_instance()
    with _lock:
        _taken.intersection_update([session for session in _taken if server.is_active_session(session)])
        if context.session_id not in _taken and len(_taken) >= environment.MAX_VISITORS.value() and not is_teacher():
            return False
        _taken.add(context.session_id)
        return True


def show_full() -> None:
    """Say that there is no seat, and what to do."""
    st.info(
        f"The app is full: {environment.MAX_VISITORS.value()} browser tabs are open, as many as this server takes. "
        "Load this page again when somebody has closed one.",
        icon=":material/group:",
    )
