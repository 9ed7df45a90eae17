"""The original study's claims, each with our measurement and a verdict."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from esc_core.findings.words import FAILS, HOLDS, OPEN, PARTLY, UNMEASURED
from ui.literal import show_error
from ui.results import data
from ui.results.source import EVALUATION_RULE

BADGES = {
    HOLDS: ":green-badge[:material/check: holds]",
    PARTLY: ":blue-badge[:material/contrast: holds in part]",
    OPEN: ":gray-badge[:material/question_mark: not shown]",
    FAILS: ":orange-badge[:material/close: does not hold]",
    UNMEASURED: ":gray-badge[:material/hourglass_empty: not measured yet]",
}


def show_claims() -> None:
    """Show what the original study claimed, and what our measurements say of it."""
    st.markdown(
        "This project started from a study whose accuracies were hard to believe: its training set contained augmented "
        "copies of test clips. Here are the claims of that original study, measured again with "
        "whole folds held out."
    )
    try:
        found = data.claims()
    except EscError as error:
        show_error(error, icon=":material/broken_image:")
        return
    for i, claim in enumerate(found):
        with st.container(border=True, key=f"claim:{i}"):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(f"**“{claim.text}”**", width="content")
                st.markdown(BADGES[claim.verdict], width="content")
            st.markdown(claim.sentence)
            if claim.verdict != UNMEASURED:
                st.caption(_measured_on(claim.study))
    st.caption(
        "“Not shown” means that the difference could be chance: its 95% interval includes zero, or so few clips differ "
        "that chance alone would produce the difference in more than one of twenty cases. Intervals compare the same "
        "clips, by a bootstrap over recordings. They show how much depends on the choice of clips, but not on the "
        "seed, since most runs here have only one. The intervals of the leak show both: each repeat has another seed "
        "and another fold."
    )


def _measured_on(name: str) -> str:
    measured = data.study(name)
    if measured is None:
        return ""
    about = measured.about
    folds, seeds = (sorted({int(value) for value in measured.cells[key]}) for key in ("fold", "seed"))
    extent = f"{len(seeds)} repeats" if "sealed_accuracy" in measured.cells else f"folds {', '.join(map(str, folds))}"
    so_far = "" if measured.complete else f"; so far {about['n_done']} of {about['n_cells']} runs"
    return f"{measured.data} · {extent} · {EVALUATION_RULE}{so_far} · `{about['command']}`"
