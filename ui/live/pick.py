"""The event that the user has pressed in the list: player, correction."""

from __future__ import annotations

from functools import partial

import streamlit as st

from esc_core import audio, features
from esc_core.colours import GREY, GROUPS
from esc_core.dataset import group_of
from esc_core.inference.live import LiveEvent
from esc_core.models.card import Card
from esc_core.words import readable
from ui.literal import named
from ui.live.keep import offer_sets, show_added
from ui.live.session import Heard
from ui.player import Track, player
from ui.player.make_track import make_track

_PICKED = "live:picked"


def pick(number: int) -> None:
    """Note the event that was pressed; each press plays it again."""
    presses = st.session_state.get(_PICKED, (0, 0))[1] + 1
    st.session_state[_PICKED] = (number, presses)


def show_picked(heard: Heard, card: Card) -> None:
    """Show the event that was pressed last, if its sound is still kept."""
    number, presses = st.session_state.get(_PICKED, (0, 0))
    event = heard.event(number)
    if event is None:
        return
    player(key="live:player", tracks=[_track(event, card)], height=120, autoplay_token=str(presses))
    said = st.selectbox(
        f"Wrong? It was not {named(event.category)} but …", card.labels, index=None, format_func=readable,
        key=f"live:was:{number}", placeholder="choose what it was", accept_new_options=True, persist_state="session",
        help="The model does not change by itself: add the sound to a data set of your own, and have it learnt.",
    )  # fmt: skip
    with st.container(horizontal=True, key="live_keep"):
        offer_sets(heard, event, category=said or event.category)
        st.download_button(
            "Save as a file", partial(audio.to_wav_bytes, event.y, event.sr),
            f"{_file_name(said or event.category)}-{event.start:.0f}s.wav", "audio/wav",
            icon=":material/download:", on_click="ignore", key="live:save",
        )  # fmt: skip
    show_added(event)


def _file_name(category: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in category)[:40] or "sound"


def _track(event: LiveEvent, card: Card) -> Track:
    config = card.features
    mel = features.mel_power(audio.resample(event.y, orig_sr=event.sr, target_sr=config.sr), config)
    color = GROUPS.get(group_of(event.category), GREY)
    minutes, seconds = divmod(int(event.start), 60)
    label = f"{readable(event.category)} at {minutes}:{seconds:02d}"  # as in the list
    return make_track(event.y, event.sr, features.log_mel_db(mel), config, label=label, color=color)
