"""What a model answers, as Plotly figures: its guesses and its tipping points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from esc_core import colours
from esc_core.escape import for_plotly
from esc_core.inference.certainty import NOT_SURE
from esc_core.words import percent, percent_number, probability, readable

if TYPE_CHECKING:
    import plotly.graph_objects as go


def guesses_figure(
    guesses: Sequence[tuple[str, float]], groups: dict[str, str], *, chance: float, threshold: float
) -> go.Figure:
    """Draw the best guesses as bars in their groups' colours, with lines for chance and "not sure".

    Parameters
    ----------
    guesses : sequence of (str, float)
        Categories with probabilities in 0–1, best first.
    groups : dict of str to str
        Group of each category.
    chance : float
        Probability of a blind guess, 0–1.
    threshold : float
        Probability below which the best guess counts as not sure, 0–1.

    Returns
    -------
    plotly.graph_objects.Figure
        One horizontal bar per guess, on an axis from 0 to 100%.
    """
    import plotly.graph_objects as go

    names = [for_plotly(readable(name)) for name, _ in guesses]
    figure = go.Figure(
        go.Bar(
            x=[percent_number(prob, digits=1) for _, prob in guesses],
            y=names,
            orientation="h",
            marker_color=[colours.GROUPS[groups[name]] for name, _ in guesses],
            text=[probability(prob) for _, prob in guesses],
            textposition="outside",
            customdata=[[groups[name], percent(prob, digits=1)] for name, prob in guesses],
            hovertemplate="%{y} (%{customdata[0]}): %{customdata[1]}<extra></extra>",
            cliponaxis=False,
        )
    )
    marks = ((100 * chance, "chance", "top left"), (100 * threshold, f"{NOT_SURE} below", "top right"))
    for x, text, position in marks:
        if x > 0:
            left = position == "top left"
            figure.add_vline(x=x, line={"dash": "dot", "width": 1, "color": colours.GREY})
            figure.add_annotation(
                x=x,
                y=1,
                yref="paper",
                yanchor="bottom",
                xanchor="left" if left else "center",
                showarrow=False,
                text=text,
            )
    figure.update_xaxes(
        range=[0, 108], tickvals=[0, 25, 50, 75, 100], ticktext=["0", "25", "50", "75", "100%"], fixedrange=True
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_layout(height=60 + 38 * len(guesses), margin={"l": 0, "r": 8, "t": 28, "b": 0}, bargap=0.35)
    return figure


def tipping_figure(
    values: Sequence[float],
    probs: np.ndarray,
    *,
    drawn: float,
    tips: Sequence[float],
    label: str,
    category: str,
    chance: float,
    texts: Sequence[str],
) -> go.Figure:
    """Draw the probability of one category over the range of a parameter.

    Parameters
    ----------
    values : sequence of float
        Values of the parameter, ascending.
    probs : numpy.ndarray, shape (n_values,)
        Probability of the category, 0–1; NaN where there was no answer.
    drawn : float
        Present value of the parameter.
    tips : sequence of float
        Tipping points: values at which the best guess changes to or from the category.
    label : str
        The parameter, with its unit.
    category : str
        The category, for people.
    chance : float
        Probability of a blind guess, 0–1.
    texts : sequence of str
        The values for people, shown at the dots.

    Returns
    -------
    plotly.graph_objects.Figure
        A line with dots, and a vertical line at `drawn` and at each of `tips`.
    """
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Scatter(
            x=list(values),
            y=[None if p != p else 100 * float(p) for p in probs],
            mode="lines+markers",
            line={"color": colours.DEEP_BLUE, "width": 2},
            text=list(texts),
            customdata=[None if p != p else percent(float(p)) for p in probs],
            hovertemplate="%{text}: %{customdata}<extra></extra>",
        )
    )
    figure.add_hline(y=100 * chance, line={"dash": "dot", "width": 1, "color": colours.GREY})
    marks = [(drawn, "now", colours.GREY, "solid")] + [(tip, "tips", colours.ORANGE, "dash") for tip in tips]
    for x, text, color, dash in marks:
        figure.add_vline(x=x, line={"dash": dash, "width": 2, "color": color})
        figure.add_annotation(
            x=x, y=1, yref="paper", yanchor="bottom", showarrow=False, text=text, font={"color": color}
        )
    figure.update_xaxes(title=label, fixedrange=True, zeroline=False, exponentformat="none", separatethousands=True)
    figure.update_yaxes(
        title=f"sure of {for_plotly(category)}", range=[0, 103], ticksuffix="%", fixedrange=True, zeroline=False
    )
    figure.update_layout(height=300, showlegend=False, margin={"l": 0, "r": 16, "t": 28, "b": 0})
    return figure
