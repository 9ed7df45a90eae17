"""What a command prints: results on standard output, progress on standard error, on whatever terminal or pipe."""

from __future__ import annotations

import codecs
import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from esc_core.disk.files import disk_is_full, reason
from esc_core.errors import EscError

PLAIN = {
    "−": "-", "–": "-", "—": "-", "…": "...", "’": "'", "“": '"', "”": '"', "×": "x", "→": "->", "·": "-",
    "≥": ">=", "≤": "<=", "≈": "about ", "½": "1/2", "Å": "A",
}  # fmt: skip
"""What stands for a character that a terminal's encoding lacks; any other is written as its number, such as \\u72ac."""


class OutputError(EscError):
    """Standard output can't be written."""


class ReaderGoneError(Exception):
    """Whoever read standard output has closed it, as ``| head -1`` does."""


def prepare_streams() -> None:
    """Let printing fail on no character, and let a closed stream be none that a file takes the place of."""
    codecs.register_error("esc-plain", _in_plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell, as by `>&-`
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the process ends
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="esc-plain")


def _in_plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lacking), error.end


def say(line: str, *, end: str = "\n") -> None:
    """Print progress to standard error; if that can't be written, the command goes on without."""
    with suppress(OSError, ValueError):
        print(line, end=end, file=sys.stderr, flush=True)


def emit(text: object, *, end: str = "\n") -> None:
    """Print a result to standard output, at once.

    Raises
    ------
    ReaderGoneError
        If nobody reads it any more.
    OutputError
        If it can't be written, as on a full disk.
    """
    with _checked():
        print(text, end=end, flush=True)


def emit_bytes(data: bytes) -> None:
    """Write a file to standard output; see `emit` for the errors."""
    with _checked():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def flush() -> None:
    """Write what libraries have printed; see `emit` for the errors."""
    with _checked():
        sys.stdout.flush()


@contextmanager
def _checked() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        _drop_rest()
        raise ReaderGoneError from error
    except OSError as error:
        _drop_rest()
        why = "it is full" if disk_is_full(error) else reason(error)
        raise OutputError(f"standard output can't be written: {why}") from error


def _drop_rest() -> None:
    """Let Python's own flush at the end meet no error."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def emit_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON, in ASCII, which every terminal and pipe can carry; see `emit` for the errors."""
    emit(json.dumps(value, indent=indent))


class JsonList:
    """A JSON list that is printed item by item, and closed however the command ends."""

    def __enter__(self) -> JsonList:
        emit("[", end="")
        self._between = "\n"
        return self

    def add(self, item: Any) -> None:
        """Print an item; see `emit` for the errors."""
        lines = json.dumps(item, indent=1).replace("\n", "\n ")
        emit(f"{self._between} {lines}", end="")
        self._between = ",\n"

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None or not issubclass(kind, ReaderGoneError | OutputError):
            emit("\n]" if self._between != "\n" else "]")


def one_line(name: str) -> str:
    """Return a file's name on one line; what ends a line or is no text is written as a number in hexadecimal."""
    special = ("Cc", "Cs", "Zl", "Zp")
    return "".join(c.encode("unicode_escape").decode() if unicodedata.category(c) in special else c for c in name)
