"""The two files of YAMNet's trunk: in the folder that ``YAMNET_DIR`` names, or fetched into ``ESC_HOME/yamnet``.

Both come from pinned commits of public repositories on GitHub, and both are under the Apache License 2.0.
"""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from esc_core.config import esc_home
from esc_core.config.paths import named_path
from esc_core.disk.files import disk_is_full, reason, write_whole
from esc_core.errors import EscError, ModelError
from esc_core.words import file_size

VARIABLE = "YAMNET_DIR"
"""Names a folder that has both files; nothing is fetched then."""

TIMEOUT_SECONDS = 10.0
COMMAND = "python -m esc_core models download yamnet"
_NOTHING_KEPT = "nothing of it was kept"


@dataclass(frozen=True)
class RemoteFile:
    """A file at pinned addresses.

    Attributes
    ----------
    name : str
        Its name on disk.
    n_bytes : int
        Its size; a server that sends more is cut off.
    sha256 : str
        Its checksum, in hexadecimal digits.
    urls : tuple of str
        Addresses, tried in this order.
    """

    name: str
    n_bytes: int
    sha256: str
    urls: tuple[str, ...]


def _github(repository: str, commit: str, path: str) -> tuple[str, ...]:
    return (
        f"https://raw.githubusercontent.com/{repository}/{commit}/{path}",
        f"https://github.com/{repository}/raw/{commit}/{path}",
    )


TRUNK_FILE = RemoteFile(
    "yamnet_spectra_in.tflite",
    4_047_424,
    "0a266465c46718f3fcc4137366be82882a8c93bfcc4f0278581a11d11dddcdf9",
    _github("google-coral/coralmicro", "c9f665b0a8b973d35cb9d383b3e92e9f14b4dd72", "models/yamnet_spectra_in.tflite"),
)
CLASSES_FILE = RemoteFile(
    "yamnet_class_map.csv",
    14_096,
    "cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
    _github(
        "tensorflow/models",
        "dbeeb148f10adf723067040eedcccda00bdce1e8",
        "research/audioset/yamnet/yamnet_class_map.csv",
    ),
)
FILES = (TRUNK_FILE, CLASSES_FILE)


def trunk_folder() -> Path:
    """Return the folder of the trunk, whether or not it is complete: ``$YAMNET_DIR``, else ``ESC_HOME/yamnet``.

    Raises
    ------
    ParameterError
        If a variable names what can't be a path.
    """
    if named := os.environ.get(VARIABLE):
        return named_path(named)
    return esc_home() / "yamnet"


def missing_trunk() -> str | None:
    """Return what stands in the way of the trunk, as a sentence without its full stop; None if both files are there."""
    try:
        folder = trunk_folder()
        lacking = [file.name for file in FILES if not (folder / file.name).is_file()]
    except (EscError, OSError) as error:
        return str(error)
    if not lacking:
        return None
    if os.environ.get(VARIABLE):
        return f"{VARIABLE} names {folder}, which has no {lacking[0]}"
    return f"YAMNet is not on this computer; `{COMMAND}` fetches it ({file_size(sum(f.n_bytes for f in FILES))})"


def verify(data: bytes, file: RemoteFile, source: str) -> None:
    """Raise ModelError unless bytes have a file's checksum.

    Parameters
    ----------
    data : bytes
        Content.
    file : RemoteFile
        What it must be.
    source : str
        Where it comes from, for the sentence.
    """
    if (got := hashlib.sha256(data).hexdigest()) != file.sha256:
        raise ModelError(
            f"{file.name} from {source} is not the expected file: its SHA-256 is {got}, expected {file.sha256}"
        )


