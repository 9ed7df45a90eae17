"""A folder of sounds → what it holds: ESC-50's layout, UrbanSound8K's, or a folder for each category."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from esc_core.config import SOUND_ENDINGS
from esc_core.dataset.clips import Dataset, load_dataset
from esc_core.dataset.layout import OWN_FILE, find_root, named_folder
from esc_core.dataset.official import official_clips
from esc_core.dataset.own.contents import Contents, from_json
from esc_core.dataset.own.names import category_from, group_from, same_name
from esc_core.disk.files import read_json, reason
from esc_core.disk.tables import read_table
from esc_core.errors import DatasetError, TableError
from esc_core.words import counted, listed, shortened

URBAN_TABLE = "metadata/UrbanSound8K.csv"

_PARTS = (
    re.compile(r"\d+-(?P<recording>\d+)-[A-Z]+-\d+"),  # ESC-50: fold, recording, take, target
    re.compile(r"(?P<recording>\d+)-\d+-\d+-\d+"),  # UrbanSound8K: recording, class, occurrence, slice
    re.compile(r"(?P<recording>\d+)__.+"),  # a download of Freesound: number, user, title
    re.compile(r"(?P<recording>.+?)[ _.-]*\(?(?:part|segment|slice|chunk)[ _.-]*\d+(?: of \d+)?\)?", re.IGNORECASE),
)
"""File names that say of which recording the file is a part."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A sound file that can be imported.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    category : str
        Name of its category.
    title : str
        Its name for people.
    group : str, optional
        Its recording; None if it is one of its own.
    source : str
        "file", "ESC-50" or "microphone".
    sample_id : str, optional
        Its id in the set it comes from.
    added : float, optional
        When it was added there, Unix time in seconds.
    """

    path: Path
    category: str
    title: str
    group: str | None = None
    source: str = "file"
    sample_id: str | None = None
    added: float | None = None


@dataclass(frozen=True)
class Found:
    """What a folder holds.

    Attributes
    ----------
    name : str
        A name for the set.
    sources : tuple of Source
        The sound files.
    categories : tuple of str
        Names of the categories, also of those without a sound.
    notes : tuple of str
        What was taken for what, in sentences.
    """

    name: str
    sources: tuple[Source, ...]
    categories: tuple[str, ...]
    notes: tuple[str, ...]


def look_into(folder: Path, *, name: str | None = None) -> Found:
    """Return what a folder holds; no sound is decoded.

    Parameters
    ----------
    folder : pathlib.Path
        The folder, or one beside its data as in `esc_core.dataset.layout.find_root`.
    name : str, optional
        A name for the set; that of the folder if left out.

    Returns
    -------
    Found
        The sounds, with their categories and groups.

    Raises
    ------
    DatasetError
        If the folder has none of the layouts, or can't be read.
    """
    folder = named_folder(folder)
    name = name or folder.resolve().name
    try:
        for folder_of in (folder, *_folders(folder)):
            if (folder_of / URBAN_TABLE).is_file():
                return _urban(folder_of, name)
        root = _esc50_root(folder)
        return _by_folder(folder, name) if root is None else _esc50(load_dataset(root), name)
    except OSError as error:
        raise DatasetError(f"{folder} can't be read: {reason(error)}") from error


def _esc50_root(folder: Path) -> Path | None:
    try:
        return find_root(folder)
    except DatasetError:
        if any((part / "meta" / "esc50.csv").is_file() for part in (folder, *_folders(folder))):
            raise  # it was meant to be in this layout
        return None


def _esc50(dataset: Dataset, name: str) -> Found:
    kept = from_json(read_json(dataset.root / OWN_FILE)) or Contents(name)
    known = {sample.id: sample for sample in kept.samples}
    official = official_clips()
    sources = []
    for clip in dataset.clips:
        source = Source(
            path=dataset.path(clip), category=clip.category, title=clip.clip_id, group=group_from(clip.src_file)
        )
        if (sample := known.get(clip.clip_id)) is not None:
            source = replace(source, title=sample.title, source=sample.source, sample_id=sample.id, added=sample.added)
        elif clip.clip_id in official and official[clip.clip_id].category == clip.category:
            source = replace(source, source="ESC-50", sample_id=clip.clip_id)
        sources.append(source)
    categories = [c for c in kept.categories if c not in dataset.categories]
    note = "It is in ESC-50's layout: src_file is taken for the recording, and the folds are dealt again by recording."
    order = kept.categories if set(dataset.categories) <= set(kept.categories) else [*dataset.categories, *categories]
    return _tidy(Found(kept.name, tuple(sources), tuple(order), (note, *dataset.notes)))


def _urban(folder: Path, name: str) -> Found:
    try:
        table = read_table(folder / URBAN_TABLE, required=["slice_file_name", "fsid", "fold", "class"])
    except TableError as error:
        raise DatasetError(f"{folder / URBAN_TABLE} can't be used: {error}") from error
    sources, missing = [], 0
    for row in table.to_dict("records"):
        file, fold = row["slice_file_name"], f"fold{row['fold']}"
        paths = [folder / part / fold / file for part in ("audio", "")]
        path = next((path for path in paths if _is_plain(file) and _is_plain(fold) and path.is_file()), None)
        if path is None:
            missing += 1
            continue
        title = path.stem
        sources.append(Source(path=path, category=row["class"], title=title, group=group_from(row["fsid"])))
    notes = [
        "It is in UrbanSound8K's layout: class is taken for the category and fsID for the recording; its ten folds are "
        "not kept, new ones are dealt by recording."
    ]
    if missing:
        notes.append(f"{counted(missing, 'file', 'files')} of the table {'is' if missing == 1 else 'are'} not there.")
    if not sources:
        raise DatasetError(f"{folder} holds none of the sounds that {URBAN_TABLE} lists")
    return _tidy(Found(name, tuple(sources), tuple(dict.fromkeys(s.category for s in sources)), tuple(notes)))


def _is_plain(name: str) -> bool:
    return bool(name) and not re.search(r"[/\\\0]|^\.", name)


def _by_folder(folder: Path, name: str) -> Found:
    """Take each folder for a category; one that holds nothing else is looked into."""
    folders = _folders(folder)
    if len(folders) == 1 and not any(_sounds(folders[0])):
        folders = _folders(folders[0])
    with_sounds = {part: list(_sounds(part)) for part in folders}
    if not any(with_sounds.values()):
        raise DatasetError(
            f"{shortened(str(folder), most=200)} holds no sounds in one of the layouts that can be imported: a folder "
            "for each category, ESC-50's (audio/, meta/esc50.csv), or UrbanSound8K's"
        )
    sources = [
        Source(path=path, category=part.name, title=path.stem) for part, paths in with_sounds.items() for path in paths
    ]
    grouped, note = _grouped(sources)
    notes = [note]
    if empty := [part.name for part, paths in with_sounds.items() if not paths]:
        counts = "holds no sounds and counts" if len(empty) == 1 else "hold no sounds and count"
        notes.append(f"{listed(empty)} {counts} as no category.")
    if n_loose := sum(1 for _ in _sounds(folder, deep=False)):
        it = "it" if n_loose == 1 else "them"
        notes.append(f"{counted(n_loose, 'file is', 'files are')} left out: no category's folder holds {it}.")
    categories = tuple(part.name for part, paths in with_sounds.items() if paths)
    return _tidy(Found(name, tuple(grouped), categories, ("Each folder is taken for a category.", *notes)))


def _grouped(sources: Sequence[Source]) -> tuple[list[Source], str]:
    """Find files of one recording by their names; equal sounds are found when they are stored."""
    found: list[Source] = []
    named = 0
    for source in sources:
        match = next((m for pattern in _PARTS if (m := pattern.fullmatch(source.path.stem))), None)
        group = group_from(match["recording"]) if match else None
        named += match is not None
        found.append(replace(source, group=group))
    return found, "Each file is taken for a recording of its own." if not named else _names_note(named, len(sources))


def _names_note(named: int, n: int) -> str:
    rest = "" if named == n else "; each other file is taken for a recording of its own"
    return f"The names of {named} of {n} files say from which recording they are, so parts of one stay together{rest}."


def _tidy(found: Found) -> Found:
    """Give categories names that they can have; those that then are the same become one."""
    meant: dict[str, str] = {}
    by_key: dict[str, str] = {}
    for name in (*found.categories, *(source.category for source in found.sources)):
        if name not in meant:
            tidy = category_from(name) or "unnamed"
            meant[name] = by_key.setdefault(same_name(tidy), tidy)
    others = [(name, tidy) for name, tidy in meant.items() if name != tidy]
    notes = [f"{shortened(name)} becomes the category {shortened(tidy)}." for name, tidy in others[:5]]
    sources = tuple(replace(source, category=meant[source.category]) for source in found.sources)
    categories = tuple(dict.fromkeys(meant[name] for name in found.categories))
    return Found(found.name, sources, categories, (*found.notes, *notes))


def _folders(folder: Path) -> list[Path]:
    return _entries(folder, Path.is_dir)


def _sounds(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    """Yield the sound files of a folder and of those in it; no link to a folder is followed."""
    yield from _entries(folder, lambda path: path.suffix.lower() in SOUND_ENDINGS and path.is_file())
    for inner in _folders(folder) if deep else ():
        if not inner.is_symlink():
            yield from _sounds(inner)


def _entries(folder: Path, wanted: Callable[[Path], bool]) -> list[Path]:
    """Return entries by their names, without hidden ones and what macOS adds to zips."""
    entries = (path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX")))
    return sorted(path for path in entries if wanted(path))
