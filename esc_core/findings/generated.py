"""What the tables say of sounds that a network makes up: whether they help a classifier, and what they are worth."""

from __future__ import annotations

from pathlib import Path

from esc_core.dataset.categories import ESC10
from esc_core.dataset.official import official_clips
from esc_core.disk.tables import naming_table, table_rows
from esc_core.findings.words import FAILS, HOLDS, OPEN, describe_gap, verdict_of
from esc_core.generate.worth.judged import Judged
from esc_core.generate.worth.outcome import (
    ALONE,
    AS_MANY,
    AUGMENTED,
    COLUMNS,
    FILE,
    HALF,
    REAL,
    ArmResult,
    Outcome,
    compare_arms,
)
from esc_core.generate.worth.resemblance import RARE
from esc_core.measures.intervals import share_interval
from esc_core.models.registry import title_of
from esc_core.words import counted, listed, percent, percent_interval

COMMAND = "python -m esc_core generate experiment --data DIR --out FOLDER"
"""What writes the table, into FOLDER."""

JUDGE_COMMAND = "python -m esc_core generate judge --generator NAME --data DIR --out assets/results/generators.csv"
"""What writes the row of a generator."""

CHANCE = 1 / len(ESC10)
"""Share by guessing: the experiment is on ESC-10."""


def read_outcome(folder: Path) -> Outcome | None:
    """Read what the experiment found on ESC-10.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    Outcome or None
        None without a table, or as long as no fold has all arms.

    Raises
    ------
    TrainingError
        If the table is damaged, or not of ESC-10.
    """
    held_out: dict[int, list[str]] = {}
    for clip in official_clips().values():
        if clip.esc10:
            held_out.setdefault(clip.fold, []).append(clip.src_file)
    with naming_table(folder / FILE):
        return compare_arms(table_rows(folder / FILE, required=COLUMNS), held_out)


def describe_generated(folder: Path) -> str | None:
    """Return whether generated sounds help a classifier.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    str or None
        In Markdown; None without a table, empty as long as no fold has all arms.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    if not (folder / FILE).is_file():
        return None
    found = read_outcome(folder)
    if found is None:
        return ""
    real, half, as_many = (found.arms[name] for name in (REAL, HALF, AS_MANY))
    return (
        f"{lead(found)}. With real clips alone {percent(real.accuracy, digits=1)} of the held-out clips are correctly "
        f"classified (95% interval {percent_interval(real.interval)}; chance {percent(CHANCE)}). With half as many "
        f"generated sounds added it is {_reached(half)}; with as many {_reached(as_many)}.\n\n"
        f"{_alone(found.arms[ALONE])} {_augmented(found.arms[AUGMENTED])}\n\n{_how(found)}"
    )


def lead(found: Outcome) -> str:
    """Return the verdict on generated sounds that are added to real clips, as the intervals allow it."""
    half, as_many = (verdict_of(found.arms[name].gap) for name in (HALF, AS_MANY))
    if half == as_many:
        whole = {
            HOLDS: "Generated sounds help",
            OPEN: "Adding generated sounds can't be told from adding none",
            FAILS: "Generated sounds harm",
        }
        return whole[half]
    words = {HOLDS: "help", OPEN: "can't be told from none", FAILS: "harm"}
    return (
        "The effect of generated sounds depends on their number (half as many as real clips "
        f"{words[half]}, as many {words[as_many]})"
    )


def _reached(one: ArmResult) -> str:
    return f"{percent(one.accuracy, digits=1)}, {describe_gap(one.gap)}"


def _alone(one: ArmResult) -> str:
    low, high = one.interval
    teach = "Generated sounds alone teach something" if low > CHANCE else "Generated sounds alone teach nothing certain"
    if high < CHANCE:
        teach = "Generated sounds alone mislead"
    return (
        f"{teach}: a classifier that never heard a real clip is right on {percent(one.accuracy, digits=1)} "
        f"(95% interval {percent_interval(one.interval)}). Against real clips these are {describe_gap(one.gap)}."
    )


def _augmented(one: ArmResult) -> str:
    verdict = {
        HOLDS: "Plain augmentation of the real clips helps",
        OPEN: "Plain augmentation of the real clips can't be told from none in so few steps",
        FAILS: "Plain augmentation of the real clips harms in so few steps",
    }
    return f"{verdict[verdict_of(one.gap)]}: {_reached(one)}."


def _how(found: Outcome) -> str:
    folds = "five folds"
    if len(found.folds) < 5:
        folds = f"so far only fold{'s' * (len(found.folds) > 1)} {listed([str(fold) for fold in found.folds])}"
    low, high = found.n_steps[0], found.n_steps[-1]
    steps = f"{low} steps" if low == high else f"{low} to {high} steps"
    return (
        "A generator heard only the training folds: for each fold one was trained without it, for "
        f"{listed([str(n) for n in found.generator_epochs])} epochs, and every held-out clip is real, and new to "
        f"generator and classifier. ESC-10, {' and '.join(found.data)}; {folds}; "
        f"{counted(found.n_seeds, 'repeat', 'repeats')}; all classifiers had {steps}."
    )


def describe_judged(one: Judged) -> str:
    """Return what a generator's sounds are worth, in plain sentences.

    Parameters
    ----------
    one : Judged
        From `esc_core.generate.worth.judged.read_judged`.

    Returns
    -------
    str
        Text without Markdown.
    """
    return (
        f"Of {one.n} of its sounds {percent(one.accuracy)} are named as meant by {title_of(one.model)}, which never "
        f"heard them (95% interval {percent_interval(one.interval)}; chance {percent(one.chance)}; real clips of fold "
        f"{one.val_fold}, which neither has heard: {percent(one.real)}). {_copies(one)} Its sounds as a whole are "
        f"{_distance(one)}."
    )


def _copies(one: Judged) -> str:
    more = share_interval(round(one.near * one.n), one.n)[0] > RARE
    return (
        f"{'Some of them may be copies' if more else 'Nothing points to copies'}: {percent(one.near)} of them lie as "
        f"close to a training clip as the closest {percent(RARE)} of unheard real clips do (the closest of all to "
        f"{one.nearest_clip})."
    )


def _distance(one: Judged) -> str:
    times = one.distance / one.floor if one.floor > 0 else float("inf")
    return (
        f"{times:.1f} times as far from real ones as these are from each other (Fréchet distance {one.distance:.2f} "
        f"against {one.floor:.2f})"
    )
