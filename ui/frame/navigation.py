"""The pages in one table, which the navigation on top and the links between pages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui import state


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the app.

    Attributes
    ----------
    name : str
        Its path in the URL; the file is ``pages/NAME.py``.
    icon : str
        Name of a Material symbol.
    summary : str
        What one can do there, in a sentence.
    with_clip : dict, optional
        URL parameters with which it opens on the selected clip; None if it can't show one.
    label : str, optional
        Its name for people, where that is more than `name`.
    for_class : bool
        Whether it is there in classroom mode only.
    """

    name: str
    icon: str
    summary: str
    with_clip: Mapping[str, str] | None = None
    label: str = ""
    for_class: bool = False

    @property
    def file(self) -> str:
        """Where it lies, relative to app.py."""
        return f"pages/{self.name}.py"

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.label or self.name.capitalize()

    @property
    def symbol(self) -> str:
        """Its icon as Streamlit's Markdown has it."""
        return f":material/{self.icon}:"


_PAGES = (
    Page(
        name="explore",
        icon="travel_explore",
        summary="Browse the clips: see, hear and compare them, and guess before you look.",
        with_clip={},
    ),
    Page(
        name="augment",
        icon="tune",
        summary="Change a sound: hear, see and measure what training does to it, and how the model responds.",
        with_clip={state.SOUND.name: "clip"},
    ),
    Page(
        name="train",
        icon="model_training",
        summary="Start a small training run, watch it learn, hear its mistakes, and use it.",
    ),
    Page(
        name="own",
        label="Own sounds",
        icon="library_add",
        summary="Record or upload sounds of your own, and have a model learn them in seconds.",
    ),
    Page(
        name="classify",
        icon="hearing",
        summary="Record, upload or choose a sound; see how the model classifies it, and how sure it is.",
        with_clip={state.SOURCE.name: "clip"},
    ),
    Page(
        name="live",
        icon="sensors",
        summary="Listen to what is around you: sounds are named while they are heard.",
    ),
    Page(
        name="generate",
        icon="graphic_eq",
        summary="Hear sounds that a network makes up, walk from one to another, and train such a network.",
    ),
    Page(
        name="results",
        icon="fact_check",
        summary="What the study found: claims and measurements, the model and people, your own scores.",
    ),
    Page(
        name="about",
        icon="info",
        summary="A first walk in eight stations; licences, authors, how to cite, and what is never sent.",
    ),
    Page(
        name="vote",
        icon="how_to_vote",
        summary="Answer the question of the class.",
        for_class=True,
    ),
    Page(
        name="projector",
        icon="cast_for_education",
        summary="Show the class how to get in, and ask everybody what they hear.",
        for_class=True,
    ),
)

PAGES = {page.name: page for page in _PAGES}
"""Every page by its name, in the order of the navigation; the app opens on the first."""


def turn_to(page: Page, parameters: Mapping[str, str]) -> None:
    """Turn to a page that is set up in a certain way; call it where a button was pressed.

    A page that was seen before keeps what was chosen there, and a widget's choice counts for more than a link. So where
    a parameter is bound to a widget, it is set by way of the widget.

    Parameters
    ----------
    page : Page
        Where to go.
    parameters : mapping of str to str
        URL parameters by name.
    """
    link = {}
    for name, value in parameters.items():
        parameter = state.PARAMETERS[name]
        if parameter.bound:
            parameter.write(value)
        else:
            link[name] = value
    st.switch_page(page.file, query_params=link)
