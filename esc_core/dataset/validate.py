"""Validation of a data set: a list of its problems; nothing is repaired."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from esc_core.audio import open_clip
from esc_core.config import CLIP_SECONDS, FOLD_NUMBERS
from esc_core.dataset.download import ESC50_TABLE_MD5, original_md5
from esc_core.dataset.faults import SAMPLES
from esc_core.dataset.layout import COLUMNS, TABLE, clip_stem, find_root, names_on_disk, read_clip_table
from esc_core.decoding.reader import MAX_SAMPLE
from esc_core.decoding.source import DamageError
from esc_core.disk.tables import whole_number
from esc_core.errors import AudioError

LENGTH_TOLERANCE = 0.01
"""Greatest deviation of a clip's length from 5 s, as a share of it."""
SILENCE_RANGE = 1e-4
"""Greatest peak-to-peak amplitude of a clip that counts as silent, slightly over three steps of 16 bits."""

_NAME = re.compile(r"(?P<fold>\d+)-(?P<src_file>\d+)-(?P<take>[A-Z]+)-(?P<target>\d+)\.\w+")

_Problem = tuple[str, str, str]


def validate(
    root: str | Path, *, originals: bool = False, progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """List every problem of a folder in ESC-50's layout.

    The problems are ``missing`` and ``extra`` (table and disk disagree), ``unreadable``, ``odd rate`` (not that of most
    clips), ``odd length`` (not 5 s ± 1%, where most clips have that), ``odd channels`` (more than one), ``silent``,
    ``doubled row``, ``bad value`` (an empty cell, a fold outside 0–10, a target outside 0–49, one category with two
    targets), ``other name`` (the table writes it otherwise, and the file is found all the same), ``contradiction`` (a
    file name fold-src_file-take-target that contradicts its row) and, with `originals`, ``altered``.

    Parameters
    ----------
    root : str or pathlib.Path
        Folder that holds ``audio/`` and ``meta/esc50.csv``.
    originals : bool
        Whether each file is also compared by MD5 with the published ESC-50.
    progress : callable, optional
        Called after each file with the number of files read and of all files.

    Returns
    -------
    pandas.DataFrame
        Columns file, problem, detail, sorted by file; empty if there is no problem.

    Raises
    ------
    DatasetError
        If the folder has no table, or the table can't be read.
    """
    root = find_root(root)
    table = read_clip_table(root)
    written = list(dict.fromkeys(table["filename"]))
    meant = dict(zip(written, names_on_disk(written, root / "audio"), strict=True))
    table = table.assign(filename=[meant[name] for name in table["filename"]])
    names = [name for name in dict.fromkeys(meant.values()) if _is_plain(name)]
    on_disk = {path.name for path in (root / "audio").iterdir() if not path.name.startswith(".")}
    problems = [
        *_table_problems(table),
        *((name, "other name", f"the table says {cell}") for cell, name in meant.items() if name != cell),
        *((name, "missing", "in the table, not in audio/") for name in names if name not in on_disk),
        *((name, "extra", "in audio/, not in the table") for name in on_disk - set(names)),
        *_sound_problems(root / "audio", [name for name in names if name in on_disk], progress),
        *(_originals_problems(root, names, on_disk) if originals else ()),
    ]
    return pd.DataFrame(sorted(problems), columns=["file", "problem", "detail"])


def _table_problems(table: pd.DataFrame) -> Iterator[_Problem]:
    if table.empty:
        yield TABLE, "bad value", "the table lists no clips"
    for name, count in Counter(table["filename"]).items():
        if count > 1:
            yield name, "doubled row", f"{count} rows"
    for stem, names in table["filename"].drop_duplicates().groupby(lambda i: clip_stem(table["filename"][i])):
        if stem and len(names) > 1:
            for name in names:
                yield name, "doubled row", f"other endings of the same name: {', '.join(sorted(set(names) - {name}))}"
    if no_targets := len(table) > 0 and not table["target"].any():
        yield TABLE, "bad value", "there are no targets; they are made from the categories"
    for row in table.to_dict("records"):
        for problem, detail in _row_problems(row, [c for c in COLUMNS if c != "target" or not no_targets]):
            yield row["filename"] or TABLE, problem, detail
    for one, other in (("category", "target"), ("target", "category")):
        for value, group in table.groupby(one)[other]:
            if value and group.nunique() > 1:
                yield TABLE, "bad value", f"{one} {value} has more than one {other}: {', '.join(sorted(set(group)))}"


def _row_problems(row: Mapping[str, str], needed: Sequence[str]) -> Iterator[tuple[str, str]]:
    for column in needed:
        if not row[column]:
            yield "bad value", f"{column} is empty"
    if row["filename"] and not _is_plain(row["filename"]):
        yield "bad value", "filename is not a plain file name"
    for column, low, high in (("fold", 0, FOLD_NUMBERS[-1]), ("target", 0, 49)):
        value = row[column]
        number = whole_number(value)  # a spreadsheet may have written 1.0
        if value and not (number is not None and low <= number <= high):
            yield "bad value", f"{column} must be in {low}–{high}, is {value}"
    if match := _NAME.fullmatch(row["filename"]):
        for column, named in match.groupdict().items():
            same = row[column] == named or (column == "fold" and whole_number(row[column]) == int(named))
            if row[column] and not same:
                yield "contradiction", f"the file name says {column} {named}, the table {row[column]}"


def _is_plain(name: str) -> bool:
    """Return whether a name stays in its folder; others are never opened."""
    return bool(name) and not re.search(r"[/\\\0]|^\.", name)


@dataclass(frozen=True)
class _Sound:
    sr: int
    seconds: float
    channels: int
    silent: bool
    finite: bool


def _sound_problems(audio: Path, names: list[str], progress: Callable[[int, int], None] | None) -> Iterator[_Problem]:
    sounds: dict[str, _Sound] = {}
    for i, name in enumerate(names):
        try:
            sounds[name] = _read_sound(audio / name)
        except AudioError as error:
            yield name, "unreadable", str(error)
        if progress:
            progress(i + 1, len(names))
    rates = Counter(sound.sr for sound in sounds.values())
    usual = max(rates, key=lambda sr: (rates[sr], sr), default=0)
    of_one_length = 2 * sum(_has_clip_length(sound) for sound in sounds.values()) >= len(sounds)
    for name, sound in sounds.items():
        for problem, detail in _oddities(sound, usual, of_one_length=of_one_length):
            yield name, problem, detail


def _read_sound(path: Path) -> _Sound:
    """Read a sound block by block, so that a small file that decodes to gigabytes needs little memory."""
    low, high, n_frames = np.inf, -np.inf, 0
    source = open_clip(path)
    with suppress(DamageError):  # what can't be read shows as an odd length
        for block in source.blocks():
            low, high = np.minimum(low, block.min()), np.maximum(high, block.max())  # both keep a NaN
            n_frames += len(block)
    if not n_frames:
        raise AudioError(SAMPLES)
    finite = bool((np.abs([low, high]) <= MAX_SAMPLE).all())
    silent = finite and bool(high - low < SILENCE_RANGE)
    return _Sound(source.sr, n_frames / source.sr, source.n_channels, silent, finite)


def _has_clip_length(sound: _Sound) -> bool:
    return abs(sound.seconds - CLIP_SECONDS) <= LENGTH_TOLERANCE * CLIP_SECONDS


def _oddities(sound: _Sound, usual_sr: int, *, of_one_length: bool) -> Iterator[tuple[str, str]]:
    if sound.sr != usual_sr:
        yield "odd rate", f"{sound.sr} Hz, most clips have {usual_sr} Hz"
    if of_one_length and not _has_clip_length(sound):
        yield "odd length", f"{sound.seconds:.2f} s, a clip has {CLIP_SECONDS:g} s"
    if sound.channels > 1:
        yield "odd channels", f"{sound.channels} channels"
    if sound.silent:
        yield "silent", "no sound from beginning to end"
    if not sound.finite:
        yield "unreadable", "samples that are not finite numbers"


def _originals_problems(root: Path, names: list[str], on_disk: set[str]) -> Iterator[_Problem]:
    md5 = original_md5()
    expected = {root / "audio" / name: md5.get(name) for name in names if name in on_disk}
    for path, original in {root / TABLE: ESC50_TABLE_MD5, **expected}.items():
        name = TABLE if path == root / TABLE else path.name
        if original is None:
            yield name, "altered", "ESC-50 has no clip of this name"
        elif (got := hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()) != original:
            yield name, "altered", f"MD5 is {got}, ESC-50's original has {original}"
    for name in md5.keys() - set(names):
        yield name, "missing", "a clip of ESC-50 that the table does not list"
