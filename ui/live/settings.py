"""Threshold, smoothing, categories and rules, as the user chooses them."""

from __future__ import annotations

import streamlit as st

from esc_core.inference.live import Rule
from esc_core.models.card import Card
from esc_core.words import readable
from ui.live.session import Settings


def choose_settings(card: Card) -> Settings:
    """Show the settings and return what is chosen."""
    own = round(100 * card.calibration_of(None).event_threshold)
    wanted, sure, smooth, rules = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    listen_for = wanted.multiselect(
        "Listen for", card.labels, format_func=readable, placeholder="all categories",
        key=f"live:categories:{card.name}", persist_state="session",
        help="Only these categories are shown and make events. Choose none to listen for all.",
    )  # fmt: skip
    threshold = sure.slider(
        "Sure above", 5, 99, own, format="%d%%", key=f"live:threshold:{card.name}", persist_state="session",
        help=f"A sound less probable than this is “not sure”. The model's own threshold for events is {own}%.",
    )  # fmt: skip
    smoothing = smooth.slider(
        "Smoothing", 0.0, 3.0, 0.5, 0.1, format="%.1f s", key="live:smoothing", persist_state="session",
        help="How slowly the bars move. It changes no event.",
    )  # fmt: skip
    with rules.popover("Rules", icon=":material/notification_important:", width="stretch"):
        chosen = _choose_rules(card)
    return Settings(threshold / 100, smoothing, tuple(listen_for), chosen)


def _choose_rules(card: Card) -> tuple[Rule, ...]:
    st.markdown("When one of these is heard, the page flashes and counts.")
    categories = st.multiselect(
        "Alarm for", card.labels, format_func=readable, key=f"live:rules:{card.name}", persist_state="session",
        placeholder="no category",
    )  # fmt: skip
    seconds = st.slider(
        "Heard for at least", 0.0, 10.0, 0.5, 0.1, format="%.1f s", key="live:rule_seconds", persist_state="session",
        help="Length of the sound, without the quiet before and after it. The alarm comes once for each event.",
    )  # fmt: skip
    st.toggle("Beep, too", key="live:beep", persist_state="session", help="A short tone from this computer.")
    return tuple(Rule(category, seconds) for category in categories)
