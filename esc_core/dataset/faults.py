"""Clips that can't be read: which, and why, found without reading the sounds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from esc_core.audio import file_fault
from esc_core.dataset.clips import Dataset
from esc_core.words import counted


def bad_clips(dataset: Dataset) -> dict[str, str]:
    """Return the file names of clips that can't be read, each with the reason; sounds are not decoded."""
    faults = ((clip.filename, file_fault(dataset.path(clip))) for clip in dataset.clips)
    return {name: fault for name, fault in faults if fault}


def without_clips(dataset: Dataset, filenames: Collection[str]) -> Dataset:
    """Return a data set without the clips of some file names."""
    return replace(dataset, clips=tuple(clip for clip in dataset.clips if clip.filename not in filenames))


def bad_sentence(n_bad: int, n_clips: int) -> str:
    """Return how many clips can't be read: "12 of 2000 clips can't be read: `data validate` names them"."""
    names = "it" if n_bad == 1 else "them"
    return f"{n_bad} of {counted(n_clips, 'clip', 'clips')} can't be read: `data validate` names {names}"
