"""The forerunner's claims, each with our measurement, its interval, and a verdict. Words follow from the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from esc_core.findings.measured import (
    RESULTS_DIR,
    Study,
    difference,
    rare_categories,
    read_study,
)
from esc_core.findings.trust import LeakArm, leak_arms
from esc_core.intervals import Difference
from esc_core.scoring.report import points

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
    "scattered": "copies and siblings at random",
    "copies_kept": "copies kept with their clips, siblings at random",
    "whole_folds": "whole folds",
    "arrays": "arrays",
    "pictures": "pictures",
}
"""What people call the levels of the studies."""


@dataclass(frozen=True)
class Claim:
    """A claim and what we measured of it.

    Attributes
    ----------
    text : str
        The claim, as the forerunner made it.
    verdict : str
        `HOLDS`, `PARTLY`, `OPEN` (the interval of the difference holds zero), `FAILS` or `UNMEASURED`.
    sentence : str
        The measurement with its interval, or the command that makes it.
    study : str
        Name of the tables that it comes from.
    """

    text: str
    verdict: str
    sentence: str
    study: str


def claims(*, folder: Path = RESULTS_DIR) -> list[Claim]:
    """Return every claim with its measurement, in the order in which they are told.

    Parameters
    ----------
    folder : pathlib.Path
        Where the tables lie.

    Returns
    -------
    list of Claim
        What was not measured yet says so.

    Raises
    ------
    TrainingError
        If a table is damaged.
    """
    augmentation = read_study("augmentation", "augmentation", folder=folder)
    return [
        _augmentation(augmentation, read_study("augmentation-short", "augmentation", folder=folder)),
        _three(augmentation),
        _mel(read_study("networks", "network", folder=folder)),
        _aclnet(read_study("networks", "network", folder=folder)),
        _imbalance(read_study("imbalance", "answer", folder=folder)),
        _leak(read_study("leak", "arm", folder=folder)),
    ]


def spread(interval: tuple[float, float]) -> str:
    """Return the interval of a difference: "95% interval −0.4 to +4.6"."""
    return f"95% interval {points(interval[0])} to {points(interval[1])}"


def judged(gap: Difference) -> str:
    """Return `HOLDS` if a difference is above zero beyond doubt, `FAILS` if it is below, else `OPEN`."""
    low, high = gap.interval
    return HOLDS if low > 0 else FAILS if high < 0 else OPEN


def unmeasured(text: str, study: str) -> Claim:
    """Return a claim that nothing is known of yet."""
    return Claim(text, UNMEASURED, f"`python -m esc_core study studies/{study}.toml` measures it.", study)


def _has(study: Study | None, *levels: str) -> bool:
    return study is not None and set(levels) <= set(study.names)


def _augmentation(study: Study | None, short: Study | None) -> Claim:
    text = "Augmentation significantly improves accuracy."
    if study is None or not _has(study, "full", "none"):
        return unmeasured(text, "augmentation")
    full, none = study.right("full"), study.right("none")
    gap = difference(full, none)
    shared = full.index.intersection(none.index)  # a study that goes on may have a fold of one only
    sentence = (
        f"With the full recipe {full.loc[shared].mean():.1%} of {gap.n_clips} held-out clips are named rightly, "
        f"without augmentation {none.loc[shared].mean():.1%}: **{points(gap.accuracy)} points** "
        f"({spread(gap.interval)})."
    )
    verdict = judged(gap)
    if short is not None and _has(short, "full", "none"):
        at_first = difference(short.right("full"), short.right("none"))
        sentence += (
            f" For a narrower network that trains for {n_epochs(short)} epochs instead of {n_epochs(study)}, it is "
            f"{points(at_first.accuracy)} ({spread(at_first.interval)})."
        )
        verdict = PARTLY if verdict == HOLDS and judged(at_first) != HOLDS else verdict
    return Claim(text, verdict, sentence, study.name)


def n_epochs(study: Study) -> int:
    """Return how many epochs a run of a study has."""
    return int(study.cells["n_epochs"].iloc[0])


def _three(study: Study | None) -> Claim:
    text = "Pitch shift, time stretch and noise are particularly effective."
    if study is None or not _has(study, "full", "none", "pitch-stretch-noise"):
        return unmeasured(text, "augmentation")
    three = study.right("pitch-stretch-noise")
    over_none, over_full = difference(three, study.right("none")), difference(three, study.right("full"))
    sentence = (
        f"Copies changed by all three bring **{points(over_none.accuracy)} points** over no augmentation "
        f"({spread(over_none.interval)}), and are {points(over_full.accuracy)} points from the full recipe "
        f"({spread(over_full.interval)})."
    )
    verdict = judged(over_none)
    behind = judged(over_full) == FAILS
    return Claim(text, PARTLY if verdict == HOLDS and behind else verdict, sentence, study.name)


def _mel(study: Study | None) -> Claim:
    text = "Mel CNNs do best."
    levels = [f"{name}-{budget}" for name in NETWORKS for budget in BUDGETS]
    if study is None or not _has(study, *levels):
        return unmeasured(text, "networks")
    gaps = _gaps(study, "mel-cnn", NETWORKS[1:])
    return Claim(text, _everywhere(gaps), _told(study, "mel-cnn", gaps), study.name)


def _aclnet(study: Study | None) -> Claim:
    text = "AclNet SC is robust on raw waveforms."
    levels = [f"{name}-{budget}" for name in NETWORKS[1:] for budget in BUDGETS]
    if study is None or not _has(study, *levels):
        return unmeasured(text, "networks")
    gaps = _gaps(study, "aclnet-sc", ("wave-cnn", "aclnet-dwsc"))
    sentence = _told(study, "aclnet-sc", gaps) + " “Robust” is taken as: better than other networks on waveforms."
    return Claim(text, _everywhere(gaps), sentence, study.name)


def _gaps(study: Study, first: str, others: tuple[str, ...]) -> dict[tuple[str, str], Difference]:
    return {
        (other, budget): difference(study.right(f"{first}-{budget}"), study.right(f"{other}-{budget}"))
        for budget in BUDGETS
        for other in others
    }


def _everywhere(gaps: dict[tuple[str, str], Difference]) -> str:
    """Return a verdict that claims a ranking only where it holds at both budgets."""
    verdicts = {judged(gap) for gap in gaps.values()}
    if verdicts == {HOLDS}:
        return HOLDS
    return FAILS if FAILS in verdicts else OPEN


def _told(study: Study, first: str, gaps: dict[tuple[str, str], Difference]) -> str:
    parts = []
    for budget in BUDGETS:
        level = study.level(f"{first}-{budget}")
        others = ", ".join(
            f"{points(gap.accuracy)} against {NAMES[other]} ({points(gap.interval[0])} to {points(gap.interval[1])})"
            for (other, at), gap in gaps.items()
            if at == budget
        )
        parts.append(f"after {level.minutes:.0f} processor minutes {level.accuracy:.1%}, in points {others}")
    name = NAMES[first]
    return f"{name[0].upper()}{name[1:]}: {'; '.join(parts)}."


def _imbalance(study: Study | None) -> Claim:
    text = "Class imbalance is handled."
    answers = ("class-weights", "sampling", "augment-rare")
    if study is None or not _has(study, "nothing", *answers):
        return unmeasured(text, "imbalance")
    rare = rare_categories(study)
    before = study.right("nothing", categories=rare)
    gaps = {name: difference(study.right(name, categories=rare), before) for name in answers}
    told = ", ".join(
        f"{NAMES[name]} {points(gap.accuracy)} ({points(gap.interval[0])} to {points(gap.interval[1])})"
        for name, gap in gaps.items()
    )
    sentence = (
        f"Of the clips of {len(rare)} categories cut to a quarter, {before.mean():.1%} are named rightly without an "
        f"answer to it. In points, answers bring: {told}."
    )
    verdicts = {judged(gap) for gap in gaps.values()}
    some = PARTLY if HOLDS in verdicts else OPEN if OPEN in verdicts else FAILS
    verdict = HOLDS if verdicts == {HOLDS} else some
    return Claim(text, verdict, sentence, study.name)


def _leak(study: Study | None) -> Claim:
    text = "Clips and their augmented copies may be divided at random."
    if study is None or not _has(study, "scattered", "copies_kept", "whole_folds"):
        return unmeasured(text, "leak")
    arms = {arm.name: arm for arm in leak_arms(study)}
    scattered, honest = arms["scattered"], arms["whole_folds"]
    sentence = (
        f"Divided so, the test promises {scattered.own:.1%}, and {scattered.sealed:.1%} hold on a fold that it never "
        f"heard: {points(scattered.gap)} points. With whole folds the two differ by {points(honest.gap)}, since "
        f"one fold is harder than the other. What the leak adds is **{points(scattered.excess)} points** "
        f"({spread(scattered.excess_interval)}, {scattered.n_repeats} repeats)."
    )
    return Claim(text, _refuted(scattered), sentence, study.name)


def _refuted(arm: LeakArm) -> str:
    low, high = arm.excess_interval
    return FAILS if low > 0 else HOLDS if high < 0 else OPEN
