"""The heartbeat of a worker: a thread that writes the status and watches for the stop file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any

from esc_core.disk.files import write_in_place, write_json
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import Status

BEAT_SECONDS = 1.0
LISTEN_SECONDS = 0.2
GRACE_SECONDS = 1.0
"""Time for a worker to stop by itself; then its process is ended. Its files are complete at any time."""


class StoppedError(Exception):
    """The run was asked to stop."""


class Heartbeat:
    """Context manager whose thread writes a run's status every second; nothing else writes it meanwhile.

    Parameters
    ----------
    run : Run
        The run, whose worker holds the lock.
    end : callable, optional
        Called if the run was asked to stop and did not within `GRACE_SECONDS`, as while TensorFlow is imported; by then
        the state is "stopped".
    """

    def __init__(self, run: Run, *, end: Callable[[], None] | None = None) -> None:
        self._run, self._end = run, end
        self.status: Status = replace(run.written(), pid=os.getpid())
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self) -> Heartbeat:
        self.write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def note(self, **changes: Any) -> None:
        """Change the status; the next beat writes it."""
        with self._lock:
            self.status = replace(self.status, **changes)

    def write(self, **changes: Any) -> None:
        """Change the status and write it at once.

        Raises
        ------
        OSError
            If the disk is full.
        """
        with self._lock:
            self.status = replace(self.status, **changes, heartbeat=time.time())
            write_json(self._run.status_file, asdict(self.status))

    def finish(self, **changes: Any) -> bool:
        """Write the final status; if the disk is full, over the previous one.

        Returns
        -------
        bool
            False if a final status was written already.
        """
        with self._lock:
            if self._over.is_set():
                return False
            self._over.set()
        try:
            self.write(**changes)
        except OSError:
            with self._lock, self._run.status_file.open("r+b") as file:
                write_in_place(file, asdict(self.status))
        return True

    def asked_to_stop(self) -> bool:
        """Return whether the run was asked to stop."""
        return self._run.stop_file.exists()

    def check(self) -> None:
        """Raise StoppedError if the run was asked to stop."""
        if self.asked_to_stop():
            raise StoppedError

    def count(self, doing: str, done: int, total: int) -> None:
        """Note the progress of an activity; raise StoppedError if the run was asked to stop."""
        self.check()
        self.note(doing=f"{doing}: {done} of {total}")

    def _live(self) -> None:
        beat = time.monotonic()
        asked: float | None = None
        while not self._over.wait(LISTEN_SECONDS):
            now = time.monotonic()
            if asked is None and self.asked_to_stop():
                asked = now
            overdue = asked is not None and now - asked > GRACE_SECONDS
            if overdue and self._end and self.finish(state="stopped", doing="", seconds_left=None):
                self._end()
            if now - beat >= BEAT_SECONDS:
                beat = now
                self._beat()

    def _beat(self) -> None:
        try:
            self.write()
        except OSError:  # a full disk is reported where results would be lost
            return
