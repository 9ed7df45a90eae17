"""All clips on a map that was made without labels: like beside like, to hear, to select, and to find more of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from esc_core import colours
from esc_core.config import ASSETS_DIR, CONTAINER_NAMES, AudioLimits
from esc_core.dataset import GROUPS, OTHER, Clip, Dataset
from esc_core.decoding.decode import decode
from esc_core.disk.tables import read_table
from esc_core.errors import EscError
from esc_core.plots.maps import map_figure, wheel
from esc_core.training.quick.samples import loudest_part
from esc_core.unsupervised.clusters import NO_CLUSTER, cluster_names, strangers
from esc_core.unsupervised.embedders import EMBEDDINGS, embeddings_at_hand, load_embedder
from esc_core.unsupervised.layout import place
from esc_core.unsupervised.maps import SoundMap, read_measures
from esc_core.unsupervised.neighbours import more_like
from esc_core.words import counted, percent, percent_interval, readable
from ui import state
from ui.clip.view import choose, clip_cards
from ui.clip_grid import MAX_CARDS
from ui.explore.map_job import file_of, ready_map
from ui.frame.starter import start_if_needed
from ui.literal import literal, show_error

MORE = 8
"""Similar clips: one row of cards."""

CHART = "explore:map"
"""Streamlit key of the map."""

PLOTLY = {"displayModeBar": False, "scrollZoom": True}

MISTAKES = ASSETS_DIR / "results" / "mel_cnn-predictions.csv"
"""What the shipped mel CNN says of each clip of ESC-50, by the network that was not trained on its fold."""

STRANGE = "what does not belong"
"""Option for the clips that lie far from the centre of their cluster."""

_LASSO = "explore:map_selection"

COLOUR_HELP = {
    "group": "The five major categories of ESC-50.",
    "category": "The label, which was not used to make the map.",
    "fold": "Folds should lie all over the map: if one had a place of its own, it would differ from the others.",
    "cluster": "k-means, with as many clusters as there are categories.",
    "island": "HDBSCAN on the map: any number of clusters, and clips that lie alone.",
    "mistakes": "Whether the shipped mel CNN classifies the clip correctly, by the network not trained on its fold.",
}


def show_map(dataset: Dataset, clips: Sequence[Clip]) -> None:
    """Show the map, and the clips that were selected on it.

    Parameters
    ----------
    dataset : Dataset
        The data in use; all of it is laid out.
    clips : sequence of Clip
        The clips that pass the filters; the others are not drawn.
    """
    if start_if_needed():
        st.info("The map can be made once all sounds are synthesised, in a few seconds.", icon=":material/hourglass:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_settings"):
        embedding = _embedding()
        colour = _colour(dataset)
        own_sound = st.popover("A sound of your own", icon=":material/add_location:", key="map_own")
        # the list does with a keyboard what the lasso does with a mouse
        listed = st.container(key="map_clusters")
        lasso = st.toggle(
            "Lasso", key="explore:lasso", persist_state="session",
            help="On: draw around several clips to see them as cards. Off: press one to hear it, drag to move the map.",
        )  # fmt: skip
    found = ready_map(dataset, embedding)
    if found is None:
        return
    with own_sound:
        own = _own_direction(found, embedding)
    on_map = found.clips(dataset)
    names = _cluster_names(found, on_map, colour)
    with listed:
        chosen = _choose_cluster(names, colour)
    _draw(found, on_map, clips, colour, names, own, lasso=lasso)
    _measures(dataset, embedding)
    if own is not None:
        _like(dataset, found, own, "your sound", key="map_like_own")
    _selected(dataset, found, on_map, chosen, names, colour)
    here = state.CLIP.read()
    row = next((i for i, clip in enumerate(on_map) if clip.clip_id == here), None)
    if row is not None:
        _like(dataset, found, found.x[row], f"{readable(on_map[row].category)}, {here}", key="map_like", leave_out=row)


def _embedding() -> str:
    at_hand = embeddings_at_hand()
    value = st.segmented_control(
        "Compare by", at_hand, format_func=lambda name: EMBEDDINGS[name], required=True,
        default=at_hand[0], key="explore:embedding", persist_state="session",
        help="What makes two sounds alike. Log-mel statistics: which frequencies are loud, and how much they change. "
        "YAMNet: a network that has heard two million clips of AudioSet, with their labels.",
    )  # fmt: skip
    return str(value or at_hand[0])


def _colour(dataset: Dataset) -> str:
    allowed = [one for one in state.COLOUR.allowed if one != "mistakes" or _all_predicted(dataset)]
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
    found: SoundMap,
    on_map: Sequence[Clip],
    clips: Sequence[Clip],
    colour: str,
    names: tuple[str, ...],
    own: np.ndarray | None,
    *,
    lasso: bool,
) -> None:
    passing = {clip.clip_id for clip in clips}
    rows = np.array([i for i, clip in enumerate(on_map) if clip.clip_id in passing], int)
    values, palette = _values(found, on_map, colour, names)
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


def _values(
    found: SoundMap, clips: Sequence[Clip], colour: str, names: tuple[str, ...]
) -> tuple[list[str], dict[str, str]]:
    """Return what gives each clip its colour, and the colours."""
    if colour == "group":
        return [clip.group for clip in clips], {group: colours.GROUPS[group] for group in (*GROUPS, OTHER)}
    if colour == "mistakes":
        predicted = _predicted()
        verdict = {True: "correctly classified", False: "wrongly classified"}
        values = [verdict[predicted.get(clip.filename) == clip.category] for clip in clips]
        return values, {verdict[True]: colours.CORRECT, verdict[False]: colours.ORANGE}
    if colour in ("cluster", "island"):
        labels = found.islands if colour == "island" else found.clusters
        alone = {"alone": colours.GREY} if (labels == NO_CLUSTER).any() else {}
        return ["alone" if k == NO_CLUSTER else names[k] for k in labels.tolist()], wheel(names) | alone
    values = [f"fold {clip.fold}" if colour == "fold" else readable(clip.category) for clip in clips]
    return values, wheel(sorted(set(values)))


def _all_predicted(dataset: Dataset) -> bool:
    # synthetic sounds have names like ESC-50's
    return not dataset.synthetic and {clip.filename for clip in dataset.clips} <= _predicted().keys()


@st.cache_data(max_entries=1, show_spinner=False)
def _predicted() -> dict[str, str]:
    table = read_table(MISTAKES, required=("filename", "predicted"))
    return dict(zip(table["filename"], table["predicted"], strict=True))


def _take() -> None:
    """Select the clip whose point was pressed, or keep the clips around which the lasso was drawn."""
    points: list[dict[str, Any]] = st.session_state[CHART].selection.points
    ids = [str(point["customdata"]) for point in points if point.get("customdata")]
    if len(ids) == 1:
        state.CLIP.write(ids[0])
    st.session_state[_LASSO] = ids if len(ids) > 1 else []


def _measures(dataset: Dataset, embedding: str) -> None:
    found = {one.name: one for one in read_measures(file_of(dataset, embedding))}
    said = {"nearest": "the nearest clip of another fold has the same category", "probe": "a linear probe is correct"}
    parts = [
        f"{words} for {percent(one.value, digits=1)} of the clips (95% interval {percent_interval(one.interval)}; "
        f"chance: {percent(one.chance, digits=1)})"
        for name, words in said.items()
        if (one := found.get(name)) is not None
    ]
    if parts:
        st.caption(f"How much of the categories is in the sound alone: {'; '.join(parts)}.")


def _selected(
    dataset: Dataset,
    found: SoundMap,
    on_map: Sequence[Clip],
    chosen: str | None,
    names: tuple[str, ...],
    colour: str,
) -> None:
    """Show the clips of the lasso, else those of the chosen cluster, as cards."""
    lasso = set(st.session_state.get(_LASSO, ()))
    labels = found.islands if colour == "island" else found.clusters
    if lasso:
        title, rows = "Your selection", [i for i, clip in enumerate(on_map) if clip.clip_id in lasso]
    elif chosen == STRANGE:
        title, rows = "Far from the centre of their cluster", [one.row for one in strangers(found.x, labels)]
    elif chosen in names:
        title, rows = chosen, np.flatnonzero(labels == names.index(chosen)).tolist()
    else:
        return
    more = f", the first {MAX_CARDS} of them" if len(rows) > MAX_CARDS else ""
    st.markdown(f"**{literal(title)}**: {counted(len(rows), 'clip', 'clips')}{more}")
    press = clip_cards(dataset, [on_map[i] for i in rows[:MAX_CARDS]], key="map_cards", label=title) if rows else None
    if press is not None:
        choose(press)


def _like(
    dataset: Dataset, found: SoundMap, direction: np.ndarray, name: str, *, key: str, leave_out: int | None = None
) -> None:
    rows, similarity = more_like(direction, found.x, k=MORE, leave_out=() if leave_out is None else (leave_out,))
    if not rows.size:
        return
    st.markdown(f"**Most like {literal(name)}** (cosine similarity {similarity[0]:.2f} to {similarity[-1]:.2f})")
    clips = [dataset.clips[found.positions[i]] for i in rows]
    press = clip_cards(dataset, clips, key=key, label=f"Clips most like {name}")
    if press is not None:
        choose(press)


def _own_direction(found: SoundMap, embedding: str) -> np.ndarray | None:
    """Let the user name a file, and return its direction on the map."""
    file = st.file_uploader(
        "Sound file", key="map:file", help=f"{CONTAINER_NAMES}, up to {AudioLimits().largest_file}."
    )
    if file is None:
        st.caption(f"{CONTAINER_NAMES}. The sound stays with the computer that runs this app.")
        return None
    data = file.getvalue()
    try:
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        return found.direction(_vector(digest, file.name, embedding, data))
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return None


@st.cache_data(max_entries=8, show_spinner="Comparing the sound")
def _vector(digest: str, name: str, embedding: str, _data: bytes) -> np.ndarray:
    decoded = decode(_data, name=name)
    return load_embedder(embedding).vector(loudest_part(decoded.y, decoded.sr), decoded.sr)
