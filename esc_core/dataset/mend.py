"""A table of clips as it was meant: file names as they are on disk, and targets where there are none to use."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from esc_core.dataset.categories import CATEGORIES
from esc_core.dataset.layout import TABLE, names_on_disk
from esc_core.disk.tables import whole_number
from esc_core.errors import DatasetError
from esc_core.words import counted, shortened

TARGETS = range(50)
"""Possible targets: ten for each of the five groups."""

_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def mended(table: pd.DataFrame, root: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return a table of clips as it was meant, and what was taken otherwise than it is written.

    Parameters
    ----------
    table : pandas.DataFrame
        From `read_clip_table`.
    root : pathlib.Path
        The data folder.

    Returns
    -------
    table : pandas.DataFrame
        With the names of files in ``audio/``, and targets in `TARGETS`, still text.
    notes : list of str
        Sentences; none for a table like ESC-50's.

    Raises
    ------
    DatasetError
        If targets have to be made for more categories than there are targets.
    """
    separator = _SEPARATORS.get(table.attrs.get("separator", ","))
    notes = [f"The columns of {TABLE} are separated by {separator}."] if separator else []
    table, about_names = _names(table, root / "audio")
    table, about_targets = _targets(table)
    return table, [*notes, *about_names, *about_targets]


def _names(table: pd.DataFrame, audio: Path) -> tuple[pd.DataFrame, list[str]]:
    written = table["filename"].tolist()
    names = names_on_disk(written, audio)
    others = [(name, cell) for name, cell in zip(names, written, strict=True) if name != cell]
    if not others:
        return table, []
    name, cell = others[0]
    n = counted(len(others), "file name is", "file names are")
    note = f"{n} written otherwise in {TABLE} than in audio/: {shortened(cell)} is taken for {shortened(name)}."
    return table.assign(filename=names), [note]


def _targets(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    bad = [cell for cell in table["target"] if whole_number(cell) not in TARGETS]
    if not bad:
        return table, []
    numbers = _numbers(sorted(set(table["category"])))
    why = f"such as {shortened(bad[0])}" if bad[0] else "or there are none"
    note = f"The targets in {TABLE} can't be used, {why}; they were made from the categories."
    return table.assign(target=[str(numbers[name]) for name in table["category"]]), [note]


def _numbers(categories: list[str]) -> dict[str, int]:
    """Return a number for each category: ESC-50's if all are of ESC-50, else in the order of the alphabet."""
    if len(categories) > len(TARGETS):
        raise DatasetError(f"{TABLE} has {len(categories)} categories; at most {len(TARGETS)} can be used")
    order = list(CATEGORIES) if set(categories) <= set(CATEGORIES) else categories
    return {name: order.index(name) for name in categories}
