"""A grid of cards to try out; what was pressed is written below it."""

import numpy as np
import streamlit as st

from esc_core.plots import spectrograms
from ui.clip_grid import ClipCard, clip_grid


def card(number: int) -> ClipCard:
    """Make a card whose picture depends on its number."""
    picture = np.random.default_rng(number).random((16, 32))
    return ClipCard(
        card_id=f"id {number}",
        title=f"card {number}",
        subtitle="fold 1",
        picture=spectrograms.spectrogram_png(picture, low=0, high=1),
        color="#E69F00",
        tip=f"animals, id {number}",
    )


state = st.session_state
state.setdefault("chosen", None)
state.setdefault("log", [])
start = 24 if st.checkbox("Other page") else 0
press = clip_grid([card(start + i) for i in range(24)], key="grid", chosen=state.chosen, label="Demo")
if press is not None:
    state.chosen = press.card_id
    state.log.append(f"{press.card_id} {'play' if press.play else 'look'}")
    state.tokens = {*state.get("tokens", set()), press.token}
st.button("Rerun")
st.write(f"pressed: {', '.join(state.log) or 'nothing'}")
st.write(f"tokens: {len(state.get('tokens', ()))}")
