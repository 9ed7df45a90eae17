"""Changes of what own.json holds, each as one step: add, delete, edit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.dataset.own import names
from esc_core.dataset.own.contents import SOURCES, Contents, Sample
from esc_core.dataset.own.twins import joined_group, stored_already
from esc_core.errors import ParameterError
from esc_core.words import shortened


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


def position(contents: Contents, category: str) -> int:
    """Return where a category stands; raise ParameterError if there is none of this name."""
    if category not in contents.categories:
        raise ParameterError(f"the category must be one of the data set, got {shortened(category)}")
    return contents.categories.index(category)


def place(contents: Contents, sound: NewSound, seconds: float, digest: str, moved: dict[str, str]) -> tuple[str, bool]:
    """Add a sound's sample, unless its category holds an equal one.

    Parameters
    ----------
    contents : Contents
        What the set holds.
    sound : NewSound
        The sound.
    seconds : float
        Its duration as it is stored.
    digest : str
        Of what is stored.
    moved : dict of str to str
        Groups that turned out to be others, of which an equal sound was there; more may come.

    Returns
    -------
    sample_id : str
        Id of the sample, or of the one that is there.
    is_new : bool
        Whether it was added.

    Raises
    ------
    ParameterError
        If it fits into no category, or its group can't have its name.
    """
    position(contents, sound.category)
    if sound.source not in SOURCES:
        raise ParameterError(f"source must be one of {', '.join(SOURCES)}, got {shortened(sound.source)}")
    meant = None if sound.group is None else names.checked_group(moved.get(sound.group, sound.group))
    group = joined_group(contents, digest, meant)
    if sound.group is not None and group is not None:
        moved[sound.group] = group
    if there := stored_already(contents, digest, sound.category):
        return there.id, False
    title = names.tidy_title(sound.title)
    everything = (*contents.samples, *contents.trash)
    taken = {sample.id for sample in everything}
    keeps = sound.sample_id is not None and names.is_id(sound.sample_id) and sound.sample_id not in taken
    sample_id = sound.sample_id if keeps and sound.sample_id else names.new_id(title, taken)
    added = time.time() if sound.added is None else sound.added
    contents.samples.append(
        Sample(sample_id, title, sound.category, group or _new_group(everything), sound.source, added, seconds, digest)
    )
    return sample_id, True


def _new_group(samples: Sequence[Sample]) -> str:
    """Return the next of r1, r2, …: deleted samples count, since they may come back."""
    numbers = [
        int(s.group[1:]) for s in samples if s.group[0] == "r" and s.group[1:].isascii() and s.group[1:].isdecimal()
    ]
    return f"r{max(numbers, default=0) + 1}"


def delete(contents: Contents, ids: set[str]) -> list[str]:
    """Move samples to the trash, and return their ids."""
    gone = [sample for sample in contents.samples if sample.id in ids]
    contents.samples = [sample for sample in contents.samples if sample.id not in ids]
    contents.trash += gone
    return [sample.id for sample in gone]


def edited(contents: Contents, ids: set[str], edit: Callable[[Sample], Sample]) -> list[Sample]:
    """Change samples, and return them; raise ParameterError if one is not there."""
    if missing := ids - {sample.id for sample in contents.samples}:
        raise ParameterError(f"the data set has no sample {shortened(min(missing))}: it may have been deleted")
    contents.samples = [edit(sample) if sample.id in ids else sample for sample in contents.samples]
    return [sample for sample in contents.samples if sample.id in ids]
