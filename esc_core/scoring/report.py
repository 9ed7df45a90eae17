"""A score in words, as Markdown."""

from __future__ import annotations

from esc_core.intervals import Difference
from esc_core.scoring.score import FOLDS, Score

CHANCE = {"ESC-50": 0.02, "ESC-10": 0.10}
PEOPLE = {"ESC-50": 0.813, "ESC-10": 0.957}
"""Accuracy of the listening test (Piczak 2015)."""

WORST = 5
"""Categories that the report names."""


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
    low, high = score.accuracy_interval
    parts = [
        f"# {score.accuracy:.1%} on {score.data}",
        f"{score.n_clips} clips; 95% interval by recording {low:.1%} to {high:.1%}. "
        f"Chance: {CHANCE[score.data]:.0%}; people: {PEOPLE[score.data]:.1%} (Piczak 2015).",
    ]
    if score.n_missing:
        parts.append(
            f"{score.n_missing} clips were not predicted; with these as wrong: {score.accuracy_missing_wrong:.1%}."
        )
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
    low, high = (100 * end for end in difference.interval)
    verdict = "could be chance" if low <= 0 <= high else "is more than chance"
    return (
        f"Against the other table: {100 * difference.accuracy:+.1f} points on {difference.n_clips} clips, 95% interval "
        f"{low:+.1f} to {high:+.1f} (p = {difference.p:.3f}), which {verdict}. Only this one is right on "
        f"{difference.only_first} clips, only the other on {difference.only_second}."
    )


def _audit(score: Score) -> str:
    faults = [f"- {sentence}" for sentence in score.audit.faults] or ["- Nothing was found."]
    lines = ["## Audit", "", *faults]
    if score.audit.unchecked:
        lines += ["", "Not checked:", "", *(f"- {sentence}" for sentence in score.audit.unchecked)]
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
    low, high = score.macro_recall_interval
    worst = sorted(score.recall.items(), key=lambda item: item[1])[:WORST]
    names = ", ".join(f"{name.replace('_', ' ')} {value:.0%}" for name, value in worst)
    macro = f"Macro recall {score.macro_recall:.1%} (95% interval {low:.1%} to {high:.1%})."
    return f"## By category\n\n{macro} Hardest: {names}."
