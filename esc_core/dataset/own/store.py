"""A set whose samples are added, changed and deleted, by more than one process if need be.

The order of writing keeps what was there: a new sound is a whole file before own.json names it, and a deleted one is
moved only after own.json no longer does. A kill in between leaves a file that nobody names, or one that the next change
moves to where it belongs.
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from esc_core.config import OwnLimits
from esc_core.dataset.clips import Clip, Dataset
from esc_core.dataset.layout import COLUMNS, OWN_FILE, TABLE
from esc_core.dataset.own import names
from esc_core.dataset.own.contents import SOURCES, Contents, Sample, read_contents
from esc_core.dataset.own.folds import deal
from esc_core.dataset.own.remarks import remarks_on
from esc_core.dataset.own.wave import stored_wave
from esc_core.errors import DatasetError, ParameterError
from esc_core.files import disk_is_full, reason, sweep_temporary_files, write_bytes, write_json
from esc_core.locks import take_lock
from esc_core.tables import csv_text
from esc_core.words import counted, shortened

T = TypeVar("T")

LOCK_SECONDS = 20.0
"""How long a change waits for those of other tabs and processes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NewSound:
    """A sound to add.

    Attributes
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform in [-1, 1].
    sr : int
        Its rate in Hz.
    category : str
        One of the set's categories.
    title : str
        Its name for people; any text.
    source : str
        "microphone", "file" or "ESC-50".
    group : str, optional
        Group of the recording it is from; a new one if left out.
    sample_id : str, optional
        Id that it had in the set it comes from; kept if no other sample has it.
    added : float, optional
        When it was added there, Unix time in seconds; now if left out.
    """

    y: np.ndarray
    sr: int
    category: str
    title: str
    source: str
    group: str | None = None
    sample_id: str | None = None
    added: float | None = None


