"""Threshold, smoothing, categories and rules, as the user chooses them; a link carries them all."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from esc_core.inference.live import Rule
from esc_core.models.card import Card
from esc_core.words import readable
from ui import state
from ui.live.session import Settings

_OWN = "live:own_threshold"


def choose_settings(card: Card) -> Settings:
    """Show the settings and return what is chosen."""
    names = {readable(label): label for label in card.labels}
    own = round(100 * card.calibration_of(None).event_threshold)
    _follow_model(own)
    state.LISTEN.hold_to(list(names))
    listen_for = st.multiselect(
        "Listen for", list(names), placeholder="all categories", **state.LISTEN.bind(),
        help="Only these categories are shown and make events. Choose none to listen for all.",
    )  # fmt: skip
    threshold = st.slider(
        "Sure above", 5, 99, own, format="%d%%", **state.SURE.bind(),
        help=f"A sound less probable than this is “not sure”. The model's own threshold for events is {own}%.",
    )  # fmt: skip
    smoothing = st.slider(
        "Smoothing", 0.0, 3.0, state.SMOOTH.default, 0.1, format="%.1f s", **state.SMOOTH.bind(),
        help="How slowly the bars move. It changes no event.",
    )  # fmt: skip
    alarms, seconds = _choose_rules(list(names))
    return Settings(
        threshold / 100, smoothing,
        tuple(names[name] for name in listen_for), tuple(Rule(names[name], seconds) for name in alarms),
    )  # fmt: skip


def _follow_model(own: int) -> None:
    """Let the slider follow the model's own threshold, unless the user has chosen another one."""
    before = st.session_state.get(_OWN)
    if before not in (None, own) and st.session_state.get(state.SURE.name) == before:
        st.session_state[state.SURE.name] = own
    st.session_state[_OWN] = own


def _choose_rules(names: Sequence[str]) -> tuple[list[str], float]:
    state.ALARM.hold_to(names)
    chosen = st.multiselect(
        "Alarm for", names, placeholder="no category", **state.ALARM.bind(),
        help="When one of these is heard, the page flashes and counts.",
    )  # fmt: skip
    seconds = st.slider(
        "Heard for at least", 0.0, 10.0, state.AFTER.default, 0.1, format="%.1f s", **state.AFTER.bind(),
        help="Length of the sound, without the quiet before and after it. The alarm comes once for each event.",
    )  # fmt: skip
    st.toggle("Beep, too", **state.BEEP.bind(), help="A short tone from this computer.")
    return chosen, seconds
