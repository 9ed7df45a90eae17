"""Sounds from a folder or a zip → a set: decoded by the app's own reader, within its caps."""

from __future__ import annotations

import itertools
import math
import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from esc_core.dataset.own import sets
from esc_core.dataset.own.edits import NewSound
from esc_core.dataset.own.layouts import Found, Source, look_into
from esc_core.dataset.own.names import category_from, same_name, slug
from esc_core.dataset.own.store import OwnSet
from esc_core.dataset.own.zipped import unpacked
from esc_core.decoding.capped import read_capped
from esc_core.decoding.decode import decode
from esc_core.errors import AudioError, DatasetError
from esc_core.words import counted, duration

AT_ONCE = 20
"""Files that are stored in one change of the set: its list is written once for all of them."""


@dataclass(frozen=True)
class Brought:
    """What was imported.

    Attributes
    ----------
    own : OwnSet
        The set.
    n_samples : int
        Samples that were added.
    skipped : tuple of (str, str)
        Files that can't be used, each with the reason in a sentence.
    notes : tuple of str
        What was taken for what, in sentences.
    """

    own: OwnSet
    n_samples: int
    skipped: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def bring(
    path: str | Path,
    *,
    into: OwnSet | None = None,
    name: str | None = None,
    per_category: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Brought:
    """Import sounds: a folder or a zip with a folder for each category, or in ESC-50's or UrbanSound8K's layout.

    Parameters
    ----------
    path : str or pathlib.Path
        The folder or the zip.
    into : OwnSet, optional
        The set that gets the sounds; a new one if left out, which is removed again if nothing can be imported.
    name : str, optional
        Name of the new set; the name it had, or that of the folder, if left out.
    per_category : int, optional
        Take only so many files of each category, from as many recordings as possible.
    progress : callable, optional
        Called after each file with the number of files read and of all files.

    Returns
    -------
    Brought
        What was imported, what was not, and why.

    Raises
    ------
    DatasetError
        If the path holds no sounds in one of these layouts, more than a set can have, or none that can be used.
    """
    path = Path(path)
    with ExitStack() as stack:
        folder = path if path.is_dir() else stack.enter_context(unpacked(path))
        found = look_into(folder, name=category_from(path.stem if folder != path else path.resolve().name) or "sounds")
        sources = _chosen(found.sources, per_category)
        own = into or sets.create(name or category_from(found.name) or "sounds")
        try:
            _check_count(own, len(sources))
            return _brought(own, found, sources, folder, progress)
        except BaseException:
            if into is None:
                sets.remove(own.key)
            raise


def _chosen(sources: tuple[Source, ...], per_category: int | None) -> tuple[Source, ...]:
    """Take some of each category, one of each recording in turn."""
    if per_category is None:
        return sources
    rounds: defaultdict[str, defaultdict[object, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, source in enumerate(sources):
        rounds[source.category][source.group or i].append(i)
    kept: set[int] = set()
    for groups in rounds.values():
        turns = itertools.chain.from_iterable(itertools.zip_longest(*groups.values()))
        kept.update(itertools.islice((i for i in turns if i is not None), per_category))
    return tuple(source for i, source in enumerate(sources) if i in kept)


def _check_count(own: OwnSet, n: int) -> None:
    most = own.limits.max_samples
    if len(own.samples) + n > most:
        raise DatasetError(
            f"there are {n:,} sounds, and a data set can have at most {most:,} samples: take only some of each category"
        )


def _brought(
    own: OwnSet,
    found: Found,
    sources: tuple[Source, ...],
    folder: Path,
    progress: Callable[[int, int], None] | None,
) -> Brought:
    names = {category: _category(own, category) for category in found.categories}
    groups = _Groups(own)
    skipped: list[tuple[str, str]] = []
    n_samples, n_cut = 0, 0
    for first in range(0, len(sources), AT_ONCE):
        sounds: list[tuple[str, NewSound]] = []
        for i, source in enumerate(sources[first : first + AT_ONCE], start=first + 1):
            shown = source.path.relative_to(folder).as_posix()
            try:
                parts = _parts(own, source, names[source.category], groups)
                n_cut += len(parts) > 1
                sounds += [(shown, part) for part in parts]
            except AudioError as error:
                skipped.append((shown, str(error)))
            if progress:
                progress(i, len(sources))
        n_samples += _added(own, sounds, groups, skipped)
    if not n_samples:
        raise DatasetError(f"none of {counted(len(sources), 'file', 'files')} can be added; the first: {skipped[0][1]}")
    most = duration(own.limits.max_seconds)
    cut = f"{counted(n_cut, 'file is', 'files are')} longer than {most} and cut into parts, which share a recording."
    return Brought(own, n_samples, tuple(skipped), (*found.notes, *([cut] if n_cut else [])))


def _category(own: OwnSet, name: str) -> str:
    """Return the set's category of this name, however it is written there; a new one if there is none."""
    there = next((other for other in own.categories if same_name(other) == same_name(name)), None)
    return there or own.add_category(name)


class _Groups:
    """Names of groups in a set that may hold others already: its r1 is another recording than an imported r1.

    Unless a sound of the imported r1 equals one that the set holds: then they are the same recording.
    """

    def __init__(self, own: OwnSet) -> None:
        self._taken = {sample.group for sample in (*own.samples, *own.deleted)}
        self._new: dict[str, str] = {}

    def __call__(self, group: str | None, title: str, *, shared: bool) -> str | None:
        if group in self._new:
            return self._new[group]
        if group is None:
            return f"{slug(title, most=24)}-{secrets.token_hex(4)}" if shared else None
        is_other = group in self._taken and re.fullmatch(r"r\d+", group)
        self._new[group] = f"{group}-{secrets.token_hex(4)}" if is_other else group
        return self._new[group]

    def move(self, before: str, after: str) -> None:
        """Note that a group has become another one, in which an equal sound was."""
        self._new.update({name: after for name, group in self._new.items() if group == before})


def _parts(own: OwnSet, source: Source, category: str, groups: _Groups) -> list[NewSound]:
    """Decode a file, and cut it into parts of equal length if it is too long for a sample."""
    sound = decode(read_capped(source.path), name=source.path.name)
    n = math.ceil(len(sound.y) / sound.sr / own.limits.max_seconds)
    group = groups(source.group, source.title, shared=n > 1)
    return [
        NewSound(
            y=y, sr=sound.sr, category=category, group=group, source=source.source, added=source.added,
            title=source.title if n == 1 else f"{source.title} ({k} of {n})",
            sample_id=source.sample_id if n == 1 else None,
        )
        for k, y in enumerate(np.array_split(sound.y, n), start=1)
    ]  # fmt: skip


def _added(own: OwnSet, sounds: Sequence[tuple[str, NewSound]], groups: _Groups, skipped: list[tuple[str, str]]) -> int:
    """Store sounds, and return how many; if one can't be, the others are stored one by one."""
    if not sounds:
        return 0
    try:
        return _stored(own, sounds, groups, skipped)
    except AudioError:
        pass
    n_samples = 0
    for one in sounds:
        try:
            n_samples += _stored(own, [one], groups, skipped)
        except AudioError as error:
            skipped.append((one[0], str(error)))
    return n_samples


def _stored(
    own: OwnSet, sounds: Sequence[tuple[str, NewSound]], groups: _Groups, skipped: list[tuple[str, str]]
) -> int:
    """Store sounds, note which the set has already, and return how many are new."""
    there = {sample.id for sample in own.samples}
    n_before = len(there)
    for (shown, sound), sample in zip(sounds, own.add_samples([sound for _, sound in sounds]), strict=True):
        if sound.group is not None:
            groups.move(sound.group, sample.group)
        if sample.id in there:
            skipped.append((shown, f"The data set has this sound already, in {sample.category} as {sample.title}."))
        there.add(sample.id)
    return len(there) - n_before
