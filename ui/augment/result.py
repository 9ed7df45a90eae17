"""What the chain made of the sound: the A/B player with both pictures and their difference, and the drawn values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from esc_core import audio, colours
from esc_core.augment import Applied, Compose
from esc_core.augment.base import PairTransform
from esc_core.augment.compare import Comparison, compare
from esc_core.dataset import Clip, Dataset
from esc_core.plots import spectrograms
from esc_core.words import readable
from ui import loaders
from ui.augment.sound import Sound
from ui.clip.picture import for_the_eye
from ui.player import Difference, MelValues, Track, player
from ui.player.make_track import make_track

SPAN_DB = 24.0
"""Difference painted in the strongest colour, either way."""

HEIGHT = 190
PLAY = "augment:play"
"""Key of the switch that has each change played at once."""

_TOKEN, _HEARD = "augment:token", "augment:heard"


@dataclass(frozen=True, eq=False)
class Result:
    """A sound's way through a chain, ready for the player.

    Attributes
    ----------
    applied : Applied
        What the chain made.
    tracks : list of Track
        Before and after.
    difference : Difference or None
        None where time or pitch moved.
    approximate : bool
        Whether `after` was guessed from a spectrogram.
    quieter_db : float
        By how much both are played more quietly.
    """

    applied: Applied
    tracks: list[Track]
    difference: Difference | None
    approximate: bool
    quieter_db: float


def second_sound(dataset: Dataset | None, clip: Clip | None, sr: int) -> Callable[[], np.ndarray] | None:
    """Return what gives the other sound of a mixture at a rate in Hz; None if there is none."""
    if dataset is None or clip is None:
        return None

    def other() -> np.ndarray:
        y, its_sr = loaders.clip_sound(dataset, clip)
        return audio.resample(y, orig_sr=its_sr, target_sr=sr)

    return other


def apply_chain(
    sound: Sound, chain: list[dict[str, Any]], seed: int, dataset: Dataset | None, second: Clip | None
) -> Result:
    """Send the sound through the chain; the same call is answered from memory."""
    place = str(dataset.path(second)) if dataset is not None and second is not None else None
    text = json.dumps(chain)
    return _result(
        sound.key, sound.label, text, seed, place, _sound=sound, _second=second_sound(dataset, second, sound.sr)
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
    after = "after, guessed from its picture" if comparison.approximate else "after"
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
    """Show what was drawn, the player, and what has to be known to judge it."""
    st.markdown(f"Seed {seed} drew: **{' · '.join(result.applied.describe()) or 'no change'}**")
    _note_change(sound, result, play=st.session_state.get(PLAY, False))
    player(
        key="augment:player", tracks=result.tracks, difference=result.difference, height=HEIGHT,
        autoplay_token=st.session_state.get(_TOKEN), autoplay_track=1,
    )  # fmt: skip
    if result.quieter_db:
        st.caption(
            f":material/hearing: The change makes the sound much louder. To spare your ears both are played "
            f"{result.quieter_db:.0f} dB more quietly; the step between them stays."
        )
    if result.approximate:
        st.caption(
            ":material/blur_on: This chain ends in a spectrogram, which is what a model reads; there is no waveform. "
            "What you hear of it is an **approximation** (Griffin-Lim, with guessed phases). Both are shown as the "
            "model gets them: at 16 kHz, without padding."
        )
    elif result.difference is None:
        st.caption("No difference is painted: time or pitch moved, so it would compare different moments.")
    mixed = any(isinstance(step, PairTransform) and step.shares_label for step, _ in result.applied.steps)
    if mixed and second is not None:
        _show_label(sound, second, result.applied.lam)


def _show_label(sound: Sound, second: Clip, lam: float) -> None:
    """Show how the label is shared, as a bar of two parts."""
    parts = [(sound.label, lam, sound.color), (readable(second.category), 1 - lam, colours.GROUPS[second.group])]
    bars = "".join(
        f'<div style="flex:{max(share, 0.001):.3f};background:{color};height:.6rem"></div>' for _, share, color in parts
    )
    names = " · ".join(f"{escape(name)} <b>{share:.0%}</b>" for name, share, _ in parts)
    st.html(
        f'<div>The label that training sees: {names}</div><div style="display:flex;gap:2px;margin-top:.35rem;'
        f'border-radius:.3rem;overflow:hidden">{bars}</div>'
    )


def _note_change(sound: Sound, result: Result, *, play: bool) -> None:
    now = hashlib.sha1(sound.key.encode() + result.tracks[1].wav, usedforsecurity=False).hexdigest()
    before = st.session_state.get(_HEARD)
    st.session_state[_HEARD] = now
    if play and before not in (None, now):
        play_next(now)


def play_next(token: str | None) -> None:
    """Have the player start in the next run, since the user asked for this very sound."""
    st.session_state[_TOKEN] = token
