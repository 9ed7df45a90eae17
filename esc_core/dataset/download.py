"""Fetch ESC-50: download its master zip, check every clip against its MD5, move the finished folder into place.

The zip that GitHub packs has no lasting checksum of its own, so ``assets/esc50-md5.csv`` lists the MD5 of each of the
2000 original clips. ``assets/esc50-human.csv`` (category, answer, count) sums the answers of people that passed the
listening test's quality control, from the data set's own ``meta/esc50-human.xlsx``. Source of both: ESC-50 by
K. J. Piczak, https://github.com/karolpiczak/ESC-50, CC BY-NC 3.0.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from esc_core.dataset.install import TABLE, check_space, disk_sentence, is_there, move_into_place, workshop
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
"""About the size of ESC-50's zip, in bytes, for when the server sends none (GitHub mostly doesn't)."""
UNPACKED_BYTES = 900_000_000
"""About the size of ESC-50 on disk, in bytes."""
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
    """Download ESC-50 into a folder, whole and verified, or not at all.

    Everything happens in a hidden folder beside `target`; only when each file is right is it renamed to `target`.

    Parameters
    ----------
    target : pathlib.Path
        The folder to make. If it holds all clips already, nothing is done.
    url : str
        Address of a zip laid out as ``*/audio/*.wav``, ``*/meta/esc50.csv``.
    md5 : mapping of str to str, optional
        Clips to unpack, file name to MD5; an entry for ``esc50.csv`` checks the table too. ESC-50's own by default.
    progress : callable, optional
        Called with a `DownloadProgress` after each block of at most 64 KiB.
    cancel : callable or threading.Event, optional
        Asked after each block; once true or set, the download stops.
    timeout : float
        Longest silence of the server, in seconds.

    Returns
    -------
    pathlib.Path
        `target`.

    Raises
    ------
    DownloadCancelledError
        If `cancel` said so.
    DatasetError
        If the download fails in any other way: network, server, disk, or a zip that is not what it should be.
    """
    wanted = {TABLE: ESC50_TABLE_MD5, **original_md5()} if md5 is None else dict(md5)
    asked = cancel.is_set if isinstance(cancel, threading.Event) else cancel
    try:
        if is_there(target, wanted):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with workshop(target) as work:
            if is_there(target, wanted):  # another download ended between the first look and our lock
                return target
            zip_path, folder = work / "esc50.zip", work / "unpacked"
            _fetch(url, zip_path, Meter(DOWNLOADING, progress, asked), timeout=timeout)
            unpack(zip_path, folder, wanted, Meter(UNPACKING, progress, asked), host=_host(url))
            move_into_place(folder, target)
    except OSError as error:
        raise DatasetError(disk_sentence(error, target)) from error
    return target


@dataclass(frozen=True)
class DownloadState:
    """What a `DownloadJob` has to show; a snapshot.

    Attributes
    ----------
    progress : DownloadProgress or None
        The last one; None before the first.
    error : str or None
        Why it failed, one sentence.
    done : bool
        Whether it has ended, well or not.
    """

    progress: DownloadProgress | None = None
    error: str | None = None
    done: bool = False


class DownloadJob(threading.Thread):
    """`download_esc50` in a daemon thread: `start` it once, then read `state` from any thread, as often as you like.

    Parameters
    ----------
    target : pathlib.Path
        The folder to make.
    url : str
        As in `download_esc50`.
    md5 : mapping of str to str, optional
        As in `download_esc50`.

    Attributes
    ----------
    state : DownloadState
        Replaced as a whole, never changed in place, so that a reader needs no lock.
    """

    def __init__(self, target: Path, *, url: str = ESC50_URL, md5: Mapping[str, str] | None = None) -> None:
        super().__init__(name="esc50-download", daemon=True)
        self.state = DownloadState()
        self._folder, self._url, self._md5 = target, url, md5
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the download to stop: at its next block, or when a silent server's time is up."""
        self._cancelled.set()

    def run(self) -> None:
        """Download; called by `start`."""
        # A page that polls must see an end even to a mistake of ours, whose traceback goes to the log.
        error: str | None = "The download of ESC-50 stopped on an error of the program; the log says which"
        try:
            download_esc50(self._folder, url=self._url, md5=self._md5, progress=self._show, cancel=self._cancelled)
            error = None
        except DatasetError as caught:
            error = str(caught)
        finally:
            self.state = DownloadState(self.state.progress, error, done=True)

    def _show(self, progress: DownloadProgress) -> None:
        self.state = DownloadState(progress)


class _Receiver:
    """Output file and progress bar in one, for `pooch.HTTPDownloader`.

    pooch tells its bar of whole blocks also where the server sends smaller ones, so the bytes are counted as they are
    written. It sets `total` before the first of them: the moment to look at the disk.
    """

    def __init__(self, file: IO[bytes], meter: Meter, folder: Path) -> None:
        self._file, self._meter, self._folder = file, meter, folder
        self._total: int | None = None

    @property
    def total(self) -> int | None:
        """Bytes that the server promised; 0 if it sent no length, None before it has answered."""
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
        # There is no resuming: GitHub packs the zip anew for each request and takes no ranges.
        downloader = pooch.HTTPDownloader(
            progressbar=receiver,
            chunk_size=BLOCK_BYTES,
            timeout=timeout,
            headers={"Accept-Encoding": "identity"},  # or else Content-Length is not the size of the file
        )
        try:
            downloader(url, receiver, None)
        except requests.RequestException as error:
            raise DatasetError(
                _network_sentence(error, url, meter, began=receiver.total is not None, timeout=timeout)
            ) from error
    if receiver.total not in (0, meter.done):  # urllib3 before version 2 lets a short answer pass
        raise DatasetError(_cut_sentence(_host(url), meter))


def _network_sentence(error: Exception, url: str, meter: Meter, *, began: bool, timeout: float) -> str:
    import requests
    import urllib3

    host = _host(url)
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = f"{error.response.status_code} {error.response.reason}"
        return f"ESC-50 could not be downloaded: {host} answered {status} for {url}"
    # A silence in the middle of the file reaches us as a ConnectionError around urllib3's own time-out.
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
    "DownloadJob",
    "DownloadProgress",
    "DownloadState",
    "download_esc50",
    "original_md5",
]
