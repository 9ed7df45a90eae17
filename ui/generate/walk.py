"""Walks: from one sound of a category to another, and from one category to another."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from esc_core.generate.generator import Generator
from esc_core.generate.walk import between_categories, between_points
from esc_core.words import readable
from ui import state
from ui.generate.choose import choose_category
from ui.generate.sounds import colour_of, play
from ui.literal import literal


def show_walk(generator: Generator, row: DeltaGenerator) -> None:
    """Show two sliders and the sound at the place that they name; arguments as for `show_listen`."""
    card, seed = generator.card, state.POINT.read()
    state.POINT.write(seed)
    with row:
        start = choose_category(generator)
        others = [i for i in range(len(card.labels)) if i != start]
        end = st.selectbox(
            "To", others, format_func=lambda i: readable(card.labels[i]), width=220, key=f"generate:to:{start}",
            persist_state="session", help="Where the walk between categories ends.",
        )  # fmt: skip
    end = start if end is None else int(end)
    first, last = (readable(card.labels[i]) for i in (start, end))
    left, right = st.columns(2)
    between = left.slider(
        f"From {literal(first)} to {literal(last)}", 0, 100, 0, 5, format="%d%%", key="generate:category",
        persist_state="session",
        help="0% is the first category, 100% the other. Between them is what the network makes of a mixture.",
    )  # fmt: skip
    along = right.slider(
        "From one sound to another", 0, 100, 0, 5, format="%d%%", key="generate:along", persist_state="session",
        help="Both ends are sounds of the same category. Does the sound change evenly, or in jumps?",
    )  # fmt: skip
    ends = generator.points(2, seed=seed)
    point = between_points(ends[0], ends[1], np.array([along / 100]))
    weights = between_categories(start, end, np.array([between / 100]), n_classes=len(card.labels))
    label = first if between == 0 else last if between == 100 else f"{100 - between}% {first}, {between}% {last}"
    nearest = card.labels[start if between < 50 else end]
    log_mel = generator.log_mel(point, weights)[0]
    play(log_mel, card.features, key="generate_walk", label=label, color=colour_of(nearest), token=None)
