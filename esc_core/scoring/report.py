"""A score as Markdown, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from esc_core.escape import for_markdown
from esc_core.measures.bootstrap import Difference
from esc_core.scoring.audit import Audit
from esc_core.scoring.score import FOLDS, Score
from esc_core.words import counted, percent, points, readable

CLEAN = "Nothing was found that would make this score too high."
"""The verdict of a whole audit without a fault."""

INCOMPLETE = "No fault was found, but the main check, of the training files, was not possible for all folds."
"""The verdict of an audit without a fault that could not look for test clips in training."""

WORST = 5
"""Categories that the report lists."""


def verdict(audit: Audit) -> str:
    """Return what an audit without a fault is worth: `CLEAN`, or `INCOMPLETE`, which is neutral."""
    return CLEAN if audit.training_checked else INCOMPLETE


def report(score: Score, difference: Difference | None = None, *, escaped: bool = True) -> str:
    """Write a score as Markdown.

    Parameters
    ----------
    score : Score
        The score.
    difference : Difference, optional
        Against another table.
    escaped : bool
        Whether the table's text is escaped, so that it is no markup; False for a terminal.

    Returns
    -------
    str
        Headline, figures, audit, table of folds, hardest categories.
    """
    parts = [
        f"# {percent(score.accuracy, digits=1)} on {score.data}",
        f"{counted(score.n_clips, 'clip', 'clips')}; intervals are by bootstrap over recordings.",
        _figures(score),
        _audit(score, for_markdown if escaped else str),
        _folds(score),
        _hardest(score),
    ]
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
        The object of `Score.to_dict`, with ``difference`` if there is one.
    """
    values = score.to_dict() | ({"difference": vars(difference)} if difference else {})
    return json.dumps(values, indent=1)  # in ASCII, which every terminal and pipe can carry


def describe(difference: Difference) -> str:
    """Describe the difference of two tables.

    Parameters
    ----------
    difference : Difference
        First minus second.

    Returns
    -------
    str
        Two sentences: the difference in points with its interval and verdict, and the clips that make it.
    """
    low, high = difference.interval
    p = f"p = {difference.p:.3f}" if difference.p >= 0.001 else "p < 0.001"
    verdict = "is more than chance" if difference.more_than_chance else "could be chance"
    only = counted(difference.only_first, "clip is", "clips are")
    return (
        f"Against the other table: {points(difference.accuracy)} points on "
        f"{counted(difference.n_clips, 'clip', 'clips')}, which {verdict} (95% interval {points(low)} to "
        f"{points(high)}, {p}). {only} correctly classified only in this table, {difference.only_second} only in the "
        "other."
    )


def _figures(score: Score) -> str:
    rows = [f"| {one.title} | {one.text} | {one.note} |" for one in score.figures if one.shown]
    return "\n".join(["| figure | value | |", "|---|---|---|", *rows])


def _audit(score: Score, write: Callable[[str], str]) -> str:
    faults = [f"- {write(sentence)}" for sentence in score.audit.faults] or [f"- {verdict(score.audit)}"]
    lines = ["## Audit", "", *faults]
    if score.audit.unchecked:
        lines += ["", "Could not be checked:", "", *(f"- {write(sentence)}" for sentence in score.audit.unchecked)]
    return "\n".join(lines)


def _folds(score: Score) -> str:
    cells = [percent(value, digits=1) for value in score.fold_accuracy]
    return "\n".join(
        [
            "## By fold",
            "",
            f"| fold | {' | '.join(map(str, FOLDS))} |",
            f"|---|{'---|' * len(FOLDS)}",
            f"| accuracy | {' | '.join(cells)} |",
        ]
    )


def _hardest(score: Score) -> str:
    worst = sorted(score.recall.items(), key=lambda item: item[1])[:WORST]
    names = ", ".join(f"{readable(name)} {percent(value)}" for name, value in worst)
    return f"## By category\n\nLowest recall: {names}."
