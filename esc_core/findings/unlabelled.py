"""What the tables say of learning without labels: how much of the categories each embedding shows."""

from __future__ import annotations

from pathlib import Path

from esc_core.findings.words import FAILS, HOLDS, OPEN, describe_interval, verdict_by
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.compare import BASE, GAIN, OWN_OUTPUT, read_rows
from esc_core.words import percent, percent_interval, points

COMMAND = "python -m benchmarks.without_labels --data DIR"
"""What writes the table."""

BOTH = "contrastive_and_log_mel"
"""The embedding of a network trained without labels, and the log-mel statistics beside it."""

TITLES = {
    BASE: "log-mel statistics",
    "contrastive": "network trained without labels",
    BOTH: "the same, and log-mel statistics",
    "yamnet": "YAMNet",
    "supervised": "mel CNN, trained with labels",
}
"""Embeddings in the order in which they are shown."""


def describe_without_labels(folder: Path) -> str | None:
    """Return how far one gets without labels, with networks that had labels beside it.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    str or None
        In Markdown; None without a table, empty if it lacks the log-mel statistics.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    rows = {name: {one.name: one for one in measures} for name, measures in read_rows(folder).items()}
    if not rows:
        return None
    if not {"probe", "nearest"} <= rows.get(BASE, {}).keys():
        return ""
    base = rows[BASE]
    probe = base["probe"]
    parts = [
        "Much of the categories is in the sound itself: a linear probe on log-mel statistics, for which nothing was "
        f"trained, classifies **{percent(probe.value, digits=1)}** of the held-out clips correctly (95% interval "
        f"{percent_interval(probe.interval)}; chance {percent(probe.chance, digits=1)}). For "
        f"{percent(base['nearest'].value, digits=1)} the nearest clip of another fold has the same category."
    ]
    parts += [_without_labels(rows["contrastive"])] if {"probe", GAIN} <= rows.get("contrastive", {}).keys() else []
    parts += [_both(rows[BOTH])] if {"probe", GAIN} <= rows.get(BOTH, {}).keys() else []
    return " ".join([*parts, *_with_labels(rows), *_clusters(rows)])


def _without_labels(own: dict[str, Measure]) -> str:
    gain = own[GAIN]
    lead = {HOLDS: "adds to that", OPEN: "is not shown to change that", FAILS: "takes from that"}
    return (
        f"A network that was trained on four folds without labels {lead[verdict_by(gain.interval)]}: "
        f"**{percent(own['probe'].value, digits=1)}**, {points(gain.value)} points "
        f"({describe_interval(gain.interval)})."
    )


def _both(own: dict[str, Measure]) -> str:
    gain = own[GAIN]
    return (
        f"With the log-mel statistics beside it, it brings the probe to **{percent(own['probe'].value, digits=1)}**, "
        f"{points(gain.value)} points against the statistics alone ({describe_interval(gain.interval)})."
    )


def _with_labels(rows: dict[str, dict[str, Measure]]) -> list[str]:
    parts = []
    if "probe" in rows.get("yamnet", {}):
        value = percent(rows["yamnet"]["probe"].value, digits=1)
        parts.append(f"YAMNet, which had the labels of two million clips of AudioSet, brings the probe to **{value}**.")
    if OWN_OUTPUT in rows.get("supervised", {}):
        value = percent(rows["supervised"][OWN_OUTPUT].value, digits=1)
        parts.append(f"The shipped mel CNN, which had the labels of ESC-50, classifies **{value}** correctly.")
    return parts


def _clusters(rows: dict[str, dict[str, Measure]]) -> list[str]:
    of = {name: rows[name]["ari"] for name in TITLES if "ari" in rows.get(name, {})}
    found = [f"{one.value:.2f} ({TITLES[name]})" for name, one in of.items()]
    if not found:
        return []
    return [
        "How far the clusters of k-means agree with the categories, their adjusted Rand index says, where 0 is chance "
        f"and 1 is full agreement: {', '.join(found)}."
    ]
