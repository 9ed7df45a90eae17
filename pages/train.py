"""Watch a model learn, and catch it cheating."""

import streamlit as st

from ui import starter, state
from ui.header import header
from ui.train_lessons import show_lesson
from ui.train_runs import show_runs
from ui.train_setup import show_setup
from ui.train_start import WATCH, show_presets, show_problem
from ui.train_watch import show_watch

VIEWS = {
    WATCH: ":material/monitoring: Watch",
    "set it up": ":material/tune: Set it up",
    "runs": ":material/compare_arrows: All runs",
    "leak": ":material/water_drop: Lesson: the leak",
    "augmentation": ":material/school: Lesson: does augmentation help?",
}
TRY_THIS = {
    WATCH: "start the first preset, and say which two categories it will mix up. Then click that cell and listen.",
    "set it up": "keep only three clips of one category. Watch its recall, then try one of the answers to imbalance.",
    "runs": "pick two runs that differ in one setting. Is their difference larger than the luck of a single fold?",
    "leak": "before you start, guess: how many points does a leak add?",
    "augmentation": "before you start, guess: does it raise the training curve, the validation curve, or both?",
}

making = starter.start_if_needed()
dataset, _ = header("Train", "Watch a model learn, and catch it cheating.")
starter.show_progress(dataset)
if dataset is None:
    st.stop()

show_presets(dataset, ready=not making)
view = st.segmented_control(
    "Show", VIEWS, format_func=VIEWS.get, default=WATCH, required=True, key=state.SHOW, bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
show_problem()

if view == WATCH:
    show_watch(dataset)
elif view == "set it up":
    show_setup(dataset, ready=not making)
elif view == "runs":
    show_runs(dataset)
else:
    show_lesson(dataset, view, ready=not making)
st.caption(f"**Try this:** {TRY_THIS[view]}")
