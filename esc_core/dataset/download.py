"""Download of ESC-50: fetch its master zip, check every clip against its MD5, move the complete folder to its target.

The zip that GitHub packs has no permanent checksum, so ``assets/esc50-md5.csv`` lists the MD5 of each of the
2000 original clips. ``assets/esc50-human.csv`` (category, answer, count) sums the answers that passed the quality
control of the listening test, from the data set's own ``meta/esc50-human.xlsx``. Source of both: ESC-50 by
K. J. Piczak, https://github.com/karolpiczak/ESC-50, CC BY-NC 3.0.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from esc_core.dataset.install import TABLE, check_space, disk_sentence, is_complete, move_to_target, working_folder
from esc_core.dataset.known import original_md5
from esc_core.dataset.progress import (
    DOWNLOADING,
    NOTHING_KEPT,
    UNPACKING,
    DownloadCancelledError,
    DownloadProgress,
    Meter,
)
from esc_core.dataset.unzip import BLOCK_BYTES, unpack
from esc_core.errors import DatasetError
from esc_core.words import file_size

ESC50_URL = "https://github.com/karolpiczak/ESC-50/archive/master.zip"
ESC50_TABLE_MD5 = "54a0d0055a10bb7df84ad340a148722e"
ZIP_BYTES = 650_000_000
"""Approximate size of ESC-50's zip, in bytes, if the server sends none (GitHub usually does not)."""
UNPACKED_BYTES = 900_000_000
"""Approximate size of ESC-50 on disk, in bytes."""
TIMEOUT_SECONDS = 30.0

_MAX_ZIP_BYTES = 3 * ZIP_BYTES


def download_esc50(
    target: Path,
    *,
    url: str = ESC50_URL,
    md5: Mapping[str, str] | None = None,
    progress: Callable[[DownloadProgress], None] | None = None,
    cancel: Callable[[], bool] | threading.Event | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Path:
    """Download ESC-50 into a folder, complete and verified, or not at all.

    The work is done in a hidden folder beside `target`, which is renamed to `target` once every file is verified.

    Parameters
    ----------
    target : pathlib.Path
        The folder to create. If it already holds all clips, nothing is done.
    url : str
        Address of a zip with the layout ``*/audio/*.wav``, ``*/meta/esc50.csv``.
    md5 : mapping of str to str, optional
        Clips to unpack, file name to MD5; an entry for ``esc50.csv`` checks the table too. Those of ESC-50 by default.
    progress : callable, optional
        Called with a `DownloadProgress` after each block of at most 64 KiB.
    cancel : callable or threading.Event, optional
        Checked after each block; once true or set, the download stops.
    timeout : float
        Longest time without data from the server, in seconds.

    Returns
    -------
    pathlib.Path
        `target`.

    Raises
    ------
    DownloadCancelledError
        If `cancel` was true or set.
    DatasetError
        If the download fails in any other way: network, server, disk, or a wrong zip.
    """
    wanted = {TABLE: ESC50_TABLE_MD5, **original_md5()} if md5 is None else dict(md5)
    asked = cancel.is_set if isinstance(cancel, threading.Event) else cancel
    try:
        if is_complete(target, wanted):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with working_folder(target) as work:
            if is_complete(target, wanted):  # another download ended between the first check and the lock
                return target
            zip_path, folder = work / "esc50.zip", work / "unpacked"
            _fetch(url, zip_path, Meter(DOWNLOADING, progress, asked), timeout=timeout)
            unpack(zip_path, folder, wanted, Meter(UNPACKING, progress, asked), host=_host(url))
            move_to_target(folder, target)
    except OSError as error:
        raise DatasetError(disk_sentence(error, target)) from error
    return target


class _Receiver:
    """Output file and progress bar in one, for `pooch.HTTPDownloader`.

    pooch reports whole blocks even where the server sends smaller ones, so the bytes are counted as they are written.
    It sets `total` before the first of them, which is when the disk space is checked.
    """

    def __init__(self, file: IO[bytes], meter: Meter, folder: Path) -> None:
        self._file, self._meter, self._folder = file, meter, folder
        self._total: int | None = None

    @property
    def total(self) -> int | None:
        """Bytes that the server announced; 0 if it sent no length, None before it has answered."""
        return self._total

    @total.setter
    def total(self, n_bytes: int) -> None:
        self._total = n_bytes
        unpacked = n_bytes * UNPACKED_BYTES // ZIP_BYTES if n_bytes else UNPACKED_BYTES
        check_space(self._folder, (n_bytes or ZIP_BYTES) + unpacked)
        self._meter.begin(n_bytes or None)

    def write(self, block: bytes) -> None:
        if max(self._total or 0, self._meter.done) > _MAX_ZIP_BYTES:
            raise DatasetError(
                f"The server sends over {file_size(_MAX_ZIP_BYTES)}, too much for ESC-50; {NOTHING_KEPT}"
            )
        self._file.write(block)
        self._meter.add(len(block))

    def flush(self) -> None:
        self._file.flush()

    def update(self, n_bytes: int) -> None: ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


def _fetch(url: str, path: Path, meter: Meter, *, timeout: float) -> None:
    import pooch  # brings requests, a quarter of a second that only a download should pay
    import requests

    with path.open("wb") as file:
        receiver = _Receiver(file, meter, path.parent)
        # There is no resuming: GitHub packs the zip again for each request and accepts no ranges.
        downloader = pooch.HTTPDownloader(
            progressbar=receiver,
            chunk_size=BLOCK_BYTES,
            timeout=timeout,
            headers={"Accept-Encoding": "identity"},  # otherwise Content-Length is not the size of the file
        )
        try:
            downloader(url, receiver, None)
        except requests.RequestException as error:
            raise DatasetError(
                _network_sentence(error, url, meter, began=receiver.total is not None, timeout=timeout)
            ) from error
    if receiver.total not in (0, meter.done):  # urllib3 before version 2 accepts a response that is too short
        raise DatasetError(_cut_sentence(_host(url), meter))


def _network_sentence(error: Exception, url: str, meter: Meter, *, began: bool, timeout: float) -> str:
    import requests
    import urllib3

    host = _host(url)
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = f"{error.response.status_code} {error.response.reason}"
        return f"ESC-50 could not be downloaded: {host} answered {status} for {url}"
    # A time-out in the middle of the file arrives as a ConnectionError around urllib3's own time-out.
    if isinstance(error, requests.ReadTimeout) or (began and isinstance(cause, urllib3.exceptions.ReadTimeoutError)):
        got = f"after {file_size(meter.done)}" if began else "at all"
        silence = f"{host} sent nothing for {timeout:g} s"
        return f"The download of ESC-50 stalled: {silence}, {got}; {NOTHING_KEPT}, try again later"
    if began:
        return _cut_sentence(host, meter)
    if isinstance(error, requests.exceptions.SSLError):
        return f"ESC-50 could not be reached: the secure connection to {host} failed, perhaps at a proxy in between"
    if isinstance(error, requests.ConnectionError):
        return f"ESC-50 could not be reached at {host}; check the network, or point ESC50_DIR at a copy"
    return f"ESC-50 could not be downloaded from {url}: {error}"


def _cut_sentence(host: str, meter: Meter) -> str:
    got = file_size(meter.done) if meter.total is None else f"{file_size(meter.done)} of {file_size(meter.total)}"
    return f"The download of ESC-50 from {host} was cut short after {got}; {NOTHING_KEPT}, try again"


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


__all__ = [
    "ESC50_TABLE_MD5",
    "ESC50_URL",
    "DownloadCancelledError",
    "DownloadProgress",
    "download_esc50",
    "original_md5",
]
