"""Below the map: the clips of a lasso or of a cluster, those most like a sound, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from esc_core.dataset import Clip, Dataset
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.clusters import strangers
from esc_core.unsupervised.maps import SoundMap
from esc_core.unsupervised.neighbours import more_like
from esc_core.words import counted, percent, percent_interval
from ui.clip.view import choose, clip_cards
from ui.clip_grid import MAX_CARDS
from ui.literal import literal

MORE = 8
"""Similar clips: one row of cards."""

STRANGE = "what does not belong"
"""Option for the clips that lie far from the centre of their cluster."""


def show_selection(
    dataset: Dataset, found: SoundMap, *, lasso: Sequence[str], chosen: str | None, names: Sequence[str], islands: bool
) -> None:
    """Show the clips of the lasso, else those of the chosen cluster, as cards.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    found : SoundMap
        The map.
    lasso : sequence of str
        Ids of the clips around which the lasso was drawn.
    chosen : str or None
        Name of the chosen cluster, or `STRANGE`.
    names : sequence of str
        Names of the clusters.
    islands : bool
        Whether these are the islands.
    """
    on_map, inside = found.clips(dataset), set(lasso)
    labels = found.islands if islands else found.clusters
    if lasso:
        title, rows = "Your selection", [i for i, clip in enumerate(on_map) if clip.clip_id in inside]
    elif chosen == STRANGE:
        title, rows = "Far from the centre of their cluster", [one.row for one in strangers(found.x, labels)]
    elif chosen in names:
        title, rows = str(chosen), np.flatnonzero(labels == names.index(chosen)).tolist()
    else:
        return
    more = f", the first {MAX_CARDS} of them" if len(rows) > MAX_CARDS else ""
    st.markdown(f"**{literal(title)}**: {counted(len(rows), 'clip', 'clips')}{more}")
    if rows:
        _cards(dataset, [on_map[i] for i in rows[:MAX_CARDS]], key="map_cards", label=title)


def show_like(
    dataset: Dataset, found: SoundMap, direction: np.ndarray, name: str, *, key: str, leave_out: int | None = None
) -> None:
    """Show the clips most like a sound, the most similar first.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    found : SoundMap
        The map.
    direction : numpy.ndarray, shape (d,)
        Direction of the sound.
    name : str
        What the sound is called.
    key : str
        Streamlit key of the cards.
    leave_out : int, optional
        Row of the sound itself.
    """
    rows, similarity = more_like(direction, found.x, k=MORE, leave_out=() if leave_out is None else (leave_out,))
    if not rows.size:
        return
    st.markdown(f"**Most like {literal(name)}** (cosine similarity {similarity[0]:.2f} to {similarity[-1]:.2f})")
    _cards(dataset, [dataset.clips[found.positions[i]] for i in rows], key=key, label=f"Clips most like {name}")


def _cards(dataset: Dataset, clips: Sequence[Clip], *, key: str, label: str) -> None:
    press = clip_cards(dataset, clips, key=key, label=label)
    if press is not None:
        choose(press)
        st.rerun()  # the clip is shown above


def show_measures(measures: Sequence[Measure]) -> None:
    """Say how much of the categories the embeddings tell, if it was measured."""
    found = {one.name: one for one in measures}
    said = {"nearest": "the nearest clip of another fold has the same category", "probe": "a linear probe is correct"}
    parts = [
        f"{words} for {percent(one.value, digits=1)} of the clips (95% interval {percent_interval(one.interval)}; "
        f"chance: {percent(one.chance, digits=1)})"
        for name, words in said.items()
        if (one := found.get(name)) is not None
    ]
    if parts:
        st.caption(f"How much of the categories is in the sound alone: {'; '.join(parts)}.")
