"""The forerunner's claims, each with our measurement, its interval, and a verdict. Words follow from the numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from esc_core.findings.measured import RESULTS_DIR, Study, difference, rare_categories, read_study
from esc_core.findings.trust import LeakArm, leak_arms
from esc_core.findings.words import (
    BUDGETS,
    FAILS,
    HOLDS,
    NAMES,
    NETWORKS,
    OPEN,
    PARTLY,
    UNMEASURED,
    describe_short,
    gap_words,
    interval_words,
    verdict_on,
)
from esc_core.intervals import Difference
from esc_core.words import points


@dataclass(frozen=True)
class Claim:
    """A claim and what we measured of it.

    Attributes
    ----------
    text : str
        The claim, as the forerunner made it.
    verdict : str
        `HOLDS`, `PARTLY`, `OPEN` (the difference could be chance), `FAILS` or `UNMEASURED`.
    sentence : str
        The measurement with its interval, or the command that makes it; Markdown.
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
    networks = read_study("networks", "network", folder=folder)
    return [
        _augmentation(augmentation, read_study("augmentation-short", "augmentation", folder=folder)),
        _three(augmentation),
        _mel(networks),
        _aclnet(networks),
        _imbalance(read_study("imbalance", "answer", folder=folder)),
        _leak(read_study("leak", "arm", folder=folder)),
    ]


def unmeasured(text: str, study: str) -> Claim:
    """Return a claim that nothing is known of yet."""
    return Claim(text, UNMEASURED, f"`python -m esc_core study studies/{study}.toml` measures it.", study)


def _has(study: Study | None, *levels: str) -> bool:
    """Tell whether levels can be compared: all have a run, and of one fold at least."""
    if study is None or not set(levels) <= set(study.names):
        return False
    folds = [set(study.cells.loc[study.cells[study.factor] == level, "fold"].astype(int)) for level in levels]
    return bool(set.intersection(*folds))


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
        f"({interval_words(gap.interval)})."
    )
    verdict = verdict_on(gap)
    if short is not None and _has(short, "full", "none"):
        sentence += f" {describe_short(study, short)}"
        at_first = difference(short.right("full"), short.right("none"))
        verdict = PARTLY if verdict == HOLDS and verdict_on(at_first) != HOLDS else verdict
    return Claim(text, verdict, sentence, study.name)


def _three(study: Study | None) -> Claim:
    text = "Pitch shift, time stretch and noise are particularly effective."
    if study is None or not _has(study, "full", "none", "pitch-stretch-noise"):
        return unmeasured(text, "augmentation")
    three = study.right("pitch-stretch-noise")
    over_none, over_full = difference(three, study.right("none")), difference(three, study.right("full"))
    sentence = (
        f"Copies changed by all three bring **{points(over_none.accuracy)} points** over no augmentation "
        f"({interval_words(over_none.interval)}), and end {gap_words(over_full)} the full recipe "
        f"({interval_words(over_full.interval)})."
    )
    verdict = verdict_on(over_none)
    behind = verdict_on(over_full) == FAILS
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
    verdicts = {verdict_on(gap) for gap in gaps.values()}
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
    others = sorted(set(study.clips["category"]) - set(rare))
    before = study.right("nothing", categories=rare)
    overall, inside, outside = (
        {name: _gap(study, name, "nothing", part) for name in answers} for part in (None, rare, others)
    )
    sentence = (
        f"Of the clips of {len(rare)} categories cut to a quarter, {before.mean():.1%} are named rightly without an "
        "answer to it. In points of macro recall, answers bring:\n\n"
        f"- over all categories: {_listed(overall)}\n"
        f"- the {len(rare)} rare ones: {_listed(inside)}\n"
        f"- the other {len(others)}: {_listed(outside)}"
    )
    if _has(study, "all-clips"):
        missing = {name: _gap(study, name, "all-clips", rare) for name in answers}
        sentence += f"\n- the {len(rare)} against all of their clips: {_listed(missing)}"
    verdicts = {verdict_on(gap) for gap in overall.values()}
    some = PARTLY if HOLDS in verdicts else OPEN if OPEN in verdicts else FAILS
    verdict = HOLDS if verdicts == {HOLDS} else some
    return Claim(text, verdict, sentence, study.name)


def _gap(study: Study, level: str, other: str, categories: Collection[str] | None) -> Difference:
    return difference(study.right(level, categories=categories), study.right(other, categories=categories))


def _listed(gaps: Mapping[str, Difference]) -> str:
    return ", ".join(
        f"{NAMES[name]} {points(gap.accuracy)} ({points(gap.interval[0])} to {points(gap.interval[1])})"
        for name, gap in gaps.items()
    )


def _leak(study: Study | None) -> Claim:
    text = "Clips and their augmented copies may be divided at random."
    if study is None or not _has(study, "scattered", "copies_kept", "whole_folds"):
        return unmeasured(text, "leak")
    arms = {arm.name: arm for arm in leak_arms(study)}
    scattered, honest = arms["scattered"], arms["whole_folds"]
    if scattered.n_repeats < 2:  # one repeat says nothing about the next
        return unmeasured(text, "leak")
    sentence = (
        f"Divided so, the test promises {scattered.own:.1%}, and {scattered.sealed:.1%} hold on a fold that it never "
        f"heard: **{points(scattered.gap)} points** ({interval_words(scattered.gap_interval)}). With whole folds, "
        f"which leak nothing, the two differ by {points(honest.gap)} ({points(honest.gap_interval[0])} to "
        f"{points(honest.gap_interval[1])}). Means of {scattered.n_repeats} repeats, each with another unheard fold."
    )
    return Claim(text, _refuted(scattered), sentence, study.name)


def _refuted(arm: LeakArm) -> str:
    low, high = arm.gap_interval
    return FAILS if low > 0 else HOLDS if high < 0 else OPEN
