"""What can be done with a finished run: use it in Classify, open its envelope, download it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from esc_core.errors import EscError
from esc_core.training.finished import export
from esc_core.training.finished.envelope import Envelope, opened
from esc_core.training.runs.run import Run
from esc_core.words import counted, date_and_time, percent
from ui import state
from ui.classroom import runs as class_runs
from ui.classroom.rights import Action, may
from ui.frame.navigation import PAGES
from ui.literal import show_error

FILES: dict[str, tuple[str, str, Callable[[Run], bytes | str], str]] = {
    "Keras model": (
        ".keras",
        "application/octet-stream",
        lambda run: export.keras_file(run).read_bytes(),
        "The network with its weights.",
    ),
    "TensorFlow Lite": (
        ".tflite",
        "application/octet-stream",
        lambda run: export.tflite_bytes(run.model_dir),
        "For phones and small computers; labels and card are attached. The conversion takes some seconds.",
    ),
    "Card": (
        ".card.json",
        "application/json",
        lambda run: export.card_file(run).read_text(encoding="utf-8"),
        "Labels, features, settings and scores: all that is needed to use and judge the model.",
    ),
    "Predictions": (".csv", "text/csv", export.predictions_csv, "The model's prediction for each validation clip."),
}
"""Downloads by label: file ending, MIME type, maker, and help text."""


def show_after(run: Run) -> None:
    """Show the buttons of a finished run.

    Parameters
    ----------
    run : Run
        Done.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="after"):
        if may(Action.SHARE_MODEL) and st.button(
            "Use in Classify", icon=":material/hearing:", type="primary", key="use",
            help="The model can then be selected on every page, under its own name.",
        ):  # fmt: skip
            _use(run)
        with st.popover("Download", icon=":material/download:"):
            _downloads(run)
        _show_envelope(run)


def _use(run: Run) -> None:
    try:
        name = class_runs.use_in_classify(run)
    except EscError as error:
        show_error(error)
        return
    state.MODEL.write(name)
    classify = PAGES["classify"]
    st.switch_page(classify.file, query_params={state.MODEL.name: name, **(classify.with_clip or {})})


def _downloads(run: Run) -> None:
    stem = run.name.replace(" ", "-")
    for label, (ending, mime, make, about) in FILES.items():
        st.download_button(
            label, partial(make, run), f"{stem}{ending}", mime, key=f"download:{label}", help=about,
            icon=":material/download:", type="tertiary", on_click="ignore",
        )  # fmt: skip


def _show_envelope(run: Run) -> None:
    fold = run.config.test_fold
    if fold is None:
        return
    if envelope := opened(run):
        st.markdown(_result(run, envelope), width="stretch")
        return
    if may(Action.CHANGE_RUN) and st.button(
        "Open the envelope", icon=":material/drafts:", key="envelope",
        help=f"Fold {fold} was not used for training or validation. It is scored once, and the date is kept.",
    ):  # fmt: skip
        try:
            with st.spinner(f"Scoring fold {fold}"):
                class_runs.open_envelope(run)
        except EscError as error:
            show_error(error)
        else:
            st.rerun()


def _result(run: Run, envelope: Envelope) -> str:
    low, high = envelope.interval
    watched = run.status().accuracy
    n_bad, bad = len(envelope.unreadable), ""
    if n_bad:
        bad = f" {counted(n_bad, 'more clip of it', 'more clips of it')} can't be read."
    return (
        f":material/drafts: Sealed fold {envelope.fold}: **{percent(envelope.accuracy)}** of "
        f"{len(envelope.filenames)} clips (95% interval {percent(low)}–{percent(high)}), against {percent(watched)} "
        "on the "
        f"validation fold. Opened {date_and_time(envelope.opened_at)}.{bad}"
    )
