"""Memory and open files of a server that this process started."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil

MEGABYTE = 1e6


class Reading(NamedTuple):
    """Resident memory at a moment, in MB.

    Attributes
    ----------
    server : float
        Of the server itself.
    children : float
        Of the processes that it started, such as decoders.
    """

    server: float
    children: float


class Meter:
    """What the server takes; the processes that it starts are looked for each time.

    Parameters
    ----------
    url : str
        Its address, from `tests.browser.serve.start_app`.

    Attributes
    ----------
    server : psutil.Process
        The server.
    peak : Reading
        The most that `watching` has seen.
    """

    def __init__(self, url: str) -> None:
        port = f"--server.port={urlsplit(url).port}"
        self.server = _child_with(port)
        self.peak = Reading(0.0, 0.0)

    def now(self) -> Reading:
        """Return what the server and its children take."""
        resident = [0.0, 0.0]
        for i, process in enumerate([self.server, *self.server.children(recursive=True)]):
            try:
                resident[min(i, 1)] += process.memory_info().rss / MEGABYTE
            except psutil.NoSuchProcess:  # a decoder that was replaced
                continue
        return Reading(*resident)

    def n_files(self) -> int:
        """Return how many files, pipes and sockets the server has open."""
        return self.server.num_fds()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note the peak for the time of a ``with`` block, ten times a second."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.1):
                self.peak = max(self.peak, self.now(), key=sum)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _child_with(argument: str) -> psutil.Process:
    """Return the child of this process that was started with an argument."""
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it has ended, and nobody has asked how
            if argument in child.cmdline():
                return child
    raise LookupError(f"no process was started with {argument}")
