"""The starter set on disk: usable while it is being made, and resumed where it stopped."""

from __future__ import annotations

import csv
import io
import os
import re
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np

from esc_core.dataset.starter.clips import StarterClip, record_takes, starter_clips
from esc_core.disk.files import disk_is_full, reason, set_aside, write_whole
from esc_core.errors import DatasetError

VERSION = 1
"""Raised whenever a recipe changes; an older set is then made again."""

SR = 22_050
CLIP_BYTES = 44 + 2 * 5 * SR
"""Size of a clip's file, in bytes: a WAV header and 5 s at 16 bits."""

_STALE_SECONDS = 600.0

_DAMAGED = (-1, -1)
"""Version and seed of a set whose marker can't be read: it is made again, as one of older recipes."""

_MARKER = """\
Every sound in this folder is synthetic: computed by a program, recorded nowhere.
The layout and the names and numbers of the categories are those of ESC-50; none of its sounds is here.
Numbers of recordings (src_file) from 90000000 on are made up and mean nothing on Freesound.

Program: python -m esc_core.dataset.starter, ESC-50 Sound Lab
Recipes: {version}
Seed: {seed}
"""


def make_starter_set(root: str | Path, *, seed: int = 0, progress: Callable[[int, int], None] | None = None) -> Path:
    """Synthesise the starter set into a folder, or the clips that are missing.

    The table is written first, then the clips in rounds over the categories, each file at once: the folder can be used
    meanwhile. Several processes may work on one folder, and any may be killed at any time.

    Parameters
    ----------
    root : str or pathlib.Path
        Folder for ``audio/`` and ``meta/``; it is created if missing.
    seed : int
        Seed of all sounds, in [0, 2**31).
    progress : callable, optional
        Called with the clips done and all clips.

    Returns
    -------
    pathlib.Path
        `root`, now in ESC-50's layout with ``meta/SYNTHETIC.txt`` and ``meta/COMPLETE``.

    Raises
    ------
    DatasetError
        If the disk is full, the folder can't be written, or it holds other data.
    ParameterError
        If the seed is outside its range.
    """
    root = Path(root).expanduser()
    with _file_errors(root, seed):
        _prepare(root, seed)
        missing = _missing(root)
        if missing:
            _remove(root / "meta" / "COMPLETE")
        clips = list(starter_clips())
        done = len(clips) - len(missing)
        if progress:
            progress(done, len(clips))
        for recording, takes in groupby(missing, key=lambda clip: (clip.category, clip.fold, clip.recording)):
            done += _make(root, recording, list(takes), seed)
            if progress:
                progress(done, len(clips))
        _write(root / "meta" / "COMPLETE", f"{len(clips)} clips\n".encode())
    return root


def starter_is_whole(root: str | Path) -> bool:
    """Return whether a starter set is complete: its table as it must be, and every clip of its length.

    Parameters
    ----------
    root : str or pathlib.Path
        Folder given to `make_starter_set`; it may not exist yet.

    Returns
    -------
    bool
        False also for a set of older recipes. A wrong byte within a clip goes unnoticed: reading takes too long.
    """
    root = Path(root).expanduser()
    made_with, complete = _made_with(root), (root / "meta" / "COMPLETE").is_file()
    table = _read_table(root)
    return bool(complete and made_with and made_with[0] == VERSION and table == _table() and not _missing(root))


def starter_progress(root: str | Path, *, seed: int = 0) -> tuple[int, int]:
    """Count the clips that exist already; cheap enough to be called every second.

    Parameters
    ----------
    root : str or pathlib.Path
        Folder given to `make_starter_set`; it may not exist yet.
    seed : int
        Seed of the set.

    Returns
    -------
    done, total : int
        Clips that exist, and all clips. A folder with another seed or older recipes counts as empty.
    """
    root = Path(root).expanduser()
    total = sum(1 for _ in starter_clips())
    if _made_with(root) != (VERSION, seed):
        return 0, total
    return total - len(_missing(root)), total


