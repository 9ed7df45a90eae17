"""The events as files."""

from __future__ import annotations

from functools import partial

import streamlit as st

from esc_core.inference.events_out import FORMATS, Format
from ui.live.session import Heard


def offer_log(heard: Heard) -> None:
    """Offer the log in each format, as it is when the button is pressed; an empty one can't be had, which is said."""
    empty = not heard.log
    why = "Nothing has been heard yet: the list is empty." if empty else None
    with st.container(horizontal=True):
        for name, form in FORMATS.items():
            st.download_button(
                form.title, partial(_written, form, heard), f"live{form.suffix}", form.mime,
                icon=":material/download:", on_click="ignore", key=f"live:log:{name}", disabled=empty, help=why,
            )  # fmt: skip
        st.button(
            "Empty the list", icon=":material/delete_sweep:", type="tertiary", on_click=heard.forget, disabled=empty,
            help=why,
        )  # fmt: skip


def _written(form: Format, heard: Heard) -> str:
    return form.write(heard.log)
