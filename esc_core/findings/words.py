"""What people call the levels of the studies, and how differences and verdicts are said."""

from __future__ import annotations

from collections.abc import Mapping

from esc_core.findings.measured import Level, Study, difference
from esc_core.intervals import ALPHA, Difference
from esc_core.words import points

HOLDS, PARTLY, OPEN, FAILS, UNMEASURED = "holds", "holds in part", "not shown", "does not hold", "not measured yet"

NETWORKS = ("mel-cnn", "wave-cnn", "aclnet-sc", "aclnet-dwsc")
BUDGETS = ("short", "long")

NAMES = {
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
    "nothing": "no answer",
    "class-weights": "class weights",
    "sampling": "balanced sampling",
    "augment-rare": "augmentation of the rare",
    "all-clips": "all clips kept",
    "scattered": "copies and siblings at random",
    "copies_kept": "copies kept with their clips, siblings at random",
    "whole_folds": "whole folds",
    "usual": "64 bands, windows of 64 ms",
    "32-bands": "32 bands",
    "128-bands": "128 bands",
    "window-32-ms": "windows of 32 ms",
    "window-128-ms": "windows of 128 ms",
    "mfcc": "40 MFCCs",
    "arrays": "arrays",
    "pictures": "pictures",
}
"""What people call the levels of the studies."""


def interval_words(interval: tuple[float, float]) -> str:
    """Return the interval of a difference: "95% interval −0.4 to +4.6"."""
    return f"95% interval {points(interval[0])} to {points(interval[1])}"


def gap_words(gap: Difference) -> str:
    """Return how far the first of two is from the second: "5.4 points below"."""
    side = "below" if gap.accuracy < 0 else "above"
    return f"{abs(100 * gap.accuracy):.1f} points {side}"


def verdict_on(gap: Difference) -> str:
    """Return `HOLDS` if a difference is above zero beyond doubt, `FAILS` if it is below, else `OPEN`."""
    low, high = gap.interval
    if gap.p >= ALPHA:
        return OPEN
    return HOLDS if low > 0 else FAILS if high < 0 else OPEN


def describe_short(study: Study, short: Study) -> str:
    """Say what augmentation brings a narrower network that trains for fewer epochs, on the same folds."""
    folds = [fold for fold in short.common_folds if fold in study.common_folds]
    if not folds:  # of a study that goes on
        return ""
    brings = [difference(s.right("full", folds=folds), s.right("none", folds=folds)) for s in (study, short)]
    return (
        f"When time is short: on folds {' and '.join(map(str, folds))}, where the recipe brings "
        f"{points(brings[0].accuracy)}, a narrower network with shorter frames and {_n_epochs(short)} epochs instead "
        f"of {_n_epochs(study)} gains {points(brings[1].accuracy)} ({interval_words(brings[1].interval)})."
    )


def _n_epochs(study: Study) -> int:
    return int(study.cells["n_epochs"].iloc[0])


def describe_networks(levels: Mapping[str, Level]) -> str:
    """Say which network leads, whether both budgets rank them alike, and what the longer one brings.

    Parameters
    ----------
    levels : mapping of str to Level
        Of the study on networks, by name, as far as it was measured.

    Returns
    -------
    str
        Two or three sentences; nothing is said of rankings before both budgets are there.
    """
    best = max(levels.values(), key=lambda level: level.accuracy)
    lead = (
        f"**{NAMES[best.name.rsplit('-', 1)[0]]}** with {best.accuracy:.1%} after {best.minutes:.0f} processor minutes."
    )
    if not {f"{name}-{budget}" for name in NETWORKS for budget in BUDGETS} <= set(levels):
        return f"Best so far: {lead} A ranking counts only where it holds at both budgets."
    short, long = ({name: levels[f"{name}-{budget}"].accuracy for name in NETWORKS} for budget in BUDGETS)
    order = sorted(NETWORKS, key=lambda name: -long[name])
    alike = (
        f"Both budgets rank them alike: {', '.join(NAMES[name] for name in order)}."
        if order == sorted(NETWORKS, key=lambda name: -short[name])
        else "The two budgets rank them differently, so no ranking is claimed."
    )
    gains = (f"{NAMES[name]} {points(long[name] - short[name])}" for name in order)
    return (
        f"Best: {lead} {alike} From the short budget to the long one they gain, in points: {', '.join(gains)}. What "
        "still gains much is far from its end: this says what a network learns in minutes, not in days."
    )
