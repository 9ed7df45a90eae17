"""ESC-50 Sound Lab: explore, hear, and classify environmental sounds. Start with ``streamlit run app.py``."""

from pathlib import Path

import streamlit as st

from ui import memory, state

# a file of our own: for a Material symbol the browser would ask another machine
ICON = Path(__file__).parent / "assets" / "pictures" / "icon.png"

st.set_page_config(page_title="ESC-50 Sound Lab", page_icon=ICON, layout="wide")

PAGES = {
    "explore": ("travel_explore", "Browse the clips: see, hear and compare them, and guess before you look."),
    "augment": (
        "tune",
        "Change a sound: hear, see and measure what training does to it, and what the model makes of that.",
    ),
    "train": ("model_training", "Start a small training run, watch it learn, hear its mistakes, and use it."),
    "results": ("fact_check", "What the study found: claims and measurements, the model and people, your own scores."),
    "classify": ("hearing", "Record, upload or choose a sound; see what the model hears in it, and how sure it is."),
}

pages = [
    st.Page(
        f"pages/{name}.py", title=name.capitalize(), icon=f":material/{icon}:", help=text, default=name == "explore"
    )
    for name, (icon, text) in PAGES.items()
]
page = st.navigation(pages, position="top")
state.enter(page.url_path)
try:
    page.run()
finally:
    memory.spare_libraries()
