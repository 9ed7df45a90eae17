"""Folders on disk: the shipped assets, and everything that is written at run time."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

ASSETS_DIR = Path(__file__).resolve().parents[2] / "assets"


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
