"""What was found of the generators, for the pages that show it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from esc_core.generate.judged import FILE, Judged, fingerprint, read_judged
from ui.loaders.changed import changed_at


def judged(folder: Path) -> list[Judged]:
    """Return what was found of each generator; see `esc_core.generate.judged.read_judged`."""
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
