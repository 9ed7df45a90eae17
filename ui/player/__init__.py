"""The clip player of all pages: sound, waveform and mel picture under one playhead, one track or an A/B pair.

It plays the WAV bytes that it receives, sample for sample, and never starts by itself.

tracks      its content: tracks, marks, guesses, a difference, an importance
make_track  a waveform and its spectrogram → a track
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from esc_core.config import require
from esc_core.words import percent
from ui.player.tracks import Difference, Guess, Importance, Mark, MelValues, Track, is_color

__all__ = ["Difference", "Guess", "Importance", "Mark", "MelValues", "Track", "player"]

_HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "esc_player",
    html=(_HERE / "player.html").read_text(encoding="utf-8"),
    css=(_HERE / "player.css").read_text(encoding="utf-8"),
    # One module in two files: sound and display.
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("sound.js", "player.js")),
)


def player(
    *,
    key: str,
    tracks: Sequence[Track],
    marks: Sequence[Mark] = (),
    guesses: Sequence[Guess] = (),
    difference: Difference | None = None,
    importance: Importance | None = None,
    loop: bool = False,
    height: int = 200,
    autoplay_token: str | None = None,
    autoplay_track: int = 0,
) -> None:
    """Show a player.

    A rerun with the same content changes nothing in the browser. A new sound stops the old one; a new
    picture, new marks or new guesses for the same sound do not.

    Parameters
    ----------
    key : str
        Streamlit key of this player.
    tracks : sequence of Track
        One track, or two of the same sampling rate to compare: they share playhead, time axis and
        amplitude scale, and the user switches between them.
    marks : sequence of Mark
        Spans drawn over the tracks, such as events.
    guesses : sequence of Guess
        What a model recognises at which time, below the picture, a row for each category.
    difference : Difference, optional
        The difference of two tracks, as a picture below them.
    importance : Importance, optional
        How much an answer needs each part of the first track.
    loop : bool
        Whether looping is on at first.
    height : int
        Height of waveform and picture of each track, in pixels, in [80, 600].
    autoplay_token : str, optional
        A new token plays the sound at once; pass one only when the user has just asked for this sound, as by ▸
        on a card. A token seen before plays nothing.
    autoplay_track : int
        Which of two tracks a new token plays, 0 or 1.

    Raises
    ------
    ParameterError
        If a parameter is out of range, or two tracks differ in sampling rate.
    """
    require(len(tracks) in (1, 2), "a player needs one or two tracks", len(tracks))
    rates = [track.sr for track in tracks]
    require(len(set(rates)) == 1, "both tracks must have the same sampling rate", rates)
    require(0 <= autoplay_track < len(tracks), "autoplay_track must be one of the tracks", autoplay_track)
    require(80 <= height <= 600, "height must be in [80, 600] pixels", height)
    require(all(0 <= g.prob <= 1 for g in guesses), "prob must be in [0, 1]", guesses)
    require(all(is_color(g.color) for g in guesses), "color must look like #E69F00", guesses)
    spans = [(m.start, m.end) for m in marks] + [(g.start, g.end) for g in guesses]
    require(
        all(0 <= start < end for start, end in spans), "a span must start at 0 s or later and before its end", spans
    )
    token = None if autoplay_token is None else [f"{key}:{autoplay_token}", autoplay_track]
    _COMPONENT(
        key=key, data=_pack(tracks, marks, guesses, difference, importance, loop=loop, height=height, token=token)
    )


def _pack(
    tracks: Sequence[Track],
    marks: Sequence[Mark],
    guesses: Sequence[Guess],
    difference: Difference | None,
    importance: Importance | None,
    *,
    loop: bool,
    height: int,
    token: list[Any] | None,
) -> bytes:
    """Pack the content for the browser: length of a JSON header, the header, then WAV, PNG and levels of each lane.

    What is painted over the first picture comes last.

    Bytes, because base64 in JSON would be a third larger and decoded on the browser's main thread.
    """
    blobs = [[track.wav, track.mel_png, track.values.levels.tobytes() if track.values else b""] for track in tracks]
    if difference is not None:
        blobs.append([b"", difference.png, difference.values.levels.tobytes()])
    lanes = [_describe(track) for track in tracks] + ([_describe(difference)] if difference else [])
    painted = importance.png if importance else b""
    header = {
        "lanes": [lane | {"sizes": [len(blob) for blob in parts]} for lane, parts in zip(lanes, blobs, strict=True)],
        "n_tracks": len(tracks),
        "marks": [list(mark) for mark in marks],
        "guesses": [g._asdict() | {"percent": percent(g.prob)} for g in guesses],
        "height": height,
        "importance": _describe_importance(importance) if importance else None,
    }
    # The browser rebuilds whatever has a new digest: the sound, or only the display.
    sounds = _digest(*(track.wav for track in tracks))
    view = _digest(json.dumps(header).encode(), painted, *(blob for parts in blobs for blob in parts[1:]))
    text = json.dumps({**header, "sounds": sounds, "view": view, "loop": loop, "token": token}).encode()
    return b"".join([struct.pack("<I", len(text)), text, *(blob for parts in blobs for blob in parts), painted])


def _describe_importance(importance: Importance) -> dict[str, Any]:
    return {
        "size": len(importance.png),
        "span": [importance.start, importance.end],
        "over_time": [round(float(share), 3) for share in importance.over_time],
        "band_edges": [round(float(edge), 4) for edge in importance.band_edges],
        "words": [list(row) for row in importance.words],
        "box": [float(value) for value in importance.box],
    }


def _describe(lane: Track | Difference) -> dict[str, Any]:
    values = lane.values
    return {
        "label": lane.label,
        "duration": lane.duration,
        "color": lane.color if isinstance(lane, Track) else None,
        "ticks": [list(tick) for tick in lane.frequency_ticks],
        "bands": [round(float(hz), 1) for hz in values.band_hz] if values else [],
        "db_range": list(values.db_range) if values else None,
    }


def _digest(*blobs: bytes) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    for blob in blobs:
        digest.update(struct.pack("<Q", len(blob)))
        digest.update(blob)
    return digest.hexdigest()
