"""Generate: hear what a network makes of a category, walk between its sounds, and train one."""

import streamlit as st

from ui import state
from ui.frame import starter
from ui.frame.header import header
from ui.generate.choose import choose_generator, show_facts
from ui.generate.learn import show_learn
from ui.generate.listen import show_listen
from ui.generate.walk import show_walk

LISTEN, WALK, TRAIN = state.MAKE.allowed
TRY_THIS = {
    LISTEN: "play a sound and guess its category before you look. Then draw again: which sounds come back?",
    WALK: "move the first slider in small steps. Where does one category end and the other begin?",
    TRAIN: "train two categories, and listen to the samples of the first and the last epoch.",
}

making = starter.start_if_needed()
dataset, _ = header("Generate", "What does a network think that rain sounds like?")
starter.show_progress(dataset)
view = st.segmented_control(
    "Show", state.MAKE.allowed, default=state.MAKE.default, required=True, label_visibility="collapsed",
    **state.MAKE.bind(),
)  # fmt: skip

if view == TRAIN:
    if dataset is not None:
        show_learn(dataset, ready=not making)
else:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        found = choose_generator()
    if found is not None:
        chosen, generator = found
        if view == LISTEN:
            show_listen(generator, row)
        else:
            show_walk(generator, row)
        show_facts(chosen, generator)
st.caption(f"**Try this:** {TRY_THIS[view]}")
