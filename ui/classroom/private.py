"""Files that only the user who runs the server may read: a key, a certificate, the hash of the teacher's key."""

from __future__ import annotations

import os
from pathlib import Path

from esc_core.config import esc_home


def private_folder() -> Path:
    """Return the folder of these files; it may not exist yet."""
    return esc_home() / "classroom"


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Where it goes.
    data : bytes
        Its content.

    Raises
    ------
    OSError
        If it can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    # the mode is set as the file is made: at no time may others open it
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    fresh.replace(path)
