"""All data sets of this ESC_HOME: make, open, list, remove."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from esc_core.config import esc_home
from esc_core.dataset.layout import COLUMNS, OWN_FILE, SHARED_FILE, TABLE
from esc_core.dataset.own.contents import Contents
from esc_core.dataset.own.here import limits_here
from esc_core.dataset.own.names import checked_name
from esc_core.dataset.own.store import OwnSet
from esc_core.disk.files import reason, write_bytes, write_json
from esc_core.disk.tables import csv_text
from esc_core.errors import DatasetError, ParameterError
from esc_core.words import counted

KEY_BYTES = 16
"""Random bytes of a key."""

_KEY = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")


def own_dir() -> Path:
    """Return the folder of all sets; it need not exist yet."""
    return esc_home() / "own"


def create(name: str) -> OwnSet:
    """Make an empty set.

    Parameters
    ----------
    name : str
        Its name for people; another set may have the same.

    Returns
    -------
    OwnSet
        The set, under a new key.

    Raises
    ------
    ParameterError
        If it can be no name.
    DatasetError
        If there are too many sets already, or the folder can't be written.
    """
    name = checked_name(name, of="data set")
    most = limits_here().max_sets
    if len(set_folders()) >= most:
        raise DatasetError(
            f"there can be at most {counted(most, 'data set', 'data sets')} on this computer; remove one first"
        )
    folder = own_dir() / secrets.token_hex(KEY_BYTES)
    try:
        # on a shared machine, other users can't look into it
        own_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in ("audio", "meta"):
            (folder / part).mkdir(parents=True)
        write_bytes(folder / TABLE, csv_text(COLUMNS, []).encode())
        write_json(folder / OWN_FILE, Contents(name).to_json())
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DatasetError(f"the data set can't be made in {own_dir()}: {reason(error)}") from error
    return OwnSet(folder)


def open_set(key: str) -> OwnSet:
    """Open a set by its key.

    Parameters
    ----------
    key : str
        From `OwnSet.key`; anything else, such as a path, opens nothing.

    Returns
    -------
    OwnSet
        The set.

    Raises
    ------
    DatasetError
        If there is no such set, or its list of samples is damaged.
    """
    folder = set_folder(key)
    if folder is None:
        raise DatasetError("there is no data set with this key: it may have been removed, or the link is incomplete")
    own = OwnSet(folder)
    own.samples  # noqa: B018 - raises if it is damaged
    return own


def set_folder(key: str) -> Path | None:
    """Return the folder of a set by its key; None if there is none. Nothing in it is read."""
    if not _KEY.fullmatch(key):
        return None
    with suppress(ParameterError):  # ESC_HOME can't be a path, which the pages say
        folder = own_dir() / key
        return folder if folder.is_dir() else None
    return None


def set_folders(*, shared: bool = False) -> list[Path]:
    """Return the folders of all sets, or of those whose models everybody may use; nothing in them is read."""
    found = []
    with suppress(OSError, ParameterError):
        found = [folder for path in sorted(own_dir().iterdir()) if (folder := set_folder(path.name)) is not None]
    return [folder for folder in found if not shared or (folder / SHARED_FILE).exists()]


def list_sets() -> list[OwnSet]:
    """Return all sets that can be read, by their names."""
    found = []
    for folder in set_folders():
        with suppress(DatasetError):
            found.append(open_set(folder.name))
    return sorted(found, key=lambda own: (own.name.casefold(), own.key))


def remove(key: str) -> None:
    """Remove a set, its sounds and its models for good; raise DatasetError if there is none, or it can't be removed."""
    folder = set_folder(key)
    if folder is None:
        raise DatasetError("there is no data set with this key: it may have been removed already")
    aside = folder.with_name(f".removed-{key}")
    try:
        folder.replace(aside)  # at once, so that nobody meets half a set
        shutil.rmtree(aside)
    except OSError as error:
        raise DatasetError(f"the data set can't be removed: {reason(error)}") from error
