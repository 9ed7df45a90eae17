"""How people classified the clips in the listening test of ESC-50."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.config import ASSETS_DIR
from esc_core.dataset.categories import CATEGORIES
from esc_core.findings.people import human_confusion
from esc_core.words import percent
from ui.literal import named


@st.cache_data(max_entries=1, show_spinner=False)
def human_recall() -> dict[str, float]:
    """Return the recall of people for each category, 0–1.

    It is that of the listening test of Piczak (2015), with 3939 answers that passed its quality control.
    """
    counts = human_confusion()
    return dict(zip(CATEGORIES, (np.diag(counts) / counts.sum(axis=1)).tolist(), strict=True))


@st.cache_data(max_entries=1, show_spinner=False)
def human_confusions() -> dict[str, list[str]]:
    """Return the wrong answers of people for each category, the most frequent first; see `human_recall`."""
    answers = pd.read_csv(ASSETS_DIR / "esc50-human.csv")
    wrong = answers[answers["category"] != answers["answer"]].sort_values("count", ascending=False)
    return wrong.groupby("category")["answer"].apply(list).to_dict()


def people_sentence(category: str, recall: float, *, synthetic: bool) -> str:
    """Return how often people classify a category's clips correctly.

    Parameters
    ----------
    category : str
        The category.
    recall : float
        Their recall in the listening test, 0–1.
    synthetic : bool
        Whether the sound at hand is synthetic; the listening test was on real recordings.

    Returns
    -------
    str
        One or two sentences.
    """
    clips = "real recordings" if synthetic else "the clips"
    sentence = (
        f"People classify {percent(recall)} of {clips} of {named(category)} correctly, with all fifty categories to "
        "choose from."
    )
    return f"{sentence} This one is synthetic." if synthetic else sentence
