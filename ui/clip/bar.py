"""The selected clip in one line, with links to other pages."""

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
"""Pages that show the selected clip: file, name, icon, and further parameters of the link."""


def clip_bar(clip: Clip, *, here: str, facts: str = "") -> DeltaGenerator:
    """Show the selected clip, and links to the other pages that show it.

    Parameters
    ----------
    clip : Clip
        The selected clip.
    here : str
        The page that shows the bar, a key of `LINKS`.
    facts : str
        Further facts about the clip, as Markdown.

    Returns
    -------
    DeltaGenerator
        The container of the links, for further buttons.
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
