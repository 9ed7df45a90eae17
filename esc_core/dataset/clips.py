"""The ESC-50 layout on disk: clips, their folds, recordings, and categories."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from esc_core.config import FOLD_NUMBERS
from esc_core.dataset.categories import OTHER, group_of
from esc_core.dataset.layout import COLUMNS, OWN_FILE, TABLE, clip_stem, find_root, named_folder, read_clip_table
from esc_core.dataset.mend import TARGETS, mended
from esc_core.disk.files import read_json
from esc_core.disk.stored import name
from esc_core.disk.tables import whole_number
from esc_core.errors import DatasetError
from esc_core.words import listed, shortened

_OFFICIAL_NAME = re.compile(r"[1-5]-\d+-[A-Z]+-\d+")
"""Fold, recording, take, target."""

_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Clip:
    """One clip of a data set, a row of ``meta/esc50.csv``.

    Attributes
    ----------
    filename : str
        File name within ``audio/``.
    fold : int
        The fold in which it is held out, from 1 on; ESC-50's official folds are 1–5. A clip of fold 0 is never held
        out: it is always trained on.
    target : int
        Number of the category, 0–49; ESC-50's own for its categories.
    category : str
        Name of the category, such as ``"dog"``.
    esc10 : bool
        Whether the clip belongs to ESC-10.
    src_file : str
        Freesound's number of the recording; clips that share it are siblings.
    take : str
        Letter of the fragment.
    """

    filename: str
    fold: int
    target: int
    category: str
    esc10: bool
    src_file: str
    take: str

    @property
    def clip_id(self) -> str:
        """File stem, such as ``1-100032-A-0``."""
        return clip_stem(self.filename)

    @property
    def group(self) -> str:
        """The major category of ESC-50, or "other"."""
        return group_of(self.category)


@dataclass(frozen=True)
class Dataset:
    """A folder in the layout of ESC-50.

    Attributes
    ----------
    root : pathlib.Path
        Folder that holds ``audio/`` and ``meta/esc50.csv``.
    clips : tuple of Clip
        The clips in the order of the table.
    notes : tuple of str
        What was taken otherwise than it was named, in sentences.
    title : str
        Name of a data set of a person's own; empty if its folder gives the name, see
        `esc_core.dataset.provenance.set_name`.
    """

    root: Path
    clips: tuple[Clip, ...]
    notes: tuple[str, ...] = ()
    title: str = ""

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per clip: the columns of ``esc50.csv`` with ``clip_id`` and ``group``."""
        rows = [{**vars(clip), "clip_id": clip.clip_id, "group": clip.group} for clip in self.clips]
        return pd.DataFrame(rows, columns=[*COLUMNS, "clip_id", "group"])

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories present, ordered by target."""
        return tuple(dict(sorted({clip.target: clip.category for clip in self.clips}.items())).values())

    @cached_property
    def by_id(self) -> dict[str, Clip]:
        """Clips by their id."""
        return {clip.clip_id: clip for clip in self.clips}

    @cached_property
    def folds(self) -> np.ndarray:
        """Fold of each clip, shape (n_clips,), int."""
        return np.array([clip.fold for clip in self.clips], int)

    @cached_property
    def fold_numbers(self) -> tuple[int, ...]:
        """Folds that can be held out, in order; none if all clips lie in fold 0."""
        return tuple(sorted(set(self.folds.tolist()) - {0}))

    @cached_property
    def labels(self) -> np.ndarray:
        """Index of each clip's category in `categories`, shape (n_clips,), int."""
        position = {name: i for i, name in enumerate(self.categories)}
        return np.array([position[clip.category] for clip in self.clips], int)

    def path(self, clip: Clip) -> Path:
        """Return the path of the clip's sound file."""
        return self.root / "audio" / clip.filename

    def clips_of(self, category: str) -> list[Clip]:
        """Return the clips of a category, in the order of the table; none if there is no such category."""
        return [clip for clip in self.clips if clip.category == category]

    def siblings(self, clip: Clip) -> list[Clip]:
        """Return the other clips cut from the same recording."""
        return [other for other in self.clips if other.src_file == clip.src_file and other != clip]

    @cached_property
    def _recordings(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for clip in self.clips:
            found.setdefault(clip.src_file, []).append(clip.clip_id)
        return found

    def sibling_ids(self, clip: Clip) -> tuple[str, ...]:
        """Return the ids of the other clips cut from the same recording."""
        return tuple(name for name in self._recordings.get(clip.src_file, ()) if name != clip.clip_id)

    @cached_property
    def official(self) -> bool:
        """Whether the clips are of ESC-50, all or some: they have its categories, and names as ESC-50 makes them."""
        return not self.title and all(
            group_of(clip.category) != OTHER and _OFFICIAL_NAME.fullmatch(clip.clip_id) is not None
            for clip in self.clips
        )

    @cached_property
    def synthetic(self) -> bool:
        """Whether the clips were synthesised by this program."""
        return (self.root / "meta" / "SYNTHETIC.txt").exists()


def load_dataset(root: str | Path) -> Dataset:
    """Read the table of a folder in ESC-50's layout; no sound file is opened.

    Parameters
    ----------
    root : str or pathlib.Path
        Folder that holds ``audio/`` and ``meta/esc50.csv``, or a path beside it; see `find_root`.

    Returns
    -------
    Dataset
        The clips in the order of the table.

    Raises
    ------
    DatasetError
        If the folder or the table is missing, or a column or value is wrong.
    """
    named, root = named_folder(root), find_root(root)
    path = root / TABLE
    table, notes = mended(read_clip_table(root), root)
    table = _checked_values(table, path)
    _check_clips(table, path)
    clips = tuple(Clip(*row) for row in zip(*(table[column].tolist() for column in COLUMNS), strict=True))
    moved = [] if named == root else [f"{named} was named; the data set is in {root}."]
    title: Any = read_json(root / OWN_FILE).get("name")
    return Dataset(root, clips, (*moved, *notes), title if name(title) else "")


def _checked_values(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the table with folds and targets as numbers, and esc10 as truth."""
    if table.empty:
        raise DatasetError(f"{path} lists no clips")
    if (table[list(COLUMNS)] == "").any(axis=None):
        raise DatasetError(f"{path} has empty cells")
    for column, allowed in (("fold", (0, *FOLD_NUMBERS)), ("target", TARGETS)):
        numbers = [whole_number(cell) for cell in table[column]]  # a spreadsheet may have written 1.0
        for number, cell in zip(numbers, table[column], strict=True):
            if number not in allowed:
                raise DatasetError(
                    f"{path} has {column}s outside {allowed[0]}–{allowed[-1]}, such as {shortened(cell)}"
                )
        table = table.assign(**{column: numbers})
    esc10 = table["esc10"].str.lower().map(_TRUTH)
    if esc10.isna().any():
        raise DatasetError(f"{path} has values of esc10 that are neither True nor False")
    return table.assign(esc10=esc10.astype(bool))


def _check_clips(table: pd.DataFrame, path: Path) -> None:
    if table["filename"].duplicated().any():
        raise DatasetError(f"{path} lists {table.loc[table['filename'].duplicated(), 'filename'].iloc[0]} twice")
    outside = table["filename"].str.contains(r"[/\\]|^\.", regex=True)
    if outside.any():
        raise DatasetError(f"{path} names a file outside audio/: {table.loc[outside, 'filename'].iloc[0]}")
    for stem, names in table["filename"].groupby(table["filename"].map(clip_stem)):
        if len(names) > 1:  # a clip is known by its stem, in links and on cards
            raise DatasetError(
                f"{path} lists {listed(names.tolist())}: without their endings they have one name, "
                f"{shortened(str(stem))}; rename all but one"
            )
    if (
        table.groupby("target")["category"].nunique().max() > 1
        or table.groupby("category")["target"].nunique().max() > 1
    ):
        raise DatasetError(f"{path} gives one category two targets, or one target two categories")
