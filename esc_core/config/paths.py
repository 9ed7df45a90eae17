"""Folders on disk: the shipped assets, and everything that is written at run time."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

_PACKAGE = Path(__file__).resolve().parents[1]

INSTALLED = (_PACKAGE / "assets").is_dir()
"""Whether the library was installed from a wheel, which holds the assets inside the package, not run in a checkout."""

ASSETS_DIR = (_PACKAGE if INSTALLED else _PACKAGE.parent) / "assets"
"""The shipped models, result tables, and lists of ESC-50's clips; in a checkout also what only the app shows."""


def esc_home() -> Path:
    """Return the folder for everything that is written at run time.

    Returns
    -------
    pathlib.Path
        ``$ESC_HOME``, else ``esc-sound-lab`` in the user's cache folder. It may not exist yet.
    """
    if home := os.environ.get("ESC_HOME"):
        return Path(home).expanduser()
    return user_cache_path("esc-sound-lab", appauthor=False, opinion=False)
