"""What the teacher sets for the class: how large the projector shows, and limits of Own sounds."""

from __future__ import annotations

import streamlit as st

from esc_core.config import OwnLimits
from esc_core.dataset import own
from esc_core.errors import EscError
from esc_core.words import counted
from ui.classroom import data as class_data
from ui.classroom.rights import Action, may
from ui.literal import show_error

SIZES = {"normal": 100, "large": 130, "very large": 160}
"""Size of all text on this page, in percent."""


def show_settings() -> None:
    """Show the settings to who has the teacher's key, and apply the size."""
    size = "normal"
    if may(Action.SET_PROJECTOR):
        with st.popover("For the class", icon=":material/tune:", help="Size on the projector, limits of Own sounds."):
            size = st.segmented_control(
                "Size on the projector", SIZES, default="normal", required=True, key="class:size",
                persist_state="session", help="How large this page is shown in this browser.",
            )  # fmt: skip
            _limits()
    st.html(f"<style>html {{ font-size: {SIZES[size]}%; }}</style>")


def _limits() -> None:
    now, most = own.limits_here(), OwnLimits()
    there = len(own.set_folders())
    with st.form("class:limits", border=False):
        st.markdown("**Limits of Own sounds**")
        max_sets = st.number_input(
            "Data sets in all", 1, most.max_sets, now.max_sets, key="class:max_sets", persist_state="session",
            help=f"{counted(there, 'data set is', 'data sets are')} here now. Those that are there stay.",
        )  # fmt: skip
        max_samples = st.number_input(
            "Samples of a data set", 1, most.max_samples, now.max_samples, key="class:max_samples",
            persist_state="session", help="A sample takes about 0.2 MB. Those that are there stay.",
        )  # fmt: skip
        if st.form_submit_button("Set the limits", icon=":material/check:"):
            try:
                class_data.lower_limits(max_sets=int(max_sets), max_samples=int(max_samples))
            except EscError as error:
                show_error(error)
            else:
                st.success("The limits hold from now on.", icon=":material/check_circle:")
