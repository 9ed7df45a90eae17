"""How people classified the clips in the listening test of ESC-50."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.config import ASSETS_DIR
from esc_core.dataset.categories import CATEGORIES
from esc_core.findings.people import human_confusion


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
