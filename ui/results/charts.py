"""What the charts of the Results page share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.prediction import PLOTLY

if TYPE_CHECKING:
    import plotly.graph_objects as go


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a figure of the study.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        From `esc_core.plots.results`.
    key : str
        Its name on the page.
    alt : str
        The chart in a sentence.
    """
    st.plotly_chart(figure, key=f"chart:{key}", config=PLOTLY, alt=alt)


def percent(interval: tuple[float, float]) -> tuple[float, float]:
    """Return an interval in percent, or of a difference in points."""
    return 100 * interval[0], 100 * interval[1]
