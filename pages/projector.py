"""The projector of a class: how to get in, and one question for everybody."""

import streamlit as st

from ui import state
from ui.classroom.door import PATH
from ui.classroom.rights import in_class, is_teacher
from ui.frame.header import header
from ui.projector.question import show_question
from ui.projector.settings import show_settings
from ui.projector.way_in import show_way_in

WAY_IN, QUESTION = state.PROJECTOR.allowed

dataset, card = header("Projector", "How does the class get in, and what does it hear?")
if not in_class():
    st.info("This page is for a class. `make serve` opens the app to one.", icon=":material/school:")
    st.stop()
with st.container(horizontal=True, vertical_alignment="center"):
    view = st.segmented_control(
        "Show", state.PROJECTOR.allowed, default=state.PROJECTOR.default, required=True, label_visibility="collapsed",
        **state.PROJECTOR.bind(),
    )  # fmt: skip
    show_settings()
    if is_teacher():
        st.badge("You are the teacher", icon=":material/school:", color="green")
    else:
        st.link_button("I am the teacher", PATH, icon=":material/key:", type="tertiary")

if view == WAY_IN:
    show_way_in()
elif dataset is None:
    st.info("A question needs sounds. Choose the data first.", icon=":material/folder_open:")
else:
    show_question(dataset, card)
