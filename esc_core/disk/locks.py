"""File locks, which the system frees however their holder ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import IO

CAN_HAND_OVER = sys.platform != "win32"
"""Whether a child process can inherit a lock; Windows gives locks to processes, not to open files."""


def try_lock(path: Path, *, shared: bool = False) -> IO[bytes] | None:
    """Take a lock if it is free.

    Parameters
    ----------
    path : pathlib.Path
        The lock file; it is created if it is missing.
    shared : bool
        Whether other shared locks may be held at the same time.

    Returns
    -------
    file or None
        The lock is held until this file is closed; None if another process holds it.
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


def take_lock(path: Path, *, seconds: float = 2.0, pause: float = 0.1) -> IO[bytes] | None:
    """Take a lock that others hold for a moment only, as those who check it do.

    Parameters
    ----------
    path : pathlib.Path
        The lock file.
    seconds : float
        How long to try.
    pause : float
        Time between two attempts, in seconds.

    Returns
    -------
    file or None
        The lock is held until this file is closed; None if another process holds it all the time.
    """
    end = time.monotonic() + seconds
    while True:
        if lock := try_lock(path):
            return lock
        if time.monotonic() > end:
            return None
        time.sleep(pause)


def inherited_lock(descriptor: int) -> IO[bytes]:
    """Return the lock that the process that started this one took, by the number of its open file."""
    os.set_inheritable(descriptor, False)
    return os.fdopen(descriptor, "ab")


def is_locked(path: Path) -> bool:
    """Return whether a live process holds a lock; checks do not disturb each other."""
    if not path.exists():
        return False
    try:
        file = try_lock(path, shared=True)
    except OSError:  # the folder is gone or not writable
        return False
    if file is None:
        return True
    file.close()
    return False
