"""A download of ESC-50 in a thread, for a page that polls its state."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from esc_core.dataset.download import ESC50_URL, download_esc50
from esc_core.dataset.progress import DownloadProgress
from esc_core.errors import DatasetError


@dataclass(frozen=True)
class DownloadState:
    """A snapshot of a `DownloadJob`.

    Attributes
    ----------
    progress : DownloadProgress or None
        The latest progress; None before the first.
    error : str or None
        Why it failed, in one sentence.
    done : bool
        Whether it has ended, successfully or not.
    """

    progress: DownloadProgress | None = None
    error: str | None = None
    done: bool = False


class DownloadJob(threading.Thread):
    """`download_esc50` in a daemon thread: `start` it once, then read `state` from any thread.

    Parameters
    ----------
    target : pathlib.Path
        The folder to create.
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
        """Ask the download to stop: at the next block, or at the time-out of a silent server."""
        self._cancelled.set()

    def run(self) -> None:
        """Download; called by `start`."""
        # A page that polls must see the end even after a bug of ours, whose traceback goes to the log.
        error: str | None = "The download of ESC-50 stopped because of an error in the program; the log has the details"
        try:
            download_esc50(self._folder, url=self._url, md5=self._md5, progress=self._show, cancel=self._cancelled)
            error = None
        except DatasetError as caught:
            error = str(caught)
        finally:
            self.state = DownloadState(self.state.progress, error, done=True)

    def _show(self, progress: DownloadProgress) -> None:
        self.state = DownloadState(progress)
