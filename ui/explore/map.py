"""All clips on a map that was made without labels: like beside like, to hear, to select, and to find more of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from esc_core.dataset import Clip, Dataset
from esc_core.models.card import Card
from esc_core.plots.maps import map_figure
from esc_core.unsupervised.clusters import cluster_names
from esc_core.unsupervised.embedders import EMBEDDINGS
from esc_core.unsupervised.layout import place
from esc_core.unsupervised.maps import SoundMap
from esc_core.words import counted, readable
from ui import state
from ui.clip.view import choose, clip_view, selected_clip
from ui.clip_grid import Press
from ui.explore.map_cards import STRANGE, show_like, show_measures, show_selection
from ui.explore.map_colours import COLOUR_HELP, all_predicted, values_and_palette
from ui.explore.map_job import measures_of, offered_embeddings, ready_map
from ui.explore.map_sound import own_direction
from ui.frame.starter import start_if_needed

CHART = "explore:map"
"""Streamlit key of the map."""

# a canvas has two pixels for each of the screen's by default, which costs a computer without a graphics card the most
PLOTLY = {"displayModeBar": False, "scrollZoom": True, "plotGlPixelRatio": 1}

_LASSO = "explore:map_selection"

ALIKE_HELP = {
    "log_mel": "which frequencies are loud, and how much they change.",
    "yamnet": "a network that has heard two million clips of AudioSet, with their labels.",
    "contrastive": "it learnt only which two sounds are changed versions of the same clip.",
}
"""What each embedding compares."""


def show_map(dataset: Dataset, clips: Sequence[Clip], bar: DeltaGenerator, model: Card | None) -> None:
    """Show the map, and the clips that were selected on it.

    Parameters
    ----------
    dataset : Dataset
        The data in use; all of it is laid out.
    clips : sequence of Clip
        The clips that pass the filters; the others are not drawn.
    bar : DeltaGenerator
        Container for the lasso's switch and a sound of the user's own, beside the choice of the view.
    model : Card or None
        The model whose settings are offered for the spectrogram of the selected clip.
    """
    if start_if_needed():
        st.info("The map can be made once all sounds are synthesised, in a few seconds.", icon=":material/hourglass:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_settings"):
        embedding = _embedding(dataset)
        colour = _colour(dataset)
        # the list does with a keyboard what the lasso does with a mouse
        listed = st.container(key="map_clusters", width="content")
    with bar:
        lasso = st.toggle(
            "Lasso", key="explore:lasso", persist_state="session",
            help="On: draw around several clips to see them as cards. Off: press one to hear it, drag to move the map.",
        )  # fmt: skip
        own_sound = st.popover("A sound of your own", icon=":material/add_location:", key="map_own")
    found = ready_map(dataset, embedding)
    if found is None:
        return
    with own_sound:
        own = own_direction(found, embedding)
    names = _cluster_names(found, found.clips(dataset), colour)
    with listed:
        chosen = _choose_cluster(names, colour)
    _draw(dataset, found, clips, colour, names, own, lasso=lasso)
    show_selection(
        dataset, found, lasso=st.session_state.get(_LASSO, ()), chosen=chosen, names=names, islands=colour == "island"
    )
    if own is not None:
        show_like(dataset, found, own, "your sound", key="map_like_own")
    _show_selected(dataset, found, model)
    show_measures(measures_of(dataset, embedding))


def _show_selected(dataset: Dataset, found: SoundMap, model: Card | None) -> None:
    clip = selected_clip(dataset)
    if clip is None:
        return
    clip_view(dataset, clip, model, more=False)
    row = next((i for i, one in enumerate(found.clips(dataset)) if one == clip), None)
    if row is not None:
        name = f"{readable(clip.category)}, {clip.clip_id}"
        show_like(dataset, found, found.x[row], name, key="map_like", leave_out=row)


def _embedding(dataset: Dataset) -> str:
    offered, key = offered_embeddings(dataset), "explore:embedding"
    if st.session_state.get(key) not in (None, *offered):  # it was chosen with other data
        del st.session_state[key]
    explained = [f"**{EMBEDDINGS[name]}**: {ALIKE_HELP[name]}" for name in offered]
    value = st.segmented_control(
        "Compare by", offered, format_func=lambda name: EMBEDDINGS[name], required=True,
        default=offered[0], key=key, persist_state="session",
        help="  \n".join(["What makes two sounds alike.", *explained]),
    )  # fmt: skip
    return str(value or offered[0])


def _colour(dataset: Dataset) -> str:
    allowed = [one for one in state.COLOUR.allowed if one != "mistakes" or all_predicted(dataset)]
    value = st.segmented_control(
        "Colour", allowed, default=state.COLOUR.default, required=True, **state.COLOUR.bind(),
        help="  \n".join(f"**{name}**: {COLOUR_HELP[name]}" for name in allowed),
    )  # fmt: skip
    return value if value in allowed else state.COLOUR.default


def _cluster_names(found: SoundMap, clips: Sequence[Clip], colour: str) -> tuple[str, ...]:
    labels = found.islands if colour == "island" else found.clusters
    return cluster_names(labels, [clip.category for clip in clips])


def _choose_cluster(names: tuple[str, ...], colour: str) -> str | None:
    return st.selectbox(
        "Islands" if colour == "island" else "Clusters", [STRANGE, *names], index=None, placeholder="show one",
        key=f"explore:cluster:{colour == 'island'}", persist_state="session", width=260,
        help="The largest first, named by what is in it. To select clips freely, draw around them on the map.",
    )  # fmt: skip


def _draw(
    dataset: Dataset,
    found: SoundMap,
    clips: Sequence[Clip],
    colour: str,
    names: tuple[str, ...],
    own: np.ndarray | None,
    *,
    lasso: bool,
) -> None:
    on_map, passing = found.clips(dataset), {clip.clip_id for clip in clips}
    rows = np.array([i for i, clip in enumerate(on_map) if clip.clip_id in passing], int)
    values, palette = values_and_palette(found, on_map, colour, names)
    figure = map_figure(
        found.points[rows],
        [values[i] for i in rows],
        [f"{readable(on_map[i].category)} · {values[i]} · fold {on_map[i].fold}" for i in rows],
        [on_map[i].clip_id for i in rows],
        palette=palette,
        own=None if own is None else place(own, found.x, found.points),
        lasso=lasso,
    )
    st.plotly_chart(
        figure, key=CHART, on_select=_take, selection_mode=("points", "lasso"), config=PLOTLY,
        alt=f"Map of {counted(len(rows), 'clip', 'clips')}, coloured by {colour}; the list of clusters shows the same "
        "clips as cards",
    )  # fmt: skip
    st.caption(
        "Near each other: alike. The axes and the distances between islands mean nothing. Press a point to hear its "
        "clip, turn the wheel to come closer, switch the lasso on to draw around several."
    )


def _take() -> None:
    """Select the clip whose point was pressed and play it, or keep the clips around which the lasso was drawn."""
    points: list[dict[str, Any]] = st.session_state[CHART].selection.points
    ids = [str(point["customdata"]) for point in points if point.get("customdata")]
    if len(ids) == 1:
        choose(Press(card_id=ids[0], token=f"map:{time.time_ns()}", play=True))
    st.session_state[_LASSO] = ids if len(ids) > 1 else []
