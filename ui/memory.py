"""Memory: objects that stay are kept from the garbage collector, and what a session held is freed when it ends.

After each run of a page, Streamlit has Python search all objects for garbage, while all other sessions wait. The
libraries alone are some hundred thousand objects: 50 ms per click, and 200 ms once a model has answered.

Streamlit keeps a session whose tab was closed until another one comes or goes, and with it all that was uploaded.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SessionState
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileManager

GROWTH = 50
"""New modules since the last time that mean that a library was imported, not a page."""

AWAY_SECONDS = 40.0
"""Time in which a browser that has left may come back to its session, in seconds: a reload, a gap in the network."""

_KEPT = "kept"

_n_modules = 0


def spare_libraries() -> None:
    """Exclude all present objects from garbage collection if a library was imported since the last time.

    Present garbage is collected first. The cost: objects of the present sessions are collected only when the next
    session has ended; see `give_back`.
    """
    global _n_modules
    if len(sys.modules) >= _n_modules + GROWTH:
        _n_modules = len(sys.modules)
        gc.collect()
        gc.freeze()


def kept() -> dict[str, Any]:
    """Return what pages keep for this session beside its widgets, such as uploads; emptied when the session ends."""
    things: dict[str, Any] = st.session_state.setdefault(_KEPT, {})
    return things


def content(file: UploadedFile) -> bytes:
    """Return what an uploaded file holds: Streamlit's own bytes, where `getvalue` would return a copy for each run."""
    context = get_script_run_ctx()
    if context is not None:
        for record in context.uploaded_file_mgr.get_files(context.session_id, [file.file_id]):
            return record.data
    return file.getvalue()


@dataclass(frozen=True)
class _Session:
    """What a session holds that takes much memory."""

    id: str
    uploads: UploadedFileManager
    state: SessionState
    kept: dict[str, Any]

    def end(self) -> None:
        """Free it all, unless the browser has come back."""
        if runtime.exists():
            server = runtime.get_instance()
            if server.is_active_session(self.id):
                return
            server.close_session(self.id)  # at once: Streamlit would do it when the next session comes or goes
            # pictures are gone by now; downloads it only marks at first, and keeps until another page has run
            server.media_file_mgr.remove_orphaned_files()
        self.uploads.remove_session_files(self.id)
        self.state.clear()  # Streamlit's loop holds the last session until there is another one
        self.kept.clear()
        give_back()


def free_with_session() -> None:
    """Have this session's memory freed when it ends; each run of a page calls it."""
    context = get_script_run_ctx()
    if context is not None:
        _session(context.session_id, context.uploaded_file_mgr, context.session_state._state, kept())


def _left(session: _Session) -> None:
    """Free a session's memory unless its browser comes back soon."""
    try:
        loop = asyncio.get_running_loop()  # the server's own, in which nothing else happens at the same time
    except RuntimeError:  # no server: a test of a page
        return
    loop.call_later(AWAY_SECONDS, session.end)


# Streamlit empties caches of this scope when the browser leaves, long before it forgets the session.
@st.cache_resource(scope="session", show_spinner=False, on_release=_left)
def _session(_id: str, _uploads: UploadedFileManager, _state: SessionState, _kept: dict[str, Any]) -> _Session:
    return _Session(_id, _uploads, _state, _kept)


def give_back() -> None:
    """Collect all garbage, also of what `spare_libraries` excluded, and give free memory back to the system."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim()


def trim() -> None:
    """Give memory that was freed back to the system, where the C library would keep it."""
    if sys.platform == "linux" and (give := getattr(ctypes.CDLL(None), "malloc_trim", None)):  # glibc has it
        give(0)
