"""A grid of clips: small mel spectrograms to look at, and ▸ to play each in the page's one player.

One component shows a whole page of cards, because a hundred Streamlit elements would be slow. It knows nothing of data
sets: a card may be a clip, a draw of an augmentation, or a clip in a cell of a confusion matrix.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from esc_core.config import require

__all__ = ["MAX_CARDS", "UNREADABLE", "ClipCard", "Press", "clip_grid"]

MAX_CARDS = 24
"""Most cards in one grid; more need another page."""

UNREADABLE = "can't be read"
"""What the card of a sound without a picture says."""

_HERE = Path(__file__).parent
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_COMPONENT = st.components.v2.component(
    "esc_clip_grid",
    html='<ul class="grid">\n</ul>',
    css=(_HERE / "grid.css").read_text(encoding="utf-8"),
    js=(_HERE / "grid.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, kw_only=True)
class ClipCard:
    """The content of one card.

    Attributes
    ----------
    card_id : str
        Id returned when the card is pressed; unique within the grid.
    title : str
        First line, such as "dog".
    subtitle : str
        Second line, such as "fold 1".
    picture : bytes or None
        Small mel spectrogram as PNG; None for a sound that can't be read, whose card is grey and has no ▸.
    color : str
        Colour of the thin edge, such as "#E69F00".
    tip : str
        Tooltip with the meaning of the colour and further facts, also for screen readers.
    """

    card_id: str
    title: str
    subtitle: str
    picture: bytes | None
    color: str
    tip: str

    def __post_init__(self) -> None:
        """Check every field; see `ParameterError`."""
        require(bool(self.card_id and self.title.strip()), "a card needs an id and a title", (self.card_id, self.title))
        png = self.picture is None or self.picture.startswith(b"\x89PNG")
        require(png, "picture must be a PNG file", (self.picture or b"")[:8])
        require(_COLOR.fullmatch(self.color) is not None, "color must look like #E69F00", self.color)


@dataclass(frozen=True, kw_only=True)
class Press:
    """A press of the user on a card.

    Attributes
    ----------
    card_id : str
        Id of the card.
    token : str
        Unique for each press; the player plays each token once.
    play : bool
        Whether ▸ was pressed; otherwise the picture, which selects without playing.
    """

    card_id: str
    token: str
    play: bool


def clip_grid(
    cards: Sequence[ClipCard], *, key: str, chosen: str | None = None, label: str = "Clips", brings: str | None = None
) -> Press | None:
    """Show a grid of cards.

    Parameters
    ----------
    cards : sequence of ClipCard
        At most `MAX_CARDS`.
    key : str
        Streamlit key of this grid.
    chosen : str, optional
        Id of the card to mark.
    label : str
        Label of the grid for screen readers.
    brings : str, optional
        Key of the container that shows the selected card in full; a press on a picture scrolls it into view.

    Returns
    -------
    Press or None
        The press that caused this run; None in every other run.

    Raises
    ------
    ParameterError
        If there are too many cards, or two with the same id.
    """
    ids = [card.card_id for card in cards]
    require(len(cards) <= MAX_CARDS, f"a grid takes at most {MAX_CARDS} cards", len(cards))
    require(len(set(ids)) == len(ids), "each card must have an id of its own", ids)
    # known before the grid is shown, so that the card is already marked in this run
    press = _read(st.session_state.pop(_pressed(key), None), ids)
    if press is not None:
        chosen = press.card_id
    _COMPONENT(key=key, data=_pack(cards, chosen, label, brings), on_press_change=partial(_remember, key))
    return press


def _pressed(key: str) -> str:
    return f"clip_grid:{key}"


def _remember(key: str) -> None:
    st.session_state[_pressed(key)] = st.session_state[key].press


def _read(value: Any, ids: list[str]) -> Press | None:
    """Return the press that the browser sent, if its card is in this grid."""
    if not isinstance(value, dict) or value.get("card_id") not in ids:
        return None
    return Press(card_id=value["card_id"], token=str(value.get("token", "")), play=value.get("play") is True)


def _pack(cards: Sequence[ClipCard], chosen: str | None, label: str, brings: str | None) -> bytes:
    """Pack the content for the browser: length of a JSON header, the header, then the pictures."""
    shown = [
        {
            "id": card.card_id,
            "title": card.title,
            "subtitle": card.subtitle,
            "color": card.color,
            "tip": card.tip,
            "size": len(card.picture or b""),
        }
        for card in cards
    ]
    pictures = b"".join(card.picture or b"" for card in cards)
    # The browser builds the cards again only when this changes.
    view = hashlib.sha1(json.dumps(shown).encode() + pictures, usedforsecurity=False).hexdigest()
    header = json.dumps({"cards": shown, "view": view, "chosen": chosen, "label": label, "brings": brings}).encode()
    return struct.pack("<I", len(header)) + header + pictures
