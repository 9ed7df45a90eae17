"""The scorer: anyone's predictions go in; a score comes out, with what makes it too high."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import streamlit as st

from esc_core.config import ASSETS_DIR
from esc_core.errors import ScoreError
from esc_core.measures.bootstrap import Difference
from esc_core.scoring.audit import read_training
from esc_core.scoring.numbering import NUMBERINGS, TARGET
from esc_core.scoring.predictions import Predictions, empty_form, read_predictions
from esc_core.scoring.score import Score, compare, score
from ui import memory
from ui.literal import literal
from ui.results.scorer_report import show_report

OWN = ASSETS_DIR / "results" / "mel_cnn-predictions.csv"
"""Predictions of the shipped model, each by the network that was not trained on the clip's fold."""

PREDICTIONS, OWN_CHOSEN, SHOWN = "score:predictions", "score:own", "score:shown"

LAST, BEST, UNKNOWN = "last", "best on the test fold", "not declared"
EPOCHS = {LAST: "last", BEST: "best", UNKNOWN: None}
"""Option → epoch, as the audit takes it."""

TARGETS = "by ESC-50's target"
NUMBERED = {TARGETS: None} | {name: name for name in NUMBERINGS if name != TARGET}
"""Option → numbering, as `read_predictions` takes it."""

FORMAT = """
**One row per clip**, in a CSV file of at most 20 MB:

- `filename` as in ESC-50; its folder and its ending do not matter
- `predicted`, the name of a category or its number in ESC-50 (0–49; other numberings can be
  chosen); or, instead or in addition, **one column of probabilities per category**
- `fold` (optional): the fold in which the clip was tested

A table with only the ten categories of ESC-10 is scored as ESC-10.
"""

EXAMPLE = """filename,fold,predicted
1-100032-A-0.wav,1,dog
1-100038-A-14.wav,1,crow
1-100210-A-36.wav,1,vacuum_cleaner"""

TRAINING_FORMAT = """
**The training files**: a row for each file on which a model was trained, with the fold that this model then
predicted. A copy is recognised by the clip's id in its name.
"""

TRAINING_EXAMPLE = """filename,fold
2-100648-A-43.wav,1
2-100648-A-43_pitch+2.wav,1
1-100032-A-0.wav,2"""


@dataclass(frozen=True)
class Given:
    """A readable table.

    Attributes
    ----------
    name : str
        Its file name.
    data : bytes
        Its content.
    upload_id : str
        Id of the upload; empty for this app's own predictions.
    before : bool
        Whether it was uploaded before another view was looked at.
    """

    name: str
    data: bytes
    upload_id: str = ""
    before: bool = False


@st.fragment
def show_scorer() -> None:
    """Ask for predictions and how they were made; show the score, or how to get one."""
    st.markdown(
        "What is a result on ESC-50 or ESC-10 worth? Upload anyone's predictions as a table: they are scored on the "
        "official folds, and checked for mistakes that make a score too high."
    )
    with st.container(horizontal=True):
        with st.popover("What the file looks like", icon=":material/table:"):
            _explain()
        st.download_button(
            "Download an empty form", empty_form, "predictions.csv", "text/csv", key="score:form",
            icon=":material/download:", on_click="ignore",
            help="The 2000 clips of ESC-50 with their official folds, and a column to fill in.",
        )  # fmt: skip
        if OWN.is_file():
            st.button(
                "Try it with this app's own model", icon=":material/neurology:", on_click=_choose_own,
                help="Scores the shipped model's predictions, each by the network that was not trained on that fold.",
            )  # fmt: skip
    given, training, other = _uploads()
    given = _chosen(given)
    own = given is not None and not given.upload_id
    epoch = st.segmented_control(
        "Which epoch was scored", EPOCHS, default=LAST if own else UNKNOWN, required=True, key=f"score:epoch:{own}",
        persist_state="session",
        help="If the test fold is evaluated after each epoch and the best is reported, the test chooses the model.",
    )  # fmt: skip
    numbering = NUMBERED[TARGETS]
    if not own:
        numbering = NUMBERED[
            st.selectbox(
                "Categories that are numbers", NUMBERED, key="score:numbering", persist_state="session", width=360,
                help="Only for tables that number the categories. The audit says so if another numbering fits better.",
            )
        ]  # fmt: skip
    if given is None:
        st.session_state[SHOWN] = False
        st.info("Nothing to score yet: upload a table of predictions above.", icon=":material/upload_file:")
        return
    _show(given, training, other, EPOCHS[epoch], numbering)


