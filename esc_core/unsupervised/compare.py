"""What embeddings tell of the categories, beside each other: the rows of a table of Results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from esc_core.dataset import Dataset
from esc_core.disk.tables import naming_table, table_rows, write_table
from esc_core.errors import TrainingError
from esc_core.measures.bootstrap import paired_difference
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.held_out import HeldOut, OfFold, classify_held_out, cluster_held_out

FILE = "without_labels.csv"
"""The table, in the folder of results."""

BASE = "log_mel"
"""The embedding that nothing was trained for, with which the others are compared."""

GAIN = "probe_gain"
"""Name of the measure that is the linear probe's accuracy minus that on `BASE`, clip by clip."""

OWN_OUTPUT = "output"
"""Name of the measure that is the accuracy of a network's own output, which was trained with labels."""

COLUMNS = ("embedding", "measure", "value", "low", "high", "chance", "n")


def measure_embedding(dataset: Dataset, embeddings: OfFold, base: HeldOut | None) -> tuple[list[Measure], HeldOut]:
    """Measure all that embeddings tell of the categories of held-out clips.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    embeddings : callable
        See `OfFold`.
    base : HeldOut or None
        What was predicted from `BASE`; None for that itself.

    Returns
    -------
    measures : list of Measure
        NMI and ARI of clusters, nearest neighbour, linear probe, and its `GAIN`.
    held_out : HeldOut
        What was predicted.

    Raises
    ------
    TrainingError
        If no fold can be held out, or not the same clips as for `base`.
    """
    held_out = classify_held_out(dataset, embeddings)
    measures = cluster_held_out(dataset, embeddings) + held_out.measures(dataset)
    return measures + ([] if base is None else [_gain(dataset, held_out, base)]), held_out


def _gain(dataset: Dataset, held_out: HeldOut, base: HeldOut) -> Measure:
    if not np.array_equal(held_out.positions, base.positions):
        raise TrainingError("embeddings can only be compared on the same clips")
    recordings = [dataset.clips[i].src_file for i in held_out.positions]
    gap = paired_difference(held_out.correct["probe"], base.correct["probe"], recordings)
    return Measure(GAIN, gap.accuracy, gap.interval, 0.0, gap.n_clips)


def write_rows(path: Path, new: dict[str, Sequence[Measure]]) -> None:
    """Write the measures of embeddings, and keep those of others that the table has.

    Parameters
    ----------
    path : pathlib.Path
        The table.
    new : dict of str to sequence of Measure
        By the name of the embedding.

    Raises
    ------
    TrainingError
        If the table that is there is damaged.
    OSError
        If it can't be written.
    """
    rows = {**read_rows(path.parent, name=path.name), **new}
    cells = [
        (name, one.name, *(f"{value:.4f}" for value in (one.value, *one.interval, one.chance)), one.n)
        for name, measures in rows.items()
        for one in measures
    ]
    write_table(path, COLUMNS, cells)


def read_rows(folder: Path, *, name: str = FILE) -> dict[str, list[Measure]]:
    """Read the measures of all embeddings.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.
    name : str
        Name of the table.

    Returns
    -------
    dict of str to list of Measure
        By the name of the embedding, in the order of the table; empty without one.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    found: dict[str, list[Measure]] = {}
    with naming_table(folder / name):
        for row in table_rows(folder / name, required=COLUMNS):
            value, low, high, chance = (float(row[key]) for key in ("value", "low", "high", "chance"))
            measure = Measure(row["measure"], value, (low, high), chance, int(row["n"]))
            found.setdefault(row["embedding"], []).append(measure)
    return found
