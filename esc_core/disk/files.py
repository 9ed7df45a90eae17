"""Files that are read while they are written: complete or absent, or one complete line at a time.

Any file may be damaged: cut short, with a wrong byte, with another content, or a folder in its place. Reading here
never fails for that reason; it returns nothing, or the rows that are good. `esc_core.disk.stored` says what the
values must be.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

_temporary: set[Path] = set()
"""Temporary files that this process is writing."""

_temporary_lock = threading.Lock()


def disk_is_full(error: OSError) -> bool:
    """Return whether an error means a full disk or a used-up quota."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def reason(error: OSError) -> str:
    """Return why a file can't be read or written, for the end of a sentence."""
    return "the disk is full" if disk_is_full(error) else error.strerror or str(error)


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file under a temporary name, then rename it, so that a reader never sees half of it.

    Parameters
    ----------
    path : pathlib.Path
        The file; its previous content stays if writing fails. A folder in its place is set aside.
    write : callable
        Writes the content into a binary file.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with temporary_file(temporary):
        with temporary.open("wb") as file:
            write(file)
        if path.is_dir():
            set_aside(path)
        temporary.replace(path)


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """Remove a temporary file at the end, unless it was renamed; see also `drop_temporary_files`."""
    with _temporary_lock:
        _temporary.add(path)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        with _temporary_lock:
            _temporary.discard(path)


def drop_temporary_files() -> None:
    """Remove what this process is writing, and let it begin nothing more: the process must end right after this."""
    _temporary_lock.acquire()  # for good
    for path in _temporary:
        path.unlink(missing_ok=True)


def sweep_temporary_files(path: Path) -> None:
    """Remove what killed processes left of a file that nobody but the caller writes."""
    own = f".{path.name}.{os.getpid()}."  # of another thread of this process
    for left in path.parent.glob(f".{path.name}.*"):
        if not left.name.startswith(own):
            left.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Rename a damaged file, or a folder in its place, so that it can be made again, and return where it is now.

    What was set aside before under the same name is removed.
    """
    aside = path.with_name(f"{path.name}.damaged")
    if aside.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
    return path.replace(aside)


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes so that a reader never sees half of them."""
    write_whole(path, lambda file: file.write(data))


def write_json(path: Path, values: Any) -> None:
    """Write JSON so that a reader never sees half of it."""
    write_bytes(path, (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode())


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 if it begins with that mark, as Windows' editors write both.

    Raises
    ------
    OSError
        If it can't be read.
    UnicodeDecodeError
        If it is no text.
    """
    data = path.read_bytes()
    return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")


def parse_json(data: bytes | str) -> Any:
    """Return the values in JSON text, with None for NaN and infinity, which are no JSON.

    Raises
    ------
    ValueError
        If it is no JSON.
    """
    try:
        return json.loads(data, parse_constant=lambda name: None)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_json(path: Path) -> dict[str, Any]:
    """Return an object from a JSON file; empty if the file is missing or damaged."""
    try:
        values = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Append a line of JSON; if it can be written only in part, that part is removed."""
    data = (json.dumps(row) + "\n").encode()
    if path.is_dir():
        set_aside(path)
    with path.open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            if file.write(data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(size)
            raise


def read_rows(path: Path, good: Callable[[Any], bool] | None = None) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines; damaged lines, and one that is being written, are skipped.

    Parameters
    ----------
    path : pathlib.Path
        The file; it may be missing.
    good : callable, optional
        Tells whether a row holds what it must; others count as damaged. Any object will do if left out.

    Returns
    -------
    list of dict
        In the order of the file.
    """
    return [row for row in _lines(path, good) if row is not None]


def count_bad_rows(path: Path, good: Callable[[Any], bool] | None = None) -> int:
    """Return how many lines of a file `read_rows` skips, without a last one that is being written."""
    return sum(row is None for row in _lines(path, good))


def _lines(path: Path, good: Callable[[Any], bool] | None) -> Iterator[dict[str, Any] | None]:
    """Yield each complete line as a row, None for a damaged one."""
    try:
        *lines, rest = path.read_bytes().split(b"\n")
    except OSError:
        return
    for line in [*lines, rest]:
        try:
            row = parse_json(line)
        except ValueError:
            if line is not rest:
                yield None
            continue
        yield row if isinstance(row, dict) and (good is None or good(row)) else None


def read_arrays(path: Path, *names: str) -> dict[str, np.ndarray] | None:
    """Return arrays of an ``.npz`` file; None if it is missing or damaged, or lacks one of them.

    Parameters
    ----------
    path : pathlib.Path
        The file. The checksum of each array that is read is verified.
    *names : str
        Names of the arrays.

    Returns
    -------
    dict of str to numpy.ndarray or None
        By name.
    """
    try:
        with path.open("rb") as file, np.load(file) as stored:
            return {name: np.asarray(stored[name]) for name in names}
    except Exception:  # a wrong byte may meet zip, zlib, or NumPy's header, whose errors have no common base
        return None


def keep_rows(path: Path, keep: Callable[[dict[str, Any]], bool]) -> None:
    """Rewrite a file of JSON lines with some of its rows; damaged lines are dropped."""
    rows = [row for row in read_rows(path) if keep(row)]
    write_bytes(path, "".join(json.dumps(row) + "\n" for row in rows).encode())


def write_in_place(file: IO[bytes], values: Any) -> None:
    """Overwrite an open file with JSON; needs no room on the disk if the new content is no longer than the old."""
    file.write(json.dumps(values, ensure_ascii=False).encode())
    file.truncate()
