"""Choosing a clip of the data set by category; the selected clip is kept in the URL."""

from __future__ import annotations

import random
from collections.abc import Sequence

import streamlit as st

from esc_core.dataset import Clip, Dataset
from esc_core.words import readable
from ui import loaders, state
from ui.clip_grid import UNREADABLE
from ui.literal import literal


def pick_clip(dataset: Dataset | None) -> Clip | None:
    """Let the user choose a category and a clip, or a random clip.

    Parameters
    ----------
    dataset : Dataset or None
        The data in use.

    Returns
    -------
    Clip or None
        The selected clip; None without data.
    """
    if dataset is None:
        st.info(
            "There is no data set yet. Use the data button above to choose a folder or to download ESC-50.",
            icon=":material/folder_open:",
        )
        return None
    wanted = state.CLIP.read()
    if wanted is not None and wanted not in dataset.by_id:
        st.warning(
            f"The clip {literal(wanted)} is not in this data set; another one is shown.", icon=":material/search_off:"
        )
    first = next(iter(_readable(dataset, dataset.clips)))
    chosen = _choose(dataset, dataset.by_id.get(wanted or "", first))
    if chosen.clip_id != wanted:
        state.CLIP.write(chosen.clip_id)
        if wanted is None or wanted in dataset.by_id:
            st.rerun()
    return chosen


def _readable(dataset: Dataset, clips: Sequence[Clip]) -> Sequence[Clip]:
    """Return the clips that can be read; all of them if none can, so that there is one to name."""
    bad = loaders.bad_clips(dataset)
    return [clip for clip in clips if clip.filename not in bad] or clips


def _choose(dataset: Dataset, clip: Clip) -> Clip:
    """Show the selection boxes, set to a clip, and the button; return what the user chose."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        category = st.selectbox(
            "Category",
            dataset.categories,
            index=dataset.categories.index(clip.category),
            format_func=readable,
            width=260,
        )
        bad = loaders.bad_clips(dataset)
        clips = [other for other in dataset.clips if other.category == category]
        chosen = st.selectbox(
            "Clip",
            clips,
            index=clips.index(clip if clip in clips else _readable(dataset, clips)[0]),
            format_func=lambda other: (
                f"{other.clip_id} · {UNREADABLE if other.filename in bad else f'fold {other.fold}'}"
            ),
            width=260,
            key=f"clip_of:{category}:{clip.clip_id}",
        )
        if st.button("Random clip", icon=":material/shuffle:"):
            chosen = random.choice(_readable(dataset, dataset.clips))
    return chosen
