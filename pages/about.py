"""About: a first walk through the app, and where sounds, models and packages come from."""

import streamlit as st

from ui import state
from ui.about.for_class import show_for_class
from ui.about.packages import show_packages
from ui.about.sources import show_sources
from ui.about.walk import show_walk
from ui.frame import starter
from ui.frame.header import header

WALK, CLASS, SOURCES, PACKAGES = state.ABOUT.allowed

starter.start_if_needed()
dataset, _ = header("About", "Where to begin, and where sounds, models and packages come from.")
starter.show_progress(dataset)
view = st.segmented_control(
    "About", state.ABOUT.allowed, default=state.ABOUT.default, required=True, label_visibility="collapsed",
    **state.ABOUT.bind(),
)  # fmt: skip

if view == SOURCES:
    show_sources(dataset)
elif view == CLASS:
    show_for_class()
elif view == PACKAGES:
    show_packages()
elif dataset is not None:
    show_walk(dataset)
