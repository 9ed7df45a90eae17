"""The clip in hand in one line, with links to what can be done with it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from esc_core.dataset import Clip
from esc_core.words import readable
from ui import state

LINKS = {
    "explore": ("pages/explore.py", "Explore", ":material/travel_explore:", {}),
    "augment": ("pages/augment.py", "Augment", ":material/tune:", {state.SOUND: "clip"}),
    "classify": ("pages/classify.py", "Classify", ":material/hearing:", {state.SOURCE: "clip"}),
}
"""Pages that take the clip on: file, name, icon, and what else their link carries."""


def clip_bar(clip: Clip, *, here: str, facts: str = "") -> DeltaGenerator:
    """Show which clip is in hand, and the other pages that take it on.

    Parameters
    ----------
    clip : Clip
        The clip in hand.
    here : str
        The page that shows the bar, a key of `LINKS`.
    facts : str
        What else is known of the clip, as Markdown.

    Returns
    -------
    DeltaGenerator
        The place of the links, for what else can be done with the clip here.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="clip_bar"):
        line = f"**{readable(clip.category)}** · {clip.clip_id} · fold {clip.fold} · {clip.group}"
        st.markdown(f"{line} · {facts}" if facts else line, width="content")
        links = st.container(horizontal=True, vertical_alignment="center", width="content", gap="small")
        with links:
            for name, (page, label, icon, parameters) in LINKS.items():
                if name != here:
                    st.page_link(page, label=label, icon=icon, query_params={state.CLIP: clip.clip_id, **parameters})
    return links
