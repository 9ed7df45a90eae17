"""Watch a model learn, and catch it cheating."""

import streamlit as st

from ui import state
from ui.frame import starter
from ui.frame.header import header
from ui.frame.notebooks import offer_notebooks
from ui.frame.oddities import show_unreadable
from ui.train.lessons import AUGMENTATION, LEAK, show_lesson
from ui.train.runs import show_runs
from ui.train.setup import show_setup
from ui.train.start import WATCH, show_presets, show_problem, turn_to_started
from ui.train.watch import show_watch

SET_UP, RUNS = "Set it up", "All runs"
TRY_THIS = {
    WATCH: "start the first preset, and predict which two categories it will confuse. Then click that cell and listen.",
    SET_UP: "keep only three clips of one category. Watch its recall, then try a strategy for rare categories.",
    RUNS: "select two runs that differ in one setting. Is their difference larger than chance on a single fold?",
    LEAK: "before you start, guess: how many points does the leak add to the score?",
    AUGMENTATION: "before you start, guess: does it raise the curve on training clips, that on new ones, or both?",
}

making = starter.start_if_needed()
dataset, _ = header("Train", "Watch a model learn, and catch it cheating.")
starter.show_progress(dataset)
if dataset is None:
    st.stop()
show_unreadable(dataset, left_out=True)

show_presets(dataset, ready=not making)
turn_to_started()
view = st.segmented_control(
    "Show", state.SHOW.allowed, default=state.SHOW.default, required=True, label_visibility="collapsed",
    **state.SHOW.bind(),
)  # fmt: skip
show_problem()

if view == WATCH:
    show_watch(dataset)
elif view == SET_UP:
    show_setup(dataset, ready=not making)
elif view == RUNS:
    show_runs(dataset)
else:
    show_lesson(dataset, view, ready=not making)
st.caption(f"**Try this:** {TRY_THIS[view]}")
offer_notebooks("train")
