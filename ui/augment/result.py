"""The result of the chain: drawn values, and the A/B player with both spectrograms and their difference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from esc_core import colours
from esc_core.augment import Applied, Compose
from esc_core.augment.base import PairTransform
from esc_core.augment.compare import Comparison, compare
from esc_core.dataset import Clip, Dataset
from esc_core.plots import spectrograms
from esc_core.words import percent, readable
from ui.augment.second import second_path, second_sound
from ui.augment.sound import Sound
from ui.clip.picture import for_the_eye
from ui.player import Difference, MelValues, Track, player
from ui.player.make_track import make_track

SPAN_DB = 24.0
"""Difference that has the strongest colour, in either direction."""

HEIGHT = 190
PLAY = "augment:play"
"""Streamlit key of the switch that plays each change at once."""

_TOKEN, _LAST_RESULT = "augment:token", "augment:last_result"


@dataclass(frozen=True, eq=False)
class Result:
    """The result of a chain, ready for the player.

    Attributes
    ----------
    applied : Applied
        The result itself.
    tracks : list of Track
        Before and after.
    difference : Difference or None
        None where the chain changes time or pitch.
    approximate : bool
        Whether the waveform after was estimated from a spectrogram.
    quieter_db : float
        Attenuation in dB of both for playing.
    """

    applied: Applied
    tracks: list[Track]
    difference: Difference | None
    approximate: bool
    quieter_db: float


def apply_chain(
    sound: Sound, chain: list[dict[str, Any]], seed: int, dataset: Dataset | None, second: Clip | None
) -> Result:
    """Apply the chain to the sound; the same call is answered from a cache."""
    path, text = second_path(dataset, second), json.dumps(chain)
    return _result(
        sound.key, sound.label, text, seed, path, _sound=sound, _second=second_sound(dataset, second, sound.sr)
    )


@st.cache_data(max_entries=24, show_spinner=False)
def _result(
    key: str,
    label: str,
    chain: str,
    seed: int,
    second: str | None,
    _sound: Sound,
    _second: Callable[[], np.ndarray] | None,
) -> Result:
    compose = Compose.from_json(json.loads(chain))
    applied = compose(_sound.y, _sound.sr, np.random.default_rng(seed), second=_second)
    comparison = compare(_sound.y, applied, picture=for_the_eye(_sound.sr))
    after = "after, estimated from its spectrogram" if comparison.approximate else "after"
    tracks = [
        _track(comparison, comparison.before, comparison.before_db, f"{label} before", colours.GREY),
        _track(comparison, comparison.after, comparison.after_db, after, _sound.color),
    ]
    return Result(applied, tracks, _difference(comparison), comparison.approximate, comparison.quieter_db)


def _track(comparison: Comparison, y: np.ndarray, level_db: np.ndarray, label: str, color: str) -> Track:
    low, high = comparison.scale_db
    return make_track(
        y, comparison.sr, level_db, comparison.features, label=label, color=color, top_db=high - low, high_db=high,
        scale=comparison.scale,
    )  # fmt: skip


def _difference(comparison: Comparison) -> Difference | None:
    if comparison.difference_db is None:
        return None
    shown = comparison.difference_db[:, :: -(-comparison.difference_db.shape[1] // 1500)]
    levels = np.clip((shown + SPAN_DB) / (2 * SPAN_DB) * 255, 0, 255).round().astype(np.uint8)
    return Difference(
        label="difference: after − before",
        png=spectrograms.difference_png(shown, span_db=SPAN_DB),
        duration=comparison.before.size / comparison.sr,
        values=MelValues(
            levels=levels, db_range=(-SPAN_DB, SPAN_DB), band_hz=spectrograms.band_centres(comparison.features)
        ),
        frequency_ticks=spectrograms.frequency_ticks(comparison.features),
    )


def show_result(result: Result, sound: Sound, second: Clip | None, seed: int) -> None:
    """Show the drawn values, the player, and what the user must know to judge it."""
    st.markdown(f"Seed {seed} drew: **{' · '.join(result.applied.describe()) or 'no change'}**")
    _note_change(sound, result, play=st.session_state.get(PLAY, False))
    player(
        key="augment:player", tracks=result.tracks, difference=result.difference, height=HEIGHT,
        autoplay_token=st.session_state.get(_TOKEN), autoplay_track=1,
    )  # fmt: skip
    if result.quieter_db:
        st.caption(
            f":material/hearing: The change makes the sound much louder. To protect your ears, both are played "
            f"{result.quieter_db:.0f} dB more quietly; the difference between them stays."
        )
    if result.approximate:
        st.caption(
            ":material/blur_on: This chain ends in a spectrogram, which is what a model reads; there is no waveform. "
            "What you hear is an **approximation** (Griffin-Lim, with estimated phases). Both are shown as the model "
            "receives them: at 16 kHz, without padding."
        )
    elif result.difference is None:
        st.caption(
            "No difference is shown: the chain changes time or pitch, so it would compare different moments or pitches."
        )
    mixed = any(isinstance(step, PairTransform) and step.shares_label for step, _ in result.applied.steps)
    if mixed and second is not None:
        _show_label(sound, second, result.applied.lam)


def _show_label(sound: Sound, second: Clip, lam: float) -> None:
    """Show how the label is shared, as a bar in two parts."""
    parts = [(sound.label, lam, sound.color), (readable(second.category), 1 - lam, colours.GROUPS[second.group])]
    bars = "".join(
        f'<div style="flex:{max(share, 0.001):.3f};background:{color};height:.6rem"></div>' for _, share, color in parts
    )
    names = " · ".join(f"{escape(name)} <b>{percent(share)}</b>" for name, share, _ in parts)
    st.html(
        f'<div>The label in training: {names}</div><div style="display:flex;gap:2px;margin-top:.35rem;'
        f'border-radius:.3rem;overflow:hidden">{bars}</div>'
    )


def _note_change(sound: Sound, result: Result, *, play: bool) -> None:
    now = hashlib.sha1(sound.key.encode() + result.tracks[1].wav, usedforsecurity=False).hexdigest()
    before = st.session_state.get(_LAST_RESULT)
    st.session_state[_LAST_RESULT] = now
    if play and before not in (None, now):
        play_next(now)


def play_next(token: str | None) -> None:
    """Start the player in the next run, because the user asked for this sound."""
    st.session_state[_TOKEN] = token
