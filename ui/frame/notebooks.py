"""The notebook of a page: the same lesson in Python, to take along."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parents[2] / "notebooks"

NOTEBOOKS = {
    "explore": {"01-data-and-folds": "data and folds", "02-features": "features"},
    "augment": {"03-augmentation": "augmentation"},
    "train": {"04-train-a-fold": "train a fold", "06-leak": "the leak"},
    "own": {"08-hearing-audioset-first": "learning in seconds"},
    "classify": {"07-own-recording": "your own recording"},
    "results": {"05-mel-or-waveform": "mel or waveform"},
}
"""Notebooks by page: their files without the ending, and their topics."""

HELP = "The same in Python, step by step. `make notebooks` opens all eight; or open this file in any Jupyter of yours."


def offer_notebooks(page: str) -> None:
    """Offer the notebooks that belong to a page, as files.

    Parameters
    ----------
    page : str
        Name of the page, a key of `NOTEBOOKS`.
    """
    with st.container(horizontal=True, gap="small"):
        for name, topic in NOTEBOOKS[page].items():
            path = FOLDER / f"{name}.ipynb"
            st.download_button(
                f"As a notebook: {topic}", path.read_bytes, path.name, "application/x-ipynb+json",
                icon=":material/menu_book:", type="tertiary", on_click="ignore", help=HELP, key=f"notebook:{name}",
            )  # fmt: skip
