"""Published accuracies on ESC-50, and how their epoch was chosen."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from esc_core.disk.tables import read_table
from esc_core.errors import TableError, TrainingError
from esc_core.findings.measured import RESULTS_DIR
from esc_core.words import listed, percent

FILE = "literature.csv"
"""The table, in the folder of results."""


COLUMNS = ("system", "input", "year", "accuracy", "trained_on", "epoch", "source")


def read_published(*, folder: Path = RESULTS_DIR) -> pd.DataFrame:
    """Read the table of published accuracies.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    pandas.DataFrame
        Columns ``system``, ``input``, ``year``, ``accuracy`` in percent, ``trained_on``, ``epoch``, ``source``.

    Raises
    ------
    TrainingError
        If the table is missing or damaged.
    """
    try:
        return read_table(folder / FILE, required=COLUMNS).astype({"accuracy": float, "year": int})
    except (TableError, ValueError) as error:
        raise TrainingError(f"the table {FILE} in {folder} can't be read: {error}") from error


def describe_published(*, folder: Path = RESULTS_DIR) -> tuple[bool, str]:
    """Return whether published networks on waveforms beat all on mel spectrograms, both from scratch, and say so.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    bool, str
        The second is a sentence; empty without a table.
    """
    if not (folder / FILE).is_file():
        return False, ""
    table = read_published(folder=folder)
    scratch = table[table["trained_on"] == "ESC-50 only"].sort_values("accuracy", ascending=False)
    best_mel = scratch.loc[scratch["input"] == "mel", "accuracy"].max()
    ahead = scratch[(scratch["input"] == "waveform") & (scratch["accuracy"] > best_mel)].head(3)
    if ahead.empty:
        return False, ""
    values = listed([percent(value / 100, digits=1) for value in ahead["accuracy"]])
    return True, (
        f"Published networks on waveforms reach more than every published mel network that was trained on ESC-50 only: "
        f"{values} against {percent(best_mel / 100, digits=1)}."
    )
