"""Eight sounds of one category, and another eight for each seed."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from esc_core.generate.generator import Generator
from esc_core.words import readable
from ui import state
from ui.generate.choose import choose_category
from ui.generate.sounds import colour_of, grid, play

N_SOUNDS = 8
STAGE = "generate_stage"
"""Streamlit key of the container with the player."""

_CHOSEN, _TOKEN = "generate:chosen", "generate:token"


def show_listen(generator: Generator, row: DeltaGenerator) -> None:
    """Show the sounds of a category and a seed; each can be played.

    Parameters
    ----------
    generator : Generator
        Makes them.
    row : DeltaGenerator
        The row of choices on top of the page.
    """
    with row:
        label = choose_category(generator)
        seed = state.POINT.read()
        if st.button("Draw again", icon=":material/casino:", help="Eight other points, and so eight other sounds."):
            seed = (seed + 1) % (state.MAX_SEED + 1)
        state.POINT.write(seed)
        st.markdown(f"seed {seed}")
    name = readable(generator.card.labels[label])
    made = generator.log_mel(generator.points(N_SOUNDS, seed=seed), generator.category(label, n=N_SOUNDS))
    stage = st.container(key=STAGE)
    chosen = min(st.session_state.get(_CHOSEN, 0), N_SOUNDS - 1)
    press = grid(
        made, [f"{name} {i + 1}" for i in range(N_SOUNDS)], [f"seed {seed}"] * N_SOUNDS,
        [generator.card.labels[label]] * N_SOUNDS, key="generate:grid", chosen=chosen, label=f"Sounds made of {name}",
        brings=STAGE,
    )  # fmt: skip
    if press is not None:
        chosen = st.session_state[_CHOSEN] = int(press.card_id)
        st.session_state[_TOKEN] = press.token if press.play else None
    with stage:
        play(
            made[chosen], generator.card.features, key="generate_player", label=f"{name} {chosen + 1}",
            color=colour_of(generator.card.labels[label]), token=st.session_state.get(_TOKEN),
        )  # fmt: skip
