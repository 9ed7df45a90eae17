"""Training time so far, and the time left."""

from __future__ import annotations

import time

from esc_core.training.runs.heartbeat import Heartbeat


class Clock:
    """Measures the training time, and estimates the time left.

    Parameters
    ----------
    beat : Heartbeat
        Receives the progress.
    n_epochs, n_steps : int
        Planned epochs, and batches per epoch.
    before, core_before : float
        Seconds, and processor seconds, of earlier sessions.
    first : int
        The first epoch of this session.
    """

    def __init__(
        self, beat: Heartbeat, *, n_epochs: int, n_steps: int, before: float, core_before: float = 0.0, first: int
    ) -> None:
        self._beat, self._n_epochs, self._n_steps, self._first = beat, n_epochs, n_steps, first
        self._opened = time.monotonic()
        self._started, self._core_started = time.monotonic() - before, time.process_time() - core_before
        self._first_step_end = 0.0
        self.resumed = before > 0
        """Whether there were earlier sessions."""
        self.first_step = 0.0
        """Seconds until the first step of this session was done, most of them to compile the network."""

    @property
    def seconds(self) -> float:
        """Time of training over all sessions, in seconds."""
        return round(time.monotonic() - self._started, 1)

    @property
    def core_seconds(self) -> float:
        """Processor time of training over all sessions and cores, in seconds; other programs hardly change it."""
        return round(time.process_time() - self._core_started, 1)

    def step(self, epoch: int, step: int) -> bool:
        """Record a step, and return whether training goes on."""
        now = time.monotonic()
        done = (epoch - self._first) * self._n_steps + step
        left = None
        if done == 1:
            self._first_step_end = now  # the first step compiles the network, and is no guide to the others
            self.first_step = now - self._opened
        else:
            share = (self._n_epochs - epoch + 1) * self._n_steps - step
            left = round((now - self._first_step_end) / (done - 1) * share, 1)
        self._beat.note(
            state="training",
            doing=f"epoch {epoch} of {self._n_epochs}",
            step=step,
            n_steps=self._n_steps,
            seconds=self.seconds,
            seconds_left=left,
        )
        return not self._beat.asked_to_stop()