class OwnSet:
    """A data set of a person's own.

    Whatever it returns is read from the disk, so that two tabs see the same.

    Parameters
    ----------
    folder : pathlib.Path
        The set's folder, which is named by its key.
    limits : OwnLimits, optional
        The limits of a set.
    """

    def __init__(self, folder: Path, *, limits: OwnLimits | None = None) -> None:
        self.folder = folder
        self.limits = limits or OwnLimits()
        self._cached: tuple[tuple[int, ...], Contents] | None = None

    # what it holds

    @property
    def key(self) -> str:
        """What opens the set; nobody can guess it."""
        return self.folder.name

    @property
    def name(self) -> str:
        """Name of the set."""
        return self._contents().name

    @property
    def categories(self) -> list[str]:
        """Names of the categories, in their order."""
        return list(self._contents().categories)

    @property
    def samples(self) -> list[Sample]:
        """The samples, in the order in which they were added."""
        return list(self._contents().samples)

    @property
    def deleted(self) -> list[Sample]:
        """Deleted samples that can come back, the last one at the end."""
        return list(self._contents().trash)

    def path(self, sample: Sample) -> Path:
        """Return the path of a sample's sound."""
        return self.folder / "audio" / sample.filename

    def counts(self) -> dict[str, tuple[int, float]]:
        """Return the number of samples and of their seconds, by category."""
        found = dict.fromkeys(self.categories, (0, 0.0))
        for sample in self.samples:
            n, seconds = found[sample.category]
            found[sample.category] = n + 1, seconds + sample.seconds
        return found

    def n_bytes(self) -> int:
        """Return the size of all sounds in bytes, those in the trash included."""
        return sum(path.stat().st_size for part in ("audio", "trash") for path in (self.folder / part).glob("*.wav"))

    def remarks(self) -> list[str]:
        """Return what the set lacks before something can be learnt or tested, in sentences."""
        contents = self._contents()
        n_folds = len(set(_folds(contents).tolist()) - {0})
        return remarks_on(contents, n_folds=n_folds, n_bytes=self.n_bytes(), limits=self.limits)

    def dataset(self) -> Dataset:
        """Return the set as a data set like any other.

        Returns
        -------
        Dataset
            Its clips in the order of the samples; ``src_file`` is the group, and fold 0 is never held out.

        Raises
        ------
        DatasetError
            If there is no sample.
        """
        contents = self._contents()
        if not contents.samples:
            raise DatasetError(f"the data set {shortened(contents.name)} has no samples yet")
        clips = _clips(contents)
        if self._table_text(clips) != self._stored_table():  # a kill between two files, or a hand at work
            with self._locked():
                self._write_table(clips)
        return Dataset(self.folder, clips, title=contents.name)

    # categories

    def rename_set(self, name: str) -> None:
        """Give the set another name; raise ParameterError if it can be no name."""
        name = names.checked_name(name, of="data set")
        self._change(lambda contents: setattr(contents, "name", name))

    def add_category(self, name: str) -> str:
        """Add a category and return its name as it is stored; raise ParameterError for one that is there already."""
        name = names.checked_name(name, of="category")

        def add(contents: Contents) -> str:
            names.check_new(name, contents.categories)
            most = self.limits.max_categories
            if len(contents.categories) >= most:
                raise ParameterError(f"a data set can have at most {most} categories; {shortened(name)} is one more")
            contents.categories.append(name)
            return name

        return self._change(add)

    def rename_category(self, name: str, new_name: str) -> str:
        """Rename a category and return its new name as it is stored."""
        new = names.checked_name(new_name, of="category")

        def rename(contents: Contents) -> str:
            at = _position(contents, name)
            names.check_new(new, [other for other in contents.categories if other != name])
            contents.categories[at] = new
            for part in (contents.samples, contents.trash):
                part[:] = [replace(s, category=new) if s.category == name else s for s in part]
            return new

        return self._change(rename)

    def remove_category(self, name: str) -> list[str]:
        """Remove a category, delete its samples, and return their ids for `restore`, which adds the category again."""

        def remove(contents: Contents) -> list[str]:
            del contents.categories[_position(contents, name)]
            return _delete(contents, {s.id for s in contents.samples if s.category == name})

        return self._change(remove)

    # samples

    def add_sample(
        self, y: np.ndarray, sr: int, *, category: str, title: str, source: str, group: str | None = None
    ) -> Sample:
        """Store a sound; see `NewSound` for the parameters and `add_samples` for the errors."""
        sound = NewSound(y=y, sr=sr, category=category, title=title, source=source, group=group)
        return self.add_samples([sound])[0]

    def add_samples(self, sounds: Sequence[NewSound]) -> list[Sample]:
        """Store sounds: all of them, or none.

        Parameters
        ----------
        sounds : sequence of NewSound
            The sounds; each without a group gets one of its own.

        Returns
        -------
        list of Sample
            In their order.

        Raises
        ------
        AudioError
            If a sound is too short, too long, or silent, or holds values that are no numbers.
        ParameterError
            If the set has no such category, or a group can't have its name.
        DatasetError
            If the set is full, or the disk is.
        """
        waves = [stored_wave(sound.y, sound.sr, limits=self.limits) for sound in sounds]
        written: list[Path] = []

        def add(contents: Contents) -> list[Sample]:
            self._check_room(contents, [len(data) for data, _ in waves])
            added = []
            for sound, (data, seconds) in zip(sounds, waves, strict=True):
                sample = _new_sample(contents, sound, seconds)
                path = self.path(sample)
                written.append(path)
                write_bytes(path, data)
                contents.samples.append(sample)
                added.append(sample)
            return added

        try:
            return self._change(add)
        except BaseException:
            for path in written:  # own.json does not name them
                path.unlink(missing_ok=True)
            raise

    def delete(self, ids: Collection[str]) -> list[str]:
        """Move samples to the trash, from which `restore` gets them back, and return the ids of those it moved."""
        return self._change(lambda contents: _delete(contents, set(ids)))

    def restore(self, ids: Collection[str]) -> list[str]:
        """Get samples back from the trash, with their category if it is gone; return the ids of those it found."""

        def restore(contents: Contents) -> list[str]:
            back = [sample for sample in contents.trash if sample.id in set(ids)]
            self._check_room(contents, [0] * len(back))
            contents.trash = [sample for sample in contents.trash if sample not in back]
            # where they were: samples are in the order in which they were added
            contents.samples = sorted([*contents.samples, *back], key=lambda sample: sample.added)
            contents.categories += [
                name for name in dict.fromkeys(s.category for s in back) if name not in contents.categories
            ]
            return [sample.id for sample in back]

        return self._change(restore)

    def empty_trash(self) -> None:
        """Remove deleted samples for good."""
        self._change(lambda contents: contents.trash.clear())

    def rename(self, sample_id: str, title: str) -> Sample:
        """Give a sample another title; raise ParameterError if there is no such sample."""
        return self._edit({sample_id}, lambda sample: replace(sample, title=names.tidy_title(title)))[0]

    def move(self, ids: Collection[str], category: str) -> list[Sample]:
        """Move samples to another category; raise ParameterError if a sample or the category is not there."""

        def move(contents: Contents) -> list[Sample]:
            _position(contents, category)
            return _edited(contents, set(ids), lambda sample: replace(sample, category=category))

        return self._change(move)

    def merge_groups(self, groups: Collection[str]) -> str:
        """Make one group of some, since they hold the same recording, and return its name: that of the oldest."""

        def merge(contents: Contents) -> str:
            found = [sample.group for sample in contents.samples if sample.group in set(groups)]
            if not found:
                raise ParameterError(f"groups to merge must be in the data set, got {shortened(str(sorted(groups)))}")
            for part in (contents.samples, contents.trash):
                part[:] = [replace(s, group=found[0]) if s.group in set(groups) else s for s in part]
            return found[0]

        return self._change(merge)

    # reading and writing

    def _edit(self, ids: Collection[str], edit: Callable[[Sample], Sample]) -> list[Sample]:
        return self._change(lambda contents: _edited(contents, set(ids), edit))

    def _contents(self) -> Contents:
        """Return what is stored; it is read again only after a change. Nobody may change what is returned."""
        state = self._state()
        if self._cached is None or self._cached[0] != state:
            self._cached = state, read_contents(self.folder)
        return self._cached[1]

    def _state(self) -> tuple[int, ...]:
        try:
            stat = (self.folder / OWN_FILE).stat()
        except OSError:
            return (-1,)  # read the table, or say that the set is gone
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def _change(self, edit: Callable[[Contents], T]) -> T:
        """Read, change and write the contents while nobody else does."""
        with self._locked():
            contents = read_contents(self.folder)
            result = edit(contents)
            dropped = self._overflow(contents)
            sweep_temporary_files(self.folder / OWN_FILE)
            write_json(self.folder / OWN_FILE, contents.to_json())
            self._write_table(_clips(contents))
            self._settle(contents, dropped)
        return result

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = take_lock(self.folder / ".lock", seconds=LOCK_SECONDS, pause=0.02)
            if lock is None:
                raise DatasetError("another tab or program is changing this data set; try again in a moment")
            with lock:
                yield
        except OSError as error:
            if not self.folder.is_dir():
                raise DatasetError("this data set is gone: somebody has removed it") from error
            if disk_is_full(error):
                raise DatasetError(
                    "The disk is full, so nothing was changed; what the data set held is still there. Make room, and "
                    "try again"
                ) from error
            raise DatasetError(f"the data set can't be written in {self.folder}: {reason(error)}") from error

    def _check_room(self, contents: Contents, sizes: Sequence[int]) -> None:
        limits, n = self.limits, len(contents.samples) + len(sizes)
        if n > limits.max_samples:
            raise DatasetError(
                f"a data set can have at most {counted(limits.max_samples, 'sample', 'samples')}; with these it would "
                f"have {n}: delete some, or make another data set"
            )
        if self.n_bytes() + sum(sizes) > limits.max_bytes:
            raise DatasetError(
                f"the sounds of a data set can take at most {limits.max_bytes / 1e9:g} GB, deleted ones included: "
                "delete some and empty the trash, or make another data set"
            )

    def _overflow(self, contents: Contents) -> list[Sample]:
        """Drop the oldest of the trash beyond its limits, and return what was dropped."""
        sizes = [self._size(sample) for sample in contents.trash]
        kept, total = len(sizes), 0
        for size in reversed(sizes):
            total += size
            if total > self.limits.trash_bytes:
                break
            kept -= 1
        first = max(kept, len(sizes) - self.limits.trash_samples)
        dropped = contents.trash[:first]
        contents.trash = contents.trash[first:]
        return dropped

    def _size(self, sample: Sample) -> int:
        for part in ("trash", "audio"):
            with suppress(OSError):
                return (self.folder / part / sample.filename).stat().st_size
        return 0

    def _settle(self, contents: Contents, dropped: Sequence[Sample]) -> None:
        """Move each sound to where own.json says, and remove what it no longer names."""
        audio, trash = self.folder / "audio", self.folder / "trash"
        trash.mkdir(exist_ok=True)
        named = {sample.filename for sample in (*contents.samples, *contents.trash)}
        for path in trash.glob("*.wav"):
            if path.name not in named:
                path.unlink(missing_ok=True)
        for sample in dropped:
            (audio / sample.filename).unlink(missing_ok=True)
        for samples, there, elsewhere in ((contents.samples, audio, trash), (contents.trash, trash, audio)):
            for sample in samples:
                if not (there / sample.filename).exists() and (elsewhere / sample.filename).exists():
                    (elsewhere / sample.filename).replace(there / sample.filename)

    def _stored_table(self) -> str:
        try:
            return (self.folder / TABLE).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def _table_text(self, clips: Sequence[Clip]) -> str:
        return csv_text(COLUMNS, [[getattr(clip, column) for column in COLUMNS] for clip in clips])

    def _write_table(self, clips: Sequence[Clip]) -> None:
        write_bytes(self.folder / TABLE, self._table_text(clips).encode())


