"""The scorer, alone on a page."""

import streamlit as st

from ui.results.scorer import show_scorer

st.set_page_config(page_title="Scorer", layout="wide")
st.title("Scorer", anchor=False)
show_scorer()
st.caption("Below the scorer.")
