"""Dialogs, and pages that start again by themselves, which must not close one.

A run of a page closes the dialog that is open. So what polls, such as a run at work or the starter set, waits for the
person to be done with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, ParamSpec

import streamlit as st

P = ParamSpec("P")

_OPEN = "dialog:open"


def dialog(
    title: str, *, icon: str, width: Literal["medium", "large"] = "large"
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a function show its elements in a dialog; the page runs again when it is closed.

    Parameters
    ----------
    title : str
        What stands above.
    icon : str
        A Material symbol.
    width : str
        "medium" or "large".

    Returns
    -------
    callable
        The decorator.
    """

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        shown: Any = st.dialog(title, width=width, icon=icon, on_dismiss="rerun")(function)

        def show(*args: P.args, **kwargs: P.kwargs) -> None:
            st.session_state[_OPEN] = True
            shown(*args, **kwargs)

        return show

    return decorate


def forget() -> None:
    """Note that no dialog is open: each run of a page begins so."""
    st.session_state[_OPEN] = False


def rerun_page() -> None:
    """Run the page again from a part that polls; while a dialog is open, do nothing: the next poll tries again."""
    if not st.session_state.get(_OPEN):
        st.rerun()
