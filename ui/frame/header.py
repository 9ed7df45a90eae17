"""The top of every page: title, sentence, and the buttons for data and model."""

from __future__ import annotations

import streamlit as st

from esc_core.config import home_fault
from esc_core.dataset import Dataset
from esc_core.dataset.provenance import set_name
from esc_core.errors import DatasetError
from esc_core.inference import certainty
from esc_core.inference.choice import default_model
from esc_core.models.card import Card
from esc_core.models.registry import title_of
from esc_core.scoring.figures import PEOPLE
from esc_core.training.quick.result import from_dict
from esc_core.words import counted, percent, shortened
from ui import loaders, state
from ui.frame.data_dialog import choose_data
from ui.frame.navigation import PAGES, turn_to
from ui.frame.trunk import offer_trunk
from ui.literal import literal, model_named, named


def header(title: str, sentence: str) -> tuple[Dataset | None, Card | None]:
    """Show the top of a page.

    Parameters
    ----------
    title : str
        Name of the page.
    sentence : str
        What one can find out here.

    Returns
    -------
    dataset : Dataset or None
        The data in use.
    card : Card or None
        The card of the model in use.
    """
    state.require_entry()
    dataset, card, problem = None, None, home_fault()
    usable = problem is None
    if usable:
        card = chosen_card()
        state.DATA.read()
        try:
            dataset = loaders.dataset()
        except DatasetError as error:
            problem = str(error)
    _show_top(title, sentence, dataset, card, problem)
    if problem:
        choose = "Click the data button above to choose another folder."
        st.warning(f"{literal(problem)}. {choose}", icon=":material/folder_off:")
    if not usable:
        st.stop()
    return dataset, card


def _show_top(title: str, sentence: str, dataset: Dataset | None, card: Card | None, problem: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(width="content", gap=None):
            st.title(title, anchor=False)
            st.markdown(sentence)
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if title == next(iter(PAGES.values())).title:  # where a beginner arrives
                _walk_link()
            if st.button(
                _data_chip(dataset),
                icon=":material/folder_open:",
                help="The data in use. Click to change it.",
                key="data_chip",
            ):
                choose_data(dataset, problem)
            _model_chip(card)


def _walk_link() -> None:
    """Lead to the first walk."""
    if st.button(state.ABOUT.default, icon=":material/directions_walk:", type="tertiary", key="to_walk"):
        turn_to(PAGES["about"], {state.ABOUT.name: state.ABOUT.default})


def _data_chip(dataset: Dataset | None) -> str:
    if dataset is None:
        return "No data set"
    return f"{named(shortened(set_name(dataset)))} · {counted(len(dataset.clips), 'clip', 'clips')}"


def chosen_card() -> Card | None:
    """Return the card of the model that the URL names, else that of the best model that can be used here."""
    name = state.MODEL.read()
    state.MODEL_SET.read()
    cards = loaders.cards()
    card = next((card for card in cards if card.name == name), None) or default_model(cards)
    state.MODEL_SET.write(loaders.set_of(card.name) if card else None)
    return card


def _model_chip(card: Card | None) -> None:
    label = (
        "No model" if card is None else f"{model_named(card.name)} · {len(card.labels)} categories · {_percent(card)}"
    )
    with st.popover(label, icon=":material/neurology:", help="The model in use, and its scores."):
        for problem in loaders.damaged_models().values():
            st.warning(literal(problem[0].upper() + problem[1:]) + ".", icon=":material/broken_image:")
        if card is None:
            st.write(
                "There is no trained model here. `python -m esc_core train` trains the network of a fold; "
                "`models pack` joins five of them."
            )
            return
        by_name = {other.name: other for other in loaders.cards()}
        names = list(by_name)
        if len(names) > 1:
            chosen = st.selectbox(
                "Model",
                names,
                index=names.index(card.name),
                # models that have heard more stand apart from the others
                format_func=lambda name: f"{title_of(name)} ({by_name[name].heard.partition(':')[0]})",
            )
            if chosen != card.name:
                state.MODEL.write(chosen)
                st.rerun()
        _describe(card)
        st.markdown(f"Heard in training: {literal(card.heard)}.")
        offer_trunk()


def _percent(card: Card) -> str:
    score = card.details.get("accuracy", card.mean_accuracy())
    return "not scored" if score is None else percent(score)


def _describe(card: Card) -> None:
    scores = card.scores()
    if scores is None or "mean" not in scores or "not_sure" not in card.details:
        _describe_own(card)
        return
    esc50 = "esc50" in card.details["scores"]
    clips, people = (
        ("clips of ESC-50", f"; people: {percent(PEOPLE['ESC-50', 50], digits=1)}") if esc50 else ("clips", "")
    )
    folds = ", ".join(percent(value, digits=1) for value in scores["fold_accuracy"])
    sure = card.details["not_sure"]
    without = percent(scores["mean_without_development_fold"], digits=1)
    chosen_on = (
        f"Without fold {scores['development_fold']}, on which the recipe was chosen: {without}. " if esc50 else ""
    )
    st.markdown(
        f"**{percent(scores['mean'], digits=1)}** of the {clips} are correctly classified, each by the network that "
        "was not trained "
        f"on its fold ({literal(str(scores['data']))}, last epoch). By fold: {folds}. "
        f"{chosen_on}"
        f"Chance: {percent(1 / len(card.labels))}{people}."
    )
    st.markdown(certainty.in_words(coverage=sure["coverage"], error=sure["error"]))
    st.caption("New sounds are classified by the mean of all networks, which has no cross-validated score of its own.")
    st.caption(literal(str(card.details.get("licence", ""))))


def _describe_own(card: Card) -> None:
    data = literal(str(card.details.get("data", "unknown data")))
    if card.knows_none:
        learnt = from_dict(card.details.get("result"))
        st.markdown(f"This model learnt own sounds here ({data}). {literal(learnt.sentence) if learnt else ''}")
    else:
        _describe_run(card, data)
    for key in ("note", "licence"):
        if text := card.details.get(key):
            st.caption(literal(str(text)))


def _describe_run(card: Card, data: str) -> None:
    st.markdown(
        f"This model was trained here. **{percent(card.details.get('accuracy'), digits=1)}** of the clips of fold "
        f"{card.folds[0]}, which "
        f"was held out, are correctly classified ({data}, last epoch). "
        f"Chance: {percent(1 / len(card.labels))}."
    )