def _explain() -> None:
    st.markdown(FORMAT)
    st.code(EXAMPLE, language=None, wrap_lines=True)
    st.markdown(TRAINING_FORMAT)
    st.code(TRAINING_EXAMPLE, language=None, wrap_lines=True)


def _uploads() -> tuple[Given | None, Given | None, Given | None]:
    first, second, third = st.columns(3)
    with first:
        predictions = _take(
            "Predictions", _predictions, key=PREDICTIONS,
            about="A row per clip: filename; predicted or a column of probabilities per category; fold is optional.",
        )  # fmt: skip
    with second:
        training = _take(
            "Training files, if you have them", _training, key="score:training",
            about="filename and fold: a file on which the model that then predicted this fold was trained. The files "
            "are searched for test clips, copies of them, and clips cut from the same recording.",
        )  # fmt: skip
    with third:
        other = _take(
            "Other predictions to compare with", _predictions, key="score:other",
            about="The same kind of table. The two are compared clip by clip, on the clips that both contain.",
        )  # fmt: skip
    return predictions, training, other


def _take(label: str, read: Callable[[bytes], object], *, key: str, about: str) -> Given | None:
    """Ask for a table; for an unreadable one, say why and return None.

    Streamlit forgets the file of an uploader that is not shown for one run, so the last one is kept beside it.
    """
    things = memory.kept()
    if key in things and key not in st.session_state:  # the view comes back
        things[key] = replace(things[key], before=True)
    file = st.file_uploader(label, key=key, help=about)
    if file is not None:
        things[key] = Given(file.name, memory.content(file), file.file_id)
    elif key in things and not things[key].before:  # removed from the uploader
        del things[key]
    given: Given | None = things.get(key)
    if given is None:
        return None
    if given.before:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{literal(given.name)}** is kept from before.", width="content")
            st.button(
                "Remove", icon=":material/close:", type="tertiary", key=f"{key}:remove",
                on_click=things.pop, args=(key,),
            )  # fmt: skip
    return _checked(given, read)


def _checked(given: Given, read: Callable[[bytes], object]) -> Given | None:
    try:
        read(given.data)
    except ScoreError as error:
        _refuse(given, error)
        return None
    return given


def _refuse(given: Given, error: ScoreError) -> None:
    st.error(f"**{literal(given.name)}** – {literal(str(error))}", icon=":material/error:")


def _choose_own() -> None:
    # a later upload takes its place, the present one does not
    uploaded: Given | None = memory.kept().get(PREDICTIONS)
    st.session_state[OWN_CHOSEN] = uploaded.upload_id if uploaded else ""


def _chosen(given: Given | None) -> Given | None:
    """Return what is scored: the upload, or this app's own model if that was chosen later."""
    own = st.session_state.get(OWN_CHOSEN)
    if own is None or (given is not None and given.upload_id != own) or not OWN.is_file():
        return given
    return _checked(Given(OWN.name, OWN.read_bytes()), _predictions)


def _show(given: Given, training: Given | None, other: Given | None, epoch: str | None, numbering: str | None) -> None:
    what = (
        f"**{literal(given.name)}**" if given.upload_id
        else "**this app's own model**, each clip by the network that was not trained on its fold"
    )  # fmt: skip
    line = st.caption(f"Scoring {what} …")
    difference = None
    # an older score stays until the new one is there; the container keeps as many places as a skeleton leaves
    with st.container(), nullcontext(st.empty()) if st.session_state.get(SHOWN) else st.skeleton(height=600):
        result = _score(given.data, training.data if training else None, epoch, numbering)
        if other is not None:
            try:
                difference = _compare(given.data, other.data, numbering)
            except ScoreError as error:
                _refuse(other, error)
    line.caption(f"Scored: {what}.")
    show_report(result, difference, name=given.name)
    st.session_state[SHOWN] = True


@st.cache_data(max_entries=8, show_spinner=False)
def _predictions(data: bytes, numbering: str | None = None) -> Predictions:
    return read_predictions(data, numbering=numbering)


@st.cache_data(max_entries=4, show_spinner=False)
def _training(data: bytes) -> int:
    return len(read_training(data))


@st.cache_data(max_entries=16, show_spinner=False)
def _score(data: bytes, training: bytes | None, epoch: str | None, numbering: str | None) -> Score:
    return score(_predictions(data, numbering), training=training, epoch=epoch)


@st.cache_data(max_entries=16, show_spinner=False)
def _compare(data: bytes, other: bytes, numbering: str | None) -> Difference:
    return compare(_predictions(data, numbering), _predictions(other, numbering))
