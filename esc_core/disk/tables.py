"""CSV tables: one reader for all of them, which takes them as untrusted input, and one writer."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from esc_core.disk.files import reason, write_bytes
from esc_core.errors import TableError, TrainingError
from esc_core.escape import for_spreadsheet, from_spreadsheet
from esc_core.words import listed, shortened

MAX_BYTES = 50 * 2**20
"""Largest table that is read, in bytes; the 2000 clips with 50 probabilities each take about 1 MB."""

MAX_ROWS = 500_000
"""Largest number of rows that is read: enough for the training files of five folds with sixty copies of each clip."""

MAX_COLUMNS = 1_000
"""Largest number of columns that is read."""

SEPARATORS = ",;\t"
"""Possible separators of columns; spreadsheets write semicolons where the comma is the decimal sign."""


def read_table(source: str | Path | bytes, *, required: Sequence[str] = ()) -> pd.DataFrame:
    """Read a CSV as text, as spreadsheets and other programs write it.

    The separator is a comma, a semicolon or a tab, the encoding UTF-8 or UTF-16, with or without a byte order mark.
    Blanks around names and cells are removed, and so is the apostrophe of `csv_text`; empty lines are left out. Every
    cell stays text, so that a category called "None" or "NA" is a category and not a gap.

    Parameters
    ----------
    source : str, pathlib.Path or bytes
        The file, or its content.
    required : sequence of str
        Names of columns that the table must have, in lower case.

    Returns
    -------
    pandas.DataFrame
        One row per line, all text; columns in lower case, those without a name left out. It may have no rows. Its
        ``attrs`` hold the "separator".

    Raises
    ------
    TableError
        If it can't be read, is too large, lacks a column, has one twice, or has lines of different lengths.
    """
    data = source if isinstance(source, bytes) else _read(Path(source))
    if len(data) > MAX_BYTES:
        raise TableError(f"the table must be at most {MAX_BYTES // 2**20} MB, got {len(data) / 2**20:.0f} MB")
    try:
        return _parse(_decoded(data), required)
    except csv.Error as error:
        raise TableError(f"the file can't be read as a CSV table: {error}") from error


def table_rows(path: Path, *, required: Sequence[str]) -> list[dict[str, str]]:
    """Read a table of results as `read_table` does, row by row.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    required : sequence of str
        Names of columns that it must have.

    Returns
    -------
    list of dict of str to str
        The cells of each row by column; empty without a file.

    Raises
    ------
    TableError
        As `read_table`.
    """
    if not path.is_file():
        return []
    table = read_table(path, required=required)
    return [dict(zip(table.columns, cells, strict=True)) for cells in table.itertuples(index=False, name=None)]


@contextmanager
def naming_table(path: Path) -> Iterator[None]:
    """Say of an error which table is damaged: TableError, ValueError and TrainingError become TrainingError."""
    try:
        yield
    except (TableError, TrainingError, ValueError) as error:
        raise TrainingError(f"the table {path.name} in {path.parent} is damaged: {error}") from error


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as in `csv_text`, so that a reader never sees half of it; its folder is made.

    Raises
    ------
    OSError
        If it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, csv_text(columns, rows).encode())


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table that people may open in a spreadsheet, which would compute a text that begins like a formula.

    Such a text, also in the name of a column, gets an apostrophe in front; `read_table` removes it. Every table for
    download and on the command line is written here.

    Parameters
    ----------
    columns : sequence of str
        Names of the columns.
    rows : iterable of sequence
        The cells; None and NaN become empty.

    Returns
    -------
    str
        CSV with commas and a newline after each line.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in (columns, *rows):
        writer.writerow(["" if _is_gap(cell) else for_spreadsheet(cell) for cell in row])
    return text.getvalue()


def defused(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table for the screen, which the browser can save as CSV, with texts as in `csv_text`."""
    shown = table.rename(index=for_spreadsheet, columns=for_spreadsheet)
    texts = [name for name, column in shown.items() if not pd.api.types.is_numeric_dtype(column)]
    return shown.assign(**{name: shown[name].map(for_spreadsheet) for name in texts})


def _is_gap(cell: object) -> bool:
    return cell is None or cell != cell


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TableError(f"the file can't be read: {reason(error)}") from error


def _decoded(data: bytes) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise TableError("the file is a workbook or a zip, not a CSV table; save the sheet as CSV")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError("the file can't be read as a CSV table in UTF-8; save it as CSV in UTF-8") from error


def _parse(text: str, required: Sequence[str]) -> pd.DataFrame:
    if named := re.match(r"\s*sep=([,;\t])[\r\n]+", text):  # Excel's own first line
        text = text[named.end() :]
    separator = named[1] if named else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    names = _names(next((row for row in reader if any(row)), []), required)
    rows: list[list[str]] = []
    for row in reader:
        cells = [from_spreadsheet(cell.strip()) for cell in row]
        if not any(cells):
            continue
        if len(cells) < len(names) or any(cells[len(names) :]):  # a separator at the end of a line adds an empty cell
            raise TableError(f"line {reader.line_num} must have {len(names)} fields, as the first, got {len(cells)}")
        if len(rows) == MAX_ROWS:
            raise TableError(f"the table must have at most {MAX_ROWS} rows")
        rows.append(cells[: len(names)])
    table = pd.DataFrame(rows, columns=names, dtype=object)
    table = table.loc[:, [bool(name) for name in names]]
    table.attrs["separator"] = separator
    return table


def _separator(text: str) -> str:
    first_line = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").lstrip(" ")[:MAX_BYTES]).splitlines()[:1]
    return max(SEPARATORS, key=first_line[0].count) if first_line else ","


def _names(header: list[str], required: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    if not names:
        raise TableError("the file is empty")
    if len(names) > MAX_COLUMNS:
        raise TableError(f"the table must have at most {MAX_COLUMNS} columns, got {len(names)}")
    require_columns(names, required)
    require_once([name for name in names if name])
    return names


def require_columns(names: Sequence[str], required: Sequence[str]) -> None:
    """Refuse a table that lacks columns.

    Raises
    ------
    TableError
        If one of `required` is not among `names`; the message lists those that are missing and those that are there.
    """
    if missing := [name for name in required if name not in names]:
        noun = "column" if len(missing) == 1 else "columns"
        raise TableError(f"the table lacks the {noun} {', '.join(missing)}; its first line names {listed(names)}")


def require_once(names: Sequence[str]) -> None:
    """Refuse a table in which two columns have the same name.

    Raises
    ------
    TableError
        If a name is in `names` more than once.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise TableError(f"the table must have one column {shortened(name)}, got {count}")


def whole_number(cell: str) -> int | None:
    """Return the whole number of a cell, also as a spreadsheet may write it: "1", "1.0", "1,0"; None if it is none."""
    found = re.fullmatch(r"([+-]?[0-9]{1,9})(?:[.,]0*)?", cell)
    return int(found[1]) if found else None
