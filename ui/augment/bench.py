"""The layout of the Augment page: the player beside the chain, and tabs on the result below them."""

from __future__ import annotations

import streamlit as st

from esc_core.augment.chain import Compose
from esc_core.dataset import Dataset
from esc_core.errors import EscError
from esc_core.models.card import Card
from ui.augment import steps as steps
from ui.augment.chain import edit_chain
from ui.augment.draws import show_draws
from ui.augment.response import show_answer, show_response
from ui.augment.result import apply_chain, show_result
from ui.augment.sound import Sound
from ui.augment.take_away import show_take
from ui.literal import show_error

STICKY = """<style>
[data-testid=stLayoutWrapper]:has(> .st-key-augment_answer) { position: sticky; top: 3.75rem; z-index: 9; }
.st-key-augment_answer { backdrop-filter: blur(24px); padding-bottom: 0.5rem; }
</style>"""
"""The model's answer stays in sight while one turns the sliders below it, however long the chain is."""

TABS = ("What the model trains on", "The model's response", "Take it with you")


@st.fragment
def bench(sound: Sound, dataset: Dataset | None, card: Card | None) -> None:
    """Show the player and the chain; a slider reruns only this.

    Parameters
    ----------
    sound : Sound
        The sound to be changed.
    dataset : Dataset or None
        The data set from which the second sound of a mixture comes.
    card : Card or None
        The model whose response is shown.
    """
    left, right = st.columns([5, 3], gap="large")
    with right:
        st.html(STICKY)
        answer = st.container(key="augment_answer")
        chain, seed, second = edit_chain(dataset, sound.clip)
    with left, st.container(key="augment_stage"):
        try:
            Compose.from_json(chain)
            steps.keep_in_link()
            result = apply_chain(sound, chain, seed, dataset, second)
        except EscError as error:
            show_error(error, icon=":material/error:")
            return
        show_result(result, sound, second, seed)
    with answer:
        show_answer(sound, result.applied, dataset, second, card)
    draws, response, take = st.tabs(TABS, on_change="rerun", key="augment:tabs")
    if draws.open:
        with draws:
            show_draws(sound, chain, seed, dataset, second)
    if response.open:
        with response:
            show_response(sound, result.applied, dataset, second, card)
    if take.open:
        with take:
            show_take(sound, chain, seed, result.applied, dataset, second)