def _make(root: Path, recording: tuple[str, int, int], missing: list[StarterClip], seed: int) -> int:
    """Write the missing takes of one recording and return their number."""
    paths = {clip.take: root / "audio" / clip.filename for clip in missing}
    if not all(_is_whole(path) for path in paths.values()):  # otherwise another process has written them meanwhile
        category, fold, number = recording
        takes = record_takes(category, fold=fold, recording=number, seed=seed)
        for take, path in paths.items():
            _write(path, _wav(takes[ord(take) - ord("A")]))
    return len(missing)


def _is_whole(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size == CLIP_BYTES
    except FileNotFoundError:
        return False


def _prepare(root: Path, seed: int) -> None:
    """Create the folders, the marker and the table; remove clips of older recipes."""
    audio, meta = root / "audio", root / "meta"
    made_with = _made_with(root)
    if made_with is None and (meta / "esc50.csv").exists() and not _marker(root).exists():
        raise DatasetError(f"{root} holds a data set that is not synthetic; name another folder for the starter set")
    if made_with is not None and made_with[1] != seed and made_with != _DAMAGED:
        raise DatasetError(f"{root} holds the starter set of seed {made_with[1]}; name another folder for seed {seed}")
    audio.mkdir(parents=True, exist_ok=True)
    meta.mkdir(exist_ok=True)
    if made_with is not None and made_with[0] != VERSION:
        _remove(meta / "COMPLETE")
        for path in audio.glob("[1-5]-9???????-[A-Z]-*.wav"):
            if not path.is_dir():
                path.unlink(missing_ok=True)
    for path in audio.glob(".*.wav.*"):
        _remove_stale(path)
    _write(_marker(root), _MARKER.format(version=VERSION, seed=seed).encode())
    _write(meta / "esc50.csv", _table())


def _made_with(root: Path) -> tuple[int, int] | None:
    """Return the version and the seed in the marker; None if the folder holds no starter set."""
    if not _marker(root).exists():
        return _DAMAGED if _read_table(root) == _table() else None
    try:
        text = _marker(root).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _DAMAGED
    found = re.search(r"^Recipes: (\d{1,9})\nSeed: (\d{1,10})$", text, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else _DAMAGED


def _read_table(root: Path) -> bytes | None:
    try:
        return (root / "meta" / "esc50.csv").read_bytes()
    except OSError:
        return None


def _marker(root: Path) -> Path:
    return root / "meta" / "SYNTHETIC.txt"


def _missing(root: Path) -> list[StarterClip]:
    """Return the clips whose file is missing or incomplete, in the order of synthesis."""
    try:
        with os.scandir(root / "audio") as entries:
            there = {entry.name for entry in entries if entry.is_file() and entry.stat().st_size == CLIP_BYTES}
    except (FileNotFoundError, NotADirectoryError):
        there = set()
    return [clip for clip in starter_clips() if clip.filename not in there]


@cache
def _table() -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("filename", "fold", "target", "category", "esc10", "src_file", "take"))
    table.writerows(sorted(clip.row for clip in starter_clips()))
    return text.getvalue().encode()


def _wav(y: np.ndarray) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SR)
        out.writeframes(np.round(y * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def _write(path: Path, data: bytes) -> None:
    write_whole(path, lambda file: file.write(data))


def _remove(path: Path) -> None:
    if path.is_dir():
        set_aside(path)
    path.unlink(missing_ok=True)


def _remove_stale(part: Path) -> None:
    """Remove a temporary file that a killed process left; another process may already have done so."""
    try:
        if time.time() - part.stat().st_mtime > _STALE_SECONDS:
            part.unlink()
    except FileNotFoundError:
        pass


@contextmanager
def _file_errors(root: Path, seed: int) -> Iterator[None]:
    """Turn errors of the file system into a DatasetError."""
    try:
        yield
    except OSError as error:
        if disk_is_full(error):
            done, total = starter_progress(root, seed=seed)
            need = f"{total * CLIP_BYTES / 1e6:.0f} MB"
            raise DatasetError(
                f"The disk is full: the starter set in {root} needs {need}; {done} of {total} clips exist"
            ) from error
        raise DatasetError(f"The starter set can't be written to {root}: {reason(error)}") from error
