"""A file that is listened to as if it were live."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from esc_core.config import CONTAINER_NAMES
from esc_core.dataset.own.names import group_of_file
from esc_core.decoding.decode import decode
from esc_core.errors import AudioError
from ui import memory
from ui.literal import show_error
from ui.live.session import Heard, Origin

MAX_STEP = 2.0
"""Sound that is listened to at a time, in seconds: after a pause the file goes on where it stopped."""

_KEPT = "live:file"


@dataclass(eq=False)
class Playing:
    """A file, and how far it has been listened to."""

    id: str
    origin: Origin
    y: np.ndarray
    sr: int
    at: int = 0
    since: float = field(default_factory=lambda: time.monotonic())


def choose_file() -> Playing | None:
    """Let the user upload a file; it begins at once, and again when another one is chosen."""
    chosen = st.file_uploader("A sound file", key="live:upload", label_visibility="collapsed")
    st.caption(f"{CONTAINER_NAMES}. It is listened to at the speed of sound, without being played.")
    things = memory.kept()
    if chosen is None:
        return things.get(_KEPT)
    known: Playing | None = things.get(_KEPT)
    if known is None or known.id != chosen.file_id:
        data = chosen.getvalue()
        try:
            sound = decode(data)
        except AudioError as error:
            show_error(error, icon=":material/hearing_disabled:")
            return None
        origin = Origin(group_of_file(chosen.name, data), "file")
        things[_KEPT] = Playing(chosen.file_id, origin, sound.y, sound.sr)
    return things[_KEPT]


def play(heard: Heard, playing: Playing, *, paused: bool) -> None:
    """Listen to what would have sounded since the last call."""
    now = time.monotonic()
    step, playing.since = min(now - playing.since, MAX_STEP), now
    if paused or playing.at >= playing.y.size:
        return
    end = playing.at + round(step * playing.sr)
    heard.begin(playing.origin)
    heard.take(playing.y[playing.at : end], playing.sr)
    playing.at = end
    if end >= playing.y.size:
        heard.finish()
