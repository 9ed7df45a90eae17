"""An answer of the model: the sound, the best guesses, faults of the recording, and which network answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from esc_core import colours
from esc_core.dataset import group_of
from esc_core.disk.tables import defused
from esc_core.inference import Prediction
from esc_core.inference.background import NOTHING_SENTENCE
from esc_core.inference.certainty import hedged
from esc_core.inference.events_out import FORMATS, event_rows
from esc_core.models.card import Card
from esc_core.plots.answers import guesses_figure
from esc_core.words import percent, percent_number, probability, readable
from ui.answer.people import human_recall
from ui.answer.why import is_asked, show_why
from ui.literal import literal, model_named, named
from ui.player import Guess, Importance, Mark, player
from ui.player.make_track import make_track

MAX_NAMES = 4
"""Most categories in the headline of a long recording."""

PLOTLY = {"displayModeBar": False, "scrollZoom": False}


def theme() -> str:
    """Return the page's theme, light or dark, for text in figures."""
    return "dark" if st.context.theme.type == "dark" else "light"


def groups_of(card: Card) -> dict[str, str]:
    """Return the group of each of the model's categories."""
    return {name: group_of(name) for name in card.labels}


def show_answer(
    y: np.ndarray,
    sr: int,
    prediction: Prediction,
    card: Card,
    *,
    label: str,
    known_as: str | None,
    key: str,
    seen_in_training: bool = False,
) -> None:
    """Show a sound and the model's answer.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        The sound, played at its own level.
    sr : int
        Its rate in Hz.
    prediction : Prediction
        The answer.
    card : Card
        Card of the model that gave it.
    label : str
        Name of the sound.
    known_as : str or None
        Id of the clip of ESC-50 that the sound is; None for any other sound.
    key : str
        Prefix of the widgets' keys.
    seen_in_training : bool
        Whether the model was trained on this clip, or on another of its recording.
    """
    if seen_in_training:
        st.badge(
            "seen in training", icon=":material/model_training:", color="orange",
            help="The model was trained on this recording. A correct answer says little about other sounds.",
        )  # fmt: skip
    st.subheader(literal(headline(prediction)), anchor=False)
    sound, asked = st.container(), is_asked(key)
    if not asked:
        with sound:
            _show_sound(y, sr, prediction, card, label=label, key=key)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if prediction.nothing:
            with raw_guess():
                _show_guesses(prediction, card, key)
        else:
            _show_guesses(prediction, card, key)
    with right:
        for remark in prediction.remarks:
            st.warning(literal(remark), icon=":material/hearing_disabled:")
        if prediction.outside and prediction.not_sure:
            st.markdown(f"Outside the fifty categories, YAMNet hears: {literal(', '.join(prediction.outside))}.")
        if prediction.timeline and not prediction.nothing:
            st.caption("The chart shows the mean over the whole recording, except quiet stretches.")
        if not prediction.nothing:
            st.caption(_comparison(prediction, card))
        st.caption(who_answered(prediction, card, known_as, seen_in_training=seen_in_training))
    if prediction.timeline is not None and not prediction.nothing:
        _show_events(prediction, key)
    # shown first, as long as nobody asks why: then it waits for what the disclosure below it finds
    importance = None if prediction.nothing else show_why(y, sr, prediction, card, key=key)
    if asked:
        with sound:
            _show_sound(y, sr, prediction, card, label=label, key=key, importance=importance)


def mark_wrong(prediction: Prediction, category: str) -> None:
    """Say it where the first guess for a clip is not its category."""
    if not prediction.nothing and prediction.top(1)[0][0] != category:
        st.badge(
            f"wrong: this clip is {named(category)}", icon=":material/cancel:", color="orange",
            help="The data set names this category. It is not the model's first guess.",
        )  # fmt: skip


def raw_guess() -> DeltaGenerator:
    """Return the closed expander for the guess about a sound that is nothing."""
    box = st.expander("The model's raw guess")
    box.caption("The model must choose a category for any sound, even for silence. This guess means little.")
    return box


def _show_guesses(prediction: Prediction, card: Card, key: str) -> None:
    figure = guesses_figure(
        prediction.top(5), groups_of(card), chance=1 / len(card.labels), threshold=prediction.threshold
    )
    spoken = ", ".join(f"{readable(name)} {probability(prob)}" for name, prob in prediction.top(5))
    st.plotly_chart(figure, config=PLOTLY, key=f"{key}:guesses", alt=f"Best guesses: {spoken}")


