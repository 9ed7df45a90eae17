"""Scores → mean accuracy, and mean corruption error against a reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from esc_core.config import ASSETS_DIR
from esc_core.robustness.rows import CELLS, Row, read_rows
from esc_core.robustness.suite import CLEAN, SUITE

TABLE = ASSETS_DIR / "results" / "robustness.csv"
"""Scores of the shipped models, and of the reference."""

REFERENCE = "mel_cnn before rooms and noise"
"""The model by whose errors others are divided: the one that was shipped first. Its scores never change, so that
figures of today and of next year compare, as by AlexNet's in ImageNet-C."""


def reference_rows(path: Path = TABLE) -> list[Row]:
    """Return the scores of the reference; empty if they are not shipped.

    Raises
    ------
    TableError
        If the table is damaged.
    """
    return [row for row in read_rows(path) if row.model == REFERENCE]


def is_complete(rows: Sequence[Row]) -> bool:
    """Tell whether rows of one model hold the whole suite, on the same clips."""
    return {row.cell for row in rows} >= set(CELLS) and len({row.run for row in rows}) == 1


def mean_accuracy(rows: Sequence[Row]) -> float | None:
    """Return the mean accuracy over all corruptions and severities, without clean clips, 0–1; None if some are missing.

    Parameters
    ----------
    rows : sequence of Row
        Scores of one model.

    Returns
    -------
    float or None
        Each corruption counts equally.
    """
    if not is_complete(rows):
        return None
    return float(np.mean([row.accuracy for row in rows if row.corruption != CLEAN]))


def mean_corruption_error(rows: Sequence[Row], reference: Sequence[Row]) -> float | None:
    """Return the mean corruption error: how many errors a model makes for each one of the reference.

    For each corruption, the errors at its five severities are summed, and divided by those of the reference; these
    ratios are averaged over the corruptions (Hendrycks and Dietterich 2019, arXiv:1903.12261, section 4). So a
    corruption that is hard for all counts no more than an easy one. 1 is as good as the reference, less is better.

    Parameters
    ----------
    rows : sequence of Row
        Scores of one model.
    reference : sequence of Row
        Those of the reference.

    Returns
    -------
    float or None
        None if either lacks a part of the suite, or if data, clips or seed differ: errors on other clips don't compare.
    """
    if not is_complete(rows) or not is_complete(reference) or rows[0].run[2:] != reference[0].run[2:]:
        return None
    ratios = []
    for one in SUITE:
        own, other = (sum(row.error for row in part if row.corruption == one.name) for part in (rows, reference))
        if other == 0:
            return None
        ratios.append(own / other)
    return float(np.mean(ratios))
