"""Folders on disk: the shipped assets, and everything that is written at run time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from platformdirs import user_cache_path

from esc_core.disk.files import reason
from esc_core.errors import ParameterError
from esc_core.words import shortened

_PACKAGE = Path(__file__).resolve().parents[1]

INSTALLED = (_PACKAGE / "assets").is_dir()
"""Whether the library was installed from a wheel, which holds the assets inside the package, not run in a checkout."""

ASSETS_DIR = (_PACKAGE if INSTALLED else _PACKAGE.parent) / "assets"
"""The shipped models, result tables, and lists of ESC-50's clips; in a checkout also what only the app shows."""


PATH_CHARACTERS = 200
"""Characters of a path that a sentence quotes."""


def named_path(text: str | Path) -> Path:
    """Return the path that a person named, in a variable, a field or an argument; ``~`` is the user's own folder.

    Parameters
    ----------
    text : str or pathlib.Path
        Any text. Nothing needs to be there.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    ParameterError
        If no path can have this name: it holds a NUL character or bytes that are not UTF-8, or names an unknown user.
    """
    name = str(text)
    quoted = shortened(name, most=PATH_CHARACTERS)
    if "\0" in name:
        raise ParameterError(f"a path can't hold a NUL character: {quoted}")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ParameterError(f"a path must be in UTF-8: {quoted}") from error
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise ParameterError(f"{quoted} can't be found: this computer has no such user") from error


def esc_home() -> Path:
    """Return the folder for everything that is written at run time.

    Returns
    -------
    pathlib.Path
        ``$ESC_HOME``, else ``esc-sound-lab`` in the user's cache folder. It may not exist yet.

    Raises
    ------
    ParameterError
        If ``$ESC_HOME`` can't be a path; see `named_path`.
    """
    if home := os.environ.get("ESC_HOME"):
        return named_path(home)
    return user_cache_path("esc-sound-lab", appauthor=False, opinion=False)


def home_fault() -> str | None:
    """Return why `esc_home` can't be read and written, as a sentence without its full stop; None if it can."""
    try:
        home = esc_home()
    except ParameterError as error:
        return str(error)
    for folder in (home, *home.parents):
        try:
            there = stat.S_ISDIR(folder.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it can be made if the next one up is a folder that can be written
        except OSError as error:
            return f"{shortened(str(folder), most=PATH_CHARACTERS)} can't be used: {reason(error)}"
        if not there:
            return f"{folder} is a file, not a folder"
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return f"{folder} can't be used: this program may not read and write it"
        return None
    return f"{home} is not on this computer"
