"""Labels of the studies' levels, and intervals, differences and verdicts in words."""

from __future__ import annotations

from esc_core.measures.bootstrap import Difference
from esc_core.words import percent, points

HOLDS, PARTLY, OPEN, FAILS, UNMEASURED = "holds", "holds in part", "not shown", "does not hold", "not measured yet"
"""Verdicts; `OPEN` is a difference that could be chance."""

NETWORKS = ("mel-cnn", "wave-cnn", "aclnet-sc", "aclnet-dwsc")
BUDGETS = ("short", "long")
"""Networks and training times of the study on networks, whose levels are NETWORK-BUDGET."""

LABELS = {
    "none": "no augmentation",
    "pitch-stretch-noise": "pitch shift, time stretch and noise",
    "full": "the full recipe",
    "no-mixing": "without mixing",
    "no-masks": "without masks",
    "no-equaliser": "without equaliser",
    "no-mel-shift": "without mel shift",
    "no-stretch": "without stretch",
    "pitch-shift": "pitch shift alone",
    "time-stretch": "time stretch alone",
    "noise": "noise alone",
    "mel-cnn": "mel CNN",
    "wave-cnn": "wave CNN",
    "aclnet-sc": "AclNet SC",
    "aclnet-dwsc": "AclNet DWSC",
    "nothing": "no strategy",
    "class-weights": "class weights",
    "sampling": "balanced sampling",
    "augment-rare": "augmentation of rare categories",
    "all-clips": "all clips kept",
    "scattered": "copies and siblings at random",
    "copies_kept": "copies kept with their clips, siblings at random",
    "whole_folds": "whole folds",
    "usual": "64 bands, windows of 64 ms",
    "window-32-ms": "windows of 32 ms",
    "window-128-ms": "windows of 128 ms",
    "mfcc": "40 MFCCs",
    "silence": "silence and duration",
    "both": "both: four numbers per clip",
}
"""Labels of levels that do not speak for themselves."""


def label(level: str) -> str:
    """Return a level's name for people: "40 MFCCs"; one without an entry in `LABELS` is read as words."""
    return LABELS.get(level, level.replace("-", " ").replace("_", " "))


def describe_bounds(interval: tuple[float, float]) -> str:
    """Return the ends of a difference's interval in points: "−0.4 to +4.6"."""
    return f"{points(interval[0])} to {points(interval[1])}"


def describe_interval(interval: tuple[float, float]) -> str:
    """Return the interval of a difference in points: "95% interval −0.4 to +4.6"."""
    return f"95% interval {describe_bounds(interval)}"


def describe_gap(gap: Difference) -> str:
    """Return a difference in Markdown, and whether it could be chance: "**+2.1 points** (95% interval −0.4 …)"."""
    doubt = "" if gap.more_than_chance else "; this could be chance"
    return f"**{points(gap.accuracy)} points** ({describe_interval(gap.interval)}{doubt})"


def describe_position(gap: Difference) -> str:
    """Return the position of the first of two relative to the second: "5.4 points below"."""
    side = "below" if gap.accuracy < 0 else "above"
    return f"{percent(abs(gap.accuracy), digits=1).removesuffix('%')} points {side}"


def verdict_by(interval: tuple[float, float]) -> str:
    """Return `HOLDS` if the interval of a difference is above zero, `FAILS` if it is below, else `OPEN`."""
    return HOLDS if interval[0] > 0 else FAILS if interval[1] < 0 else OPEN


def verdict_of(gap: Difference) -> str:
    """Return the verdict by a difference's interval, or `OPEN` where the difference could be chance all the same."""
    return verdict_by(gap.interval) if gap.more_than_chance else OPEN
