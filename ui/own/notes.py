"""What was just done, said once above the page, with the way back where there is one."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from esc_core.errors import EscError
from ui.literal import literal, show_error

_SAID, _FAILED, _UNDO = "own:said", "own:failed", "own:undo"


def say(text: str, *, undo: Callable[[], object] | None = None) -> None:
    """Have a sentence shown by the next run of the page.

    Parameters
    ----------
    text : str
        The sentence, as Markdown.
    undo : callable, optional
        Takes back what was done; offered until something else is done.
    """
    st.session_state[_SAID] = text
    st.session_state[_UNDO] = undo


def attempt(action: Callable[[], object], done: str = "", *, undo: Callable[[], object] | None = None) -> bool:
    """Do something that may fail, and have the next run say how it went.

    Parameters
    ----------
    action : callable
        What to do.
    done : str
        What to say if it succeeds, as Markdown.
    undo : callable, optional
        Takes it back.

    Returns
    -------
    bool
        Whether it succeeded.
    """
    try:
        action()
    except EscError as error:
        st.session_state[_FAILED] = str(error)
        return False
    if done:
        say(done, undo=undo)
    return True


def show_notes() -> None:
    """Show what was said since the last run."""
    if failed := st.session_state.pop(_FAILED, None):
        show_error(EscError(failed))
    undo = st.session_state.get(_UNDO)
    text = st.session_state.get(_SAID) if undo else st.session_state.pop(_SAID, None)
    if not text:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="own_note"):
        st.markdown(f":material/check: {text}", width="content")
        if undo:
            st.button("Undo", icon=":material/undo:", type="tertiary", key="own:undo_button", on_click=_take_back)


def _take_back() -> None:
    undo = st.session_state.pop(_UNDO)
    st.session_state.pop(_SAID, None)
    attempt(undo, "Taken back.")


def failed(sentence: str) -> None:
    """Have an error shown by the next run of the page, beside what it says of an earlier one."""
    before = st.session_state.get(_FAILED)
    st.session_state[_FAILED] = f"{before} {sentence}" if before else sentence


def quoted(name: str) -> str:
    """Return a title or name that somebody typed, in quotes, as Markdown."""
    return f"“{literal(name)}”"
