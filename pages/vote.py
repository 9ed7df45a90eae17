"""The question of the class, answered from a phone."""

import streamlit as st

from ui.classroom.rights import in_class
from ui.frame.header import header
from ui.vote.phone import show_phone

header("Vote", "What does the class hear?")
if not in_class():
    st.info("This page is for a class. `make serve` opens the app to one.", icon=":material/school:")
    st.stop()
show_phone()
