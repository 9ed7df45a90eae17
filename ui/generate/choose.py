"""Which generator makes the sounds, and what it has heard."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError, ModelError
from esc_core.findings.generated import describe_judged
from esc_core.findings.measured import RESULTS_DIR
from esc_core.generate.generator import Generator
from esc_core.generate.installed import Installed, generators
from esc_core.words import counted, listed, readable
from ui import loaders, state
from ui.literal import literal, show_error

APPROXIMATE = (
    "Made by a network. The waveform is an approximation (Griffin-Lim): the network makes a spectrogram, which says "
    "how loud each frequency is, and the waveform is sought that fits it."
)
"""What stands below every sound of the page."""


def choose_generator() -> tuple[Installed, Generator] | None:
    """Show the choice of a generator; return it, or None where there is none yet or it can't be read."""
    found = generators()
    if not found:
        st.info(
            "A generator is a network that makes new sounds. Choose **Train one**: it says how long that takes here.",
            title="There is no generator here yet", icon=":material/graphic_eq:",
        )  # fmt: skip
        return None
    by_key = {one.key: one for one in found}
    wanted = state.GENERATOR.read()
    chosen = by_key.get(wanted or "", found[0])
    key = st.selectbox(
        "Generator", by_key, index=list(by_key).index(chosen.key), format_func=lambda key: _label(by_key[key]),
        width=300, help="Networks that make sounds: trained here, or shipped with the app.",
    )  # fmt: skip
    if key != chosen.key:
        state.GENERATOR.write(key)
        st.rerun()
    try:
        return chosen, loaders.generator_at(chosen.path)
    except ModelError as error:
        show_error(error, icon=":material/broken_image:")
        return None


def _label(one: Installed) -> str:
    return f"{one.name} ({'came with the app' if one.shipped else 'trained here'})"


def show_facts(one: Installed, generator: Generator) -> None:
    """Say what the generator has heard, what its sounds are, and what was found of them."""
    card = generator.card
    heard = counted(card.n_clips, "clip", "clips")
    st.caption(
        f"{APPROXIMATE} It was trained for {counted(card.epochs, 'epoch', 'epochs')} on {heard} "
        f"({literal(card.data)}), never on fold {card.val_fold}. "
        f"It knows {literal(listed([readable(name) for name in card.labels]))}."
    )
    try:
        found = loaders.judged_file(one.path, RESULTS_DIR)
    except EscError as error:
        show_error(error, icon=":material/broken_image:")
        return
    if found is not None:
        st.caption(f"**What its sounds are worth:** {literal(describe_judged(found))}")


def choose_category(generator: Generator) -> int:
    """Show the choice of a category; return its position."""
    labels = list(generator.card.labels)
    wanted = state.OF.read()
    label = labels.index(wanted) if wanted in labels else 0
    chosen = st.selectbox(
        "Category", range(len(labels)), index=label, format_func=lambda i: readable(labels[i]), width=220,
        help="What the network is asked to make.",
    )  # fmt: skip
    state.OF.write(labels[chosen])
    return int(chosen)
