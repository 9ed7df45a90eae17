"""The categories of a set, and what is added to the selected one."""

from __future__ import annotations

import streamlit as st

from esc_core.dataset import Dataset
from esc_core.dataset.own import OwnSet
from esc_core.dataset.own.names import BACKGROUND, is_background
from esc_core.errors import EscError
from esc_core.words import counted, duration
from ui.literal import literal, named
from ui.own.cards import choose, key_of
from ui.own.cutting import show_waiting
from ui.own.notes import failed, say
from ui.own.samples import show_samples
from ui.own.sources import ONE_SECONDS, ROOM_SECONDS, add_clips, add_files, record_one, record_row

ONE, ROW, FILES, CLIPS = "one", "row", "files", "clips"
SOURCES = {
    ONE: ":material/mic: Record one",
    ROW: ":material/graphic_eq: Several in a row",
    FILES: ":material/upload_file: Files",
    CLIPS: ":material/library_music: Clips of the data set",
}

_ROOM_LATER = "own:room_later"

_NEXT = "own:next"
"""Category that the next run selects, since a widget that was drawn can't be changed in this one."""


def show_collect(own: OwnSet, dataset: Dataset | None) -> None:
    """Show the categories, the ways to add samples, and the samples of the selected category.

    Parameters
    ----------
    own : OwnSet
        The set.
    dataset : Dataset or None
        The data in use, from which clips can be taken.
    """
    show_waiting(own)
    if _ask_for_room(own):
        return
    category = _choose_category(own)
    if category is None:
        st.info(
            "Add a category for each sound that the model should know, such as door or keys.", icon=":material/add:"
        )
        return
    with st.container(border=True, key="own_sources"):
        _add(own, category, dataset)
    show_samples(own, category)
    for remark in own.remarks():
        st.caption(f":material/info: {literal(remark)}")


def _ask_for_room(own: OwnSet) -> bool:
    """Ask for two seconds of the room before anything else, and return whether the page waits for them."""
    later: set[str] = st.session_state.setdefault(_ROOM_LATER, set())
    if own.samples or BACKGROUND not in own.categories or own.key in later:
        return False
    with st.container(border=True, key="own_room"):
        st.markdown(
            f"**First the room.** Record {ROOM_SECONDS:.0f} seconds while nothing sounds. From them the model learns "
            "what *none of your sounds* is like."
        )
        record_one(own, BACKGROUND, max_seconds=ROOM_SECONDS)
        if st.button("Without a microphone: go on", icon=":material/skip_next:", type="tertiary", key="own:skip_room"):
            later.add(own.key)
            st.rerun()
    return True


def _choose_category(own: OwnSet) -> str | None:
    """Show the categories with their counts and the buttons that change them; return the selected one."""
    counts, key = own.counts(), f"own:category:{own.key}"
    category = _pills(counts, key) if counts else None
    with st.container(horizontal=True, vertical_alignment="center", key="own_categories"):
        # another key closes it once the category is there
        with st.popover("Add a category", icon=":material/add:", key=f"own:add:{own.key}:{len(counts)}"):
            _add_category(own, key)
        if category is not None:
            with st.popover(
                "Change it", icon=":material/edit:", help="Rename or remove the selected category.",
                key=f"own:change:{key_of(category)}",
            ):  # fmt: skip
                _change_category(own, category, key)
            n, seconds = counts[category]
            n_groups = len({sample.group for sample in own.samples if sample.category == category})
            facts = f"{counted(n, 'sample', 'samples')} of {counted(n_groups, 'recording', 'recordings')}"
            st.caption(f"**{named(category)}**: {facts}, {duration(round(seconds, 1))}", width="content")
    return category


def _pills(counts: dict[str, tuple[int, float]], key: str) -> str | None:
    """Show the categories; at first, the one with the fewest samples is selected."""
    if st.session_state.get(key) not in counts:
        st.session_state[key] = min(counts, key=lambda name: (is_background(name), counts[name][0]))
    return st.pills(
        "Category", list(counts), format_func=lambda name: f"{named(name)} · {counts[name][0]}", key=key,
        required=True, persist_state="session", on_change=choose, args=(None,),
        help="The number is that of its samples.",
    )  # fmt: skip


def _add_category(own: OwnSet, key: str) -> None:
    with st.form("own_category", border=False, clear_on_submit=True):
        name = st.text_input("Name of the category", placeholder="door")
        if st.form_submit_button("Add", icon=":material/add:", type="primary"):
            try:
                st.session_state[_NEXT] = (key, own.add_category(name))
            except EscError as error:
                failed(str(error))
            st.rerun()


def select_next() -> None:
    """Select the category that was just added or renamed; call this before the widget."""
    if found := st.session_state.pop(_NEXT, None):
        key, name = found
        st.session_state[key] = name


def _change_category(own: OwnSet, category: str, key: str) -> None:
    with st.form(f"own_rename:{key_of(category)}", border=False):
        name = st.text_input("New name", category, key=f"own:rename:{key_of(category)}")
        if st.form_submit_button("Rename", icon=":material/edit:"):
            try:
                st.session_state[_NEXT] = (key, own.rename_category(category, name))
            except EscError as error:
                failed(str(error))
            st.rerun()
    if st.button("Remove the category", icon=":material/delete:", key=f"own:remove:{key_of(category)}"):
        _remove_category(own, category)
        st.rerun()


def _remove_category(own: OwnSet, category: str) -> None:
    """Remove a category with its samples, with a way back."""
    try:
        ids = own.remove_category(category)
    except EscError as error:
        failed(str(error))
        return
    what = f"{named(category)} was removed with {counted(len(ids), 'sample', 'samples')}."
    say(what, undo=(lambda: own.restore(ids)) if ids else None)


def _add(own: OwnSet, category: str, dataset: Dataset | None) -> None:
    source = st.segmented_control(
        "Where the sound comes from", list(SOURCES), format_func=SOURCES.__getitem__, default=ONE, required=True,
        key="own:source", persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    if source == ONE:
        seconds = ROOM_SECONDS if is_background(category) else ONE_SECONDS
        st.caption(f"Press once to start and once to stop; after {seconds:.0f} s it stops itself. It is saved at once.")
        record_one(own, category, max_seconds=seconds)
    elif source == ROW:
        st.caption("Make the sound several times, with a pause of a second after each. Then choose which to keep.")
        record_row(own, category)
    elif source == FILES:
        add_files(own, category)
    else:
        add_clips(own, category, dataset)
