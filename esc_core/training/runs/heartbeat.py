"""A worker's signs of life, and its ear for being stopped."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any

from esc_core.files import write_in_place, write_json
from esc_core.training.runs.runs import Run, Status

BEAT_SECONDS = 1.0
LISTEN_SECONDS = 0.2
GRACE_SECONDS = 1.0
"""So long a worker may take to stop by itself; then it is ended, wherever it is. All it writes is whole at any time."""


class StoppedError(Exception):
    """The run was asked to stop."""


class Heartbeat:
    """The one that writes a run's status.json, from a thread of its own, while it is entered.

    Parameters
    ----------
    run : Run
        Its worker's lock is held.
    end : callable, optional
        Called if the run was asked to stop and did not in `GRACE_SECONDS`, as while TensorFlow is imported; the state
        is "stopped" by then.
    """

    def __init__(self, run: Run, *, end: Callable[[], None] | None = None) -> None:
        self._run, self._end = run, end
        self.status: Status = replace(run.written(), pid=os.getpid())
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self) -> Heartbeat:
        self.tell()
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

    def tell(self, **changes: Any) -> None:
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
        """Write the last status, on a full disk too: there in the place of the one before.

        Returns
        -------
        bool
            False if there was a last one already.
        """
        with self._lock:
            if self._over.is_set():
                return False
            self._over.set()
        try:
            self.tell(**changes)
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
        """Note how far something with a known end is; raise StoppedError if the run was asked to stop."""
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
            self.tell()
        except OSError:  # a full disk is told by whoever has something to lose
            return
