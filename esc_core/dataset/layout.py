"""Finding the data set at a path that a person named: the folder itself, one level beside it, or its table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from esc_core.config import SOUND_ENDINGS
from esc_core.errors import DatasetError, TableError
from esc_core.tables import read_table

COLUMNS = ("filename", "fold", "target", "category", "esc10", "src_file", "take")
TABLE = "meta/esc50.csv"
"""The table of clips, below the data folder."""


def find_root(path: str | Path) -> Path:
    """Return the data folder that a path means.

    Parameters
    ----------
    path : str or pathlib.Path
        The folder that holds ``audio/`` and ``meta/esc50.csv``; or ``audio``, ``meta`` or the table in it; or a folder
        with one such folder.

    Returns
    -------
    pathlib.Path
        The folder that holds ``audio/`` and ``meta/esc50.csv``.

    Raises
    ------
    DatasetError
        If there is none, or more than one; another well-known layout is named.
    """
    path = Path(path).expanduser()
    for folder in (path, path.parent, path.parent.parent):
        named = path == folder or path in (folder / "audio", folder / "meta", folder / TABLE)
        if named and _is_root(folder):
            return folder
    below = [folder for folder in _folders(path) if _is_root(folder)]
    if len(below) == 1:
        return below[0]
    if below:
        names = " and ".join(folder.name for folder in below[:2])
        raise DatasetError(f"{path} holds {len(below)} data sets, such as {names}; name one of them")
    raise DatasetError(f"{path} is not in ESC-50's layout: it needs audio/ and {TABLE}{_other_layout(path)}")


def _is_root(folder: Path) -> bool:
    return (folder / TABLE).is_file() and (folder / "audio").is_dir()


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(child for child in path.iterdir() if child.is_dir() and not child.name.startswith("."))
    except OSError:  # not there, not a folder, or not ours to read
        return []


def _other_layout(path: Path) -> str:
    if (path / "metadata" / "UrbanSound8K.csv").is_file():
        return "; it is in UrbanSound8K's layout, which must be imported first"
    categories = [
        folder for folder in _folders(path) if any(f.suffix.lower() in SOUND_ENDINGS for f in folder.iterdir())
    ]
    if len(categories) >= 2:
        return "; it has a folder for each category, a layout which must be imported first"
    return ""


def read_clip_table(root: Path) -> pd.DataFrame:
    """Read the table of a data folder as text; its values are not checked.

    Parameters
    ----------
    root : pathlib.Path
        From `find_root`.

    Returns
    -------
    pandas.DataFrame
        One row per line with at least `COLUMNS`, all text.

    Raises
    ------
    DatasetError
        If it can't be read, or lacks a column.
    """
    try:
        return read_table(root / TABLE, required=COLUMNS)
    except TableError as error:
        raise DatasetError(f"{root / TABLE} can't be used: {error}") from error
