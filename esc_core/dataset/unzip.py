"""Unpack ESC-50's zip and check every entry: its path, its size, and the MD5 of each clip."""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from esc_core.dataset.install import TABLE, check_space
from esc_core.dataset.progress import NOTHING_KEPT, Meter
from esc_core.errors import DatasetError
from esc_core.words import file_size

BLOCK_BYTES = 64 * 1024
# Caps against a zip bomb. A clip of ESC-50 has 441 044 bytes, its largest other file about 100 000.
_MAX_UNPACKED_BYTES = 2_700_000_000
_MAX_ENTRY_BYTES = 10_000_000
_MAX_ENTRIES = 20_000

ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""Errors of a damaged zip: RuntimeError for encryption and unknown methods, OSError for a seek outside the file."""


def unpack(zip_path: Path, folder: Path, md5: Mapping[str, str], meter: Meter, *, host: str) -> None:
    """Unpack the wanted files of a zip, and verify them.

    Parameters
    ----------
    zip_path : pathlib.Path
        The zip, with the layout ``*/audio/*.wav``, ``*/meta/esc50.csv``.
    folder : pathlib.Path
        Folder to unpack into.
    md5 : mapping of str to str
        Clips to unpack, file name to MD5; an entry for ``esc50.csv`` checks the table too.
    meter : Meter
        Counts the bytes written.
    host : str
        Host that sent the zip, for error messages.

    Raises
    ------
    DatasetError
        If the zip is damaged, unsafe, too large, incomplete, or a file differs from the original.
    """
    with _open_zip(zip_path, host) as archive:
        entries = _entries(archive, md5)
        n_bytes = sum(info.file_size for info in entries.values())
        if n_bytes > _MAX_UNPACKED_BYTES:
            raise DatasetError(f"The zip unpacks to {file_size(n_bytes)}, too much for ESC-50; {NOTHING_KEPT}")
        check_space(folder.parent, n_bytes)
        meter.begin(n_bytes)
        for name, info in entries.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            got = _unpack_entry(archive, info, path, meter)
            expected = md5.get(path.name, got)
            if got != expected:
                raise DatasetError(
                    f"{path.name} from {host} differs from ESC-50's original: MD5 is {got}, expected {expected}; "
                    f"{NOTHING_KEPT}, try again later"
                )


def _open_zip(path: Path, host: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except ZIP_ERRORS as error:
        with path.open("rb") as file:
            looks_like_zip = file.read(2) == b"PK"
        if looks_like_zip:
            raise DatasetError(
                f"The zip file from {host} is cut short or damaged; {NOTHING_KEPT}, try again"
            ) from error
        raise DatasetError(
            f"{host} sent something that is not a zip file, perhaps the log-in page of a network; {NOTHING_KEPT}"
        ) from error


def _entries(archive: zipfile.ZipFile, md5: Mapping[str, str]) -> dict[str, zipfile.ZipInfo]:
    """Return the entries to unpack by their path in the data set; reject the whole zip if one entry is unsafe."""
    if len(archive.infolist()) > _MAX_ENTRIES:
        raise DatasetError(f"The zip holds over {_MAX_ENTRIES} entries, too many for ESC-50; {NOTHING_KEPT}")
    entries: dict[str, zipfile.ZipInfo] = {}
    taken: set[str] = set()
    for info in archive.infolist():
        if points_outside(info):
            raise DatasetError(f"The zip's entry {info.orig_filename!r} points outside its folder; {NOTHING_KEPT}")
        if name := _wanted_name(info.filename, md5):
            # Compared without case: on many file systems meta/ESC50.csv would replace the verified meta/esc50.csv.
            if name.casefold() in taken:
                raise DatasetError(f"The zip holds {info.filename!r} twice; {NOTHING_KEPT}")
            if info.file_size > _MAX_ENTRY_BYTES:
                size = file_size(info.file_size)
                raise DatasetError(f"The zip's entry {info.filename!r} claims {size}, too much; {NOTHING_KEPT}")
            entries[name] = info
            taken.add(name.casefold())
    required = {f"meta/{TABLE}", *(f"audio/{name}" for name in md5 if name != TABLE)}
    if missing := sorted(required - set(entries)):
        raise DatasetError(
            f"The zip lacks {len(missing)} of {len(required)} files of ESC-50, for example {missing[0]}; {NOTHING_KEPT}"
        )
    return entries


def points_outside(info: zipfile.ZipInfo) -> bool:
    """Return whether an entry of a zip would lie outside the folder it is unpacked into, or is a link."""
    parts = re.split(r"[/\\]", info.orig_filename)
    outside = ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in info.orig_filename
    return outside or stat.S_ISLNK(info.external_attr >> 16)  # the upper half holds the Unix mode


def _wanted_name(filename: str, md5: Mapping[str, str]) -> str | None:
    _, *parts = filename.split("/")  # the first is ESC-50-master
    match parts:
        case ["audio", name] if name in md5 and name != TABLE:
            return f"audio/{name}"
        case ["meta", name] if re.fullmatch(r"\w[\w.-]{0,99}", name, re.ASCII):
            return f"meta/{name}"
        case ["LICENSE" | "README.md" as name]:
            return name
    return None


def _unpack_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, meter: Meter) -> str:
    """Write one entry and return its MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("wb") as file:
        for block in entry_blocks(archive, info, kept=NOTHING_KEPT):
            digest.update(block)
            file.write(block)
            meter.add(len(block))
    return digest.hexdigest()


def entry_blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, kept: str) -> Iterator[bytes]:
    """Yield the content of an entry of a zip; a DatasetError for a damaged one ends with what was kept."""
    # zipfile reads no more than the entry declares, which is capped: a small entry can't unpack into gigabytes.
    try:
        with archive.open(info) as source:
            while block := source.read(BLOCK_BYTES):
                yield block
    except ZIP_ERRORS as error:
        raise DatasetError(f"The zip's entry {info.filename!r} is damaged ({error}); {kept}") from error
