"""The map of the data in use: opened, or made in the background by a process that survives a closed tab."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import streamlit as st

from esc_core.children import start_child
from esc_core.dataset import Dataset
from esc_core.errors import ModelError
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.embedders import EMBEDDINGS, embedding_key, embeddings_at_hand
from esc_core.unsupervised.maps import SoundMap, map_path, read_map, read_measures
from esc_core.unsupervised.shipped import has_shipped_map, shipped_map, shipped_measures
from ui.dialog import rerun_page
from ui.literal import literal
from ui.loaders.changed import changed_at

POLL_SECONDS = 1.0

FAILED = "The map could not be made."


@st.cache_resource(show_spinner=False)
def _makers() -> dict[str, subprocess.Popen[bytes]]:
    # one for all sessions
    return {}


@st.cache_resource(max_entries=3, show_spinner=False)
def _opened(path: str, changed: int) -> SoundMap | None:
    return read_map(Path(path))


@st.cache_resource(max_entries=3, show_spinner=False)
def _opened_shipped(_dataset: Dataset, root: str, clips: int, key: tuple[Any, ...]) -> SoundMap | None:
    return shipped_map(_dataset, key)


def _shipped(dataset: Dataset, key: tuple[Any, ...]) -> SoundMap | None:
    return _opened_shipped(dataset, str(dataset.root), hash(tuple(clip.clip_id for clip in dataset.clips)), key)


def offered_embeddings(dataset: Dataset) -> list[str]:
    """Return what the map can compare by: what this computer can make, and what is shipped for the data in use."""
    at_hand = embeddings_at_hand()
    return [name for name in EMBEDDINGS if name in at_hand or (has_shipped_map(dataset, name) and _has_key(name))]


def _has_key(embedding: str) -> bool:
    """Return whether a map of an embedding can be told from others: that of a network needs the network's file."""
    try:
        embedding_key(embedding)
    except ModelError:
        return False
    return True


def measures_of(dataset: Dataset, embedding: str) -> list[Measure]:
    """Return what was measured of the map; none before it is there."""
    key = embedding_key(embedding)
    if _shipped(dataset, key) is not None:
        return shipped_measures(embedding)
    return read_measures(map_path(dataset, key))


def ready_map(dataset: Dataset, embedding: str) -> SoundMap | None:
    """Return the map if it is there; otherwise have it made, and show how far it is.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    embedding : str
        What the sounds are compared by.

    Returns
    -------
    SoundMap or None
        None until it is there; the page runs again then.
    """
    key = embedding_key(embedding)
    if (shipped := _shipped(dataset, key)) is not None:
        return shipped
    path = map_path(dataset, key)
    found = _opened(str(path), changed_at(path))
    if found is not None:
        return found
    maker = _makers().get(str(path))
    if maker is None:
        maker = _makers()[str(path)] = _start(dataset, embedding, path)
    if maker.poll() is None:
        _watch(str(path))
        return None
    st.error(literal(_last_line(path) or FAILED), icon=":material/error:", title="No map")
    if st.button("Try again", icon=":material/refresh:", key="map:again"):
        del _makers()[str(path)]
        st.rerun()
    return None


def _start(dataset: Dataset, embedding: str, path: Path) -> subprocess.Popen[bytes]:
    arguments = ("esc_core.unsupervised.worker", str(dataset.root), embedding)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _log(path).open("wb") as log:
            return start_child(*arguments, stderr=log)
    except OSError:  # then it can't write the map either, which its exit says
        return start_child(*arguments, stderr=subprocess.DEVNULL)


def _log(path: Path) -> Path:
    return path.with_suffix(".log")


def _last_line(path: Path) -> str:
    try:
        lines = _log(path).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


@st.fragment(run_every=POLL_SECONDS)
def _watch(path: str) -> None:
    maker = _makers().get(path)
    if maker is None or maker.poll() is not None or Path(path).exists():
        rerun_page()
    doing = _last_line(Path(path)) or "Starting"
    st.progress(_share(doing), f"{literal(doing)}. The map is made once; this takes a minute or two.")


def _share(doing: str) -> float:
    """Return how much of the work is done, by the words of the process."""
    words = doing.split()
    if doing.startswith("Reading") and len(words) >= 3 and words[-1].isdecimal() and words[-3].isdecimal():
        return 0.6 * int(words[-3]) / max(1, int(words[-1]))
    return 0.65 if doing.startswith("Laying") else 0.0
