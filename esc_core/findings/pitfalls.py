"""What the tables say of pitfalls, in a few sentences: leaks, imbalance, pictures, shortcuts, the best epoch."""

from __future__ import annotations

from collections.abc import Sequence

from esc_core.findings.answers import Find
from esc_core.findings.levels import compare_levels, rare_categories, shares
from esc_core.findings.measured import Study
from esc_core.findings.trust import leak_arms, optimism
from esc_core.findings.words import describe_bounds, describe_interval, describe_position, label
from esc_core.training.fit.evaluation import eval_every
from esc_core.words import percent, percent_interval, points

ALL_CLIPS, NOTHING = "all-clips", "nothing"
"""Levels of the study on imbalance: without imbalance, and without a strategy against it."""


def describe_leak(find: Find) -> str | None:
    """Return by how much the test score exceeds the score on unseen folds, after a random division and with folds."""
    study = find("leak")
    arms = [] if study is None else leak_arms(study)
    if not arms or arms[0].n_repeats < 2:  # one repeat has no interval
        return None
    first, last = arms[0], arms[-1]
    return (
        f"After a random division, the test score is **{points(first.gap)} points** higher than the score on a fold "
        f"that no network was trained on ({describe_interval(first.gap_interval)}): "
        f"{first.same_clip + first.siblings:.0f} of {first.n_test} test sounds have their own clip or a sibling in "
        f"training. With whole folds, nothing leaks, and the difference is {points(last.gap)} "
        f"({describe_bounds(last.gap_interval)}). Each repeat holds out another fold, because some folds are "
        "harder than others; these differences make the intervals wide."
    )


def describe_imbalance(find: Find) -> str | None:
    """Return what rare categories lose, and what each strategy brings."""
    study = find("imbalance")
    if study is None:
        return None
    rare = rare_categories(study)
    lead = f"{len(rare)} rare categories keep a quarter of their training clips."
    if {NOTHING, ALL_CLIPS} <= set(study.names):
        loss = compare_levels(study, ALL_CLIPS, study, NOTHING, categories=rare)
        lead = (
            f"The {len(rare)} rare categories, which keep a quarter of their training clips, lose "
            f"**{points(loss.accuracy).lstrip('+')} points** of recall ({describe_interval(loss.interval)})."
        )
    sentences = f"{lead} All categories have equally many held-out clips, so the shares below are mean recalls."
    return sentences + _strategies(study, rare)


def _strategies(study: Study, rare: Sequence[str]) -> str:
    """Return what each strategy brings over all categories, and what it takes from those that are not rare."""
    others = sorted(set(study.clips["category"]) - set(rare))
    if NOTHING not in study.names:
        return ""
    parts = []
    for name in study.names:
        if name not in (NOTHING, ALL_CLIPS):
            overall = compare_levels(study, name, study, NOTHING)
            rest = compare_levels(study, name, study, NOTHING, categories=others)
            parts.append(
                f"{label(name)} **{points(overall.accuracy)}** ({describe_bounds(overall.interval)}; "
                f"{points(rest.accuracy)} in the {len(others)} others)"
            )
    return (
        f" Over all categories, the strategies change the mean recall by, in points: {', '.join(parts)}."
        if parts
        else ""
    )


def describe_pictures(find: Find) -> str | None:
    """Return what it costs, and brings, to train on pictures of spectrograms."""
    study = find("pictures")
    if study is None:
        return None
    cells = study.cells.set_index("route")
    pictures, arrays = cells.loc["pictures"], cells.loc["arrays"]
    gap = compare_levels(study, "pictures", study, "arrays")
    input_, memory, epoch = (pictures[key] / arrays[key] for key in ("input_ms", "memory_bytes", "epoch_core_seconds"))
    return (
        f"A picture of a spectrogram takes **{input_:.1f} times** as long to compute as its array, {memory:.1f} times "
        f"the memory, and {epoch:.1f} times as long to train on. The network that is trained on pictures ends "
        f"**{describe_position(gap)}** the one that is trained on arrays ({describe_interval(gap.interval)})."
    )


def describe_shortcuts(find: Find) -> str | None:
    """Return how many clips can be classified without their sound itself."""
    study = find("shortcuts")
    if study is None:
        return None
    categories = sorted(set(study.clips["category"]))
    share, (low, high) = shares(study, categories, inside=True)["both"]
    return (
        f"Silence and bandwidth alone suffice to classify **{percent(share, digits=1)}** of the clips correctly "
        f"({percent_interval((low, high))}), where chance is {percent(1 / len(categories))}. They are four numbers: "
        "the share of padding, the duration of the sound, and the two frequencies between which its power lies. "
        "These describe the recording as much as the sound, which is one reason why the models here cut padding away."
    )


def describe_optimism(find: Find, names: Sequence[str]) -> str | None:
    """Return what choosing the epoch on the test fold would add to all scores.

    Parameters
    ----------
    find : callable
        Name of a study → its tables.
    names : sequence of str
        Studies that may have been evaluated while they trained.
    """
    studies = evaluated_studies(find, names)
    if not studies:
        return None
    found = optimism(studies)
    n_runs = sum(part.n_runs for part in found)
    mean = sum(part.n_runs * part.mean for part in found) / n_runs
    largest = max(part.largest for part in found)
    every = sorted({eval_every(int(n)) for study in studies for n in study.cells["n_epochs"]})
    steps = f"{every[0]} to {every[-1]} epochs" if len(every) > 1 else "epoch" if every == [1] else f"{every[0]} epochs"
    return (
        f"The best epoch scores on average **{_in_points(mean)} points** higher than the last one, and at most "
        f"{_in_points(largest)} points; the test fold of {n_runs} runs was evaluated every {steps}. Whoever reports "
        "the best epoch lets the test choose the model. The fold that chose it can't show how much of the gain is luck."
    )


def evaluated_studies(find: Find, names: Sequence[str]) -> list[Study]:
    """Return the studies whose runs were evaluated on the held-out fold while they trained."""
    studies = [study for name in names if (study := find(name)) is not None]
    return [study for study in studies if "best_accuracy" in study.cells]


def _in_points(share: float) -> str:
    """Return a size in points without a sign: "1.3"."""
    return percent(share, digits=1).removesuffix("%")
