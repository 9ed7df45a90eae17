"""Files that are read while they are written: complete or absent, or one complete line at a time."""

from __future__ import annotations

import codecs
import errno
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any


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
        The file; its previous content stays if writing fails.
    write : callable
        Writes the content into a binary file.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with temporary.open("wb") as file:
            write(file)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, values: Any) -> None:
    """Write JSON so that a reader never sees half of it."""
    data = (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()
    write_whole(path, lambda file: file.write(data))


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


def read_json(path: Path) -> dict[str, Any]:
    """Return an object from a JSON file; empty if the file is missing or damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Append a line of JSON; if it can be written only in part, that part is removed."""
    data = (json.dumps(row) + "\n").encode()
    with path.open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            if file.write(data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            file.truncate(size)
            raise


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines; a line that is being written is skipped."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return []
    rows = []
    for line in text.splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def keep_rows(path: Path, keep: Callable[[dict[str, Any]], bool]) -> None:
    """Rewrite a file of JSON lines with some of its rows."""
    rows = [row for row in read_rows(path) if keep(row)]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    write_whole(path, lambda file: file.write(data))


def write_in_place(file: IO[bytes], values: Any) -> None:
    """Overwrite an open file with JSON; needs no room on the disk if the new content is no longer than the old."""
    file.write(json.dumps(values, ensure_ascii=False).encode())
    file.truncate()
