"""A set as a zip in ESC-50's layout, which anyone's loader reads; and a zip from anywhere, unpacked with caps."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from esc_core.config import AudioLimits, OwnLimits, esc_home
from esc_core.dataset.layout import COLUMNS, OWN_FILE, TABLE
from esc_core.dataset.own.contents import Contents
from esc_core.dataset.own.store import OwnSet
from esc_core.dataset.unzip import ZIP_ERRORS, entry_blocks, points_outside
from esc_core.disk.files import disk_is_full, reason
from esc_core.disk.tables import MAX_BYTES as MAX_TABLE_BYTES
from esc_core.disk.tables import csv_text
from esc_core.errors import DatasetError
from esc_core.words import counted, file_size, shortened

NOTHING_IMPORTED = "nothing was imported"

MAX_ENTRIES = 20_000
"""Entries of a zip that is unpacked."""

_README = """{name}

A data set in the layout of ESC-50 (https://github.com/karolpiczak/ESC-50), made with ESC-50 Sound Lab.

{samples}, {seconds:.0f} seconds, in {categories}:
{counts}

audio/          the sounds: WAV, 16 bits, one channel
meta/esc50.csv  filename, fold, target, category, esc10 (always False), src_file, take, title
own.json        the same for ESC-50 Sound Lab, which opens this file again

src_file is the recording, or all that was recorded in one go; take is a letter for each of its samples.
{folds}
"""


def write_zip(own: OwnSet, file: IO[bytes]) -> None:
    """Write a set as a zip in ESC-50's layout; `bring` opens it again, and the new set is equal.

    Parameters
    ----------
    own : OwnSet
        The set; deleted samples stay out.
    file : binary file
        Open for writing.

    Raises
    ------
    DatasetError
        If there is no sample, or a sound is gone.
    """
    dataset = own.dataset()
    contents = Contents(own.name, own.categories, own.samples)
    titles = {sample.filename: sample.title for sample in contents.samples}
    rows = [[*(getattr(clip, column) for column in COLUMNS), titles[clip.filename]] for clip in dataset.clips]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("README.txt", _readme(own, n_folds=int(dataset.folds.max())))
        archive.writestr(TABLE, csv_text((*COLUMNS, "title"), rows))
        archive.writestr(OWN_FILE, json.dumps(contents.to_json(), indent=1, ensure_ascii=False) + "\n")
        for clip in dataset.clips:
            try:
                archive.write(dataset.path(clip), f"audio/{clip.filename}")
            except FileNotFoundError as error:
                raise DatasetError(f"the sound {clip.filename} is gone, so the data set can't be exported") from error


def _readme(own: OwnSet, *, n_folds: int) -> str:
    counts = own.counts()
    folds = (
        f"The {n_folds} folds were dealt by recording, balanced by category: no recording lies in two folds. Fold 0, "
        "if there is one, is never tested: it holds what is the only recording of a category."
        if n_folds
        else "All samples lie in fold 0: there are too few recordings for a test."
    )
    return _README.format(
        name=own.name,
        samples=counted(len(own.samples), "sample", "samples"),
        seconds=sum(seconds for _, seconds in counts.values()),
        categories=counted(len(counts), "category", "categories"),
        counts="\n".join(f"  {name}: {n}" for name, (n, _) in counts.items()),
        folds=folds,
    )


@contextmanager
def unpacked(zip_path: Path, *, limits: OwnLimits | None = None) -> Iterator[Path]:
    """Unpack a zip from anywhere into a temporary folder, which is removed at the end.

    Parameters
    ----------
    zip_path : pathlib.Path
        The zip.
    limits : OwnLimits, optional
        How large its content may be.

    Yields
    ------
    pathlib.Path
        The folder.

    Raises
    ------
    DatasetError
        If it is no zip, is damaged, names a file outside its folder, or is too large unpacked; or if the disk is full.
    """
    try:
        esc_home().mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=esc_home()))
    except OSError as error:
        raise DatasetError(f"the zip can't be unpacked in {esc_home()}: {reason(error)}") from error
    try:
        _unpack(zip_path, folder, limits or OwnLimits())
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(zip_path: Path, folder: Path, limits: OwnLimits) -> None:
    try:
        archive = zipfile.ZipFile(zip_path)
    except FileNotFoundError as error:
        raise DatasetError(f"there is no file {shortened(str(zip_path), most=200)}") from error
    except ZIP_ERRORS as error:
        raise DatasetError(f"the file is no zip, or is cut short; {NOTHING_IMPORTED}") from error
    with archive:
        entries = [info for info in archive.infolist() if not info.is_dir()]
        _check(entries, folder, limits)
        try:
            for info in entries:
                path = folder / info.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    file.writelines(entry_blocks(archive, info, kept=NOTHING_IMPORTED))
        except OSError as error:
            why = "the disk is full" if disk_is_full(error) else f"{info.filename!r}: {reason(error)}"
            raise DatasetError(f"the zip can't be unpacked: {why}; {NOTHING_IMPORTED}") from error


def _check(entries: list[zipfile.ZipInfo], folder: Path, limits: OwnLimits) -> None:
    """Refuse a zip before anything of it is written."""
    if len(entries) > MAX_ENTRIES:
        raise DatasetError(f"the zip holds {len(entries):,} files; at most {MAX_ENTRIES:,} can be; {NOTHING_IMPORTED}")
    largest = max(AudioLimits().max_bytes, MAX_TABLE_BYTES)
    taken: set[str] = set()
    for info in entries:
        # without case: on many file systems the second would replace the first
        if (name := info.filename.casefold()) in taken:
            raise DatasetError(f"the zip holds {info.filename!r} twice; {NOTHING_IMPORTED}")
        taken.add(name)
        if points_outside(info):
            raise DatasetError(f"the zip's entry {info.orig_filename!r} points outside it; {NOTHING_IMPORTED}")
        if info.file_size > largest:
            size = file_size(info.file_size)
            raise DatasetError(f"the zip's entry {info.filename!r} claims {size}, too much; {NOTHING_IMPORTED}")
    total = sum(info.file_size for info in entries)
    if total > limits.max_bytes:
        raise DatasetError(
            f"the zip unpacks to {file_size(total)}; a data set can have at most {file_size(limits.max_bytes)}; "
            f"{NOTHING_IMPORTED}"
        )
    if total > (free := shutil.disk_usage(folder).free):
        raise DatasetError(
            f"the zip unpacks to {file_size(total)}, and the disk has {file_size(free)} left; {NOTHING_IMPORTED}"
        )
