"""Generators of sounds, and what was found of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from esc_core.generate.generator import Generator, load_generator
from esc_core.generate.worth.judged import FILE, Judged, fingerprint, read_judged
from ui.loaders.changed import changed_at


def generator_at(path: Path) -> Generator:
    """Return the generator in a file, which is read once.

    Raises
    ------
    ModelError
        If it can't be read.
    """
    return _generator(str(path), changed_at(path))


@st.cache_resource(max_entries=4, show_spinner=False)
def _generator(path: str, changed: int) -> Generator:
    return load_generator(Path(path))


def judged(folder: Path) -> list[Judged]:
    """Return what was found of each generator; see `esc_core.generate.worth.judged.read_judged`."""
    return _judged(str(folder), changed_at(folder / FILE))


@st.cache_data(max_entries=2, show_spinner=False)
def _judged(folder: str, changed: int) -> list[Judged]:
    return read_judged(Path(folder))


def judged_file(path: Path, folder: Path) -> Judged | None:
    """Return what was found of the generator in a file; None if this very file was not judged.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    own = {one.file: one for one in judged(folder)}
    return own.get(_fingerprint(str(path), changed_at(path))) if own else None


@st.cache_data(max_entries=16, show_spinner=False)
def _fingerprint(path: str, changed: int) -> str:
    try:
        return fingerprint(Path(path))
    except OSError:  # deleted since it was chosen
        return ""
