"""What lies beyond ESC-50: what hearing AudioSet first brings, and which rule knows a sound that is none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from esc_core.disk.tables import naming_table, table_rows
from esc_core.findings.levels import compare_levels
from esc_core.findings.measured import Study
from esc_core.findings.words import FAILS, HOLDS, OPEN, describe_bounds, describe_interval, verdict_of
from esc_core.words import percent, percent_interval, points

SCRATCH, BEFORE, BOTH = "mel_cnn", "yamnet", "together"
"""Shipped models: one that has heard ESC-50 only, one whose trunk has heard AudioSet, and both of them together."""

ROOM = "-room"
"""Ends the levels of the same clips in a noisy room."""

UNKNOWN_FILE = "unknown.csv"
"""The table of the rules that know an unknown sound, in the folder of results."""

UNKNOWN_COLUMNS = (
    "model", "sounds", "rule", "auroc", "auroc_low", "auroc_high", "false_acceptance", "false_acceptance_low",
    "false_acceptance_high",
)  # fmt: skip

UNKNOWN_COMMAND = "python -m benchmarks.unknown --model mel_cnn aclnet yamnet together --csv assets/results/unknown.csv"


def describe_heard(find: Callable[[str], Study | None]) -> str | None:
    """Return what hearing AudioSet first brings, on clean clips, in a noisy room, and together with a mel CNN."""
    study = find("shipped")
    if study is None:
        return None
    if not {name + room for name in (SCRATCH, BEFORE, BOTH) for room in ("", ROOM)} <= set(study.names):
        return ""
    alone, noisy = (compare_levels(study, BEFORE + room, study, SCRATCH + room) for room in ("", ROOM))
    lead = {
        HOLDS: "Heads on a network that has heard AudioSet are better than a mel CNN that has heard ESC-50 only",
        OPEN: "Heads on a network that has heard AudioSet are not shown to differ from a mel CNN that has heard ESC-50 "
        "only",
        FAILS: "Heads on a network that has heard AudioSet are worse than a mel CNN that has heard ESC-50 only",
    }
    both, both_noisy = (compare_levels(study, BOTH + room, study, SCRATCH + room) for room in ("", ROOM))
    more = {
        HOLDS: "Each knows what the other does not: together they reach",
        OPEN: "It is not shown that they add to each other: together they reach",
        FAILS: "Together they reach only",
    }
    shares = {name: percent(study.correct(name).mean(), digits=1) for name in study.names}
    return (
        f"{lead[verdict_of(alone)]}: {shares[BEFORE]} against {shares[SCRATCH]}, **{points(alone.accuracy)} points** "
        f"({describe_interval(alone.interval)}); in a noisy room **{points(noisy.accuracy)}** "
        f"({describe_bounds(noisy.interval)}). The first was trained on two million clips from YouTube, but for its "
        "heads; the second on ESC-50 from nothing, in rooms and noise.\n\n"
        f"{more[verdict_of(both)]} {shares[BOTH]}, **{points(both.accuracy)} points** more than the mel CNN alone "
        f"({describe_bounds(both.interval)}), and {points(both_noisy.accuracy)} in the noisy room "
        f"({describe_bounds(both_noisy.interval)})."
    )


@dataclass(frozen=True)
class RuleScore:
    """How well a rule tells unknown sounds from known ones.

    Attributes
    ----------
    model : str
        Whose answers it looks at.
    sounds : str
        Which unknown sounds: "left-out categories" or "made sounds".
    rule : str
        Such as "highest probability".
    auroc : float
        Probability that a known sound has a higher value than an unknown one, 0–1; 0.5 is chance.
    interval : tuple of float
        Its 95% interval, by bootstrap over sounds.
    false_acceptance : float
        Share of the unknown sounds that pass where 90% of the known ones do.
    false_interval : tuple of float
        Its 95% interval.
    """

    model: str
    sounds: str
    rule: str
    auroc: float
    interval: tuple[float, float]
    false_acceptance: float
    false_interval: tuple[float, float]


def read_rules(folder: Path) -> list[RuleScore]:
    """Read the scores of the rules that know an unknown sound.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    list of RuleScore
        In the order of the table; empty without one.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    with naming_table(folder / UNKNOWN_FILE):
        return [_rule(row) for row in table_rows(folder / UNKNOWN_FILE, required=UNKNOWN_COLUMNS)]


def _rule(row: dict[str, str]) -> RuleScore:
    value = {name: float(row[name]) for name in UNKNOWN_COLUMNS[3:]}
    return RuleScore(
        row["model"],
        row["sounds"],
        row["rule"],
        value["auroc"],
        (value["auroc_low"], value["auroc_high"]),
        value["false_acceptance"],
        (value["false_acceptance_low"], value["false_acceptance_high"]),
    )


def describe_unknown(folder: Path) -> str | None:
    """Return which rule knows best that a sound is none of the categories; None without a table.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    str or None
        A sentence for each kind of unknown sounds, in Markdown.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    rules = read_rules(folder)
    if not rules:
        return None
    parts = []
    for sounds in dict.fromkeys(rule.sounds for rule in rules):
        own = [rule for rule in rules if rule.sounds == sounds]
        own = [rule for rule in own if rule.model == own[0].model]
        best = max(own, key=lambda rule: rule.auroc)
        plain = next((rule for rule in own if rule.rule == "highest probability"), best)
        parts.append(
            f"Of **{sounds}**, asking {own[0].model}: {best.rule} ranks a known sound above an unknown one in "
            f"**{percent(best.auroc)}** of all pairs (95% interval {percent_interval(best.interval)}); the highest "
            f"probability in {percent(plain.auroc)}. Where 90% of the known sounds are answered, "
            f"{percent(best.false_acceptance)} of the unknown ones get an answer, against "
            f"{percent(plain.false_acceptance)}."
        )
    return "\n\n".join(parts)
