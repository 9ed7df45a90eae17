"""The samples of a set as clips with folds, and the table that lists them."""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from esc_core.dataset.clips import Clip
from esc_core.dataset.layout import COLUMNS, TABLE
from esc_core.dataset.own.contents import Contents
from esc_core.dataset.own.folds import deal
from esc_core.disk.files import write_bytes
from esc_core.disk.tables import csv_text


def folds_of(contents: Contents) -> np.ndarray:
    """Return the fold of each sample, shape (n,), int."""
    return deal([sample.group for sample in contents.samples], [sample.category for sample in contents.samples])


def clips_of(contents: Contents) -> tuple[Clip, ...]:
    """Return the samples as clips; those of a group get the letters A, B, … in the order in which they were added."""
    target = {name: i for i, name in enumerate(contents.categories)}
    letters: dict[str, int] = {}
    clips = []
    for sample, fold in zip(contents.samples, folds_of(contents).tolist(), strict=True):
        n = letters[sample.group] = letters.get(sample.group, -1) + 1
        clips.append(
            Clip(sample.filename, fold, target[sample.category], sample.category, False, sample.group, _letters(n))
        )
    return tuple(clips)


def _letters(n: int) -> str:
    """Return the letter of a fragment: A to Z, then AA, AB and so on."""
    rest = "" if n < 26 else _letters(n // 26 - 1)
    return rest + string.ascii_uppercase[n % 26]


def write_table(folder: Path, clips: Sequence[Clip]) -> None:
    """Write ``meta/esc50.csv``."""
    write_bytes(folder / TABLE, _text(clips))


def table_says(folder: Path, clips: Sequence[Clip]) -> bool:
    """Return whether ``meta/esc50.csv`` lists these clips."""
    try:
        return (folder / TABLE).read_bytes() == _text(clips)
    except OSError:
        return False


def _text(clips: Sequence[Clip]) -> bytes:
    return csv_text(COLUMNS, [[getattr(clip, column) for column in COLUMNS] for clip in clips]).encode()
