"""What was found of each generator, as a table beside the other results: written by `generate judge --out`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from esc_core.dataset import Clip
from esc_core.disk.tables import naming_table, table_rows, write_table
from esc_core.errors import TrainingError
from esc_core.generate.generator import GeneratorCard
from esc_core.generate.worth.judge import Judgement
from esc_core.measures.intervals import share_interval

FILE = "generators.csv"
"""The table, in the folder of results."""


@dataclass(frozen=True)
class Judged:
    """A row of the table.

    Attributes
    ----------
    generator : str
        Name of its file, without the ending.
    file : str
        Tells the file apart from another of the same name; see `fingerprint`.
    data : str
        What it has heard, in words.
    val_fold, epochs : int
        The fold that it never heard; passes over the others.
    model : str
        Which model named the sounds; of five networks, the one that has not heard this fold.
    seed : int
        Seed of the sounds.
    n, n_correct : int
        Sounds, and those that are named as meant.
    chance, real : float
        Share by guessing, and share of real held-out clips that the same model names correctly, 0–1.
    near, closer : float
        As `Copies.share` and `Copies.closer`.
    nearest : float
        Largest cosine of a sound with a training clip.
    nearest_clip : str
        File name of this clip.
    distance, floor : float
        Fréchet distance to real sounds, and between halves of these; `n_compared` sounds on each side.
    n_compared : int
        See `floor`.
    """

    generator: str
    file: str
    data: str
    val_fold: int
    epochs: int
    model: str
    seed: int
    n: int
    n_correct: int
    chance: float
    real: float
    near: float
    closer: float
    nearest: float
    nearest_clip: str
    distance: float
    floor: float
    n_compared: int

    @property
    def accuracy(self) -> float:
        """Share of the sounds that is named as meant, 0–1."""
        return self.n_correct / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95% interval; the sounds are independent draws."""
        return share_interval(self.n_correct, self.n)


COLUMNS = tuple(field.name for field in fields(Judged))

_NUMBERS: dict[str, type] = {"int": int, "float": float}


def fingerprint(path: Path) -> str:
    """Return what tells a generator's file apart from others; raise OSError if it can't be read."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


def judged(
    path: Path, card: GeneratorCard, found: Judgement, clips: Sequence[Clip], *, model: str, seed: int
) -> Judged:
    """Return the row of a generator.

    Parameters
    ----------
    path : pathlib.Path
        Its file.
    card : GeneratorCard
        Its card.
    found : Judgement
        From `judge`, with a classifier.
    clips : sequence of Clip
        The clips that it was judged by.
    model : str
        Name of the classifier.
    seed : int
        Seed of the sounds.

    Returns
    -------
    Judged
        The row.

    Raises
    ------
    TrainingError
        If no classifier was asked.
    """
    named, copies, diversity = found.named, found.copies, found.diversity
    if named is None:
        raise TrainingError("a row of the table needs a model that names the sounds")
    first = int(copies.similarity.argmax())
    return Judged(
        path.stem, fingerprint(path), card.data, card.val_fold, card.epochs, model, seed, named.n, named.n_correct,
        named.chance, named.real, copies.share, copies.closer, float(copies.similarity[first]),
        clips[int(copies.nearest[first])].filename, diversity.distance, diversity.floor, diversity.n,
    )  # fmt: skip


def write_judged(path: Path, row: Judged) -> None:
    """Add a generator's row to the table, in the place of one of the same name.

    Raises
    ------
    TrainingError
        If the table that is there is damaged.
    OSError
        If it can't be written.
    """
    others = {one.generator: one for one in read_judged(path.parent, name=path.name)}
    rows = [asdict(one) for one in {**others, row.generator: row}.values()]
    cells = [[f"{one[name]:.4f}" if isinstance(one[name], float) else one[name] for name in COLUMNS] for one in rows]
    write_table(path, COLUMNS, cells)


def read_judged(folder: Path, *, name: str = FILE) -> list[Judged]:
    """Read what was found of all generators.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the tables.
    name : str
        Name of the table.

    Returns
    -------
    list of Judged
        In the order of the table; empty without one.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    with naming_table(folder / name):
        return [_row(row) for row in table_rows(folder / name, required=COLUMNS)]


def _row(row: dict[str, str]) -> Judged:
    values: dict[str, Any] = {one.name: _NUMBERS.get(str(one.type), str)(row[one.name]) for one in fields(Judged)}
    if not 0 <= values["n_correct"] <= values["n"] or not values["n"]:
        raise ValueError(f"{values['n_correct']} of {values['n']} sounds")
    return Judged(**values)
