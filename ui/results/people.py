"""The best model next to people: two confusion matrices, and the recall of each category."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.dataset import Dataset
from esc_core.dataset.categories import CATEGORIES
from esc_core.errors import EscError
from esc_core.findings.people import ORDERS, human_confusion, mistakes, model_confusion, order_of, recalls
from esc_core.plots.training import confusion_figure
from esc_core.scoring.predictions import Predictions
from esc_core.training.runs.status import Guesses
from esc_core.words import percent, percent_number, readable
from ui import loaders
from ui.answer.matrix import Cell, cell_of, click, in_words, options
from ui.answer.prediction import PLOTLY
from ui.clip.guessed import CONTAINER, MORE, Guessed, clip_cards, show_selected_clip
from ui.literal import show_error
from ui.results import data
from ui.results.source import EVALUATION_RULE, show_command

CELL = "results:cell"
"""Streamlit key of the list of the model's cells."""

WHO = "the model says"

COMMAND = (
    f"python -m esc_core evaluate --model {data.BEST_MODEL} --data DIR "
    f"--predictions assets/results/{data.BEST_MODEL}-predictions.csv"
)
"""The command that makes the table of predictions again."""


def show_people(dataset: Dataset) -> None:
    """Show the model and people side by side; a click on a cell opens its clips.

    Parameters
    ----------
    dataset : Dataset
        The data in use; its clips can be played if it is ESC-50.
    """
    try:
        predictions = data.predictions()
    except EscError as error:
        show_error(error, icon=":material/broken_image:")
        return
    if predictions is None:
        st.info(f"There are no predictions yet. `{COMMAND}` makes them.", icon=":material/hourglass_empty:")
        return
    model, people = model_confusion(predictions), human_confusion()
    table = recalls(model, people)
    st.markdown(
        f"The shipped model classifies **{percent(predictions.correct.mean(), digits=1)}** of "
        f"{len(predictions.clips)} clips "
        "correctly: each clip by the one of its five networks that was not trained on the clip's fold. "
        f"People classified **{percent(np.trace(people) / people.sum(), digits=1)}** correctly, choosing among all "
        "fifty categories "
        f"({int(people.sum())} answers, Piczak 2015)."
    )
    _show_source()
    order = st.segmented_control(
        "Sort by", ORDERS, default=ORDERS[0], required=True, key="results:order", persist_state="session"
    )
    targets = list(order_of(table, order))
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**The model** – click a cell, or choose it in the list below, to hear its clips")
        _matrix(model, targets, key="model", clickable=True)
    with right:
        st.markdown("**People** – in the listening test")
        _matrix(people, targets, key="people", clickable=False)
    cells = options(model, CATEGORIES)
    chosen = st.selectbox(
        "A cell of the model's matrix", cells, format_func=cells.__getitem__, index=None, key=CELL,
        persist_state="session",
        placeholder="Choose a cell: the most frequent mistake comes first",
        help="All cells that hold clips. Type the name of a category to find its cells.",
    )  # fmt: skip
    if chosen:
        _show_cell(dataset, predictions, cell_of(chosen))
    st.markdown("**Each category** – click a column's head to sort")
    _table(table.loc[targets])
    st.markdown("**Each mistake** – of the model, and how often people make the same one")
    _mistakes(mistakes(model, people))


def _show_source() -> None:
    card = next(card for card in loaders.cards() if card.name == data.BEST_MODEL)
    seeds = ", ".join(map(str, sorted(set(card.details["seeds"]))))
    copy = f"ESC-50, {card.details['scores']['esc50']['data']}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{copy} · folds 1, 2, 3, 4, 5 held out · seed {seeds} · {EVALUATION_RULE}", width="content")
        show_command(COMMAND, data=copy, tables={"clips": data.predictions_file()})


def _matrix(counts: np.ndarray, targets: list[int], *, key: str, clickable: bool) -> None:
    chosen = st.session_state.get(CELL)
    cell = cell_of(chosen) if chosen else None
    box = (targets.index(cell[0]), targets.index(cell[1])) if cell else None
    figure = confusion_figure(counts[np.ix_(targets, targets)], [CATEGORIES[t] for t in targets], chosen=box)
    chart = f"results:matrix:{key}"
    st.plotly_chart(
        figure, key=chart, config=PLOTLY, selection_mode="points",
        on_select=partial(click, chart, CELL, targets.__getitem__) if clickable else "ignore",
        alt=f"Confusion matrix of {key}: {np.trace(counts)} of {counts.sum()} correctly classified. "
        "The tables below hold its numbers.",
    )  # fmt: skip


def _show_cell(dataset: Dataset, predictions: Predictions, cell: Cell) -> None:
    inside = np.flatnonzero((predictions.labels == cell[0]) & (predictions.predicted == cell[1]))
    what = in_words(cell, CATEGORIES)
    here = {clip.clip_id for clip in dataset.clips} if not dataset.synthetic else set()
    playable = [i for i in inside if predictions.clips[i].clip_id in here]
    if not playable:
        ids = ", ".join(predictions.clips[i].clip_id for i in inside[:MORE])
        st.info(
            f"These clips are not in the data in use, so they can't be played here: {ids}. ESC-50 can be "
            "opened with the data button above.",
            icon=":material/hearing_disabled:",
        )
        return
    probs = predictions.probs if predictions.probs is not None else np.ones((len(predictions.clips), 1))
    given = Guessed(
        dataset,
        tuple(dataset.by_id[predictions.clips[i].clip_id] for i in playable),
        predictions.labels[playable],
        Guesses(0, predictions.predicted[playable], probs[playable].max(axis=1), calibrated=True),
        CATEGORIES,
    )
    best_first = np.argsort(-given.guesses.confidence, kind="stable")
    clip_cards(given, best_first[: 3 * MORE].tolist(), key="results:cards", label=f"Clips: {what}", who=WHO)
    with st.container(key=CONTAINER):
        show_selected_clip(given, dataset, who=WHO)


def _table(table: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "category": [readable(name) for name in table["category"]],
            "group": table["group"],
            "model": table["model"].map(percent_number),
            "people": table["people"].map(percent_number),
            "difference": table["difference"].map(percent_number),
        }
    )
    column = st.column_config
    share = partial(column.ProgressColumn, format="%.0f%%", min_value=0, max_value=100)
    st.dataframe(
        shown, hide_index=True, height=420, alt="Recall of each category, of the model and of people",
        column_config={
            "model": share(help="Share of its 40 clips that are correctly classified."),
            "people": share(help="Share of correct answers, of about 79 per category: ±9 points."),
            "difference": column.NumberColumn(format="%+.0f", help="Model minus people, in points."),
        },
    )  # fmt: skip


def _mistakes(table: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "category": [readable(name) for name in table["category"]],
            "taken for": [readable(name) for name in table["guessed"]],
            "clips": table["clips"],
            "model": table["model"].map(percent_number),
            "people": table["people"].map(percent_number),
        }
    )
    column = st.column_config
    share = partial(column.ProgressColumn, format="%.0f%%", min_value=0, max_value=100)
    st.dataframe(
        shown, hide_index=True, height=320, alt="Each mistake of the model, and how often people make it",
        column_config={
            "clips": column.NumberColumn(help="Clips of the category that the model takes for the other one."),
            "model": share(help="The same as a share of the category's clips."),
            "people": share(help="Share of people's answers to clips of the category."),
        },
    )  # fmt: skip
