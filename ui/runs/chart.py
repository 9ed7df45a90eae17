"""Curves over the epochs of a run, in one chart."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd
import streamlit as st

HEIGHT = 300


def line_chart(
    curves: Mapping[str, Mapping[int, float]],
    *,
    n_epochs: int,
    alt: str,
    colours: Mapping[str, str],
    levels: Mapping[str, float] = MappingProxyType({}),
    y_label: str = "accuracy, %",
    y_max: float | None = 100.0,
) -> None:
    """Show curves over the epochs in one chart, as long from the start as it will be in the end.

    Parameters
    ----------
    curves : mapping of str to mapping
        Values by epoch, by the curve's name.
    n_epochs : int
        Length of the axis.
    alt : str
        The chart in a sentence.
    colours : mapping of str to str
        Colour of each curve and level.
    levels : mapping of str to float
        Lines across the whole chart, by name.
    y_label : str
        What is shown, with its unit.
    y_max : float or None
        Top of the axis; None where the data decide.
    """
    import altair

    ends = {name: {0: value, n_epochs: value} for name, value in levels.items()}
    names = [*curves, *levels]
    table = pd.DataFrame(
        [(epoch, name, value) for name, row in {**curves, **ends}.items() for epoch, value in row.items()],
        columns=["epoch", "curve", "value"],
    ).astype({"epoch": int, "value": float})
    lines = altair.Chart(table).encode(
        x=altair.X("epoch:Q", title="epoch", scale=altair.Scale(domain=[0, n_epochs]), axis=altair.Axis(tickMinStep=1)),
        y=altair.Y("value:Q", title=y_label, scale=altair.Scale(domain=[0, y_max] if y_max else altair.Undefined)),
        color=altair.Color(
            "curve:N",
            scale=altair.Scale(domain=names, range=[colours[name] for name in names]),
            # two in a row have room on a telephone, too
            legend=altair.Legend(title=None, orient="bottom", columns=2, labelLimit=150, symbolSize=60, offset=4),
        ),
    )
    points = lines.mark_circle(size=200, opacity=0).encode(
        tooltip=[
            altair.Tooltip("curve:N", title="curve"),
            altair.Tooltip("epoch:Q", title="epoch"),
            altair.Tooltip("value:Q", title=y_label, format=".3~g"),
        ]
    )
    st.altair_chart(lines.mark_line() + points, height=HEIGHT, alt=alt)
