"""A score: one model, one corruption, one severity; its table on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from esc_core.disk.files import write_bytes
from esc_core.disk.tables import csv_text, read_table, whole_number
from esc_core.errors import TableError
from esc_core.robustness.suite import BY_NAME, CLEAN, N_SEVERITIES, SUITE

SHARES = ("accuracy", "answered", "wrong_when_sure")
"""Columns that follow from the counts, for people who read the table."""

_ORDER = (CLEAN, *BY_NAME)


@dataclass(frozen=True)
class Row:
    """The score of a model under one corruption at one severity.

    Attributes
    ----------
    model : str
        Name of the model.
    weights : str
        Beginning of the SHA-256 of its files, by which a model that was trained again is told from its namesake.
    data : str
        Name of the copy of the data.
    clips : str
        How the clips were chosen: "all", "400 of 2000", "fold 1".
    seed : int
        Seed of the suite.
    corruption : str
        Name of the corruption, or `CLEAN`.
    severity : int
        1 to 5; 0 for clean clips.
    value : str
        What the severity means, such as "RT60 0.4 s".
    n_clips : int
        Clips that were scored.
    n_correct : int
        Clips whose best guess is correct. A clip that is called nothing has no guess.
    n_sure : int
        Clips that were answered: not called "not sure", none of the categories, or nothing.
    n_sure_wrong : int
        Answers that are wrong.
    n_nothing : int
        Clips that were called nothing but a quiet background.
    """

    model: str
    weights: str
    data: str
    clips: str
    seed: int
    corruption: str
    severity: int
    value: str
    n_clips: int
    n_correct: int
    n_sure: int
    n_sure_wrong: int
    n_nothing: int

    @property
    def accuracy(self) -> float:
        """Share of the clips whose best guess is correct, 0–1."""
        return self.n_correct / self.n_clips

    @property
    def error(self) -> float:
        """Share of the clips whose best guess is wrong or missing, 0–1."""
        return 1 - self.accuracy

    @property
    def answered(self) -> float:
        """Share of the clips that were answered, 0–1."""
        return self.n_sure / self.n_clips

    @property
    def wrong_when_sure(self) -> float:
        """Share of the answers that are wrong, 0–1; 0 if there are none."""
        return self.n_sure_wrong / max(1, self.n_sure)

    @property
    def run(self) -> tuple[str, str, str, str, int]:
        """What rows of one run share: model, weights, data, clips, seed."""
        return self.model, self.weights, self.data, self.clips, self.seed

    @property
    def cell(self) -> tuple[str, int]:
        """Corruption and severity."""
        return self.corruption, self.severity


COLUMNS = tuple(field.name for field in fields(Row))


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Return rows with those of each run together, and these in the suite's order."""
    runs = list(dict.fromkeys(row.run for row in rows))
    return sorted(rows, key=lambda row: (runs.index(row.run), _ORDER.index(row.corruption), row.severity))


def table_text(rows: Sequence[Row]) -> str:
    """Return rows as a CSV, with their shares."""
    cells = ([*astuple(row), *(f"{getattr(row, name):.4f}" for name in SHARES)] for row in in_order(rows))
    return csv_text([*COLUMNS, *SHARES], cells)


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as a CSV, so that a reader never sees half of it; raise OSError if it can't be written."""
    write_bytes(path, table_text(rows).encode())


def read_rows(path: Path) -> list[Row]:
    """Read a table of scores.

    Parameters
    ----------
    path : pathlib.Path
        The CSV.

    Returns
    -------
    list of Row
        In the order of the file; empty if there is no file.

    Raises
    ------
    TableError
        If it can't be read, or holds what can't be a score.
    """
    if not path.exists():
        return []
    table = read_table(path, required=COLUMNS)
    return [_row(dict(zip(COLUMNS, cells, strict=True))) for cells in table[list(COLUMNS)].itertuples(index=False)]


def _row(cells: dict[str, str]) -> Row:
    numbers = {name: whole_number(cells[name]) for name in COLUMNS if Row.__annotations__[name] == "int"}
    row = Row(**{**cells, **numbers})  # type: ignore[arg-type]
    if None in numbers.values() or not _is_possible(row):
        what = f"{cells['corruption']}, severity {cells['severity']} of {cells['model']}"
        raise TableError(f"the table of scores has numbers that can't be for {what}")
    return row


def _is_possible(row: Row) -> bool:
    known = row.cell == (CLEAN, 0) or (row.corruption in BY_NAME and 1 <= row.severity <= N_SEVERITIES)
    counts = 0 <= row.n_sure_wrong <= row.n_sure <= row.n_clips and 0 <= row.n_correct <= row.n_clips
    return known and counts and row.n_clips > 0 and 0 <= row.n_nothing <= row.n_clips


CELLS = ((CLEAN, 0), *((one.name, severity) for one in SUITE for severity in range(1, N_SEVERITIES + 1)))
"""Every corruption and severity of the whole suite, the clean clips first."""
