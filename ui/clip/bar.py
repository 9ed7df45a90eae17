"""The selected clip in one line, with links to other pages."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from esc_core.dataset import Clip
from ui import state
from ui.frame.navigation import PAGES
from ui.literal import literal, named


def clip_bar(clip: Clip, *, here: str, facts: str = "") -> DeltaGenerator:
    """Show the selected clip, and links to the other pages that show it.

    Parameters
    ----------
    clip : Clip
        The selected clip.
    here : str
        Name of the page that shows the bar.
    facts : str
        Further facts about the clip, as Markdown.

    Returns
    -------
    DeltaGenerator
        The container of the links, for further buttons.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="clip_bar"):
        line = f"**{named(clip.category)}** · {literal(clip.clip_id)} · fold {clip.fold} · {clip.group}"
        st.markdown(f"{line} · {facts}" if facts else line, width="content")
        links = st.container(horizontal=True, vertical_alignment="center", width="content", gap="small")
        with links:
            for page in PAGES.values():
                if page.with_clip is not None and page.name != here:
                    carried = {state.CLIP.name: clip.clip_id, **page.with_clip}
                    st.page_link(page.file, label=page.title, icon=page.symbol, query_params=carried)
    return links
