"""Locks on files, which the system frees however their holder ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO


def try_lock(path: Path, *, shared: bool = False) -> IO[bytes] | None:
    """Take a lock if it is free.

    Parameters
    ----------
    path : pathlib.Path
        The lock's file; it is made if it is missing.
    shared : bool
        Whether others may hold it too, if they share it as well.

    Returns
    -------
    file or None
        The lock is held until this file is closed; None if somebody else holds it.
    """
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter on Windows
        file.close()
        return None
    return file


def is_locked(path: Path) -> bool:
    """Return whether a living process holds a lock; a look disturbs no other look."""
    if not path.exists():
        return False
    try:
        file = try_lock(path, shared=True)
    except OSError:  # the folder went, or may not be written
        return False
    if file is None:
        return True
    file.close()
    return False
