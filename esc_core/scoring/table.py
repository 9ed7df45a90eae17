"""Tables of predictions and of training files: the shared reader of CSV tables, and their folds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from esc_core.disk import tables
from esc_core.errors import ScoreError, TableError


def read_table(source: str | Path | bytes) -> pd.DataFrame:
    """Read a CSV with a column ``filename`` as text; column names in lower case.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file, or its content.

    Returns
    -------
    pandas.DataFrame
        One row per line, all text; see `esc_core.disk.tables.read_table`.

    Raises
    ------
    ScoreError
        If it can't be read, is too large, has no such column, no rows, or lines of different lengths.
    """
    try:
        table = tables.read_table(source, required=("filename",))
    except TableError as error:
        raise ScoreError(str(error)) from error
    if table.empty:
        raise ScoreError("the table holds no rows")
    return table


def require_once(names: Sequence[str]) -> None:
    """Refuse a table in which two columns mean the same.

    Raises
    ------
    ScoreError
        If a name is in `names` more than once.
    """
    try:
        tables.require_once(names)
    except TableError as error:
        raise ScoreError(str(error)) from error


def fold_numbers(table: pd.DataFrame) -> np.ndarray:
    """Return the fold of each row of a table with a column ``fold``, shape (n,), int; 0 where it is not in 1–5."""
    numbers = (tables.whole_number(cell) for cell in table["fold"])
    return np.array([number if number in range(1, 6) else 0 for number in numbers], int)