def headline(prediction: Prediction) -> str:
    """Return the answer in one line: "Dog, 91%", or for a long recording "Dog, then rain"."""
    if prediction.nothing:
        return NOTHING_SENTENCE
    if prediction.timeline and prediction.timeline.events:
        order = dict.fromkeys(readable(prediction.labels[e.category]) for e in prediction.timeline.events)
        shown = ", then ".join(list(order)[:MAX_NAMES])
        return f"{shown}{', and more' if len(order) > MAX_NAMES else ''}".capitalize()
    name, prob = prediction.top(1)[0]
    return hedged(f"{readable(name)}, {percent(prob)}", prediction.doubt)


def who_answered(prediction: Prediction, card: Card, known_as: str | None, *, seen_in_training: bool = False) -> str:
    """Say which network gave the answer, and why."""
    name = model_named(card.name)
    if seen_in_training:
        return f"Answered by {name}, which was trained on this recording: it may have memorised it."
    n_networks = {5: "five"}.get(len(card.folds), str(len(card.folds)))
    if prediction.fold is not None:
        clip = f"This is clip {known_as} of ESC-50. " if known_as else ""
        who = f"{name}, which" if len(card.folds) == 1 else f"the one network of {n_networks} that"
        return f"{clip}Answered by {who} was not trained on fold {prediction.fold}."
    if len(card.folds) == 1:
        return f"Answered by {name}, which was not trained on this sound."
    who = f"the mean of {n_networks} networks, one per fold"
    return f"Answered by {who}. The mean has no cross-validated score of its own."


def _comparison(prediction: Prediction, card: Card) -> str:
    name = prediction.top(1)[0][0]
    people, model = human_recall().get(name), card.details.get("category_recall", {}).get(name)
    text = f"Chance: {percent(1 / len(card.labels))}."
    if people is not None and model is not None:
        text += f" People classify {percent(people)} of {named(name)} clips correctly, this model {percent(model)}."
    return text


def _show_sound(
    y: np.ndarray,
    sr: int,
    prediction: Prediction,
    card: Card,
    *,
    label: str,
    key: str,
    importance: Importance | None = None,
) -> None:
    groups = groups_of(card)
    color = colours.GREY if prediction.nothing else colours.GROUPS[groups[prediction.top(1)[0][0]]]
    track = make_track(y, sr, 10 * prediction.log_mel, prediction.features, label=label, color=color)
    guesses, marks = [], []
    if timeline := prediction.timeline:
        for event in timeline.events:
            name = card.labels[event.category]
            guesses.append(Guess(event.start, event.end, readable(name), event.prob, colours.GROUPS[groups[name]]))
        marks = [Mark(start, end, "quiet") for start, end in timeline.quiet_spans]
    else:
        start, end = prediction.active_part
        marks = [Mark(start, min(end, track.duration), "active part")] if end - start < 0.98 * track.duration else []
    player(key=f"{key}:player", tracks=[track], guesses=guesses, marks=marks, importance=importance)


def _show_events(prediction: Prediction, key: str) -> None:
    rows = event_rows(prediction)
    st.markdown("**What happens when**")
    if not rows:
        st.markdown("The model is sure of no sound in this recording.")
        return
    st.caption("The bars under the picture above show these events. Click a bar to hear the sound from there.")
    frame = pd.DataFrame(
        {
            "start": [row["start_s"] for row in rows],
            "end": [row["end_s"] for row in rows],
            "category": [readable(row["category"]) for row in rows],
            "highest probability": [percent_number(row["probability"]) for row in rows],
        }
    )
    time = st.column_config.NumberColumn(format="%.1f s")
    prob = st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
    st.dataframe(
        defused(frame),
        hide_index=True,
        column_config={"start": time, "end": time, "highest probability": prob},
        key=f"{key}:list",
    )
    _offer_events(rows, key)


def _offer_events(rows: list[dict[str, Any]], key: str) -> None:
    """Offer the events as a file, in the format that is chosen."""
    name = st.segmented_control(
        "File format", list(FORMATS), format_func=lambda name: FORMATS[name].title, default="csv", required=True,
        key=f"{key}:format", persist_state="session",
        help="Audacity opens its labels with File > Import > Labels, below the sound.",
    )  # fmt: skip
    chosen = FORMATS[name]
    filename = f"events{chosen.suffix}"
    st.download_button(
        f"Download {filename}", chosen.write(rows), filename, chosen.mime, icon=":material/download:",
        on_click="ignore", key=f"{key}:events",
    )  # fmt: skip