def fetch_trunk(*, files: tuple[RemoteFile, ...] = FILES, timeout: float = TIMEOUT_SECONDS) -> Path:
    """Download the files that are missing or damaged, verified, each of them whole or not at all.

    Parameters
    ----------
    files : tuple of RemoteFile
        What to fetch.
    timeout : float
        Longest time without data from a server, in seconds.

    Returns
    -------
    pathlib.Path
        The folder: ``ESC_HOME/yamnet``, or the one that ``YAMNET_DIR`` names.

    Raises
    ------
    ModelError
        If the network, the servers or the disk fail, if a file is another than expected, or if the folder that
        ``YAMNET_DIR`` names lacks one: nothing is written there.
    ParameterError
        If ``ESC_HOME`` can't be a path.
    """
    folder = trunk_folder()
    if os.environ.get(VARIABLE):
        if missing := missing_trunk():
            raise ModelError(f"{missing}; name another folder, or unset it to download YAMNet")
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            if not _is_whole(folder / file.name, file):
                data = _download(file, timeout=timeout)
                write_whole(folder / file.name, lambda target, data=data: target.write(data))  # type: ignore[misc]
    except OSError as error:
        if disk_is_full(error):
            raise ModelError(f"The disk of {folder} ran out of space for YAMNet; {_NOTHING_KEPT}") from error
        raise ModelError(f"YAMNet could not be written to {folder}: {reason(error)}; {_NOTHING_KEPT}") from error
    return folder


def _is_whole(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def _download(file: RemoteFile, *, timeout: float) -> bytes:
    """Return a file's bytes from the first of its addresses that has them."""
    for url in file.urls:
        try:
            data = _receive(url, file, timeout=timeout)
            verify(data, file, _host(url))
            return data
        except ModelError as error:
            fault = error
    raise ModelError(f"YAMNet was not downloaded: {fault}") from fault


class _Receiver:
    """Output file of `pooch.HTTPDownloader`: bytes in memory, no more than the file has."""

    def __init__(self, file: RemoteFile, host: str) -> None:
        self._file, self._host = file, host
        self.data = bytearray()

    def write(self, block: bytes) -> None:
        self.data += block
        if len(self.data) > self._file.n_bytes:
            raise ModelError(f"{self._host} sends more than the {file_size(self._file.n_bytes)} of {self._file.name}")

    def flush(self) -> None: ...


def _receive(url: str, file: RemoteFile, *, timeout: float) -> bytes:
    import pooch  # brings requests, a quarter of a second that only a download should pay
    import requests

    receiver = _Receiver(file, _host(url))
    try:
        pooch.HTTPDownloader(timeout=timeout)(url, receiver, None)
    except requests.RequestException as error:
        raise ModelError(_network_sentence(error, url, timeout=timeout)) from error
    return bytes(receiver.data)


def _network_sentence(error: Exception, url: str, *, timeout: float) -> str:
    import requests
    import urllib3

    host = _host(url)
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{host} answered {error.response.status_code} {error.response.reason} for {url}"
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.Timeout) or isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return f"{host} sent nothing for {timeout:g} s; try again later"
    if isinstance(error, requests.exceptions.SSLError):
        return f"the secure connection to {host} failed, perhaps at a proxy in between"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"the connection to {host} was closed early; try again"
    return f"{host} could not be reached; check the network, or name a folder that has YAMNet in {VARIABLE}"


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


class FetchJob(threading.Thread):
    """`fetch_trunk` in a daemon thread: `start` it once, then read `done` and `error` from any thread.

    Attributes
    ----------
    error : str or None
        Why it failed, in one sentence.
    done : bool
        Whether it has ended, successfully or not.
    """

    def __init__(self) -> None:
        super().__init__(name="yamnet-download", daemon=True)
        self.error: str | None = None
        self.done = False

    def run(self) -> None:
        """Download; called by `start`."""
        # A page that polls must see the end even after a bug of ours, whose traceback goes to the log.
        error: str | None = "YAMNet was not downloaded because of an error in the program; the log has the details"
        try:
            fetch_trunk()
            error = None
        except EscError as caught:
            error = str(caught)
        finally:
            self.error, self.done = error, True
