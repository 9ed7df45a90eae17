"""Dialogs: what polls does not close them, and goes on once they are closed."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    """Show how often it ran; it wants to run three times by itself, and a button opens a dialog."""
    import streamlit as st

    from ui import dialog

    dialog.forget()
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    opened = dialog.dialog("A dialog", icon=":material/info:")(lambda text: st.markdown(text))
    if st.button("Open"):
        opened("It stays.")
        st.session_state["runs"] = 1
    if st.session_state["runs"] < 3:
        dialog.rerun_page()


def test_what_polls_leaves_a_dialog_open() -> None:
    """The page runs again by itself only while no dialog is open."""
    app = AppTest.from_function(page, default_timeout=60).run()
    assert app.session_state["runs"] == 3
    app.button[0].click().run()
    assert app.session_state["runs"] == 1
    assert [text.value for text in app.markdown] == ["It stays."]
    app.run()
    assert app.session_state["runs"] == 3
