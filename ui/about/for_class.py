"""Opening the app to a class: what it means, and the button."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from ui.classroom.opened import qr_png
from ui.classroom.rights import Action, in_class, may
from ui.classroom.switch import Opened, close_app, open_app, second_server
from ui.literal import literal, show_error


def show_for_class() -> None:
    """Show whether the app is open to a class, and the way to open or close it."""
    if in_class():
        st.info("The app is open to a class. The page Projector shows how to get in.", icon=":material/school:")
        return
    if not may(Action.OPEN_APP):
        st.info("Only a person at the computer on which the app runs can open it to a class.", icon=":material/lock:")
        return
    there = second_server()
    if there is not None and there.runs:
        _opened(there)
        return
    if there is not None:
        st.error("The app could not be opened; its window in the terminal says why.", icon=":material/error:")
    st.markdown(
        "A whole class can use this app from phones and laptops in the same network. They explore, augment, classify, "
        "vote, and make sounds of their own. Only you start training runs, choose the data, and ask the class: you get "
        "a key for that."
    )
    st.markdown("The connection is encrypted. Until you open it, nothing but this computer can connect.")
    new_key = st.checkbox(
        "Make a new teacher key", key="class:new_key", persist_state="session",
        help="The key is shown once. Take a new one if you do not have it any more; the former one ends.",
    )  # fmt: skip
    st.button("Open the app to this network", icon=":material/wifi_tethering:", type="primary", on_click=_open,
              args=(new_key,), key="class:open")  # fmt: skip


def _open(new_key: bool) -> None:
    try:
        open_app(new_key=new_key)
    except EscError as error:
        show_error(error)


def _close() -> None:
    try:
        close_app()
    except EscError as error:
        show_error(error)


def _opened(there: Opened) -> None:
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.image(qr_png(there.url), width=260)
    with right:
        st.markdown(f"The app is open at **{literal(there.url)}**. It may take half a minute until it answers there.")
        if there.fingerprint:
            st.caption("Fingerprint of its certificate (SHA-256), to compare with the browser's warning:")
            st.code(there.fingerprint, language=None, wrap_lines=True)
        if there.key:
            st.markdown("**The teacher's key.** Write it down: nobody can find it out later.")
            st.code(there.key, language=None)
        st.markdown(
            f"You enter the key at {literal(there.url)}/teacher; then the page Projector shows the way in to all."
        )
        st.button("Close it again", icon=":material/wifi_tethering_off:", on_click=_close, key="class:close")
