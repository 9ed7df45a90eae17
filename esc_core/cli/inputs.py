"""Sounds that the command line names: files, named pipes, folders, and ``-`` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from esc_core.config import SOUND_ENDINGS
from esc_core.disk.files import reason
from esc_core.errors import AudioError

STDIN = "-"


def sounds_in(name: str, *, recursive: bool = False) -> Iterator[str]:
    """Yield the files that an argument means, as they are found.

    Parameters
    ----------
    name : str
        A file, which need not exist; ``-``; or a folder, whose sounds are meant, in the order of their names, without
        hidden ones.
    recursive : bool
        Whether the folders in it are searched, too; no link to a folder is followed.

    Raises
    ------
    AudioError
        If a folder holds no sound or can't be read.
    """
    if name == STDIN or not Path(name).is_dir():
        yield name
        return
    found = 0
    for path in _sounds(Path(name), recursive=recursive):
        found += 1
        yield str(path)
    if not found:
        hint = "" if recursive else "; --recursive searches the folders in it, too"
        raise AudioError(f"The folder holds no sound files{hint}.")


def _sounds(folder: Path, *, recursive: bool) -> Iterator[Path]:
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        yield from (path for path in entries if path.suffix.lower() in SOUND_ENDINGS and path.is_file())
        folders = [path for path in entries if recursive and path.is_dir() and not path.is_symlink()]
    except OSError as error:
        raise AudioError(f"The folder {folder.name} can't be read: {reason(error)}.") from error
    for inner in folders:
        yield from _sounds(inner, recursive=True)


def read_sound(name: str) -> bytes:
    """Return the content of a file, or of standard input for ``-``.

    Raises
    ------
    AudioError
        If it can't be read or is too large.
    """
    from esc_core.decoding.capped import read_capped, read_stream

    if name != STDIN:
        return read_capped(Path(name))
    if sys.stdin is None or sys.stdin.isatty():
        raise AudioError("Standard input is a terminal or closed; give it a sound, such as `- < bark.wav`.")
    try:
        return read_stream(sys.stdin.buffer)
    except OSError as error:
        raise AudioError(f"Standard input can't be read: {reason(error)}.") from error
