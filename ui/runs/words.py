"""Words for runs: states, progress, and names in lists."""

from __future__ import annotations

from typing import Literal, NamedTuple

from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import Status
from esc_core.words import percent, rough_duration

Colour = Literal["gray", "blue", "orange", "green", "red"]


class Badge(NamedTuple):
    """Badge of a state.

    Attributes
    ----------
    icon : str
        A Material symbol.
    color : str
        Colour of the badge; the word beside it says the same.
    """

    icon: str
    color: Colour


BADGES = {
    "queued": Badge(":material/schedule:", "gray"),
    "preparing": Badge(":material/hourglass_top:", "blue"),
    "training": Badge(":material/model_training:", "blue"),
    "stopping": Badge(":material/stop_circle:", "orange"),
    "stopped": Badge(":material/stop_circle:", "gray"),
    "interrupted": Badge(":material/power_off:", "orange"),
    "failed": Badge(":material/error:", "red"),
    "done": Badge(":material/check_circle:", "green"),
}
"""Badge of every state of `esc_core.training.runs.status.Status`."""


def progress_text(status: Status) -> str:
    """Return what a run at work is doing, and the time left."""
    doing = status.doing or status.state
    left = "" if status.seconds_left is None else f" · {rough_duration(status.seconds_left)} left"
    return f"{doing}{left}"


def run_label(run: Run) -> str:
    """Return a run's label in a list: "amber fox · 84%", "blue crab · stopped"; without what changes every second."""
    status = run.status()
    if status.state in BUSY:
        return run.name
    return f"{run.name} · {percent(status.accuracy) if status.state == 'done' else status.state}"
