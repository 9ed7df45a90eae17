"""The data folder in use: the user's choice, the downloaded ESC-50, or the starter set."""

from __future__ import annotations

import os
from pathlib import Path

from esc_core.config import esc_home
from esc_core.dataset.clips import Dataset, load_dataset
from esc_core.dataset.layout import named_path
from esc_core.errors import DatasetError
from esc_core.files import reason


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
    if root is not None:
        root = load_dataset(root).root.resolve()
    try:
        if root is None:
            _choice_file().unlink(missing_ok=True)
        else:
            _choice_file().parent.mkdir(parents=True, exist_ok=True)
            _choice_file().write_text(str(root), encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"the choice can't be stored in {_choice_file().parent}: {reason(error)}") from error


def _choice_file() -> Path:
    return esc_home() / "data_folder.txt"


def dataset_dir() -> Path | None:
    """Return the data folder in use: ``ESC50_DIR``, the user's choice, the downloaded ESC-50, or the starter set.

    Returns
    -------
    pathlib.Path or None
        The first of these that is set or exists; None if there is none. It is not checked, so that a wrong setting is
        reported rather than ignored.
    """
    if from_environment := os.environ.get("ESC50_DIR"):
        return named_path(from_environment)
    if _choice_file().is_file():
        return Path(_choice_file().read_text(encoding="utf-8").strip())
    if downloaded_dir().is_dir():
        return downloaded_dir()
    return starter_dir() if (starter_dir() / "meta" / "esc50.csv").is_file() else None


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
