"""Published accuracies on ESC-50, and how their epoch was chosen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from esc_core.models.card import Card
from esc_core.models.registry import title_of
from esc_core.words import percent_number
from ui import loaders
from ui.results import data

INPUTS = {"log_mel": "mel", "waveform": "waveform", "embedding": "mel", "together": "mel"}
"""Input of our models, in the words of the table; YAMNet's trunk reads a mel spectrogram too."""


def show_published() -> None:
    """Show published accuracies, with this app's model among them."""
    table = data.literature()
    own = [_own(card) for card in loaders.cards() if "mean" in card.details.get("scores", {}).get("esc50", {})]
    table = pd.concat([table, pd.DataFrame(own)]).sort_values("accuracy", ascending=False, kind="stable")
    chosen = st.segmented_control(
        "Trained on", ("everything", "ESC-50 only"), default="ESC-50 only", required=True, key="results:trained_on",
        persist_state="session",
        help="Models that were first trained on the two million clips of AudioSet are not comparable with the others.",
    )  # fmt: skip
    if chosen != "everything":
        table = table[table["trained_on"].isin(["ESC-50 only", "no data set"])]
    st.markdown(
        "All accuracies are on the five official folds, as far as the papers say. A score of the best epoch on the "
        "test fold is too high, by the amount that the last chart under “Question by question” shows; most papers do "
        "not say which epoch they scored. One standard error is 0.9 points on all 2000 clips."
    )
    column = st.column_config
    st.dataframe(
        table, hide_index=True, alt="Published accuracies on ESC-50", height=min(760, 38 + 35 * len(table)),
        column_order=("accuracy", "system", "input", "epoch", "trained_on", "year", "source"),
        column_config={
            "accuracy": column.NumberColumn(format="%.1f%%", help="Mean over five folds."),
            "system": column.TextColumn(width="medium"),
            "epoch": column.TextColumn(help="Which epoch was scored."),
            "trained_on": column.TextColumn("trained on"),
            "year": column.NumberColumn(format="%d"),
            "source": column.TextColumn(width="large"),
        },
    )  # fmt: skip


def _own(card: Card) -> dict[str, object]:
    scores = card.details["scores"]["esc50"]
    return {
        "system": f"{title_of(card.name)} of this app",
        "input": INPUTS[card.input],
        "year": int(str(card.details.get("date", "2026"))[:4]),
        "accuracy": percent_number(scores["mean"], digits=1),
        "trained_on": card.heard.partition(" before:")[0],
        "epoch": "last",
        "source": f"Measured here, on the {scores['data']}; the model's card has the folds",
    }
