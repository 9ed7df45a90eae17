"""One run: progress, learning curves, confusion matrix, and the clips behind it, during and after training."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from esc_core.dataset import Dataset
from esc_core.errors import EscError
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import CLASSIFIER, Run
from esc_core.training.runs.status import Guesses, changed_guesses
from ui import loaders, state
from ui.clip.guessed import CONTAINER, MORE, Guessed, clip_cards, guessed, show_selected_clip
from ui.dialog import rerun_page
from ui.literal import literal, show_error
from ui.runs.progress import show_faults, show_progress
from ui.runs.words import run_label
from ui.train.after import show_after
from ui.train.confusion import show_confusion, show_recall
from ui.train.curves import people_score, show_curves
from ui.train.manage import manage_run
from ui.train.network import show_filters

POLL_SECONDS = 1.0

EVALUATIONS_PER_UPDATE = 3
"""While a run trains, matrix and clips change only after so many evaluations, so that there is time to read them."""


def show_watch(dataset: Dataset) -> None:
    """Show the run that the URL names, else the newest.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    """
    runs = [run for run in list_runs(kind=CLASSIFIER) if run.lesson is None]
    if not runs:
        st.info(
            "Press one of the buttons above, and a small network starts to learn. The training goes on when you close "
            "this tab, and everyone who opens this page can watch it.",
            title="No run yet", icon=":material/model_training:",
        )  # fmt: skip
        return
    run = _choose(runs)
    busy = run.status().state in BUSY
    if busy:
        # the status of the script would flicker every second, and its Stop button is not the run's
        st.html("<style>[data-testid='stStatusWidget'] { display: none; }</style>")
    st.fragment(_watch, run_every=POLL_SECONDS if busy else None)(run, dataset, busy=busy)


def _choose(runs: Sequence[Run]) -> Run:
    by_id = {run.id: run for run in runs}
    wanted = state.RUN.read()
    if wanted is not None and wanted not in by_id:
        message = f"There is no run {literal(wanted)} any more; this is the newest one."
        st.warning(message, icon=":material/search_off:")
        state.RUN.write(None)
    run = by_id.get(wanted or "", runs[0])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Run", by_id, index=list(by_id).index(run.id), format_func=lambda name: run_label(by_id[name]), width=340,
            help="All runs on this computer, the newest first, including those started in a shell.",
        )  # fmt: skip
        if chosen != run.id:
            state.RUN.write(chosen)
            st.rerun()
        manage_run(run)
    return run


def _watch(run: Run, dataset: Dataset, *, busy: bool) -> None:
    """Show a run; the only fragment of the page that reruns by itself, as long as the run is at work."""
    status = run.status()
    if not run.folder.is_dir() or (status.state in BUSY) != busy:
        rerun_page()
    if state.RUN.read() != run.id:
        state.RUN.write(run.id)
    try:
        config = run.config
    except EscError as error:
        show_error(error, icon=":material/broken_image:")
        show_faults(run)
        return
    show_progress(run, status)
    if not busy:
        show_faults(run)
    watched = run.watched()
    evaluations = run.guesses() if watched is not None else []
    if status.state == "done":
        show_after(run)
    categories = watched.categories if watched else config.categories or dataset.categories
    people = people_score(categories, synthetic=bool(run.about.get("synthetic")))
    show_curves(run.metrics(), n_epochs=config.n_epochs, categories=categories, people=people)
    if watched is None or not evaluations:
        if busy:
            st.skeleton(height=300)
        return
    try:
        data = loaders.dataset_at(run.data_dir)
        _show_guesses(run, data, dataset, evaluations, busy=busy)
    except EscError as error:
        st.warning(literal(str(error)), title="The clips can't be shown", icon=":material/folder_off:")


def _show_guesses(run: Run, data: Dataset, here: Dataset, evaluations: Sequence[Guesses], *, busy: bool) -> None:
    """Show the guesses for the validation clips: confusion matrix, recall, and what changed."""
    watched = run.watched()
    if watched is None:
        return
    now = _shown(evaluations, busy=busy, key=f"epoch:{run.id}")
    given = guessed(data, watched, evaluations[now])
    show_confusion(given, run_id=run.id)
    if not evaluations[now].calibrated:
        st.caption("No probabilities are shown here: only those after the last epoch are calibrated.")
    place = st.container(key=CONTAINER)
    if now:
        _changes(given, evaluations[now - 1], evaluations[now])
    if not busy:
        with st.expander("Recall of each category", icon=":material/bar_chart:"):
            show_recall(given, synthetic=data.synthetic, never_trained=run.notes().never_trained)
        if run.status().state == "done":
            show_filters(run)
    with place:
        show_selected_clip(given, here)


def _changes(given: Guessed, before: Guesses, now: Guesses) -> None:
    title = f"**Changed since epoch {before.epoch}**"
    changed = changed_guesses(before, now)
    if not len(changed):
        st.markdown(f"{title} – no guess changed")
        return
    n_correct = int((now.predicted[changed] == given.labels[changed]).sum())
    st.markdown(f"{title} – {len(changed)} of {len(given.clips)} guesses changed, {n_correct} are correct now")
    clip_cards(given, changed[:MORE].tolist(), key="changed_clips", label="Clips whose guess changed")


def _shown(evaluations: Sequence[Guesses], *, busy: bool, key: str) -> int:
    """Return the index of the evaluation to show: while the run trains every third one, afterwards any."""
    if busy:
        return max(0, len(evaluations) // EVALUATIONS_PER_UPDATE * EVALUATIONS_PER_UPDATE - 1)
    if len(evaluations) == 1:
        return 0
    epochs = [guesses.epoch for guesses in evaluations]
    chosen = st.select_slider(
        "After epoch", epochs, value=epochs[-1], key=key, persist_state="session", width=560,
        help="Show matrix and clips as they were after an earlier epoch.",
    )  # fmt: skip
    return epochs.index(chosen)
