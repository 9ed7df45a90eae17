"""Why the model gave its answer: the parts of a sound on which it rests, in words, over the picture and over time."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from esc_core.config import CLIP_SECONDS, FeatureConfig
from esc_core.errors import EscError
from esc_core.inference import Prediction, Predictor
from esc_core.inference.explain import Explanation, explain, in_words
from esc_core.models.card import Card
from esc_core.plots.spectrograms import importance_png
from esc_core.words import percent, readable
from ui import loaders
from ui.literal import literal, show_error
from ui.player import Importance

FULL_STRENGTH = 1.0
"""Least loss of log-odds that is painted in full strength: below, odds do not even change by a factor of 3."""

COLUMNS_PER_STEP = 8
"""Pixels of the painted picture per step of time."""


def is_asked(key: str) -> bool:
    """Tell whether the disclosure with this prefix of keys is open."""
    return bool(st.session_state.get(f"{key}:why"))


def show_why(y: np.ndarray, sr: int, prediction: Prediction, card: Card, *, key: str) -> Importance | None:
    """Offer to say why, and say it where somebody asks.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        The sound.
    sr : int
        Its rate in Hz.
    prediction : Prediction
        The model's answer to it.
    card : Card
        The model's card.
    key : str
        Prefix of the widgets' keys.

    Returns
    -------
    Importance or None
        For the sound's player, if somebody asked.
    """
    box = st.expander("Why this answer?", icon=":material/troubleshoot:", key=f"{key}:why", on_change="rerun")
    if not box.open:
        return None
    with box:
        span = _choose_span(prediction, seconds=y.size / sr, key=key)
        try:
            predictor = loaders.predictor(card.name)
            with st.spinner("Covering one part after the other, and asking the model again …"):
                found = _explain(y, sr, predictor, prediction.fold, span)
        except EscError as error:
            show_error(error)
            return None
        _say(found, alone=span is not None)
    return importance_of(found, prediction.features)


def _choose_span(prediction: Prediction, *, seconds: float, key: str) -> tuple[float, float] | None:
    """Let the user choose an event of a long recording; return up to 5 s around it, or None for a short recording."""
    timeline = prediction.timeline
    if timeline is None:
        return None
    middles = {
        f"{readable(prediction.labels[e.category])}, {e.start:.1f}–{e.end:.1f} s": (e.start + e.end) / 2
        for e in timeline.events
    }
    if middles:
        name = f"{key}:why:event"
        if st.session_state.get(name) not in middles:  # of another recording
            st.session_state.pop(name, None)
        middle = middles[st.selectbox("Event", middles, key=name, persist_state="session")]
    else:
        middle = float(timeline.times[timeline.probs.max(axis=1).argmax()])
    start = float(np.clip(middle - CLIP_SECONDS / 2, 0, max(0.0, seconds - CLIP_SECONDS)))
    return start, min(start + CLIP_SECONDS, seconds)


def _explain(
    y: np.ndarray, sr: int, predictor: Predictor, fold: int | None, span: tuple[float, float] | None
) -> Explanation:
    start, end = span or (0.0, y.size / sr)
    part = np.ascontiguousarray(y[int(start * sr) : int(end * sr)])  # of a long recording, all of it would take long
    digest = hashlib.sha1(part.tobytes(), usedforsecurity=False).hexdigest()
    model = (str(predictor.folder), loaders.model_changed(predictor.folder.name))
    return _explanation(digest, sr, model, fold, span, _y=y, _predictor=predictor)


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _explanation(
    digest: str,
    sr: int,
    model: tuple[str, int],
    fold: int | None,
    span: tuple[float, float] | None,
    _y: np.ndarray,
    _predictor: Predictor,
) -> Explanation:
    return explain(_predictor, _y, sr, fold=fold, span=span)


def _say(found: Explanation, *, alone: bool) -> None:
    name = readable(found.labels[found.category])
    if alone:
        first, last = found.time_edges[[0, -1]]
        st.markdown(literal(f"From {first:.1f} to {last:.1f} s alone, the answer is {name}, {percent(found.prob)}."))
    st.markdown(f"**{literal(in_words(found))}**")
    st.caption(
        "Each part of the sound was covered with the recording's own background, and the model asked again "
        f"({found.n_covered} times). Light blue in the picture: without it, {literal(name)} loses most. The frame is "
        "the part that the sentence names. The strip above the waveform shows the same for each moment, with all "
        "frequencies covered. Point at the picture to read the numbers."
    )


def importance_of(found: Explanation, config: FeatureConfig) -> Importance:
    """Return an explanation as a player shows it over a picture with the bands of `config`, the model's."""
    edges = np.linspace(0, config.n_mels, len(found.band_edges)).round() / config.n_mels
    strongest, name = found.strongest, readable(found.labels[found.category])
    bottom, top = np.interp([strongest.low, strongest.high], found.band_edges, edges).tolist()
    return Importance(
        png=importance_png(_smooth(_strength(found.loss), edges, config.n_mels)),
        start=float(found.time_edges[0]),
        end=float(found.time_edges[-1]),
        over_time=_strength(found.over_time).tolist(),
        band_edges=edges.tolist(),
        words=[
            [f"{name} {percent(found.prob)} → {percent(found.prob_without(loss))} without it" for loss in row]
            for row in found.loss
        ],
        box=(strongest.start, strongest.end, bottom, top),
    )


def _strength(loss: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(loss / max(FULL_STRENGTH, float(loss.max())), 0, 1))


def _smooth(strength: np.ndarray, edges: np.ndarray, n_mels: int) -> np.ndarray:
    """Interpolate a map between the middles of its cells, shape (n_mels, n_times * COLUMNS_PER_STEP)."""
    n_times = strength.shape[1]
    rows, middles = (np.arange(n_mels) + 0.5) / n_mels, (edges[1:] + edges[:-1]) / 2
    columns = (np.arange(n_times * COLUMNS_PER_STEP) + 0.5) / COLUMNS_PER_STEP - 0.5
    wide = np.stack([np.interp(columns, np.arange(n_times), row) for row in strength])
    return np.stack([np.interp(rows, middles, column) for column in wide.T], axis=1)
