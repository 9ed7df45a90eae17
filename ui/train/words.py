"""Words for runs: states, times, and what they are called in lists."""

from __future__ import annotations

import time
from typing import Literal, NamedTuple

from esc_core.training.runs.runs import BUSY, Run, Status

Colour = Literal["gray", "blue", "orange", "green", "red"]


class Look(NamedTuple):
    """How a state looks.

    Attributes
    ----------
    icon : str
        A Material symbol.
    color : str
        Colour of its badge; the word says the same.
    """

    icon: str
    color: Colour


LOOKS = {
    "queued": Look(":material/schedule:", "gray"),
    "preparing": Look(":material/hourglass_top:", "blue"),
    "training": Look(":material/model_training:", "blue"),
    "stopping": Look(":material/stop_circle:", "orange"),
    "stopped": Look(":material/stop_circle:", "gray"),
    "interrupted": Look(":material/power_off:", "orange"),
    "failed": Look(":material/error:", "red"),
    "done": Look(":material/check_circle:", "green"),
}
"""Every state of `esc_core.training.runs.runs.Status`."""


def in_time(seconds: float) -> str:
    """Say a time in words, as exactly as one wants to know it: "38 s", "1 min 20 s", "12 min", "1 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 5:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def percent(value: float | None) -> str:
    """Say a share in 0–1; a dash if it is not known."""
    return "–" if value is None else f"{value:.0%}"


def progress_text(status: Status) -> str:
    """Say what a run at work does, and how long it will still take."""
    doing = status.doing or status.state
    left = "" if status.seconds_left is None else f" · {in_time(status.seconds_left)} left"
    return f"{doing}{left}"


def run_label(run: Run) -> str:
    """Name a run in a list: "amber fox · 84%", "blue crab · stopped"; what changes every second is left out."""
    status = run.status()
    if status.state in BUSY:
        return run.name
    return f"{run.name} · {percent(status.accuracy) if status.state == 'done' else status.state}"


def when(moment: float) -> str:
    """Say a moment, Unix time in seconds, as a date with the time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
