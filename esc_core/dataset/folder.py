"""The data folder in use: the user's choice, the downloaded ESC-50, or the starter set."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from esc_core.config import esc_home
from esc_core.dataset.clips import Dataset, load_dataset
from esc_core.dataset.layout import named_folder
from esc_core.disk.files import reason, write_whole
from esc_core.errors import DatasetError

VARIABLE = "ESC50_DIR"
"""The environment variable that names the data folder before anything else does."""


def downloaded_dir() -> Path:
    """Return the data folder of the downloaded ESC-50; it need not exist yet."""
    return esc_home() / "ESC-50"


def starter_dir() -> Path:
    """Return the data folder of the starter set; it need not exist yet."""
    return esc_home() / "starter"


def remember_folder(root: str | Path | None) -> None:
    """Store the data folder that the user chose, for this and later starts; None removes the choice.

    Parameters
    ----------
    root : str or pathlib.Path or None
        Folder in ESC-50's layout.

    Raises
    ------
    DatasetError
        If the folder is not a data set, or the choice can't be stored.
    """
    try:
        if root is not None:
            root = load_dataset(root).root.resolve()
        if root is None:
            _choice_file().unlink(missing_ok=True)
        else:
            _choice_file().parent.mkdir(parents=True, exist_ok=True)
            data = str(root).encode(errors="replace")
            write_whole(_choice_file(), lambda file: file.write(data))
    except OSError as error:
        raise DatasetError(f"the choice can't be stored in {_choice_file().parent}: {reason(error)}") from error


def _choice_file() -> Path:
    return esc_home() / "data_folder.txt"


def _choice() -> Path | None:
    """Return the folder that was stored; of a damaged file what is there, which then is reported as no data set."""
    try:
        text = _choice_file().read_bytes().decode(errors="replace").replace("\0", "?").strip()
    except OSError:
        return None
    return named_folder(text) if text else None


def dataset_dir() -> Path | None:
    """Return the data folder in use: ``ESC50_DIR``, the user's choice, the downloaded ESC-50, or the starter set.

    Returns
    -------
    pathlib.Path or None
        The first of these that is set or exists; None if there is none. It is not checked, so that a wrong setting is
        reported rather than ignored.

    Raises
    ------
    DatasetError
        If no folder can have the name, or the stored choice can't be read.
    """
    if from_environment := os.environ.get(VARIABLE):
        return named_folder(from_environment)
    if (choice := _choice()) is not None:
        return choice
    try:
        if downloaded_dir().is_dir():
            return downloaded_dir()
        return starter_dir() if (starter_dir() / "meta" / "esc50.csv").is_file() else None
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else "it is no text in UTF-8"
        raise DatasetError(f"the data in {esc_home()} can't be read: {why}") from error


def find_dataset() -> Dataset | None:
    """Read the data set in `dataset_dir`.

    Returns
    -------
    Dataset or None
        None if there is none.

    Raises
    ------
    DatasetError
        If the folder is not a data set.
    """
    root = dataset_dir()
    return None if root is None else load_dataset(root)


def open_dataset(*, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """Read the data set in use; where there is none, make the starter set first, which takes some ten seconds.

    Parameters
    ----------
    progress : callable, optional
        Called with the starter clips that are made, and all of them.

    Returns
    -------
    Dataset
        As `find_dataset`, or the starter set in `starter_dir`.

    Raises
    ------
    DatasetError
        If the folder in use is not a data set, or the starter set can't be written.
    """
    if (found := find_dataset()) is not None and not _half_made(found):
        return found
    from esc_core.dataset.starter import make_starter_set  # late: no data set that is there needs it

    return load_dataset(make_starter_set(starter_dir(), progress=progress))


def _half_made(dataset: Dataset) -> bool:
    """Tell whether this is the starter set, still being made; making it again makes what is missing."""
    return dataset.root == starter_dir() and not (dataset.root / "meta" / "COMPLETE").is_file()
