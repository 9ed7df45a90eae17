"""What own.json holds: the name of a set, its categories, its samples, and what was deleted and can come back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import soundfile as sf

from esc_core.dataset.layout import OWN_FILE, clip_stem, read_clip_table
from esc_core.dataset.own.names import checked_group, checked_name, is_id, tidy_title
from esc_core.disk.files import read_json
from esc_core.disk.stored import fits, list_of, name, number, seconds, text
from esc_core.errors import DatasetError, EscError

SOURCES = ("microphone", "file", "ESC-50")
"""Where a sample comes from."""


@dataclass(frozen=True)
class Sample:
    """One sample of a set.

    Attributes
    ----------
    id : str
        Never changes; the stem of its file in ``audio/``.
    title : str
        Its name for people.
    category : str
        The category it belongs to.
    group : str
        Samples of one recording share it.
    source : str
        One of `SOURCES`.
    added : float
        When it was added, Unix time in seconds.
    seconds : float
        Its duration in seconds.
    digest : str
        Tells its sound from others, see `esc_core.dataset.own.twins`; empty if it is not known.
    """

    id: str
    title: str
    category: str
    group: str
    source: str
    added: float
    seconds: float
    digest: str = ""

    @property
    def filename(self) -> str:
        """File name within ``audio/``."""
        return f"{self.id}.wav"


@dataclass
class Contents:
    """All that is stored of a set beside its sounds.

    Attributes
    ----------
    name : str
        Name of the set.
    categories : list of str
        In the order in which they are shown.
    samples : list of Sample
        In the order in which they were added.
    trash : list of Sample
        Deleted ones, the last one at the end.
    """

    name: str
    categories: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    trash: list[Sample] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"version": 1, **asdict(self)}


_SAMPLE = {
    "id": is_id, "title": name, "category": name, "group": name,
    "source": lambda value: value in SOURCES, "added": seconds, "seconds": number,
}  # fmt: skip


def _is_sample(value: Any) -> bool:
    return fits(value, _SAMPLE, optional={"digest": text})


_KINDS = {
    "name": name, "categories": list_of(name), "samples": list_of(_is_sample), "trash": list_of(_is_sample),
}  # fmt: skip


def from_json(values: Any) -> Contents | None:
    """Return the contents that JSON values hold; None if they hold anything else."""
    if not fits(values, _KINDS):
        return None
    samples, trash = ([_sample(row) for row in values[key]] for key in ("samples", "trash"))
    categories = list(values["categories"])
    once = len({sample.id for sample in (*samples, *trash)}) == len(samples) + len(trash)
    known = {sample.category for sample in samples} <= set(categories) and len(set(categories)) == len(categories)
    return Contents(values["name"], categories, samples, trash) if once and known else None


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(**{key: row[key] for key in _SAMPLE}, digest=row.get("digest", ""))


def read_contents(folder: Path) -> Contents:
    """Return what is stored of a set; a damaged own.json is replaced in thought by what the table of clips says.

    Parameters
    ----------
    folder : pathlib.Path
        The set's folder.

    Returns
    -------
    Contents
        From own.json, else from ``meta/esc50.csv``, which knows no titles and no name.

    Raises
    ------
    DatasetError
        If the folder is gone, or both files are damaged.
    """
    if not (folder / "audio").is_dir():
        raise DatasetError("this data set is gone: somebody has removed it")
    contents = from_json(read_json(folder / OWN_FILE))
    if contents is not None:
        return contents
    try:
        return _from_table(folder)
    except EscError as error:
        raise DatasetError(
            f"the list of samples in {folder / OWN_FILE} is damaged; the sounds themselves are in {folder / 'audio'}"
        ) from error


def _from_table(folder: Path) -> Contents:
    contents = Contents("recovered sounds")
    for row in read_clip_table(folder).to_dict("records"):
        path = folder / "audio" / row["filename"]
        if not path.is_file() or not is_id(clip_stem(path.name)):
            continue
        category = checked_name(row["category"], of="category")
        if category not in contents.categories:
            contents.categories.append(category)
        stem = clip_stem(path.name)
        group, title = checked_group(row["src_file"]), tidy_title(stem)
        stat = path.stat()
        contents.samples.append(Sample(stem, title, category, group, "file", stat.st_mtime, _seconds(path)))
    return contents


def _seconds(path: Path) -> float:
    try:
        return float(sf.info(path).duration)
    except (OSError, sf.LibsndfileError):
        return 0.0
