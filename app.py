"""ESC-50 Sound Lab: explore, hear, and classify environmental sounds. Start with ``streamlit run app.py``."""

from pathlib import Path

import streamlit as st

from ui import state

# a file of our own: for a Material symbol the browser would ask another machine
ICON = Path(__file__).parent / "assets" / "pictures" / "icon.png"

st.set_page_config(page_title="ESC-50 Sound Lab", page_icon=ICON, layout="wide")

PAGES = [
    st.Page(
        "pages/explore.py",
        title="Explore",
        icon=":material/travel_explore:",
        help="Browse the clips: see, hear and compare them, and guess before you look.",
        default=True,
    ),
    st.Page(
        "pages/augment.py",
        title="Augment",
        icon=":material/tune:",
        help="Change a sound: hear, see and measure what training does to it, and what the model makes of that.",
    ),
    st.Page(
        "pages/train.py",
        title="Train",
        icon=":material/model_training:",
        help="Start a small training run, watch it learn, hear its mistakes, and use it.",
    ),
    st.Page(
        "pages/classify.py",
        title="Classify",
        icon=":material/hearing:",
        help="Record, upload or choose a sound; see what the model hears in it, and how sure it is.",
    ),
]

page = st.navigation(PAGES, position="top")
state.enter()
page.run()
