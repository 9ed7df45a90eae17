"""Finding the data set at a path that a person named: the folder itself, one level beside it, or its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from esc_core.config import SOUND_ENDINGS, named_path
from esc_core.config.paths import PATH_CHARACTERS
from esc_core.disk.files import reason
from esc_core.disk.tables import read_table
from esc_core.errors import DatasetError, ParameterError, TableError
from esc_core.words import shortened

COLUMNS = ("filename", "fold", "target", "category", "esc10", "src_file", "take")
OWN_FILE = "own.json"
"""Beside the two folders, where the data set is a person's own: its name, and more of its samples."""
USUAL = {"target": "", "esc10": "False", "take": "A"}
"""Columns that a table may lack, with what their cells then count as; empty targets are made from the categories."""
TABLE = "meta/esc50.csv"
"""The table of clips, below the data folder."""

OWN_MODELS = "models"
"""Folder within such a set, of the models that learnt from it: only who has its key may use them."""

SHARED_FILE = "models-are-shared"
"""File within such a set, with which everybody may use them."""


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
        If there is none, or more than one, or it can't be read; another well-known layout is named.
    """
    path = named_folder(path)
    try:
        return _find_root(path)
    except OSError as error:  # no permission, or a name that is too long
        raise DatasetError(f"{shortened(str(path), most=PATH_CHARACTERS)} can't be read: {reason(error)}") from error


def named_folder(path: str | Path) -> Path:
    """Return the path that a person named; raise DatasetError if there can be none of this name."""
    try:
        return named_path(path)
    except ParameterError as error:
        raise DatasetError(str(error)) from error


def _find_root(path: Path) -> Path:
    for folder in (path, path.parent, path.parent.parent):
        named = path == folder or path in (folder / "audio", folder / "meta", folder / TABLE)
        if named and _is_root(folder):
            return folder
    below = [folder for folder in _folders(path) if _is_readable_root(folder)]
    if len(below) == 1:
        return below[0]
    if below:
        names = " and ".join(folder.name for folder in below[:2])
        raise DatasetError(f"{path} holds {len(below)} data sets, such as {names}; name one of them")
    raise DatasetError(f"{path} is not in ESC-50's layout: it needs audio/ and {TABLE}{_other_layout(path)}")


def _is_root(folder: Path) -> bool:
    return (folder / TABLE).is_file() and (folder / "audio").is_dir()


def _is_readable_root(folder: Path) -> bool:
    try:
        return _is_root(folder)
    except OSError:  # beside others, one that is not ours to read is passed over
        return False


def _entries(path: Path) -> list[Path]:
    try:
        return sorted(child for child in path.iterdir() if not child.name.startswith("."))
    except (OSError, ValueError):  # not there, not a folder, not ours to read, or no path at all
        return []


def _folders(path: Path) -> list[Path]:
    return [child for child in _entries(path) if child.is_dir()]


def _other_layout(path: Path) -> str:
    if any(child.name == "UrbanSound8K.csv" for child in _entries(path / "metadata")):
        return "; it is in UrbanSound8K's layout, which must be imported first"
    categories = [
        folder for folder in _folders(path) if any(f.suffix.lower() in SOUND_ENDINGS for f in _entries(folder))
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
        One row per line with at least `COLUMNS`, all text; those of `USUAL` are filled in where they are missing.

    Raises
    ------
    DatasetError
        If it can't be read, or lacks a column.
    """
    try:
        table = read_table(root / TABLE, required=[name for name in COLUMNS if name not in USUAL])
    except TableError as error:
        raise DatasetError(f"{root / TABLE} can't be used: {error}") from error
    for name, value in USUAL.items():
        if name not in table.columns:
            table[name] = value
    return table


def clip_stem(filename: str) -> str:
    """Return a clip's id: its file name without folders and without the ending, such as ``1-100032-A-0``.

    Only the last ending goes: ``a.b.wav`` is ``a.b``.
    """
    return PurePosixPath(filename.strip().replace("\\", "/")).stem


def recording_of(filename: str) -> str:
    """Return the recording in a file's name, which in ESC-50 is FOLD-RECORDING-TAKE-TARGET."""
    parts = clip_stem(filename).split("-")
    return parts[1] if len(parts) == 4 else filename


def names_on_disk(names: Sequence[str], audio: Path) -> list[str]:
    """Return the names that files have in ``audio/``, where a table writes them otherwise.

    Parameters
    ----------
    names : sequence of str
        Cells of the column ``filename``: perhaps with a folder in front, without an ending, or in another case.
    audio : pathlib.Path
        The folder of the sounds.

    Returns
    -------
    list of str
        A name that fits no file, or more than one, stays as it is; without its folder if that is ``audio``.
    """
    there = {path.name for path in audio.iterdir() if not path.name.startswith(".")}
    by_case = _unambiguous((name.casefold(), name) for name in there)
    by_stem = _unambiguous((clip_stem(name).casefold(), name) for name in there)

    def on_disk(name: str) -> str:
        folder, base = PurePosixPath(name.replace("\\", "/")).parent, PurePosixPath(name.replace("\\", "/")).name
        if base in there:
            return base
        found = by_case.get(base.casefold()) or by_stem.get(base.casefold())
        return found or (base if str(folder) == audio.name else name)

    return [on_disk(name) for name in names]


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return pairs as a dict, without the keys that come with more than one value."""
    values: dict[str, set[str]] = {}
    for key, value in pairs:
        values.setdefault(key, set()).add(value)
    return {key: own.pop() for key, own in values.items() if len(own) == 1}
