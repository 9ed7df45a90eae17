"""State and progress of a run in one line: time left, position in the queue, Stop or Resume."""

from __future__ import annotations

import streamlit as st

from esc_core.dataset.faults import bad_sentence
from esc_core.errors import EscError
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.queue import runs_before
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import Status
from esc_core.words import percent, rough_duration
from ui.classroom import runs as class_runs
from ui.classroom.rights import Action, may
from ui.literal import literal, show_error
from ui.runs.words import BADGES, progress_text


def show_progress(run: Run, status: Status) -> None:
    """Show state and progress of a run, with the button to stop or to resume it, and what it leaves out.

    Parameters
    ----------
    run : Run
        The run.
    status : Status
        Its status, just read.
    """
    _show_line(run, status)
    notes = run.notes()
    if notes.unreadable:
        st.markdown(f":material/broken_image: {bad_sentence(len(notes.unreadable), notes.n_clips, left_out=True)}.")
    for remark in notes.remarks:
        st.markdown(f":material/warning: {literal(remark)}")


def _show_line(run: Run, status: Status) -> None:
    badge = BADGES[status.state]
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        st.badge(status.state, icon=badge.icon, color=badge.color)
        if status.state in BUSY:
            text = progress_text(status)
            if status.state == "queued" and (before := runs_before(run)):
                text = f"{'1 run waits' if before == 1 else f'{before} runs wait'} before it, and one is training"
            st.progress(status.progress, f"**{literal(run.name)}** · {text}")
            if may(Action.STOP_RUN):
                st.button(
                    "Stop the run", icon=":material/stop_circle:", on_click=_stop, args=(run,), key="stop",
                    disabled=status.state == "stopping", help="It stops within two seconds, and can go on later.",
                )  # fmt: skip
            return
        st.markdown(_summary(run, status), width="stretch")
        if status.can_resume and may(Action.START_RUN) and st.button(
            "Resume", icon=":material/play_arrow:", type="primary", key="resume",
            help="A lesson starts again from the beginning: it keeps no checkpoint." if run.lesson
            else "It goes on from its last complete epoch.",
        ):  # fmt: skip
            try:
                class_runs.resume(run)
            except EscError as error:
                show_error(error)
            else:
                st.rerun()


def _stop(run: Run) -> None:
    try:
        class_runs.stop(run)
    except EscError as error:
        show_error(error)


def show_faults(run: Run) -> None:
    """Name the damaged files of a run at rest; what is good in the others is shown all the same."""
    if faults := run.faults():
        st.warning(
            literal(" ".join(fault[0].upper() + fault[1:] for fault in faults)), title="Files of this run are damaged",
            icon=":material/broken_image:",
        )  # fmt: skip


def _summary(run: Run, status: Status) -> str:
    done = f"**{literal(run.name)}** · epoch {status.epoch} of {status.n_epochs}"
    kept = "its chart stays until it is started again" if run.lesson else "what it has learnt so far is kept"
    if status.state == "failed":
        return f"{done} · {literal(status.error or '') or 'It failed without a message; its log may say why.'}"
    if status.state == "interrupted":
        return f"{done} · Its process ended unexpectedly; {kept}."
    if status.state == "stopped":
        return f"{done} · Stopped; {kept}."
    score = ""
    if status.accuracy is not None:
        recall = percent(status.macro_recall)
        score = f" · accuracy **{percent(status.accuracy)}**, macro recall {recall}"
    return f"{done}{score} · {rough_duration(status.seconds)} of training"
