"""The answers to uploaded files: a table of all, and one of them in detail."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from esc_core.disk.tables import csv_text, defused
from esc_core.errors import EscError
from esc_core.inference import Prediction
from esc_core.inference.background import NOTHING
from esc_core.inference.certainty import NOT_SURE, UNKNOWN
from esc_core.inference.classify import Answer, was_trained_on
from esc_core.models.card import Card
from esc_core.words import readable
from ui import loaders
from ui.answer.prediction import headline, show_answer
from ui.classify.all_models import all_models
from ui.classify.uploads import Upload
from ui.literal import literal, show_error

_SHOWN = "classify:shown"


def show_files(files: Sequence[Upload], card: Card) -> None:
    """Classify files: show one answer for one file, and a table for several.

    Only the sound of the file in detail is kept: ten of five minutes would take a gigabyte.

    Parameters
    ----------
    files : sequence of Upload
        The files.
    card : Card
        Card of the model that answers.
    """
    try:
        loaders.predictor(card.name)  # not in the cached function, whose spinner would hide "loading the model"
    except EscError as error:
        show_error(error)
        return
    ids = [file.id for file in files]
    wanted = st.session_state.get(_SHOWN)
    wanted = wanted if wanted in ids else None
    rows: list[dict[str, object]] = []
    for file in files:
        # the first that can be used is shown if none was chosen
        rows.append(_row(file, card, keep=file.id == wanted if wanted else all(row["error"] for row in rows)))
        if why := str(rows[-1]["error"]):
            st.error(f"**{literal(file.name)}** – {literal(why)}", icon=":material/hearing_disabled:")
    if len(files) > 1:
        show_table(rows)
    good = {file.id: file for file, row in zip(files, rows, strict=True) if not row["error"]}
    if good:
        chosen = next(iter(good))
        if len(good) > 1:
            # names only: Streamlit keeps what a widget's function refers to
            names = {file.id: file.name for file in good.values()}
            chosen = st.selectbox(
                "Show in detail", names, format_func=names.__getitem__, key=_SHOWN, persist_state="session"
            )
        _show_one(good[chosen], card)


def _row(file: Upload, card: Card, *, keep: bool) -> dict[str, object]:
    """Return a file's row; the sound that `keep` asks for stays for `_show_one`."""

    def ask() -> Answer:
        if keep:
            return loaders.kept_answer(file.id, file.data, name=file.name, model=card.name)
        return loaders.answer(file.data, name=file.name, model=card.name)

    return _table_row(file.id, file.name, card.name, loaders.model_changed(card.name), _ask=ask)


@st.cache_data(scope="session", max_entries=1000, show_spinner=False)
def _table_row(file_id: str, name: str, model: str, changed: int, _ask: Callable[[], Answer]) -> dict[str, object]:
    try:
        return row(name, _ask().prediction)
    except EscError as error:
        return {"file": name, "error": str(error)}


def row(name: str, prediction: Prediction) -> dict[str, object]:
    """Return a file's row of the table and of the CSV file; its answer is the headline of the file in detail."""
    values: dict[str, object] = {"file": name, "answer": headline(prediction)}
    values |= {NOT_SURE: prediction.not_sure, UNKNOWN: prediction.unknown, NOTHING: prediction.nothing}
    for i, (category, prob) in enumerate([] if prediction.nothing else prediction.top(3), start=1):
        values |= {f"guess {i}": readable(category), f"probability {i}": round(prob, 4)}
    return values | {"remarks": " ".join(prediction.remarks), "error": ""}


def show_table(rows: Sequence[dict[str, object]]) -> None:
    """Show the answers to all files, and the table as a download."""
    frame = pd.DataFrame(rows)
    st.dataframe(defused(frame), hide_index=True, placeholder="–")
    st.download_button(
        "Download as CSV",
        csv_text(list(frame), frame.itertuples(index=False)),
        "guesses.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_one(file: Upload, card: Card) -> None:
    answer = loaders.kept_answer(file.id, file.data, name=file.name, model=card.name)
    known_as = answer.known_as
    show_answer(
        answer.y, answer.sr, answer.prediction, card, label=file.name, known_as=known_as, key="file",
        seen_in_training=was_trained_on(card, known_as, name=file.name, recording=answer.recording),
    )  # fmt: skip
    all_models(answer.y, answer.sr, card, key="file", known_as=known_as, name=file.name, recording=answer.recording)
