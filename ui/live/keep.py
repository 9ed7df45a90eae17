"""A sound that was heard → a sample in a data set of one's own."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from esc_core.dataset.own import OwnSet
from esc_core.dataset.own.names import same_name
from esc_core.errors import EscError
from esc_core.inference.live import LiveEvent
from esc_core.words import counted, readable
from ui import state
from ui.frame.navigation import PAGES
from ui.literal import literal, named, show_error
from ui.live.session import Heard, Origin
from ui.loaders import visitor

NEW = ""
"""Stands for a data set that is yet to be made."""

_SET = "live:set"

_ADDED = "live:added"
"""How often a sound was added or refused, the number of the last one's event, and what is said of it."""


def offer_sets(heard: Heard, event: LiveEvent, *, category: str) -> None:
    """Let the user add a sound to one of the data sets that they may open, or to a new one.

    Parameters
    ----------
    heard : Heard
        What the session hears.
    event : LiveEvent
        The sound.
    category : str
        What it is, as far as is known.
    """
    sets = {one.key: one for one in visitor.own_sets()}
    names = visitor.names_of(list(sets.values())) | {NEW: "A new data set"}
    current = state.OWN.read()
    # another key closes it once the sound is added
    key = f"live:keep:{event.number}:{st.session_state.get(_ADDED, (0, 0, ''))[0]}"
    with st.popover("Add to my sounds", icon=":material/library_add:", key=key):
        key = st.selectbox(
            "Data set", list(names), index=list(names).index(current) if current in names else 0,
            format_func=names.__getitem__, key=_SET, persist_state="session",
        )  # fmt: skip
        categories = _categories(sets.get(key), category)
        chosen = f"live:category:{event.number}:{key}:{category}"
        st.selectbox(
            "Category", categories, index=_position(categories, category), format_func=readable,
            accept_new_options=True, key=chosen, persist_state="session",
            help="Choose one, or type the name of a new one.",
        )  # fmt: skip
        st.button(
            "Add it", icon=":material/add:", type="primary", key="live:add",
            on_click=_add, args=(sets, chosen, event, heard.origin(event)),
        )  # fmt: skip
        st.caption(
            "Sounds from one press of Listen to the next count as one recording, and so do those of one file: a model "
            "is never tested on a recording that it learnt from."
        )


def _categories(own_set: OwnSet | None, category: str) -> list[str]:
    there = [] if own_set is None else own_set.categories
    return there if any(same_name(name) == same_name(category) for name in there) else [*there, readable(category)]


def _position(categories: list[str], category: str) -> int:
    return next(i for i, name in enumerate(categories) if same_name(name) == same_name(category))


def _add(sets: Mapping[str, OwnSet], chosen: str, event: LiveEvent, origin: Origin) -> None:
    """Store the sound, and have the next run say how it went.

    What is chosen is read here: a choice and the press may come at once.
    """
    own_set, category = sets.get(st.session_state[_SET]), str(st.session_state[chosen])
    try:
        if own_set is None:
            own_set = visitor.make_set(visitor.free_name(visitor.own_sets()))
            st.session_state[_SET] = own_set.key
        there = next((name for name in own_set.categories if same_name(name) == same_name(category)), None)
        there = there or own_set.add_category(category)
        title = f"{readable(there)} {own_set.counts()[there][0] + 1}"
        own_set.add_sample(
            event.y, event.sr, category=there, title=title, source=origin.source, group=origin.group
        )  # fmt: skip
        n = own_set.counts()[there][0]
    except EscError as error:
        _tell(event, error)
        return
    state.OWN.write(own_set.key)
    where = f"{named(there)} in “{literal(own_set.name)}”: {counted(n, 'sample', 'samples')} there now"
    _tell(event, f"Added to {where}.")


def _tell(event: LiveEvent, said: str | EscError) -> None:
    n = st.session_state.get(_ADDED, (0, 0, ""))[0]
    st.session_state[_ADDED] = (n + 1, event.number, said)


def show_added(event: LiveEvent) -> None:
    """Say what became of adding this sound, and lead to where it is learnt."""
    _, number, said = st.session_state.get(_ADDED, (0, 0, ""))
    if number != event.number:
        return
    if isinstance(said, EscError):
        show_error(said)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="live_added"):
        st.markdown(f":material/check: {said}", width="content")
        page, key = PAGES["own"], state.OWN.kept()
        query = {state.OWN.name: key} if key else None
        st.page_link(page.file, label=page.title, icon=page.symbol, query_params=query)
    if not visitor.on_this_computer():
        st.caption("Only who has this page's link can open the data set. Keep the link: nobody finds it without.")
