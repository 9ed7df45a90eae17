"""The starter set on a machine without data: made in the background, playable meanwhile."""

from __future__ import annotations

import subprocess
from pathlib import Path

import streamlit as st

from esc_core.children import start_child
from esc_core.config import esc_home, home_fault
from esc_core.dataset import Dataset, dataset_dir, starter_dir
from esc_core.dataset.starter import starter_is_whole, starter_progress
from esc_core.disk.files import set_aside
from esc_core.errors import DatasetError
from ui.dialog import rerun_page
from ui.frame.data_dialog import choose_data
from ui.literal import literal

ENOUGH_TO_START = 24
"""Clips that fill the first page of cards."""

POLL_SECONDS = 0.7


@st.cache_resource(show_spinner=False)
def _maker() -> dict[str, subprocess.Popen[bytes]]:
    # one for all sessions
    return {}


def start_if_needed() -> bool:
    """Start making the starter set, or what is missing of it, if there is no other data.

    Returns
    -------
    bool
        Whether a process of this server is making it.
    """
    if home_fault() or _other_data() or starter_is_whole(starter_dir()):
        return False
    root, maker = str(starter_dir()), _maker()
    if root not in maker or maker[root].poll() == 0:  # made once, and damaged since; a failure is not tried for ever
        maker[root] = _start(root)
    return maker[root].poll() is None


def _other_data() -> bool:
    """Return whether the data in use is not the starter set; a folder that was named may be unusable."""
    try:
        return dataset_dir() not in (None, starter_dir())
    except DatasetError:
        return True


def _start(root: str) -> subprocess.Popen[bytes]:
    """Start a process of its own: it survives a closed tab, and takes no time from this one."""
    try:
        esc_home().mkdir(parents=True, exist_ok=True)
        if _log().is_dir():
            set_aside(_log())
        with _log().open("wb") as log:
            return start_child("esc_core.dataset.starter", root, stderr=log)
    except OSError:  # then it can't write the set either, which the page says
        return start_child("esc_core.dataset.starter", root, stderr=subprocess.DEVNULL)


def _log() -> Path:
    return esc_home() / "starter.log"


def show_progress(dataset: Dataset | None) -> None:
    """Show how far the starter set is, and the way to real recordings.

    Parameters
    ----------
    dataset : Dataset or None
        What is there so far.
    """
    making = start_if_needed()
    if making:
        _watch(0 if dataset is None else len(dataset.clips))
    elif dataset is None:
        if not _other_data():  # else the header has said what is wrong with the folder in use
            _failed()
    elif dataset.synthetic:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":material/science: These sounds are **synthetic**: this program computed them. "
                "Real recordings are a download of 600 MB.",
                width="content",
            )
            if st.button("Get ESC-50", icon=":material/download:", key="get_esc50"):
                choose_data(dataset, None)


def _failed() -> None:
    said = _log().read_text(errors="replace").strip().splitlines() if _log().is_file() else []
    st.error(
        literal(said[-1]) if said else "The starter sounds could not be made.",
        title="No sounds to explore",
        icon=":material/error:",
    )
    with st.container(horizontal=True):
        if st.button("Try again", icon=":material/refresh:"):
            _maker().pop(str(starter_dir()), None)
            st.rerun()
        if st.button("Choose other data", icon=":material/folder_open:"):
            choose_data(None, None)


@st.fragment(run_every=POLL_SECONDS)
def _watch(shown: int) -> None:
    done, total = starter_progress(starter_dir())
    st.progress(
        done / total,
        f"Computing synthetic sounds to start with: {done} of {total}. Those that are ready can be played.",
    )
    # the page comes when it can be filled, and once more when all is there
    if not start_if_needed() or (shown < ENOUGH_TO_START <= done):
        rerun_page()
