"""The data folder of a download: disk space, one download at a time, and a move of the complete folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from esc_core.dataset.progress import NOTHING_KEPT
from esc_core.disk.files import disk_is_full, reason
from esc_core.disk.locks import try_lock
from esc_core.errors import DatasetError
from esc_core.words import file_size

TABLE = "esc50.csv"


def is_complete(target: Path, md5: Mapping[str, str]) -> bool:
    """Return whether the folder holds every file; raises DatasetError if it holds anything else."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return False
    paths = [target / ("meta" if name == TABLE else "audio") / name for name in {TABLE, *md5}]
    missing = sum(not path.is_file() or path.stat().st_size == 0 for path in paths)
    if missing:
        raise DatasetError(
            f"{target} already exists and is not a complete ESC-50: {missing} of its {len(paths)} files are missing; "
            "move it away or choose another folder"
        )
    return True


def move_to_target(folder: Path, target: Path) -> None:
    """Rename a complete folder to `target`, which may be an empty folder."""
    with suppress(FileNotFoundError):
        target.rmdir()  # empty, as `is_complete` found; Windows can't rename onto an existing folder
    folder.rename(target)


@contextmanager
def working_folder(target: Path) -> Iterator[Path]:
    """Provide an empty folder beside `target` for one download at a time, and remove it afterwards."""
    work = target.parent / f".{target.name}.partial"
    with _lock(target.parent / f".{target.name}.lock", target):
        shutil.rmtree(work, ignore_errors=True)  # left by a download that was killed
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _lock(path: Path, target: Path) -> Iterator[None]:
    """Hold a lock that the system frees even if this process is killed; a file left over has no effect."""
    running = f"Another download of ESC-50 into {target} is running; wait for it, or cancel it"
    file = try_lock(path)
    if file is None:
        raise DatasetError(running)
    with file:
        if not _is_same_file(file, path):
            raise DatasetError(running)
        try:
            yield
        finally:
            # Before the lock is freed, so that it never removes another's lock file. Windows can't remove open files.
            with suppress(PermissionError):
                path.unlink()


def _is_same_file(file: IO[bytes], path: Path) -> bool:
    """Return whether the locked file still has its name: a download that has just ended may have removed it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def check_space(folder: Path, n_bytes: int) -> None:
    """Raise DatasetError unless the disk of a folder has space for a number of bytes."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise DatasetError(
            f"There is not enough space for ESC-50: it needs {file_size(n_bytes)} in {folder.parent}, "
            f"which has {file_size(free)} free; {NOTHING_KEPT}"
        )


def disk_sentence(error: OSError, target: Path) -> str:
    """Return the error message for an error of the file system."""
    if disk_is_full(error):
        return f"The disk of {target.parent} ran out of space for ESC-50; {NOTHING_KEPT}, make room and try again"
    return f"ESC-50 could not be written to {target}: {reason(error)}; {NOTHING_KEPT}"
