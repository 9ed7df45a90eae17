"""The second sound of a mixture: the clip that the user chooses, its path and its waveform."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import streamlit as st

from esc_core import audio
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.faults import without_clips
from esc_core.words import readable
from ui import loaders, state
from ui.literal import literal, named


def choose_second(dataset: Dataset, sound_clip: Clip | None) -> Clip | None:
    """Let the user choose the clip to be mixed in.

    Parameters
    ----------
    dataset : Dataset
        The data set of the clips.
    sound_clip : Clip or None
        The clip to be changed; by default a clip of another category is mixed in.

    Returns
    -------
    Clip or None
        The chosen clip; None if the data set has only one category.
    """
    readable_clips = without_clips(dataset, loaders.bad_clips(dataset)).clips
    others = [clip for clip in readable_clips if sound_clip is None or clip.category != sound_clip.category]
    if not others:
        return None
    clip = dataset.by_id.get(state.SECOND.read() or "", others[0])
    category = st.selectbox(
        "Second sound", dataset.categories, index=dataset.categories.index(clip.category), format_func=readable,
        key=f"augment:second_category:{clip.clip_id}", help="The sound that is mixed in.",
    )  # fmt: skip
    if category != clip.category:
        own = [other for other in dataset.clips if other.category == category]
        clip = next((other for other in readable_clips if other.category == category), own[0])
    st.button("Another clip", icon=":material/shuffle:", type="tertiary", on_click=_another_clip, args=(dataset, clip))
    state.SECOND.write(clip.clip_id)
    st.caption(f"{named(clip.category)} · {literal(clip.clip_id)}")
    return clip


def _another_clip(dataset: Dataset, clip: Clip) -> None:
    bad = loaders.bad_clips(dataset)
    alike = [o for o in dataset.clips if o.category == clip.category and o != clip and o.filename not in bad]
    state.SECOND.write(random.choice(alike or [clip]).clip_id)


def second_sound(dataset: Dataset | None, clip: Clip | None, sr: int) -> Callable[[], np.ndarray] | None:
    """Return a function that reads the second sound at a rate in Hz; None if there is no second sound."""
    if dataset is None or clip is None:
        return None

    def read() -> np.ndarray:
        y, its_sr = loaders.clip_sound(dataset, clip)
        return audio.resample(y, orig_sr=its_sr, target_sr=sr)

    return read


def second_path(dataset: Dataset | None, clip: Clip | None) -> str | None:
    """Return the path of the second sound; None if there is no second sound."""
    return None if dataset is None or clip is None else str(dataset.path(clip))
