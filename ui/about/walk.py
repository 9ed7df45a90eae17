"""The first walk: eight stations through the app, each with a button that sets its page up and opens it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from esc_core.dataset import Clip, Dataset
from esc_core.words import readable
from ui import state
from ui.frame.navigation import PAGES, turn_to

MINUTES = 20
"""What the whole walk takes."""

NOISE = json.dumps([{"name": "noise", "snr_db": 5.0, "color": "pink"}])
"""The chain of the third station, as Augment's links have it."""


@dataclass(frozen=True)
class Station:
    """A stop of the walk.

    Attributes
    ----------
    title : str
        What one meets there, as a question.
    page : str
        Name of the page, a key of `PAGES`.
    parameters : mapping of str to str
        URL parameters that set the page up.
    read : str
        The sentence to read first.
    try_this : str
        The thing to try.
    """

    title: str
    page: str
    parameters: Mapping[str, str]
    read: str
    try_this: str


def stations(dataset: Dataset) -> tuple[Station, ...]:
    """Return the stations on a data set, in their order.

    Parameters
    ----------
    dataset : Dataset
        The data in use; the walk follows one clip of it, a dog where there is one.

    Returns
    -------
    tuple of Station
        Eight.
    """
    clip = followed(dataset)
    return (
        Station(
            "What does a sound look like?",
            "explore",
            {state.VIEW.name: "cards", state.CATEGORY.name: readable(clip.category)},
            "Each card is one sound of up to five seconds. Time goes from left to right, high tones are at the top, "
            "and bright is loud.",
            "Play two cards. Which bright spots belong to which part of the sound?",
        ),
        Station(
            "How well do you know sounds?",
            "explore",
            {state.VIEW.name: "guess first"},
            "People are tested in the same way as models: they hear a sound and choose its name.",
            "Play five rounds and count your correct answers. Keep the number: you need it at the last station.",
        ),
        Station(
            "What does noise do?",
            "augment",
            {state.SOUND.name: "clip", state.CLIP.name: clip.clip_id, state.CHAIN.name: NOISE},
            "Left is the sound, right is the same sound with noise. Training uses such changes, so that a model does "
            "not learn one recording by heart.",
            "Turn the noise up in small steps. When does the model lose the sound, and when do you?",
        ),
        Station(
            "What does the model hear?",
            "classify",
            {state.SOURCE.name: "clip", state.CLIP.name: clip.clip_id},
            "The bars say how sure the model is. A clip is classified by a network that has not heard it in training.",
            "Open “Why this answer?” and look for the part that counted most.",
        ),
        Station(
            "Does it know your sounds?",
            "classify",
            {state.SOURCE.name: "microphone"},
            "The model knows fifty names and no other. If a sound is none of them, it should say so.",
            "Clap, cough, then whistle. Which of them has a name among the fifty?",
        ),
        Station(
            "How does a network learn?",
            "train",
            {state.SHOW.name: "Watch"},
            "A network sees the same clips again and again, and changes a little each time. The curve for clips that "
            "it does not train on says how much it understood.",
            "Start “One minute, ten categories”. Guess which two categories it will confuse.",
        ),
        Station(
            "Can a score lie?",
            "train",
            {state.SHOW.name: "Lesson: the leak"},
            "Three networks are trained alike. Only their tests differ, and two of the tests contain sounds that the "
            "network has heard.",
            "Look at the recorded lesson. Which of the scores would you believe, and why?",
        ),
        Station(
            "Is it better than you?",
            "results",
            {state.RESULTS.name: "Model and people"},
            "Here the model stands beside people who took the same test.",
            "Compare your number of the second station. Then find a sound that people know and the model does not.",
        ),
    )


def followed(dataset: Dataset) -> Clip:
    """Return the clip that the walk follows: the first dog, else the first clip."""
    return next(iter(dataset.clips_of("dog")), dataset.clips[0])


def show_walk(dataset: Dataset) -> None:
    """Show all stations, with a button each that opens it."""
    st.markdown(
        f"Eight stations, about {MINUTES} minutes. Read the sentence, open the page, try the one thing, and come back "
        "by “About” in the navigation."
    )
    for number, station in enumerate(stations(dataset), 1):
        page = PAGES[station.page]
        with st.container(border=True):
            st.markdown(f"**{number} · {station.title}**")
            st.markdown(station.read)
            st.markdown(f"**Try this:** {station.try_this}")
            if st.button(f"Open {page.title}", icon=page.symbol, type="tertiary", key=f"walk:{number}"):
                _open(station)


def _open(station: Station) -> None:
    """Turn to a station's page, set up as it says and without the filters that were chosen before."""
    for filtering in (state.GROUP, state.CATEGORY, state.FOLD, state.SUBSET, state.TEXT):
        filtering.write(None)
    turn_to(PAGES[station.page], station.parameters)