def _position(contents: Contents, category: str) -> int:
    if category not in contents.categories:
        raise ParameterError(f"the category must be one of the data set, got {shortened(category)}")
    return contents.categories.index(category)


def _new_sample(contents: Contents, sound: NewSound, seconds: float) -> Sample:
    _position(contents, sound.category)
    if sound.source not in SOURCES:
        raise ParameterError(f"source must be one of {', '.join(SOURCES)}, got {shortened(sound.source)}")
    title = names.tidy_title(sound.title)
    everything = (*contents.samples, *contents.trash)
    taken = {sample.id for sample in everything}
    keeps = sound.sample_id is not None and names.is_id(sound.sample_id) and sound.sample_id not in taken
    sample_id = sound.sample_id if keeps and sound.sample_id else names.new_id(title, taken)
    group = _new_group(everything) if sound.group is None else names.checked_group(sound.group)
    added = time.time() if sound.added is None else sound.added
    return Sample(sample_id, title, sound.category, group, sound.source, added, seconds)


def _new_group(samples: Sequence[Sample]) -> str:
    """Return the next of r1, r2, …: deleted samples count, since they may come back."""
    numbers = [
        int(s.group[1:]) for s in samples if s.group[0] == "r" and s.group[1:].isascii() and s.group[1:].isdecimal()
    ]
    return f"r{max(numbers, default=0) + 1}"


