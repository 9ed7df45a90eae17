"""A page of clips as cards."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from esc_core.dataset import Clip, Dataset
from ui import state
from ui.clip.view import choose, clip_cards
from ui.clip_grid import MAX_CARDS


def show_cards(dataset: Dataset, clips: Sequence[Clip], bar: DeltaGenerator) -> None:
    """Show the page of cards that the URL names, with buttons to the other pages.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    clips : sequence of Clip
        The clips that pass the filters; at least one.
    bar : DeltaGenerator
        Container above the cards for the buttons.
    """
    n_pages = -(-len(clips) // MAX_CARDS)
    page = min(max(1, state.PAGE.read()), n_pages)
    start = (page - 1) * MAX_CARDS
    shown = clips[start : start + MAX_CARDS]
    with bar:
        st.caption(f"{start + 1}–{start + len(shown)} of {len(clips)} clips", width="content")
        _turn(page, n_pages)
    press = clip_cards(dataset, shown, key="cards", label=f"Clips, page {page} of {n_pages}")
    if press is not None:
        choose(press)


def _turn(page: int, n_pages: int) -> None:
    """Show the buttons to the previous and the next page."""
    for label, icon, to in (("Previous", "chevron_left", page - 1), ("Next", "chevron_right", page + 1)):
        if n_pages > 1:
            st.button(
                label,
                icon=f":material/{icon}:",
                icon_position="right" if label == "Next" else "left",
                disabled=not 1 <= to <= n_pages,
                help=f"This is page {page} of {n_pages}.",
                on_click=state.PAGE.write,
                args=(to,),
            )
