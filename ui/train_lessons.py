"""Two lessons, each one button, a chart and three sentences."""

from __future__ import annotations

import streamlit as st

from esc_core.dataset import Dataset

LEAK = "Lesson: the leak"
AUGMENTATION = "Lesson: does augmentation help?"


def show_lesson(dataset: Dataset, name: str, *, ready: bool) -> None:
    """Show one."""
    st.write("todo")
