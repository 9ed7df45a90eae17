"""Arrays on disk that take time to compute: computed once, under a hash of the data and settings behind them.

A file is a plain ``.npy`` with a checksum behind the array. Whoever opens one verifies it, and a bad one is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import numpy as np

from esc_core.dataset import Dataset
from esc_core.disk.files import reason, set_aside, temporary_file
from esc_core.errors import AudioError, DatasetError, EscError

TEMPORARY = ".extracting-"
"""Prefix of the names of arrays that are being written."""

ABANDONED_SECONDS = 24 * 3600
"""Age after which such an array is considered abandoned."""

CHECKED_WHOLE = 4 * 2**20
"""Largest file whose every byte is verified when it is opened, in bytes."""

BLOCK, N_BLOCKS = 4096, 64
"""Bytes and number of the blocks, evenly spread from the first byte to the last, that are verified of a larger one."""


def data_key(dataset: Dataset, *settings: Any) -> str:
    """Hash settings and the state of the data: names, sizes, modification times.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    *settings : Any
        Settings as plain JSON values.

    Returns
    -------
    str
        Twenty hexadecimal digits.
    """
    files = [(clip.filename, *_state(dataset.path(clip))) for clip in dataset.clips]
    text = json.dumps([*settings, str(dataset.root.resolve()), files])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _state(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:  # reading it raises the error
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


def stored_array(
    path: Path,
    row: Callable[[int], np.ndarray],
    *,
    shape: tuple[int, ...],
    dtype: str,
    progress: Callable[[int, int], None] | None = None,
    n_workers: int | None = None,
) -> np.ndarray:
    """Open an array, and compute it first if it is missing, row by row in threads.

    The row of a clip that can't be read holds a mark, so that one bad clip does not stop the others; see
    `unreadable_rows`. Threads suffice where reading, FFT and matrix products all release Python's global lock.

    Parameters
    ----------
    path : pathlib.Path
        The file, with the extension ``.npy``.
    row : callable
        Computes the row with a given index.
    shape : tuple of int
        Shape of the array.
    dtype : str
        As NumPy writes it, such as "<f4".
    progress : callable, optional
        Called with the rows done and all rows.
    n_workers : int, optional
        Number of threads; one per core if left out.

    Returns
    -------
    numpy.ndarray
        Memory-mapped and read-only.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    """
    found = open_array(path, shape=shape, dtype=dtype)
    if found is None:
        with temporary_array(path, shape=shape, dtype=dtype) as temporary:
            array = np.load(temporary, mmap_mode="r+")

            def one(i: int) -> None:
                try:
                    array[i] = row(i)
                except AudioError:
                    array[i] = _mark(array.dtype)

            with ThreadPoolExecutor(n_workers or os.cpu_count() or 1) as pool:
                for done, _ in enumerate(pool.map(one, range(shape[0])), start=1):
                    if progress:
                        progress(done, shape[0])
            array.flush()
        found = reopen_array(path, shape=shape, dtype=dtype)
    return found


def open_array(path: Path, *, shape: tuple[int, ...], dtype: str) -> np.ndarray | None:
    """Open an array if it is there and as it was written.

    Verified are the header, the size of the file, and a checksum: of the whole file up to `CHECKED_WHOLE`, of some
    blocks of a larger one. So a file that was cut short, emptied or replaced is always noticed, a wrong byte in a large
    one only if it lies in one of the blocks: to read a gigabyte would take longer than the rest of the start.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    shape : tuple of int
        Shape that it must have.
    dtype : str
        Type that it must have, as NumPy writes it.

    Returns
    -------
    numpy.ndarray or None
        Memory-mapped and read-only; None if it is missing or bad.
    """
    try:
        with path.open("rb") as file:
            expected = _header(shape, dtype)
            n_bytes = len(expected) + _size(shape, dtype)
            good = (
                os.fstat(file.fileno()).st_size == n_bytes + _CHECKSUM_BYTES
                and file.read(len(expected)) == expected
                and _stored_checksum(file, n_bytes) == _checksum(file, n_bytes)
            )
        return np.load(path, mmap_mode="r") if good else None
    except (OSError, ValueError):  # missing, a folder, or removed meanwhile by a process that made room
        return None


def reopen_array(path: Path, *, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Open an array that was just made.

    Raises
    ------
    DatasetError
        If it does not read as it was written, or is gone again.
    """
    array = open_array(path, shape=shape, dtype=dtype)
    if array is None:
        raise DatasetError(f"{path.name} was written to {path.parent}, but can't be read back; is the disk full?")
    return array


