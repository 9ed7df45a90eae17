"""Equal sounds: known by their content, stored once in a category, and always of one group.

Whoever imports a folder twice, or one sound under two names, has the same recording twice. On both sides of a split it
would make a score too high.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from esc_core.dataset.own.contents import Contents, Sample


def digest_of(data: bytes) -> str:
    """Return what tells stored sounds apart: equal for equal samples at an equal rate, whatever file they came from."""
    return hashlib.sha256(data).hexdigest()[:32]


def add_digests(contents: Contents, folder: Path) -> None:
    """Read the sounds of samples whose digest is not known, as in a set whose list was recovered."""
    for part, place in ((contents.samples, "audio"), (contents.trash, "trash")):
        for i, sample in enumerate(part):
            if not sample.digest:
                with suppress(OSError):  # the sound is gone: it equals no other
                    part[i] = replace(sample, digest=digest_of((folder / place / sample.filename).read_bytes()))


def stored_already(contents: Contents, digest: str, category: str) -> Sample | None:
    """Return the sample of a category that holds this sound, unless it was deleted."""
    return next((s for s in contents.samples if s.digest == digest and s.category == category), None)


def joined_group(contents: Contents, digest: str, group: str | None) -> str | None:
    """Return the group that a sound must have: that of an equal one, which then has all samples of the other group.

    Parameters
    ----------
    contents : Contents
        What the set holds; changed where two groups turn out to be one recording.
    digest : str
        Of the sound.
    group : str or None
        The group that it is meant to have; None for one of its own.

    Returns
    -------
    str or None
        The group of an equal sound, in whatever category, deleted or not; else the one that was meant.
    """
    twin = next((s for s in (*contents.samples, *contents.trash) if s.digest == digest), None)
    if twin is None:
        return group
    for part in (contents.samples, contents.trash):
        part[:] = [replace(s, group=twin.group) if s.group == group else s for s in part]
    return twin.group
