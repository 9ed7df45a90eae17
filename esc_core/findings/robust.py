"""What rooms, noise and telephones cost each model, in a few sentences, and what training in rooms and noise brings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from esc_core.disk.tables import naming_table
from esc_core.findings.words import FAILS, HOLDS, OPEN, describe_interval, verdict_by
from esc_core.measures.intervals import share_difference, share_interval
from esc_core.robustness.rows import CELLS, Row, read_rows
from esc_core.robustness.suite import BY_NAME, CLEAN, SUITE
from esc_core.robustness.summary import REFERENCE, is_complete, mean_corruption_error
from esc_core.words import percent, percent_interval, points

COMMAND = "python -m esc_core corrupt --model NAME… --data DIR --clips 400 --out assets/results/robustness.csv"
"""What measures a model; NAME stands for its name."""

FILE = "robustness.csv"
"""The table, in the folder of results."""

SUCCESSOR = "mel_cnn"
"""The model that was trained as `REFERENCE` was, but in rooms and noise."""


def robust_models(folder: Path) -> dict[str, list[Row]]:
    """Return each model's scores, as far as they compare: on the clips on which most models were scored.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    dict of str to list of Row
        By model, in the order of the table, without models whose clean clips were not scored; empty if there is no
        table.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    with naming_table(folder / FILE):
        rows = read_rows(folder / FILE)
    used = Counter(row.run[2:] for row in rows if row.corruption == CLEAN)
    if not used:
        return {}
    ((usual, _),) = used.most_common(1)
    models: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.run[2:] == usual:
            models[row.model].append(row)
    return {name: own for name, own in models.items() if any(row.corruption == CLEAN for row in own)}


def clean_row(rows: Sequence[Row]) -> Row:
    """Return the score of a model on clean clips."""
    return next(row for row in rows if row.corruption == CLEAN)


def pooled(rows: Sequence[Row], corruption: str | None = None, *, severity: int | None = None) -> tuple[int, int]:
    """Return how many of a model's clips are correctly classified in the mean over corruptions and severities.

    The clips are the same in each of them, so the mean is no more certain than one share of as many clips; its
    interval is that of these counts.

    Parameters
    ----------
    rows : sequence of Row
        Scores of one model.
    corruption : str, optional
        Only this one; all but the clean clips if left out.
    severity : int, optional
        Only this one.

    Returns
    -------
    n_correct, n_clips : int
        Rounded to whole clips.
    """
    own = [
        row
        for row in rows
        if row.corruption != CLEAN
        and corruption in (None, row.corruption)
        and severity in (None, row.severity)
    ]  # fmt: skip
    n_clips = max(row.n_clips for row in own)
    return round(n_clips * sum(row.accuracy for row in own) / len(own)), n_clips


