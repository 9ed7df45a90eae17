"""Own sounds: record sounds of one's own, and have a model learn them."""

import streamlit as st

from ui import state
from ui.frame import starter
from ui.frame.header import header
from ui.frame.notebooks import offer_notebooks
from ui.own.collect import select_next, show_collect
from ui.own.groups import show_groups
from ui.own.learn import show_learn
from ui.own.notes import show_notes
from ui.own.sets import choose_set
from ui.own.use import show_use

COLLECT, GROUPS, LEARN, USE = state.STEP.allowed
TRY_THIS = {
    COLLECT: "record five knocks on a door and five claps. Then let the model learn them: it takes seconds.",
    GROUPS: "merge all recordings of one category. Why can't it be tested any more?",
    LEARN: "listen to each mistake. Would you have known that sound?",
    USE: "use your model in Classify, and make a sound that it has never heard.",
}

starter.start_if_needed()
dataset, card = header("Own sounds", "Can it learn your sounds?")
select_next()
own = choose_set()
show_notes()
if own is None:
    st.stop()
step = st.segmented_control(
    "Step", state.STEP.allowed, default=state.STEP.default, required=True, label_visibility="collapsed",
    **state.STEP.bind(),
)  # fmt: skip

if step == COLLECT:
    show_collect(own, dataset)
elif step == GROUPS:
    show_groups(own)
elif step == LEARN:
    show_learn(own)
else:
    show_use(own)
st.caption(f"**Try this:** {TRY_THIS[step]}")
offer_notebooks("own")
