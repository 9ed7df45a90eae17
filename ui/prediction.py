"""One answer of the model: the sound, the guesses, what stands in the way, and who was asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from esc_core import colours
from esc_core.dataset import group_of
from esc_core.inference import Prediction
from esc_core.models.card import Card
from esc_core.plots.answers import events_figure, guesses_figure, quiet_spans
from esc_core.words import readable
from ui.loaders import category_groups, human_recall
from ui.player import Guess, Mark, player
from ui.player.make_track import make_track

MAX_NAMES = 4
"""Categories of a long recording that its headline names."""

PLOTLY = {"displayModeBar": False, "scrollZoom": False}


def ink() -> str:
    """Return the page's text colour, for what a figure writes on it."""
    return colours.INK["dark" if st.context.theme.type == "dark" else "light"]


def groups_of(card: Card) -> dict[str, str]:
    """Return the group of each of the model's categories."""
    known = category_groups()
    # fifty lie in ESC-50's order of targets, whatever they are called
    return {name: known.get(name, group_of(min(i, 49))) for i, name in enumerate(card.labels)}


def show_answer(
    y: np.ndarray,
    sr: int,
    prediction: Prediction,
    card: Card,
    *,
    label: str,
    known_as: str | None,
    key: str,
    heard: bool = False,
) -> None:
    """Show a sound and what the model makes of it.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        The sound, played as loud as it is.
    sr : int
        Its rate in Hz.
    prediction : Prediction
        The answer.
    card : Card
        Card of the model that gave it.
    label : str
        Name of the sound.
    known_as : str or None
        Id of the ESC-50 clip that the sound is, if it is one.
    key : str
        Prefix of the widgets' keys.
    heard : bool
        Whether the model was trained on this very clip.
    """
    if heard:
        st.badge(
            "heard in training", icon=":material/hearing:", color="orange",
            help="This model has learnt this very clip: that it knows it says little about others.",
        )  # fmt: skip
    st.subheader(headline(prediction), anchor=False)
    _show_sound(y, sr, prediction, card, label=label, key=key)
    left, right = st.columns([3, 2], gap="large")
    with left:
        figure = guesses_figure(
            prediction.top(5), groups_of(card), chance=1 / len(card.labels), threshold=prediction.threshold
        )
        spoken = ", ".join(f"{readable(name)} {prob:.0%}" for name, prob in prediction.top(5))
        st.plotly_chart(figure, config=PLOTLY, key=f"{key}:guesses", alt=f"Best guesses: {spoken}")
    with right:
        for remark in prediction.remarks:
            st.warning(remark, icon=":material/hearing_disabled:")
        if prediction.timeline:
            st.caption("The bars are the mean over the whole recording, quiet stretches apart.")
        st.caption(_comparison(prediction, card))
        st.caption(who_answered(prediction, card, known_as, heard=heard))
    if prediction.timeline is not None:
        _show_events(prediction, card, key)


def headline(prediction: Prediction) -> str:
    """Return the answer in one line: "Dog, 91%", or of a long recording "Dog, then rain"."""
    if prediction.timeline and prediction.timeline.events:
        order = dict.fromkeys(readable(prediction.labels[e.category]) for e in prediction.timeline.events)
        shown = ", then ".join(list(order)[:MAX_NAMES])
        return f"{shown}{', and more' if len(order) > MAX_NAMES else ''}".capitalize()
    name, prob = prediction.top(1)[0]
    guess = f"{readable(name)}, {prob:.0%}"
    return f"Not sure – perhaps {guess}" if prediction.not_sure else guess.capitalize()


def who_answered(prediction: Prediction, card: Card, known_as: str | None, *, heard: bool = False) -> str:
    """Say which of the models gave the answer, and why."""
    if heard:
        return f"Answered by {card.name}, which was trained on this very clip: it may know it by heart."
    if prediction.fold is None and len(card.folds) == 1:
        return f"Answered by {card.name}, which was not trained on this sound."
    if prediction.fold is None:
        return (
            f"Answered by the mean of {len(card.folds)} models, one a fold; it has no cross-validated score of its own."
        )
    clip = f"This is clip {known_as} of ESC-50. " if known_as else ""
    return f"{clip}Answered only by the model that never heard fold {prediction.fold}, so it can't know this recording."


def _comparison(prediction: Prediction, card: Card) -> str:
    name = prediction.top(1)[0][0]
    people, model = human_recall().get(name), card.details.get("category_recall", {}).get(name)
    text = f"Chance: {1 / len(card.labels):.0%}."
    if people is not None and model is not None:
        text += f" Of clips that are {readable(name)}, people name {people:.0%} rightly, this model {model:.0%}."
    return text


def _show_sound(y: np.ndarray, sr: int, prediction: Prediction, card: Card, *, label: str, key: str) -> None:
    group = groups_of(card)[prediction.top(1)[0][0]]
    track = make_track(y, sr, 10 * prediction.log_mel, prediction.features, label=label, color=colours.GROUPS[group])
    guesses, marks = [], []
    if timeline := prediction.timeline:
        guesses = [Guess(e.start, e.end, readable(card.labels[e.category]), e.prob) for e in timeline.events]
        marks = [Mark(start, end, "quiet") for start, end in quiet_spans(timeline)]
    elif (prediction.heard[1] - prediction.heard[0]) < 0.98 * track.duration:
        marks = [Mark(prediction.heard[0], min(prediction.heard[1], track.duration), "heard")]
    player(key=f"{key}:player", tracks=[track], guesses=guesses, marks=marks)


def _show_events(prediction: Prediction, card: Card, key: str) -> None:
    timeline = prediction.timeline
    if timeline is None:
        return
    seconds = prediction.seconds
    st.markdown(
        f"**What happens when** – windows of {timeline.window_seconds:.1f} s, every {timeline.hop_seconds:.1f} s"
    )
    if not timeline.events:
        st.markdown("No window was clear enough for a name.")
    figure = events_figure(timeline, card.labels, groups_of(card), seconds=seconds)
    st.plotly_chart(figure, config=PLOTLY, key=f"{key}:events", alt="Events over time")
    rows = [
        {
            "start": event.start,
            "end": event.end,
            "category": readable(card.labels[event.category]),
            "peak": 100 * event.prob,
        }
        for event in timeline.events
    ]
    if rows:
        time = st.column_config.NumberColumn(format="%.1f s")
        peak = st.column_config.ProgressColumn("peak probability", format="%.0f%%", min_value=0, max_value=100)
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={"start": time, "end": time, "peak": peak},
            key=f"{key}:list",
        )
