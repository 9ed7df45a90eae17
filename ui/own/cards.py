"""Samples as cards, the letters and colours of their recordings, and the page's one player."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from esc_core import colours
from esc_core.dataset.own import OwnSet, Sample
from esc_core.errors import AudioError, DatasetError
from esc_core.words import duration, readable
from ui import loaders
from ui.clip.picture import TOP_DB, for_the_eye
from ui.clip_grid import MAX_CARDS, UNREADABLE, ClipCard, Press, clip_grid
from ui.literal import show_error
from ui.player import player

CONTAINER = "own_sample"
"""Streamlit key of the container that holds the player."""

COLOURS = (*colours.GROUPS.values(), colours.BLUE, colours.DEEP_BLUE, colours.GREY)
"""Colours of recordings, in turns; the letter beside them is what tells one from another."""

_CHOSEN, _TOKEN = "own:chosen", "own:token"


def key_of(name: str) -> str:
    """Return part of a Streamlit key for a name that somebody typed: components refuse some characters."""
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:12]


def letters(own: OwnSet) -> dict[str, str]:
    """Return a letter for each group of a set, in the order of their first samples: A to Z, then AA, AB and so on."""
    groups = dict.fromkeys(sample.group for sample in own.samples)
    return {group: _letter(i) for i, group in enumerate(groups)}


def _letter(i: int) -> str:
    text = ""
    while i >= 0:
        text = chr(ord("A") + i % 26) + text
        i = i // 26 - 1
    return text


def colour_of(letter: str) -> str:
    """Return the colour of a group's letter."""
    place = 0
    for character in letter:
        place = place * 26 + ord(character) - ord("A") + 1
    return COLOURS[(place - 1) % len(COLOURS)]


def chosen_sample(samples: Sequence[Sample]) -> Sample | None:
    """Return the sample that was selected, if it is one of these."""
    wanted = st.session_state.get(_CHOSEN)
    return next((sample for sample in samples if sample.id == wanted), None)


def choose(sample_id: str | None, *, token: str | None = None) -> None:
    """Select a sample; with a new token, the player plays it."""
    st.session_state[_CHOSEN], st.session_state[_TOKEN] = sample_id, token


def sample_cards(
    own: OwnSet,
    samples: Sequence[Sample],
    *,
    key: str,
    label: str,
    says: Callable[[Sample], str] | None = None,
) -> None:
    """Show samples as cards, a page at a time; a press selects one, ▸ also plays it.

    Parameters
    ----------
    own : OwnSet
        Their set.
    samples : sequence of Sample
        What to show.
    key : str
        Streamlit key of the grid.
    label : str
        Label of the grid for screen readers.
    says : callable, optional
        Returns the second line of a card; length and recording if left out.
    """
    n_pages = -(-len(samples) // MAX_CARDS)
    page = 1
    if n_pages > 1:
        page = st.pagination(n_pages, key=f"{key}:page", persist_state="session")
    shown = samples[(page - 1) * MAX_CARDS : page * MAX_CARDS]
    names = letters(own)
    dataset = own.dataset()
    clips = [dataset.by_id[sample.id] for sample in shown]
    pictures = loaders.thumbnails(dataset, clips)
    cards = [
        _card(sample, picture, names, says=says(sample) if says else None)
        for sample, picture in zip(shown, pictures, strict=True)
    ]
    chosen = chosen_sample(samples)
    press = clip_grid(cards, key=key, chosen=chosen.id if chosen else None, label=label, brings=CONTAINER)
    take(press)


def take(press: Press | None) -> None:
    """Select the sample of a pressed card."""
    if press is not None:
        choose(press.card_id, token=press.token if press.play else None)


def _card(sample: Sample, picture: bytes | None, names: Mapping[str, str], *, says: str | None) -> ClipCard:
    letter = names[sample.group]
    facts = f"{duration(sample.seconds)} · {letter}"
    return ClipCard(
        card_id=sample.id,
        title=sample.title,
        subtitle=(says or facts) if picture else UNREADABLE,
        picture=picture,
        color=colour_of(letter),
        tip=f"{sample.title}, {readable(sample.category)}, {duration(sample.seconds)}, recording {letter}, "
        f"from {sample.source}",
    )


def play_sample(own: OwnSet, sample: Sample) -> None:
    """Show a sample in the page's one player."""
    dataset = own.dataset()
    try:
        clip = dataset.by_id[sample.id]
        config = for_the_eye(loaders.sampling_rate(dataset, clip))
        colour = colour_of(letters(own)[sample.group])
        track = loaders.clip_track(dataset, clip, config, top_db=TOP_DB, color=colour, label=sample.title)
    except (AudioError, DatasetError) as error:
        show_error(error, icon=":material/hearing_disabled:")
        return
    player(key="own:player", tracks=[track], height=140, autoplay_token=st.session_state.get(_TOKEN))
