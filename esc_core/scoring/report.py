"""A score in words, as Markdown, and in figures, as JSON."""

from __future__ import annotations

import json
import re

from esc_core import intervals
from esc_core.intervals import Difference
from esc_core.scoring.score import FOLDS, Score
from esc_core.words import counted, points, readable

PEOPLE = {("ESC-50", 50): 0.813, ("ESC-10", 10): 0.957, ("ESC-10", 50): 0.805}
"""Accuracy of the listening test (Piczak 2015), by data and by how many names there were to choose from."""

CLEAN = "Nothing was found that would make this score too good."
"""The verdict of an audit without a fault."""

WORST = 5
"""Categories that the report names."""


WORD_JOINER = "\u2060"


def plain(text: str) -> str:
    """Return a stranger's text so that Markdown shows it as it is, and makes no link or picture of it."""
    literal = re.sub(r"[\\`*_\[\]<>$:~&]", r"\\\g<0>", " ".join(text.split()))
    # Addresses become links all the same; a joiner, which is not seen, keeps them apart.
    return re.sub(r"//|www(?=\.)|@", f"\\g<0>{WORD_JOINER}", literal)


def chance(score: Score) -> float:
    """Return the accuracy of who guesses blindly among the names that were in use: ESC-10's ten, or all fifty."""
    return 1 / len(score.labels)


def people(score: Score) -> float:
    """Return people's accuracy on the same categories, with as many names to choose from."""
    return PEOPLE[score.data, len(score.labels)]


def report(score: Score, difference: Difference | None = None) -> str:
    """Write a score as Markdown.

    Parameters
    ----------
    score : Score
        The score.
    difference : Difference, optional
        Against another table.

    Returns
    -------
    str
        Headline, table of folds, recalls, calibration, audit.
    """
    parts = [
        f"# {score.accuracy:.1%} on {score.data}",
        f"{counted(score.n_clips, 'clip', 'clips')}; 95% interval by recording {span(score.accuracy_interval)}. "
        f"Chance: {chance(score):.0%}; people: {people(score):.1%} (Piczak 2015).",
    ]
    if score.n_missing:
        words = counted(score.n_missing, "clip was", "clips were")
        parts.append(f"{words} not predicted; counted as wrong: {score.accuracy_missing_wrong:.1%}.")
    parts += [_audit(score), _folds(score), _recall(score)]
    if score.calibration:
        c = score.calibration
        parts.append(
            f"Among the five most probable: {c['top_5']:.1%}. Calibration: expected calibration error {c['ece']:.1%}, "
            f"negative log likelihood {c['nll']:.3f} nats, Brier score {c['brier']:.3f}."
        )
    if difference:
        parts.append(describe(difference))
    return "\n\n".join(parts) + "\n"


def report_json(score: Score, difference: Difference | None = None) -> str:
    """Write a score as JSON.

    Parameters
    ----------
    score : Score
        The score.
    difference : Difference, optional
        Against another table.

    Returns
    -------
    str
        An object with everything that `Score` holds, and ``difference`` if there is one.
    """
    values = score.to_dict() | ({"difference": vars(difference)} if difference else {})
    return json.dumps(values, indent=1, ensure_ascii=False)


def span(interval: tuple[float, float]) -> str:
    """Say an interval of shares in 0–1: "80.1% to 83.7%"."""
    low, high = interval
    return f"{low:.1%} to {high:.1%}"


def describe(difference: Difference) -> str:
    """Say in a sentence or two how two tables differ.

    Parameters
    ----------
    difference : Difference
        First minus second.

    Returns
    -------
    str
        The difference in points, its interval, and the verdict.
    """
    low, high = difference.interval
    p = f"p = {difference.p:.3f}" if difference.p >= 0.001 else "p < 0.001"
    verdict = "could be chance" if low <= 0 <= high or difference.p >= intervals.ALPHA else "is more than chance"
    return (
        f"Against the other table: {points(difference.accuracy)} points on "
        f"{counted(difference.n_clips, 'clip', 'clips')}, 95% interval {points(low)} to {points(high)} "
        f"({p}), which {verdict}. Only this one is right on "
        f"{counted(difference.only_first, 'clip', 'clips')}, only the other on {difference.only_second}."
    )


def _audit(score: Score) -> str:
    faults = [f"- {plain(sentence)}" for sentence in score.audit.faults] or [f"- {CLEAN}"]
    lines = ["## Audit", "", *faults]
    if score.audit.unchecked:
        lines += ["", "Not checked:", "", *(f"- {plain(sentence)}" for sentence in score.audit.unchecked)]
    return "\n".join(lines)


def _folds(score: Score) -> str:
    cells = ["–" if value is None else f"{value:.1%}" for value in score.fold_accuracy]
    return "\n".join(
        [
            "## By fold",
            "",
            f"| fold | {' | '.join(map(str, FOLDS))} |",
            f"|---|{'---|' * len(FOLDS)}",
            f"| accuracy | {' | '.join(cells)} |",
        ]
    )


def _recall(score: Score) -> str:
    worst = sorted(score.recall.items(), key=lambda item: item[1])[:WORST]
    names = ", ".join(f"{readable(name)} {value:.0%}" for name, value in worst)
    macro = f"Macro recall {score.macro_recall:.1%} (95% interval {span(score.macro_recall_interval)})."
    return f"## By category\n\n{macro} Hardest: {names}."
