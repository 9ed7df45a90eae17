"""The Explore page: what fifty kinds of everyday sound look and sound like."""

import streamlit as st

from ui import state
from ui.clip.view import clip_view, selected_clip
from ui.explore.cards import show_cards
from ui.explore.filters import any_filter, clear_filters, filter_clips
from ui.explore.guess import show_guess
from ui.explore.map import show_map
from ui.explore.overview import show_overview
from ui.explore.table import show_table
from ui.frame import starter
from ui.frame.header import header
from ui.frame.notebooks import offer_notebooks
from ui.frame.oddities import show_unreadable

TRY_THIS = {
    "cards": "open a clip of rain and one of a crackling fire. What in the picture tells them apart?",
    "table": "sort by siblings. Why must all clips of one recording lie in the same fold?",
    "overview": "find the category with the most digital silence. What could a lazy model learn from it?",
    "map": "colour the map by category, then by fold. Which sounds lie alone, and which are mixed up?",
    "guess first": "choose the group “interior”, then play ten rounds. How many of the sounds do you know?",
}

starter.start_if_needed()
dataset, card = header("Explore", "What do fifty kinds of everyday sound look and sound like?")
starter.show_progress(dataset)
if dataset is None:
    st.stop()
place = st.empty()
with place.container():
    show_unreadable(dataset)

filters = st.container()
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    view = st.segmented_control(
        "View", state.VIEW.allowed, default=state.VIEW.default, required=True, label_visibility="collapsed",
        **state.VIEW.bind(),
    )  # fmt: skip
    bar = st.container(horizontal=True, vertical_alignment="center", width="content", key="pages")
if view in ("guess first", "map"):  # question, answers and verdict need the room, as the map does
    filters = bar.popover(
        f"Sounds: {'some' if any_filter() else 'all'}", icon=":material/filter_alt:", key="which_sounds"
    )
with filters:
    clips = filter_clips(dataset)
if not clips:
    st.info("No clip passes all these filters.", title="Nothing matches", icon=":material/filter_alt_off:")
    st.button("Clear the filters", icon=":material/filter_alt_off:", on_click=clear_filters)
    st.stop()

if view == "cards":
    show_cards(dataset, clips, bar)
    with place.container():  # again, since a picture may have shown that samples are damaged
        show_unreadable(dataset)
elif view == "table":
    show_table(dataset, clips)
elif view == "overview":
    show_overview(dataset, clips)
elif view == "map":
    show_map(dataset, clips, bar, card)
else:
    show_guess(dataset, clips, card)

if view in ("cards", "table"):
    clip = selected_clip(dataset)
    if clip is not None:
        clip_view(dataset, clip, card)
    elif view == "cards":
        st.markdown("Press :material/play_arrow: on a card to hear the clip, or its picture to look at it.")
st.caption(f"**Try this:** {TRY_THIS[view]}")
offer_notebooks("explore")
