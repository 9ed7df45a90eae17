"""Clips that can't be read: which, and why, found without reading the sounds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from esc_core.audio import file_fault
from esc_core.dataset.clips import Dataset
from esc_core.errors import DatasetError
from esc_core.words import counted

SAMPLES = "its samples are damaged"
"""Why a clip can't be read whose header is good."""


def bad_clips(dataset: Dataset) -> dict[str, str]:
    """Return the file names of clips that can't be read, each with the reason; sounds are not decoded."""
    faults = ((clip.filename, file_fault(dataset.path(clip))) for clip in dataset.clips)
    return {name: fault for name, fault in faults if fault}


def some_readable(dataset: Dataset) -> dict[str, str]:
    """Return `bad_clips`; refuse a data set of which no clip can be read.

    Raises
    ------
    DatasetError
        If every clip is bad.
    """
    bad = bad_clips(dataset)
    if len(bad) == len(dataset.clips):
        raise DatasetError(
            f"{bad_sentence(len(bad), len(bad))}; the first: {next(iter(bad.values()), 'none is listed')}"
        )
    return bad


def without_clips(dataset: Dataset, filenames: Collection[str]) -> Dataset:
    """Return a data set without the clips of some file names."""
    return replace(dataset, clips=tuple(clip for clip in dataset.clips if clip.filename not in filenames))


def bad_sentence(n_bad: int, n_clips: int, *, left_out: bool = False) -> str:
    """Return how many clips can't be read, and how to find out which.

    Parameters
    ----------
    n_bad, n_clips : int
        Clips that can't be read, and all.
    left_out : bool
        Whether to say that they are left out.

    Returns
    -------
    str
        "12 of 2000 clips can't be read: `python -m esc_core data validate` names them".
    """
    it = "it" if n_bad == 1 else "them"
    out = f" and {'is' if n_bad == 1 else 'are'} left out" if left_out else ""
    clips = counted(n_clips, "clip", "clips")
    return f"{n_bad} of {clips} can't be read{out}: `python -m esc_core data validate` names {it}"
