"""Eight draws of the chain, as training uses them; each can be played."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import streamlit as st

from esc_core.augment import Applied, Compose
from esc_core.dataset import Clip, Dataset
from esc_core.plots import spectrograms
from esc_core.words import percent, readable
from ui import loaders
from ui.augment.chain import use_seed
from ui.augment.result import play_next
from ui.augment.second import second_path, second_sound
from ui.augment.sound import Sound
from ui.clip_grid import ClipCard, clip_grid

N_DRAWS = 8
TOP_DB = 70.0
DIFFERENT = (
    "In each epoch, new values are drawn, so the model trains on another version. Press :material/play_arrow: to play "
    "one, or its picture to look at it."
)
ALL_THE_SAME = (
    "Every draw is the same: nothing in this chain is random. Switch on **Drawn from ranges** so that training uses "
    "something new each time."
)


def show_draws(
    sound: Sound, chain: list[dict[str, Any]], seed: int, dataset: Dataset | None, second: Clip | None
) -> None:
    """Show the block of eight seeds that contains the selected one, once it is asked for.

    Eight draws take three times as long as all else that a change needs, and few people look at them after each.
    """
    if not st.toggle(
        "Show eight draws", key="augment:eight", persist_state="session",
        help="In each epoch, training draws new values. Eight draws are made after each change, which takes a moment.",
    ):  # fmt: skip
        return
    first = seed // N_DRAWS * N_DRAWS
    draws = [
        _draw(
            sound.key,
            json.dumps(chain),
            first + i,
            second_path(dataset, second),
            _sound=sound,
            _second=second_sound(dataset, second, sound.sr),
        )
        for i in range(N_DRAWS)
    ]
    same = set.intersection(*(set(phrases) for phrases, _, _ in draws))
    st.markdown(ALL_THE_SAME if len({picture for _, _, picture in draws}) == 1 else DIFFERENT)
    cards = [_card(sound, second, same, first + i, *draw) for i, draw in enumerate(draws)]
    press = clip_grid(
        cards, key="augment:draws", chosen=str(seed), label="Eight draws of the chain", brings="augment_stage"
    )
    if press is not None:
        use_seed(int(press.card_id))
        play_next(press.token if press.play else None)
        st.rerun(scope="fragment")


def _card(
    sound: Sound, second: Clip | None, same: set[str], seed: int, phrases: list[str], lam: float, picture: bytes
) -> ClipCard:
    # two short lines: what only this draw has
    lines = (
        [f"{percent(lam)} {sound.label}", f"{percent(1 - lam)} {readable(second.category)}"]
        if second and lam < 1
        else []
    )
    lines += [phrase for phrase in phrases if phrase not in same]
    lines = [*(lines or phrases[:1] or ["no change"]), f"seed {seed}"]
    label = f"; label {lines[0]}, {lines[1]}" if second and lam < 1 else ""
    return ClipCard(
        card_id=str(seed),
        title=lines[0].replace("semitones", "st"),
        subtitle=lines[1],
        picture=picture,
        color=sound.color,
        tip=f"seed {seed}: {', '.join(phrases) or 'no change'}{label}",
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _draw(
    key: str, chain: str, seed: int, second: str | None, _sound: Sound, _second: Any
) -> tuple[list[str], float, bytes]:
    applied = Compose.from_json(json.loads(chain))(_sound.y, _sound.sr, np.random.default_rng(seed), second=_second)
    return applied.describe(), applied.lam, _picture(applied)


def _picture(applied: Applied) -> bytes:
    if applied.mel is None:
        return loaders.thumbnail(applied.y, applied.sr)
    level = 10 * np.log10(np.maximum(applied.mel, 1e-12))
    high = float(level.max())
    return spectrograms.spectrogram_png(spectrograms.fewer_columns(level, n_columns=256), low=high - TOP_DB, high=high)
