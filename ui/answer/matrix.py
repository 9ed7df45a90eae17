"""The cells of a confusion matrix as a list to choose from: what a click on a cell does, without a mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from esc_core.words import counted, readable

Cell = tuple[int, int]
"""Row and column of a cell: the true and the predicted category."""


def list_cells(counts: np.ndarray) -> list[Cell]:
    """Return the cells that hold clips: mistakes, the most frequent first, then the correct classifications.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n_classes, n_classes), int
        Rows true, columns predicted.

    Returns
    -------
    list of tuple of int
        Rows and columns.
    """
    rows, columns = np.nonzero(counts)
    order = np.lexsort((-counts[rows, columns], rows == columns))
    return [(int(rows[i]), int(columns[i])) for i in order]


def name_of(cell: Cell) -> str:
    """Return a cell as the key of an option."""
    return f"{cell[0]} {cell[1]}"


def cell_of(name: str) -> Cell:
    """Return the cell of an option's key."""
    row, column = name.split()
    return int(row), int(column)


def options(counts: np.ndarray, categories: Sequence[str]) -> dict[str, str]:
    """Return the options for a list of the cells that hold clips.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n_classes, n_classes), int
        Rows true, columns predicted.
    categories : sequence of str
        Names of the categories.

    Returns
    -------
    dict of str to str
        Key → words such as "dog, taken for cat: 3 clips".
    """
    return {
        name_of(cell): f"{in_words(cell, categories)}: {counted(counts[cell], 'clip', 'clips')}"
        for cell in list_cells(counts)
    }


def in_words(cell: Cell, categories: Sequence[str]) -> str:
    """Return what the clips of a cell are, such as "dog, taken for cat"."""
    true, guess = readable(categories[cell[0]]), readable(categories[cell[1]])
    return f"{true}, correctly classified" if cell[0] == cell[1] else f"{true}, taken for {guess}"


def click(chart: str, key: str, target: Callable[[int], int] = int) -> None:
    """Choose the cell that was clicked, in the list that has this key.

    Parameters
    ----------
    chart : str
        Streamlit key of the figure.
    key : str
        Streamlit key of the list.
    target : callable
        Returns the category of a row or column; the matrix may show the categories in another order than the list.
    """
    points: list[dict[str, Any]] = st.session_state[chart].selection.points
    if points and (cell := points[0].get("customdata")):
        st.session_state[key] = name_of((target(int(cell[0])), target(int(cell[1]))))
