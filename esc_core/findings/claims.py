"""The original study's claims, each with our measurement and a verdict; all words follow from the numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from esc_core.findings.answers import describe_short
from esc_core.findings.claim import Claim, unmeasured
from esc_core.findings.clips import difference
from esc_core.findings.levels import comparable, rare_categories
from esc_core.findings.measured import RESULTS_DIR, Study
from esc_core.findings.network_claims import claim_on_aclnet, claim_on_mel
from esc_core.findings.questions import find_study
from esc_core.findings.trust import LeakArm, leak_arms
from esc_core.findings.words import (
    FAILS,
    HOLDS,
    OPEN,
    PARTLY,
    describe_bounds,
    describe_interval,
    describe_position,
    label,
    verdict_of,
)
from esc_core.measures.bootstrap import Difference
from esc_core.words import percent, points


def claims(*, folder: Path = RESULTS_DIR) -> list[Claim]:
    """Return every claim with its measurement.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    list of Claim
        In the order in which they are shown; what has not been measured yet says so.

    Raises
    ------
    TrainingError
        If a table is damaged.
    """
    augmentation, short, networks, imbalance, leak = (
        find_study(name, folder=folder)
        for name in ("augmentation", "augmentation-short", "networks", "imbalance", "leak")
    )
    return [
        _augmentation(augmentation, short),
        _three(augmentation),
        claim_on_mel(networks, find_study("ends", folder=folder), folder=folder),
        claim_on_aclnet(networks, find_study("ends", folder=folder), folder=folder),
        _imbalance(imbalance),
        _leak(leak),
    ]


def _augmentation(study: Study | None, short: Study | None) -> Claim:
    text = "Augmentation significantly improves accuracy."
    if study is None or not comparable(study, "full", "none"):
        return unmeasured(text, "augmentation")
    full, none = study.correct("full"), study.correct("none")
    gap = difference(full, none)
    shared = full.index.intersection(none.index)  # while a study runs, a fold may have only one of the two
    verdict = verdict_of(gap)
    lead = {HOLDS: "Augmentation helps", FAILS: "Augmentation harms", OPEN: "No effect of augmentation is shown"}
    sentence = (
        f"{lead[verdict]}: {percent(full.loc[shared].mean(), digits=1)} of {gap.n_clips} held-out clips are correctly "
        "classified with "
        f"the full recipe, against {percent(none.loc[shared].mean(), digits=1)} without augmentation, "
        f"**{points(gap.accuracy)} "
        f"points** ({describe_interval(gap.interval)})."
    )
    if short is not None and comparable(short, "full", "none"):
        sentence += f" {describe_short(study, short)}"
        in_short = difference(short.correct("full"), short.correct("none"))
        verdict = PARTLY if verdict == HOLDS and verdict_of(in_short) != HOLDS else verdict
    return Claim(text, verdict, sentence, study.name)


def _three(study: Study | None) -> Claim:
    text = "Pitch shift, time stretch and noise are particularly effective."
    if study is None or not comparable(study, "full", "none", "pitch-stretch-noise"):
        return unmeasured(text, "augmentation")
    three = study.correct("pitch-stretch-noise")
    over_none, over_full = difference(three, study.correct("none")), difference(three, study.correct("full"))
    verdict = verdict_of(over_none)
    lead = {HOLDS: "These three help", FAILS: "These three harm", OPEN: "No gain from these three is shown"}
    sentence = (
        f"{lead[verdict]}: copies that are changed by all three change the accuracy by "
        f"**{points(over_none.accuracy)} points** ({describe_interval(over_none.interval)}), compared with no "
        f"augmentation. This accuracy is {describe_position(over_full)} that of the full recipe "
        f"({describe_interval(over_full.interval)})."
    )
    behind = verdict_of(over_full) == FAILS
    return Claim(text, PARTLY if verdict == HOLDS and behind else verdict, sentence, study.name)


def _imbalance(study: Study | None) -> Claim:
    text = "Class imbalance is handled."
    strategies = ("class-weights", "sampling", "augment-rare")
    if study is None or not comparable(study, "nothing", *strategies):
        return unmeasured(text, "imbalance")
    rare = rare_categories(study)
    others = sorted(set(study.clips["category"]) - set(rare))
    before = study.correct("nothing", categories=rare)
    overall, inside, outside = (
        {name: _gap(study, name, "nothing", part) for name in strategies} for part in (None, rare, others)
    )
    verdicts = {verdict_of(gap) for gap in overall.values()}
    some = PARTLY if HOLDS in verdicts else OPEN if OPEN in verdicts else FAILS
    verdict = HOLDS if verdicts == {HOLDS} else some
    lead = {HOLDS: "Every strategy helps", PARTLY: "Some strategies help", OPEN: "No gain is shown"}
    sentence = (
        f"{lead.get(verdict, 'No strategy helps')}. {len(rare)} categories keep a quarter of their training clips; "
        f"without a strategy, {percent(before.mean(), digits=1)} of their held-out clips are correctly classified. "
        "The strategies change the macro recall by, in points:\n\n"
        f"- over all categories: {_listed(overall)}\n"
        f"- in the {len(rare)} rare categories: {_listed(inside)}\n"
        f"- in the other {len(others)}: {_listed(outside)}"
    )
    if comparable(study, "all-clips"):
        missing = {name: _gap(study, name, "all-clips", rare) for name in strategies}
        sentence += f"\n- in the {len(rare)}, against training with all of their clips: {_listed(missing)}"
    return Claim(text, verdict, sentence, study.name)


def _gap(study: Study, level: str, other: str, categories: Collection[str] | None) -> Difference:
    return difference(study.correct(level, categories=categories), study.correct(other, categories=categories))


def _listed(gaps: Mapping[str, Difference]) -> str:
    return ", ".join(
        f"{label(name)} {points(gap.accuracy)} ({describe_bounds(gap.interval)})" for name, gap in gaps.items()
    )


def _leak(study: Study | None) -> Claim:
    text = "Clips and their augmented copies may be divided at random."
    if study is None or not comparable(study, "scattered", "copies_kept", "whole_folds"):
        return unmeasured(text, "leak")
    arms = {arm.name: arm for arm in leak_arms(study)}
    scattered, honest = arms["scattered"], arms["whole_folds"]
    if scattered.n_repeats < 2:  # one repeat has no interval
        return unmeasured(text, "leak")
    verdict = _refuted(scattered)
    lead = {
        FAILS: "The test score is then higher than the score on unseen folds",
        HOLDS: "The test score is then lower than the score on unseen folds",
        OPEN: "It is not shown that the test score then differs from the score on unseen folds",
    }
    sentence = (
        f"{lead[verdict]}: {percent(scattered.own, digits=1)} against {percent(scattered.sealed, digits=1)}, "
        f"**{points(scattered.gap)} points** "
        f"({describe_interval(scattered.gap_interval)}). With whole folds, nothing leaks, and the difference is "
        f"{points(honest.gap)} ({describe_bounds(honest.gap_interval)}). These are means of {scattered.n_repeats} "
        "repeats, each with another unseen fold."
    )
    return Claim(text, verdict, sentence, study.name)


def _refuted(arm: LeakArm) -> str:
    low, high = arm.gap_interval
    return FAILS if low > 0 else HOLDS if high < 0 else OPEN
