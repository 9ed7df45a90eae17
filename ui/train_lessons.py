"""Two lessons."""

import streamlit as st

from esc_core.dataset import Dataset


def show_lesson(dataset: Dataset, name: str, *, ready: bool) -> None:
    st.write("todo")
