"""Two lessons, each with a button, a chart and three sentences: what a leak does, and whether augmentation helps."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from esc_core.dataset import Dataset
from esc_core.errors import EscError
from esc_core.training.lessons.teach import ArmCurve, lesson_curves
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import Run
from ui.classroom import runs as class_runs
from ui.classroom.rights import Action, may
from ui.dialog import rerun_page
from ui.literal import show_error
from ui.runs.progress import show_faults, show_progress
from ui.train.lesson_charts import show_arms
from ui.train.manage import delete_button
from ui.train.replay import recorded, show_replay

LEAK = "Lesson: the leak"
AUGMENTATION = "Lesson: does augmentation help?"

NAMES = {LEAK: "leak", AUGMENTATION: "augmentation"}
"""Names in `esc_core.training.lessons.lessons`."""

QUESTIONS = {
    LEAK: "Three networks learn from the same number of sounds: clips, and one augmented copy of each. They differ in "
    "one thing only: how clips and copies were divided into training and test. Which test score would you believe?",
    AUGMENTATION: "Two networks learn from the same clips, with the same seed, and are tested on the same fold. One "
    "gets each clip as it is, the other gets it changed differently every time. Which one is better on new sounds?",
}

POLL_SECONDS = 1.0


def show_lesson(dataset: Dataset, title: str, *, ready: bool) -> None:
    """Show a lesson: live, and recorded where a recording is shipped.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    title : str
        `LEAK` or `AUGMENTATION`.
    ready : bool
        Whether all clips exist.
    """
    name = NAMES[title]
    st.markdown(QUESTIONS[title])
    run = next((run for run in list_runs() if run.lesson == name), None)
    busy = run is not None and run.status().state in BUSY
    with st.container(horizontal=True, vertical_alignment="center"):
        if may(Action.START_RUN) and st.button(
            "Start the lesson" if run is None else "Start it again", icon=":material/play_circle:",
            type="secondary" if run else "primary", disabled=not ready or busy, key=f"lesson:{name}",
            help="It is a run like any other: it waits for its turn, and goes on when you close this page.",
        ):  # fmt: skip
            _start(dataset, name)
        if run is not None and not busy:
            delete_button(run)
        replay = recorded(name) is not None and st.toggle(
            "Show a recorded run", key=f"replay:{name}", value=False, persist_state="session",
            help="A recorded run of this lesson, for when time is short. The numbers are those measured then.",
        )  # fmt: skip
    if replay:
        show_replay(name)
    elif run is not None:
        st.fragment(_watch, run_every=POLL_SECONDS if busy else None)(run, dataset, busy=busy)


def _start(dataset: Dataset, name: str) -> None:
    try:
        class_runs.submit_lesson(name, dataset.root)
    except EscError as error:
        show_error(error, icon=":material/block:")
    else:
        st.rerun()


def _watch(run: Run, dataset: Dataset, *, busy: bool) -> None:
    status = run.status()
    if not run.folder.is_dir() or (status.state in BUSY) != busy:
        rerun_page()
    try:
        config = run.config
    except EscError as error:
        show_error(error, icon=":material/broken_image:")
        return
    show_progress(run, status)
    if not busy:
        show_faults(run)
    arms: Sequence[ArmCurve] = lesson_curves(run)
    if not arms:
        if busy:
            st.skeleton(height=300)
        return
    if run.about.get("synthetic"):
        st.caption("Measured on the synthetic starter sounds, which are easier than real recordings.")
    n_categories = len(config.categories or dataset.categories)
    show_arms(run.lesson or "", arms, n_epochs=config.n_epochs, n_categories=n_categories)