def describe_robustness(folder: Path) -> str | None:
    """Return what corruptions cost the models, and what training in rooms and noise brings; None without a table.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    str or None
        Sentences in Markdown; how much is missing where no model was scored by the whole suite.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    models = robust_models(folder)
    if not models:
        return None
    whole = {name: rows for name, rows in models.items() if is_complete(rows)}
    if not whole:
        counts = ", ".join(f"{name} has {len(rows)}" for name, rows in models.items())
        return f"The suite is not measured to its end: of **{len(CELLS)}** scores, {counts}."
    shipped = {name: rows for name, rows in whole.items() if name != REFERENCE} or whole
    best = max(shipped, key=lambda name: pooled(shipped[name])[0] / pooled(shipped[name])[1])
    parts = [_costs(best, whole[best], among=len(shipped)), _sure(best, whole[best])]
    if {SUCCESSOR, REFERENCE} <= set(whole):
        parts.append(_training(whole[SUCCESSOR], whole[REFERENCE]))
    return "\n\n".join(parts)


def _costs(name: str, rows: Sequence[Row], *, among: int) -> str:
    clean, mean = clean_row(rows), pooled(rows)
    gap, interval = share_difference(mean, (clean.n_correct, clean.n_clips))
    lead = {
        FAILS: "Rooms, noise and telephones cost accuracy",
        OPEN: "No cost of rooms, noise and telephones is shown",
        HOLDS: "Rooms, noise and telephones do no harm",
    }
    which = f"**{name}**, the most robust of {among} models," if among > 1 else f"**{name}**"
    by_name = {one.name: pooled(rows, one.name)[0] for one in SUITE}
    worst, mildest = min(by_name, key=by_name.__getitem__), max(by_name, key=by_name.__getitem__)
    return (
        f"{lead[verdict_by(interval)]}: {which} classifies {percent(clean.accuracy, digits=1)} of the clean clips "
        f"correctly (95% interval {percent_interval(share_interval(clean.n_correct, clean.n_clips))}), and "
        f"{percent(mean[0] / mean[1], digits=1)} in the mean of ten corruptions in five severities, "
        f"**{points(gap)} points** ({describe_interval(interval)}). The hardest is "
        f"{_quoted(worst)} with {percent(by_name[worst] / mean[1], digits=1)}, the mildest {_quoted(mildest)} with "
        f"{percent(by_name[mildest] / mean[1], digits=1)}."
    )


def _quoted(name: str) -> str:
    return f"“{BY_NAME[name].title}”"


def _sure(name: str, rows: Sequence[Row]) -> str:
    clean, others = clean_row(rows), [row for row in rows if row.corruption != CLEAN]
    n_sure, n_wrong, n = (sum(getattr(row, key) for row in others) for key in ("n_sure", "n_sure_wrong", "n_clips"))
    return (
        f"Of the clean clips, {name} answers {percent(clean.answered)}, and {percent(clean.wrong_when_sure)} of these "
        f"answers are wrong. Under the corruptions it answers {percent(n_sure / n)}, and "
        f"{percent(n_wrong / max(1, n_sure))} are wrong; to the others it says “not sure”, or that there is nothing."
    )


def _training(after: Sequence[Row], before: Sequence[Row]) -> str:
    """Return what training in rooms and noise costs on clean clips, and what it brings on others."""
    clean = share_difference(*((clean_row(rows).n_correct, clean_row(rows).n_clips) for rows in (after, before)))
    mean = share_difference(pooled(after), pooled(before))
    lead = {
        HOLDS: "Training in rooms and noise costs nothing on clean clips, where it helps as well",
        OPEN: "No cost of training in rooms and noise is shown on clean clips",
        FAILS: "Training in rooms and noise costs accuracy on clean clips",
    }
    error = mean_corruption_error(after, before)
    ratio = "" if error is None else f", and the mean corruption error is {percent(error)} of what it was"
    return (
        f"{lead[verdict_by(clean[1])]}: it changes the accuracy of {SUCCESSOR} by **{points(clean[0])} points** there "
        f"({describe_interval(clean[1])}). Under the corruptions the change is **{points(mean[0])} points** "
        f"({describe_interval(mean[1])}){ratio}."
    )


def summary_table(models: Mapping[str, Sequence[Row]]) -> dict[str, list[str]]:
    """Return the columns of a table with a row per model, in words.

    Parameters
    ----------
    models : mapping of str to sequence of Row
        What `robust_models` returned.

    Returns
    -------
    dict of str to list of str
        By the title of the column; "–" where the whole suite was not measured.
    """
    reference = models.get(REFERENCE, [])
    columns: dict[str, list[str]] = defaultdict(list)
    for name, rows in models.items():
        whole = is_complete(rows)
        clean, others = clean_row(rows), [row for row in rows if row.corruption != CLEAN]
        sure = [sum(getattr(row, key) for row in others) for key in ("n_sure", "n_sure_wrong", "n_clips")]
        mean = pooled(rows) if whole else (0, 1)
        cells = {
            "model": name,
            "clean": percent(clean.accuracy, digits=1),
            "mean of all corruptions": percent(mean[0] / mean[1], digits=1) if whole else "–",
            "mean corruption error": percent(mean_corruption_error(rows, reference)),
            "answered, clean": percent(clean.answered),
            "of these wrong": percent(clean.wrong_when_sure),
            "answered, corrupted": percent(sure[0] / sure[2]) if whole else "–",
            "of those wrong": percent(sure[1] / max(1, sure[0])) if whole else "–",
        }
        for title, cell in cells.items():
            columns[title].append(cell)
    return dict(columns)
