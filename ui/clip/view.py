"""The selected clip, full width: player, settings of its spectrogram, its recording, its category."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from esc_core import colours
from esc_core.dataset import Clip, Dataset
from esc_core.errors import AudioError
from esc_core.features.overview import SoundStats
from esc_core.models.card import Card
from esc_core.words import percent, readable
from ui import loaders, state
from ui.clip.bar import clip_bar
from ui.clip.picture import picture_settings
from ui.clip_grid import UNREADABLE, ClipCard, Press, clip_grid
from ui.literal import literal, show_error
from ui.player import player

MORE = 8
"""Further clips shown of a recording and of a category: one row of cards."""

CONTAINER = "selected_clip"
"""Streamlit key of the container that holds the player."""

_TOKEN = "explore:token"


def selected_clip(dataset: Dataset) -> Clip | None:
    """Return the clip that the URL names; the user is told if it is not in the data set."""
    wanted = state.CLIP.read()
    if wanted is not None and wanted not in dataset.by_id:
        st.warning(f"The clip {literal(wanted)} is not in this data set.", icon=":material/search_off:")
    return dataset.by_id.get(wanted or "")


def choose(press: Press) -> None:
    """Select the clip of a pressed card; ▸ also plays it."""
    state.CLIP.write(press.card_id)
    st.session_state[_TOKEN] = press.token if press.play else None


def clip_cards(dataset: Dataset, clips: Sequence[Clip], *, key: str, label: str) -> Press | None:
    """Show some clips as a grid of cards; the selected one is marked.

    Parameters
    ----------
    dataset : Dataset
        The data set of the clips.
    clips : sequence of Clip
        At most one page of clips.
    key : str
        Streamlit key of the grid.
    label : str
        Label of the grid for screen readers.

    Returns
    -------
    Press or None
        The press, for `choose`.
    """
    pictures = loaders.thumbnails(dataset, clips)
    cards = [_card(clip, picture) for clip, picture in zip(clips, pictures, strict=True)]
    return clip_grid(cards, key=key, chosen=state.CLIP.read(), label=label, brings=CONTAINER)


def _card(clip: Clip, picture: bytes | None) -> ClipCard:
    return ClipCard(
        card_id=clip.clip_id,
        title=readable(clip.category),
        subtitle=f"fold {clip.fold}" if picture else UNREADABLE,
        picture=picture,
        color=colours.GROUPS[clip.group],
        tip=f"{clip.group}, {clip.clip_id}, fold {clip.fold}" + ("" if picture else f", {UNREADABLE}"),
    )


@st.fragment
def clip_view(dataset: Dataset, clip: Clip, model: Card | None, *, more: bool = True) -> None:
    """Show a clip with all that is known about it.

    Parameters
    ----------
    dataset : Dataset
        The data set of the clip.
    clip : Clip
        The selected clip.
    model : Card or None
        The model whose settings are offered for the spectrogram.
    more : bool
        Whether the clips of its recording and others of its category follow.
    """
    try:
        stats = loaders.sound_stats(dataset, clip)
    except AudioError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return
    above = st.container(key=CONTAINER)
    config, top_db = picture_settings(loaders.sampling_rate(dataset, clip), model)
    with above:
        with clip_bar(clip, here="explore", facts=_facts(dataset, clip, stats)):
            _download(dataset.path(clip))
        track = loaders.clip_track(dataset, clip, config, top_db=top_db, color=colours.GROUPS[clip.group])
        player(key="player", tracks=[track], height=260, autoplay_token=st.session_state.get(_TOKEN))
    if more:
        _more(dataset, clip)


def _facts(dataset: Dataset, clip: Clip, stats: SoundStats) -> str:
    n = len(dataset.siblings(clip)) + 1
    recording = f"recording {literal(clip.src_file)}"
    if not dataset.synthetic and re.fullmatch("[0-9]+", clip.src_file):  # a number of Freesound, as in ESC-50
        recording = f"[{recording}](https://freesound.org/s/{clip.src_file}/)"
    level = "pure silence" if stats.level_db != stats.level_db else f"{stats.level_db:.0f} dBFS".replace("-", "−")
    return f"{recording} ({n} {'clip' if n == 1 else 'clips'}) · {percent(stats.silence)} silence · {level}"


def _download(path: Path) -> None:
    st.download_button(
        "Download",
        path.read_bytes,
        path.name,
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        help="The file as it is in the data set.",
    )


def _more(dataset: Dataset, clip: Clip) -> None:
    """Show the clips from the same recording, and others of the category."""
    siblings = dataset.siblings(clip)
    others = [o for o in dataset.clips if o.category == clip.category and o != clip and o not in siblings]
    presses = []
    if siblings:
        st.markdown("**Same recording**")
        presses.append(clip_cards(dataset, siblings[:MORE], key="siblings", label="Clips of the same recording"))
    if others:
        name = readable(clip.category)
        st.markdown(f"**More {literal(name)}**")
        presses.append(clip_cards(dataset, others[:MORE], key="category_clips", label=f"More {name}"))
    if press := next(filter(None, presses), None):
        choose(press)
        st.rerun()
