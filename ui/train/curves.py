"""Learning curves: accuracy and loss over the epochs, with the levels of chance and of people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from esc_core import colours
from esc_core.dataset.categories import CATEGORIES, ESC10_CATEGORIES
from esc_core.scoring import figures as listening_test
from esc_core.words import percent
from ui.answer.people import human_recall
from ui.runs.chart import line_chart

TRAINING, VALIDATION, CHANCE, PEOPLE = "training", "validation", "chance", "people"
COLOURS = {TRAINING: colours.BLUE, VALIDATION: colours.ORANGE, CHANCE: colours.GREY, PEOPLE: colours.PINK}
"""Colours of the curves, the same in every chart."""


def people_score(categories: Sequence[str], *, synthetic: bool) -> float | None:
    """Return people's accuracy on these categories, 0–1; None if it is not known.

    People were tested on real recordings only. Except for ESC-10, they had all fifty names to choose from.
    """
    if not synthetic and set(categories) == ESC10_CATEGORIES:
        return listening_test.PEOPLE["ESC-10", 10]
    known = [human_recall()[name] for name in categories if name in human_recall()]
    return None if synthetic or len(known) < len(categories) else sum(known) / len(known)


def show_curves(
    rows: Sequence[dict[str, Any]], *, n_epochs: int, categories: Sequence[str], people: float | None
) -> None:
    """Show accuracy and loss on axes of fixed length, so that nothing moves while the run trains.

    Parameters
    ----------
    rows : sequence of dict
        As `esc_core.training.runs.run.Run.metrics` gives them.
    n_epochs : int
        Planned epochs, the length of the axis.
    categories : sequence of str
        Categories of the run; their number decides the chance level.
    people : float or None
        Accuracy of people, 0–1.
    """
    n_categories = len(categories)
    evaluations = [row for row in rows if row["val_accuracy"] is not None]
    levels = {CHANCE: 1 / n_categories, **({} if people is None else {PEOPLE: people})}
    left, right = st.columns([3, 2])
    with left:
        st.markdown("**Accuracy** – in percent, without augmentation")
        curves = {
            TRAINING: {row["epoch"]: 100 * row["train_accuracy"] for row in evaluations},
            VALIDATION: {row["epoch"]: 100 * row["val_accuracy"] for row in evaluations},
        }
        last = f"; validation is at {percent(evaluations[-1]['val_accuracy'])}" if evaluations else ""
        alt = f"Accuracy over {n_epochs} epochs{last}"
        percents = {name: 100 * value for name, value in levels.items()}
        line_chart(curves, colours=COLOURS, levels=percents, n_epochs=n_epochs, alt=alt)
        if people is not None and n_categories < len(CATEGORIES) and set(categories) != ESC10_CATEGORIES:
            st.caption("People had all fifty names to choose from.")
    with right:
        st.markdown("**Loss** – in nats; in training, of augmented and mixed clips")
        curves = {
            TRAINING: {row["epoch"]: row["loss"] for row in rows},
            VALIDATION: {row["epoch"]: row["val_loss"] for row in evaluations},
        }
        # the loss when all categories have the same probability
        level = {CHANCE: math.log(n_categories)}
        line_chart(
            curves,
            colours=COLOURS,
            levels=level,
            n_epochs=n_epochs,
            y_label="loss",
            y_max=None,
            alt=f"Loss over {n_epochs} epochs",
        )
