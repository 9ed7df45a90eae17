"""The data set in use, and its clips that can't be read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import streamlit as st

from esc_core.dataset import Dataset, dataset_dir, faults, load_dataset, own
from esc_core.dataset.layout import TABLE, find_root
from esc_core.disk.files import reason
from esc_core.errors import DatasetError
from ui import state
from ui.loaders.changed import changed_at

BAD_CLIPS_SECONDS = 300
"""Time for which headers are trusted while no file comes or goes: reading those of 2000 clips takes half a second."""


def dataset() -> Dataset | None:
    """Return the data set in use: this session's own, or the one that was chosen for everybody; None without one.

    Raises
    ------
    DatasetError
        If the folder that was named is no data set, or the session's own is gone or empty.
    """
    if key := state.DATA.kept():
        return own.open_set(key).dataset()
    root = dataset_dir()
    if root is None:
        return None
    loaded = dataset_at(root)
    try:
        if loaded.synthetic and not (loaded.root / "meta" / "COMPLETE").exists():
            loaded = _made_so_far(loaded)
    except OSError as error:
        raise DatasetError(f"{root} can't be read: {reason(error)}") from error
    return loaded if loaded.clips else None


def dataset_at(root: Path) -> Dataset:
    """Return the data set that a path means, such as the one that a run was trained on; see `find_root`.

    Raises
    ------
    DatasetError
        If the folder is no data set, or is no longer there.
    """
    return _dataset(str(root), changed_at(find_root(root) / TABLE))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(root: str, changed: int) -> Dataset:
    return load_dataset(root)


def _made_so_far(dataset: Dataset) -> Dataset:
    # the starter set's table is there before its sounds
    try:
        there = {entry.name for entry in os.scandir(dataset.root / "audio")}
    except OSError:  # it is made again
        there = set()
    return replace(dataset, clips=tuple(clip for clip in dataset.clips if clip.filename in there))


def bad_clips(dataset: Dataset) -> dict[str, str]:
    """Return the file names of clips that can't be read, each with the reason.

    They are known by their headers, as of the last minutes, and by the pictures that could not be made.
    """
    audio_dir = dataset.root / "audio"
    changed = (changed_at(dataset.root / TABLE), changed_at(audio_dir))
    by_header = _bad_clips(str(dataset.root), len(dataset.clips), changed, dataset)
    damaged = [Path(path) for path, changed in list(damaged_files()) if changed == changed_at(Path(path))]
    return {path.name: faults.SAMPLES for path in damaged if path.parent == audio_dir} | by_header


@st.cache_resource(show_spinner=False)
def damaged_files() -> set[tuple[str, int]]:
    """Return the files behind whose good header the samples are bad, with their times of change; for all sessions."""
    return set()


@st.cache_data(max_entries=4, ttl=BAD_CLIPS_SECONDS, show_spinner=False)
def _bad_clips(root: str, n_clips: int, changed: tuple[int, int], _dataset: Dataset) -> dict[str, str]:
    return faults.bad_clips(_dataset)
