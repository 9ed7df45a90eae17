"""A small app that tests/test_visitor.py leaves: what a session holds is freed as soon as its tab is closed."""

import streamlit as st

from ui import memory

memory.AWAY_SECONDS = 0.0
memory.free_with_session()
st.button("here")
