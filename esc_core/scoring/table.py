"""CSV tables as untrusted input: caps on their size, and what makes one unreadable."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from esc_core.errors import ScoreError
from esc_core.files import reason
from esc_core.words import listed, shortened

MAX_BYTES = 50 * 2**20
"""Largest table that is read, in bytes; the 2000 clips with 50 probabilities each take about 1 MB."""

MAX_ROWS = 500_000
"""Largest number of rows that is read: enough for the training files of five folds with sixty copies of each clip."""

MAX_COLUMNS = 1_000
"""Largest number of columns that is read."""

SEPARATORS = ",;\t"
"""Possible separators of columns; spreadsheets write semicolons where the comma is the decimal sign."""


def read_table(source: str | Path | bytes) -> pd.DataFrame:
    """Read a CSV with a column ``filename`` as text; column names in lower case.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file, or its content.

    Returns
    -------
    pandas.DataFrame
        One row per line, all text.

    Raises
    ------
    ScoreError
        If it can't be read, is too large, has no such column, no rows, or lines of different lengths.
    """
    data = source if isinstance(source, bytes) else _read(Path(source))
    if len(data) > MAX_BYTES:
        raise ScoreError(f"the table must be at most {MAX_BYTES // 2**20} MB, got {len(data) / 2**20:.0f} MB")
    try:
        return _parse(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ScoreError("the file can't be read as a CSV table in UTF-8") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ScoreError(f"{path} can't be read: {reason(error)}") from error


def _parse(text: str) -> pd.DataFrame:
    if named := re.match(r"\s*sep=([,;\t])[\r\n]+", text):  # Excel's own first line
        text = text[named.end() :]
    first_line = re.match(r"\s*([^\r\n]*)", text)
    separator = named[1] if named else max(SEPARATORS, key=first_line[1].count) if first_line else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    names = _names(next((row for row in reader if any(row)), []))
    rows: list[list[str]] = []
    for row in reader:
        if not any(field.strip() for field in row):
            continue
        if len(row) != len(names):
            raise ScoreError(f"line {reader.line_num} must have {len(names)} fields, as the first, got {len(row)}")
        if len(rows) == MAX_ROWS:
            raise ScoreError(f"the table must have at most {MAX_ROWS} rows")
        rows.append(row)
    if not rows:
        raise ScoreError("the table holds no rows")
    return pd.DataFrame(rows, columns=names, dtype=object)


def _names(header: list[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    if not names:
        raise ScoreError("the file is empty")
    if len(names) > MAX_COLUMNS:
        raise ScoreError(f"the table must have at most {MAX_COLUMNS} columns, got {len(names)}")
    if "filename" not in names:
        raise ScoreError(f"the table needs a column filename; its first line names {listed(names)}")
    require_once([name for name in names if name])
    return names


def require_once(names: Sequence[str]) -> None:
    """Refuse a table in which two columns have the same name.

    Raises
    ------
    ScoreError
        If a name is in `names` more than once.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise ScoreError(f"the table must have one column {shortened(name)}, got {count}")


def fold_numbers(table: pd.DataFrame) -> np.ndarray:
    """Return the fold of each row of a table with a column ``fold``, shape (n,), int; 0 where it is not in 1–5."""
    numbers = pd.to_numeric(table["fold"], errors="coerce").fillna(0)
    return np.asarray(numbers.where(numbers.isin(range(1, 6)), 0), int)
