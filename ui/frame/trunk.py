"""What is missing without YAMNet, and the button that downloads it."""

from __future__ import annotations

import os

import streamlit as st

from esc_core.errors import EscError
from esc_core.words import file_size
from esc_core.yamnet import missing_trunk
from esc_core.yamnet.fetch import FILES, VARIABLE, FetchJob
from ui.classroom import data as class_data
from ui.classroom.rights import Action, in_class, may
from ui.dialog import rerun_page
from ui.literal import literal, show_error

N_BYTES = sum(file.n_bytes for file in FILES)


def offer_trunk() -> None:
    """Show nothing if YAMNet is here; else what it is for, and a way to get it."""
    missing = missing_trunk()
    if missing is None:
        return
    st.markdown(
        "**YAMNet is not on this computer.** It has heard two million clips from YouTube. The models that use it are "
        "more often correct, above all in rooms and noise. Everything else works without it."
    )
    if os.environ.get(VARIABLE):
        st.warning(f"{literal(missing)}.", icon=":material/folder_off:")
    elif not may(Action.CHOOSE_DATA):
        who = "by your teacher" if in_class() else "from the computer on which the app runs"
        st.caption(f"It can be downloaded only {who}.")
    else:
        _download()


@st.cache_resource(show_spinner=False)
def _jobs() -> dict[str, FetchJob]:
    # one for all sessions: each sees the download that another has started
    return {}


def _download() -> None:
    job = _jobs().get("yamnet")
    if job is not None and not job.done:
        _watch()
        return
    if job is not None and job.error:
        st.error(f"{literal(job.error)}.", icon=":material/cloud_off:")
    label = f"Download YAMNet ({file_size(N_BYTES)})"
    st.button(label, icon=":material/download:", key="download_yamnet", on_click=_start)


def _start() -> None:
    try:
        _jobs()["yamnet"] = class_data.download_yamnet()
    except EscError as error:
        show_error(error)


@st.fragment(run_every=0.5)
def _watch() -> None:
    if _jobs()["yamnet"].done:
        rerun_page()  # other models can answer now, or the page says why not
        return
    st.caption(":material/downloading: Downloading YAMNet …")
