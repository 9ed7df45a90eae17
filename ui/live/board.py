"""Bars, scrolling mel and the list of events, drawn by the browser: twice a second is too often for page elements."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from esc_core.colours import GREY, GROUPS
from esc_core.inference.background import NOTHING
from esc_core.inference.certainty import NOT_SURE
from esc_core.inference.live import Arrivals
from esc_core.models.card import Card
from esc_core.plots.spectrograms import magma
from esc_core.words import counted, readable, rough_duration
from ui.answer.prediction import groups_of
from ui.live.session import Heard

SENT_SECONDS = 3.0
"""Spectrogram that is sent each time, in seconds: a message may get lost."""

LOW_DB, HIGH_DB = -75.0, -15.0
"""Levels that are shown darkest and brightest, relative to noise at full scale."""

LEAST_SHOWN = 0.01
"""Probability of a category below which no bar is shown."""

N_LISTED = 30
"""Events in the list."""

_HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "esc_live_board",
    html=(_HERE / "board.html").read_text(encoding="utf-8"),
    css=(_HERE / "board.css").read_text(encoding="utf-8"),
    js=(_HERE / "board.js").read_text(encoding="utf-8"),
)


def board(heard: Heard, card: Card, *, large: bool, paused: bool, beep: bool) -> int | None:
    """Show what is heard, and return the number of the event whose button was pressed.

    Parameters
    ----------
    heard : Heard
        What the session hears.
    card : Card
        The model's card.
    large : bool
        Whether it is to be read from the back of a room.
    paused : bool
        Whether the sound is not listened to.
    beep : bool
        Whether an alarm sounds.
    """
    update, colours = heard.update, {name: GROUPS.get(group, GREY) for name, group in groups_of(card).items()}
    going_on, bars = (update.open, update.bars) if update and not paused else ((), ())
    if not any(value >= LEAST_SHOWN for _, value in bars):
        bars = ()  # at first the order means nothing
    rows = [(e.number, e.start, readable(e.category), e.prob, e in heard.events) for e in [*heard.events, *going_on]]
    data: dict[str, Any] = {
        "state": "Paused" if paused else _state(heard),
        "bars": [(readable(name), round(value, 3), colours[name]) for name, value in bars],
        "mel": _mel(heard),
        "names": [(start, name) for _, start, name, _, _ in rows],
        "events": [(n, round(start, 2), *others) for n, start, *others in rows[::-1][:N_LISTED]],
        "alarm": {"text": _alarms(heard), "count": heard.n_fired, "beep": beep},
        "counts": _counts(heard.arrivals),
        "large": large,
    }  # fmt: skip
    result = _COMPONENT(key="live:board", data=data, on_picked_change=lambda: None)
    return result.picked if isinstance(result.picked, int) else None


def _state(heard: Heard) -> str:
    update = heard.update
    if update is None:
        return "Not listening"
    if update.state == NOTHING:
        return "Quiet"
    if update.state:
        return NOT_SURE.capitalize()
    name = readable(max(update.bars, key=lambda bar: bar[1])[0])
    return name[:1].upper() + name[1:]


def _alarms(heard: Heard) -> str:
    parts = [f"{readable(rule.category)}: heard {counted(f.count, 'time', 'times')}" for rule, f in heard.fired.items()]
    return ", ".join(parts)


def _counts(arrivals: Arrivals) -> str:
    if not arrivals.received:
        return ""
    lost = f"{counted(arrivals.lost, 'piece', 'pieces')} lost, {arrivals.late} late"
    unheard = f" Nothing was heard for {rough_duration(arrivals.unheard)}." if arrivals.unheard >= 0.5 else ""
    gone = (
        f" The app was started again, or the connection to it was lost: what it heard in the first "
        f"{rough_duration(arrivals.forgotten)} is not in the list."
        if arrivals.forgotten
        else ""
    )
    return f"{counted(arrivals.received, 'piece', 'pieces')} of half a second received, {lost}.{unheard}{gone}"


def _mel(heard: Heard) -> dict[str, Any]:
    listener = heard.listener
    first, level_db = listener.log_mel_db(round(SENT_SECONDS / listener.frame_seconds))
    levels = np.clip((level_db - LOW_DB) / (HIGH_DB - LOW_DB) * 255, 0, 255).astype(np.uint8)
    return {
        "first": first,
        "columns": base64.b64encode(levels.T.tobytes()).decode(),
        "n_mels": len(levels),
        "frame_seconds": listener.frame_seconds,
        "palette": [[*colour, 255] for colour in magma()[::8].tolist()],
    }
