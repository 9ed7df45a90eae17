"""Choosing the data: a folder that is there already, or the download of ESC-50."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import streamlit as st

from esc_core.config import home_fault
from esc_core.dataset import Dataset, downloaded_dir, starter_dir
from esc_core.dataset.folder import VARIABLE
from esc_core.dataset.job import DownloadJob
from esc_core.errors import EscError
from ui import state
from ui.classroom import data as class_data
from ui.classroom.rights import Action, in_class, may
from ui.dialog import dialog
from ui.frame.oddities import oddities
from ui.literal import literal, show_error


@dialog("Data", icon=":material/folder_open:", width="medium")
def choose_data(dataset: Dataset | None, problem: str | None) -> None:
    """Show which data set is in use, and the ways to another.

    Parameters
    ----------
    dataset : Dataset or None
        The one in use.
    problem : str or None
        Why the named folder can't be used.
    """
    if dataset is not None:
        root = literal(str(dataset.root))
        st.markdown(f"In use: {len(dataset.clips)} clips of {len(dataset.categories)} categories in {root}.")
        for sentence in oddities(dataset):
            st.markdown(f":material/info: {sentence}")
    elif problem:
        st.warning(f"{literal(problem)}.")
    else:
        st.markdown("No data set is here yet. Classifying your own sounds works without one.")
    if state.DATA.kept() and st.button(
        "Back to the data before", icon=":material/undo:", key="leave_own_set", on_click=state.DATA.write, args=(None,)
    ):
        st.rerun()
    if not may(Action.CHOOSE_DATA):
        st.info(
            "Your teacher chooses the data."
            if in_class()
            else "The data can be changed only from the computer on which the app runs."
        )
    elif home_fault():
        _home()
    elif os.environ.get(VARIABLE) and dataset is not None:
        st.info(f"The environment variable {VARIABLE} names this folder; remove it to choose another here.")
    else:
        _folder()
        _starter(dataset)
        _download()


def _home() -> None:
    """Ask for another folder for everything that is written, until the app is started again."""
    st.markdown("The app needs a folder in which it may write. The variable ESC_HOME names it for the next starts.")
    with st.form("home", border=False):
        named = st.text_input("A folder in which the app may write", str(Path(tempfile.gettempdir()) / "esc-sound-lab"))
        if st.form_submit_button("Use this folder", icon=":material/check:"):
            try:
                class_data.use_home(named)
            except EscError as error:
                st.error(f"{literal(str(error))}.")
            else:
                st.rerun()


def _folder() -> None:
    with st.form("folder", border=False):
        folder = st.text_input(
            "A folder with ESC-50",
            placeholder="/home/me/ESC-50",
            help="The folder that holds audio/ and meta/esc50.csv, or one of these; any rate and bit depth will do.",
        )
        if st.form_submit_button("Use this folder", icon=":material/check:"):
            _use(folder.strip() or None)


def _starter(dataset: Dataset | None) -> None:
    """Offer the way back, where other data were chosen; the starter set is made if it is not there."""
    there = (starter_dir() / "meta" / "COMPLETE").is_file()
    if (dataset is not None and dataset.synthetic) or (downloaded_dir().is_dir() and not there):
        return
    if st.button("Back to the starter sounds", icon=":material/science:", key="use_starter"):
        _use(starter_dir() if there else None)


def _use(folder: str | Path | None) -> None:
    try:
        class_data.use_folder(folder)
        state.DATA.write(None)
    except EscError as error:
        show_error(error)
    else:
        os.environ.pop(VARIABLE, None)  # it names a folder that can't be used, or it would not have come to this
        st.rerun()


@st.cache_resource(show_spinner=False)
def _jobs() -> dict[str, DownloadJob]:
    # one for all sessions: a second download into the same folder would only wait for the first
    return {}


def _download() -> None:
    st.markdown("**Download ESC-50** – 2000 recordings, about 600 MB, CC BY-NC 3.0; each is verified.")
    job = _jobs().get("download")
    if downloaded_dir().is_dir() and not (job and job.is_alive()):
        st.success("It is here already.", icon=":material/check_circle:")
        return
    if job is None:
        if st.button("Download", icon=":material/download:", key="start_download"):
            _start()
            st.rerun(scope="fragment")
        return
    _watch()


def _start() -> None:
    try:
        _jobs()["download"] = class_data.download_data()
    except EscError as error:
        show_error(error)


@st.fragment(run_every=0.5)
def _watch() -> None:
    job = _jobs()["download"]
    state = job.state
    if state.done and state.error is None:
        class_data.use_folder(None)
        st.rerun()
    if state.done:
        # a rerun of the page would close the dialog, and the reason with it
        st.error(literal(state.error or ""), title="ESC-50 was not downloaded", icon=":material/cloud_off:")
        st.button("Download again", icon=":material/download:", key="download_again", on_click=_start)
        return
    if (p := state.progress) is None:
        st.progress(0.0, "connecting …")
    else:
        of = f" of {p.total / 1e6:.0f}" if p.total else ""
        left = "" if p.seconds_left is None else f", {p.seconds_left:.0f} s left"
        text = f"{p.stage}: {p.done / 1e6:.0f}{of} MB, {p.bytes_per_second / 1e6:.1f} MB/s{left}"
        st.progress(min(1.0, p.done / p.total) if p.total else 0.0, text)
    if st.button("Cancel", icon=":material/close:", key="cancel_download"):
        job.cancel()
