"""Validation clips as cards with the guesses of a run, and the one player that plays them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from esc_core import colours
from esc_core.dataset import Clip, Dataset
from esc_core.errors import DatasetError, EscError
from esc_core.training.runs.status import Guesses, Watched
from esc_core.words import percent, readable
from ui import loaders, state
from ui.clip.bar import clip_bar
from ui.clip.picture import TOP_DB, for_the_eye
from ui.clip_grid import ClipCard, clip_grid
from ui.literal import literal, named, show_error
from ui.player import player

CONTAINER = "train_clip"
"""Streamlit key of the container that holds the player."""

MORE = 8
"""Cards of one grid: one row."""

_TOKEN = "train:token"


@dataclass(frozen=True)
class Guessed:
    """The validation clips of a run with its guesses.

    Attributes
    ----------
    dataset : Dataset
        The data set of the clips.
    clips : tuple of Clip
        In the order of the guesses.
    labels : numpy.ndarray, shape (n,), int
        Indices of the true categories.
    guesses : Guesses
        Indices of the guessed categories, with confidences.
    categories : tuple of str
        Names of the categories.
    """

    dataset: Dataset
    clips: tuple[Clip, ...]
    labels: np.ndarray
    guesses: Guesses
    categories: tuple[str, ...]

    @property
    def wrong(self) -> np.ndarray:
        """Indices of the misclassified clips, the most confident mistake first."""
        wrong = np.flatnonzero(self.guesses.predicted != self.labels)
        return wrong[np.argsort(-self.guesses.confidence[wrong], kind="stable")]

    def says(self, i: int) -> str:
        """Return the guess for a clip: "✗ cat, 87%"; without a probability where it is not calibrated."""
        correct = self.guesses.predicted[i] == self.labels[i]
        name = readable(self.categories[self.guesses.predicted[i]])
        share = f", {percent(self.guesses.confidence[i])}" if self.guesses.calibrated else ""
        return f"{'✓' if correct else '✗'} {name}{share}"


def guessed(dataset: Dataset, watched: Watched, guesses: Guesses) -> Guessed:
    """Join guesses with their clips.

    Raises
    ------
    DatasetError
        If a clip is no longer in the data set.
    """
    by_filename = {clip.filename: clip for clip in dataset.clips}
    clips = tuple(by_filename[name] for name in watched.filenames if name in by_filename)
    if len(clips) < len(watched.filenames):
        raise DatasetError(f"{dataset.root} no longer holds all clips on which this run was validated")
    return Guessed(dataset, clips, watched.labels, guesses, watched.categories)


def clip_cards(given: Guessed, positions: Sequence[int], *, key: str, label: str, who: str = "the run says") -> None:
    """Show some of the clips; a press selects one, ▸ also plays it.

    Parameters
    ----------
    given : Guessed
        All clips.
    positions : sequence of int
        Indices of those to show, at most one grid.
    key : str
        Streamlit key of the grid.
    label : str
        Label of the grid for screen readers.
    who : str
        Whose guesses they are.
    """
    clips = [given.clips[i] for i in positions]
    pictures = loaders.thumbnails(given.dataset, clips)
    cards = [
        ClipCard(
            card_id=clip.clip_id,
            title=readable(clip.category),
            subtitle=given.says(i),
            picture=picture,
            color=colours.GROUPS[clip.group],
            tip=f"{readable(clip.category)}, {clip.clip_id}; {who} {given.says(i)[2:]}",
        )
        for i, clip, picture in zip(positions, clips, pictures, strict=True)
    ]
    press = clip_grid(cards, key=key, chosen=state.CLIP.read(), label=label, brings=CONTAINER)
    if press is not None:
        state.CLIP.write(press.card_id)
        st.session_state[_TOKEN] = press.token if press.play else None


def show_selected_clip(given: Guessed, here: Dataset, *, who: str = "the run says") -> None:
    """Show the selected clip in the player, if it is one of these.

    Parameters
    ----------
    given : Guessed
        All clips.
    here : Dataset
        The data in use, whose clips the other pages can show.
    who : str
        Whose guesses they are.
    """
    wanted = state.CLIP.read()
    found = next((i for i, clip in enumerate(given.clips) if clip.clip_id == wanted), None)
    if found is None:
        return
    clip = given.clips[found]
    try:
        config = for_the_eye(loaders.sampling_rate(given.dataset, clip))
        track = loaders.clip_track(given.dataset, clip, config, top_db=TOP_DB, color=colours.GROUPS[clip.group])
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return
    facts = f"{who}: {literal(given.says(found))}"
    if given.dataset.root == here.root:
        clip_bar(clip, here="train", facts=facts)
    else:
        st.markdown(f"**{named(clip.category)}** · {literal(clip.clip_id)} · fold {clip.fold} · {facts}")
    player(key="train_player", tracks=[track], height=160, autoplay_token=st.session_state.get(_TOKEN))
