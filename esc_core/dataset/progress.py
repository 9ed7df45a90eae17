"""The progress of a download, its cancellation, and the phrase that its error messages share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from esc_core.errors import DatasetError

DOWNLOADING = "downloading"
UNPACKING = "unpacking and verifying"
NOTHING_KEPT = "nothing of the download was kept"


class DownloadCancelledError(DatasetError):
    """The caller cancelled the download; nothing of it was kept."""


@dataclass(frozen=True)
class DownloadProgress:
    """The progress of a download.

    Attributes
    ----------
    stage : str
        `DOWNLOADING` or `UNPACKING`.
    done : int
        Bytes of this stage that are done.
    total : int or None
        Bytes of this stage in total; None if the server has sent no length.
    bytes_per_second : float
        Mean speed since the stage began.
    """

    stage: str
    done: int
    total: int | None
    bytes_per_second: float

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end of this stage at this speed; None if unknown."""
        if self.total is None or not self.bytes_per_second:
            return None
        return max(self.total - self.done, 0) / self.bytes_per_second


class Meter:
    """Counts the bytes of one stage, reports them to the caller, and stops if the caller cancels."""

    def __init__(
        self, stage: str, progress: Callable[[DownloadProgress], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self.stage, self._progress, self._cancelled = stage, progress, cancelled
        self.done = 0
        self.total: int | None = None

    def begin(self, total: int | None) -> None:
        """Start a stage of `total` bytes."""
        self.total, self._began = total, time.monotonic()
        self.add(0)

    def add(self, n_bytes: int) -> None:
        """Count bytes; raises DownloadCancelledError."""
        self.done += n_bytes
        if self._cancelled and self._cancelled():
            raise DownloadCancelledError(f"The download of ESC-50 was cancelled while {self.stage}; {NOTHING_KEPT}")
        if self._progress:
            seconds = time.monotonic() - self._began
            speed = self.done / seconds if seconds > 0 else 0.0
            self._progress(DownloadProgress(self.stage, self.done, self.total, speed))
