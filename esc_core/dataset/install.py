"""The place of a download on the disk: room for it, one at a time, and a finished folder moved in as a whole."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from esc_core.dataset.progress import NOTHING_KEPT
from esc_core.errors import DatasetError
from esc_core.files import disk_is_full, reason
from esc_core.words import file_size

TABLE = "esc50.csv"


def is_there(target: Path, md5: Mapping[str, str]) -> bool:
    """Return whether the folder holds every file; one with something else in it is an error, an empty one is not."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return False
    paths = [target / ("meta" if name == TABLE else "audio") / name for name in {TABLE, *md5}]
    missing = sum(not path.is_file() or path.stat().st_size == 0 for path in paths)
    if missing:
        raise DatasetError(
            f"{target} is there already and is not a whole ESC-50, {missing} of its {len(paths)} files are missing; "
            "move it away or choose another folder"
        )
    return True


def move_into_place(folder: Path, target: Path) -> None:
    """Rename a finished folder to `target`, which may be an empty folder."""
    with suppress(FileNotFoundError):
        target.rmdir()  # empty, as `_is_there` found; Windows renames onto no folder at all
    folder.rename(target)


@contextmanager
def workshop(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target` to one download at a time, and leave nothing of it behind."""
    work = target.parent / f".{target.name}.partial"
    with _lock(target.parent / f".{target.name}.lock", target):
        shutil.rmtree(work, ignore_errors=True)  # of a download that was killed
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _lock(path: Path, target: Path) -> Iterator[None]:
    """Hold a lock that the system frees however we end, even killed; a file left over means nothing."""
    with path.open("ab") as file:
        if not _try_lock(file) or not _is_same_file(file, path):
            raise DatasetError(f"Another download of ESC-50 into {target} is running; wait for it, or cancel it")
        try:
            yield
        finally:
            # Before the lock goes, so that it never hits somebody's new lock file. Windows keeps open files: it stays.
            with suppress(PermissionError):
                path.unlink()


def _try_lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter on Windows
        return False
    return True


def _is_same_file(file: IO[bytes], path: Path) -> bool:
    """Whether the locked file still has its name: a download that just ended may have removed it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def check_space(folder: Path, n_bytes: int) -> None:
    """Raise DatasetError unless the disk of a folder has room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise DatasetError(
            f"There is not enough space for ESC-50: it needs {file_size(n_bytes)} in {folder.parent}, "
            f"which has {file_size(free)} free; {NOTHING_KEPT}"
        )


def disk_sentence(error: OSError, target: Path) -> str:
    """Return the sentence for an error of the file system."""
    if disk_is_full(error):
        return f"The disk of {target.parent} ran out of space for ESC-50; {NOTHING_KEPT}, make room and try again"
    return f"ESC-50 could not be written to {target}: {reason(error)}; {NOTHING_KEPT}"