def _delete(contents: Contents, ids: set[str]) -> list[str]:
    gone = [sample for sample in contents.samples if sample.id in ids]
    contents.samples = [sample for sample in contents.samples if sample.id not in ids]
    contents.trash += gone
    return [sample.id for sample in gone]


def _edited(contents: Contents, ids: set[str], edit: Callable[[Sample], Sample]) -> list[Sample]:
    if missing := ids - {sample.id for sample in contents.samples}:
        raise ParameterError(f"the data set has no sample {shortened(min(missing))}: it may have been deleted")
    contents.samples = [edit(sample) if sample.id in ids else sample for sample in contents.samples]
    return [sample for sample in contents.samples if sample.id in ids]


def _folds(contents: Contents) -> np.ndarray:
    return deal([sample.group for sample in contents.samples], [sample.category for sample in contents.samples])


def _clips(contents: Contents) -> tuple[Clip, ...]:
    """Return the samples as clips; those of a group get the letters A, B, … in the order in which they were added."""
    target = {name: i for i, name in enumerate(contents.categories)}
    letters: dict[str, int] = {}
    clips = []
    for sample, fold in zip(contents.samples, _folds(contents).tolist(), strict=True):
        n = letters[sample.group] = letters.get(sample.group, -1) + 1
        clips.append(
            Clip(sample.filename, fold, target[sample.category], sample.category, False, sample.group, _letters(n))
        )
    return tuple(clips)


def _letters(n: int) -> str:
    """Return the letter of a fragment: A to Z, then AA, AB and so on."""
    rest = "" if n < 26 else _letters(n // 26 - 1)
    return rest + string.ascii_uppercase[n % 26]
