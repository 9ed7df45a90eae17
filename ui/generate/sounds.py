"""Sounds of a generator as tracks of the player and as cards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from esc_core import colours
from esc_core.config import FeatureConfig
from esc_core.dataset.categories import group_of
from esc_core.generate.sound import approximate_waveform
from esc_core.plots import spectrograms
from ui.clip_grid import ClipCard, Press, clip_grid
from ui.player import player
from ui.player.make_track import make_track

TOP_DB = 60.0
"""Range of the pictures below their brightest level, in dB."""

HEIGHT = 150
"""Height of waveform and picture, in pixels."""


def colour_of(category: str) -> str:
    """Return the colour of a category's group."""
    return colours.GROUPS[group_of(category)]


@st.cache_data(max_entries=128, show_spinner=False)
def _waveform(data: bytes, shape: tuple[int, int], settings: str, _config: FeatureConfig) -> np.ndarray:
    return approximate_waveform(np.frombuffer(data, np.float32).reshape(shape), _config)


def play(log_mel: np.ndarray, config: FeatureConfig, *, key: str, label: str, color: str, token: str | None) -> None:
    """Show a sound in the player.

    Parameters
    ----------
    log_mel : numpy.ndarray, shape (n_mels, t), float32
        As a generator makes it.
    config : FeatureConfig
        Its frames and bands.
    key : str
        Streamlit key of the player.
    label : str
        Name of the sound.
    color : str
        Colour of the waveform.
    token : str or None
        As `autoplay_token` of `ui.player.player`.
    """
    x = np.ascontiguousarray(log_mel, np.float32)
    y = _waveform(x.tobytes(), x.shape, repr(config.to_dict()), config)
    track = make_track(y, config.sr, 10 * x, config, label=label, color=color, top_db=TOP_DB)
    player(key=key, tracks=[track], height=HEIGHT, autoplay_token=token)


def picture(log_mel: np.ndarray) -> bytes:
    """Return a small picture of a spectrogram, as PNG."""
    level = 10 * log_mel
    high = float(level.max())
    return spectrograms.spectrogram_png(level, low=high - TOP_DB, high=high, scale=2)


def grid(
    made: np.ndarray, titles: Sequence[str], subtitles: Sequence[str], categories: Sequence[str], *, key: str,
    chosen: int, label: str, brings: str,
) -> Press | None:  # fmt: skip
    """Show sounds as cards.

    Parameters
    ----------
    made : numpy.ndarray, shape (n, n_mels, t)
        As a generator makes them.
    titles, subtitles, categories : sequence of str, length n
        Both lines of each card, and the category whose colour it has.
    key : str
        Streamlit key of the grid.
    chosen : int
        Which card is marked.
    label : str
        Label of the grid for screen readers.
    brings : str
        Key of the container that shows the chosen one.

    Returns
    -------
    Press or None
        The press that caused this run; the id is the number of the card.
    """
    cards = [
        ClipCard(
            card_id=str(i), title=title, subtitle=subtitle, picture=picture(one), color=colour_of(category),
            tip=f"{title}, {subtitle}; made by a network",
        )
        for i, (one, title, subtitle, category) in enumerate(zip(made, titles, subtitles, categories, strict=True))
    ]  # fmt: skip
    return clip_grid(cards, key=key, chosen=str(chosen), label=label, brings=brings)