_CHECKSUM_BYTES = 4


def _header(shape: tuple[int, ...], dtype: str) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_2_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue()


def _size(shape: tuple[int, ...], dtype: str) -> int:
    return np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))


def _checksum(file: IO[bytes], n_bytes: int) -> int:
    """Return the CRC-32 of a file's first bytes: of all of them, or of the blocks of a large file."""
    if n_bytes <= CHECKED_WHOLE:
        file.seek(0)
        return zlib.crc32(file.read(n_bytes))
    value = 0
    for i in range(N_BLOCKS):
        file.seek((n_bytes - BLOCK) * i // (N_BLOCKS - 1))
        value = zlib.crc32(file.read(BLOCK), value)
    return value


def _stored_checksum(file: IO[bytes], n_bytes: int) -> int:
    file.seek(n_bytes)
    return int.from_bytes(file.read(_CHECKSUM_BYTES), "big")


def _mark(dtype: np.dtype[Any]) -> float | int:
    # a value that no sound has: mel power is finite, and waveforms in 16 bits are clipped to ±32,767
    return np.nan if dtype.kind == "f" else np.iinfo(dtype).min


def unreadable_rows(array: np.ndarray) -> np.ndarray:
    """Return the rows of a stored array whose clips can't be read.

    Parameters
    ----------
    array : numpy.ndarray, shape (n_clips, …)
        From `stored_array`: mel power as floats, or waveforms as 16-bit integers.

    Returns
    -------
    numpy.ndarray, shape (n_unreadable,), int
        Positions, in order.
    """
    first = array.reshape(len(array), -1)[:, 0]
    mark = _mark(array.dtype)
    return np.flatnonzero(np.isnan(first) if mark != mark else first == mark)


@contextlib.contextmanager
def temporary_array(path: Path, *, shape: tuple[int, ...], dtype: str) -> Iterator[Path]:
    """Create an empty array under a temporary name, and rename it when it was filled without an error.

    Its checksum is added then; see `open_array`. A process that is killed leaves nothing incomplete under that name.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    shape : tuple of int
        Shape of the array.
    dtype : str
        As NumPy writes it.

    Yields
    ------
    pathlib.Path
        The temporary file, to be filled through a memory map.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY, suffix=".npy")
        os.close(fd)
    except OSError as error:
        raise DatasetError(f"{path.parent} can't be written: {reason(error)}") from error
    temporary, header, size = Path(name), _header(shape, dtype), _size(shape, dtype)
    try:
        with temporary_file(temporary):
            # reserve the space first: a full disk behind a memory map kills the process instead of raising
            with temporary.open("wb") as file:
                file.write(header)
                _reserve(file.fileno(), len(header), size + _CHECKSUM_BYTES)
            yield temporary
            with temporary.open("r+b") as file:
                checksum = _checksum(file, len(header) + size)
                file.seek(len(header) + size)
                file.write(checksum.to_bytes(_CHECKSUM_BYTES, "big"))
            if path.is_dir():
                set_aside(path)
            temporary.replace(path)
    except EscError:
        raise
    except OSError as error:
        raise DatasetError(f"the features can't be stored in {path.parent}: {reason(error)}") from error


def _sweep(folder: Path) -> None:
    """Remove files left by killed processes: each takes as much space as the whole array."""
    for path in folder.glob(f"{TEMPORARY}*.npy"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def _reserve(fd: int, offset: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, offset, size)
    else:
        os.truncate(fd, offset + size)
