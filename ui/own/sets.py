"""The data sets that this browser may open: choosing one, making one, its link, its end.

A set has an unguessable key, which stands in the page's address; `ui.loaders.visitor` knows who may open which.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from esc_core.dataset import own
from esc_core.dataset.own import OwnSet
from esc_core.errors import DatasetError
from esc_core.words import counted
from ui import state
from ui.dialog import dialog
from ui.literal import literal, show_error
from ui.loaders import visitor
from ui.own.bring import open_zip
from ui.own.notes import attempt, quoted, say


def choose_set() -> OwnSet | None:
    """Let the user choose a set, or make one; the key of the chosen one stands in the URL.

    Returns
    -------
    OwnSet or None
        None as long as there is none.
    """
    current = _wanted()
    if current is not None:
        visitor.remember_key(current.key)
    sets = visitor.own_sets()
    if current is None and sets:
        current = sets[0]
        state.OWN.write(current.key)
    if current is None:
        _make(sets, first=True)
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", key="own_sets"):
        _choose(sets, current)
        # another key closes it once the set is made
        with st.popover("New", icon=":material/add:", help="Make another data set.", key=f"own:new:{current.key}"):
            _make(sets)
        _more(current)
    return current


def _wanted() -> OwnSet | None:
    """Return the set that the URL names; the user is told if it is not there."""
    key = state.OWN.read()
    if key is None:
        return None
    try:
        return own.open_set(key)
    except DatasetError as error:
        show_error(error, icon=":material/search_off:")
        visitor.forget_key(key)
        state.OWN.write(None)
        return None


def _choose(sets: list[OwnSet], current: OwnSet) -> None:
    labels = visitor.names_of(sets)
    keys = list(labels)
    chosen = st.selectbox(
        "Data set", keys, index=keys.index(current.key), format_func=labels.__getitem__, width=320,
        key=f"own:set:{current.key}",
    )  # fmt: skip
    if chosen != current.key:
        state.OWN.write(chosen)
        st.rerun()


def _make(sets: list[OwnSet], *, first: bool = False) -> None:
    """Show the form that makes a set."""
    if first:
        st.markdown("Give your data set a name, add categories such as *door* or *keys*, and record a few of each.")
    with st.form("own_new", border=False, width=420):
        name = st.text_input(
            "Name of the new data set", visitor.free_name(sets), key="own:new_name", persist_state="session"
        )
        made = st.form_submit_button("Make it", icon=":material/add:", type="primary" if first else "secondary")
    if made:
        attempt(lambda: visitor.make_set(name))
        st.rerun()
    if opened := open_zip(with_paths=visitor.on_this_computer()):
        state.OWN.write(opened.key)
        st.rerun()
    if first:
        st.caption(where_it_is())


def where_it_is() -> str:
    """Say who can open the user's sets."""
    if visitor.on_this_computer():
        return "The sounds stay on this computer, in the folder that ESC_HOME names."
    return (
        "The sounds stay on the computer that runs this app. Only who has this page's link can open your data set. "
        "Keep the link: nobody can find the data set without it, not even you."
    )


def _more(current: OwnSet) -> None:
    with st.popover("More", icon=":material/more_horiz:", help="The link to this data set, and how to remove it."):
        st.markdown("**The link to this data set**")
        st.code(link(current), language=None, wrap_lines=True)
        st.caption("Who has this link can hear, change and remove the sounds. Give it only to people who may.")
        st.caption(where_it_is())
        if st.button("Remove this data set", icon=":material/delete:", key="own:remove"):
            _remove(current)


def link(one: OwnSet) -> str:
    """Return the address of the page with this set."""
    parts = urlsplit(st.context.url or "")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, f"{state.OWN.name}={one.key}", ""))


@dialog("Remove a data set", icon=":material/delete:", width="medium")
def _remove(current: OwnSet) -> None:
    st.markdown(
        f"{quoted(current.name)} has {counted(len(current.samples), 'sample', 'samples')}. Once it is removed, nobody "
        "can bring it back. The model that learnt from it goes, too."
    )
    st.markdown(f"To keep a copy, close this window and choose *Use*, then *Download {literal(current.name)}*.")
    if st.button("Remove it for ever", icon=":material/delete_forever:", type="primary", key="own:remove_sure"):
        try:
            own.remove(current.key)
        except DatasetError as error:
            show_error(error)
            return
        visitor.forget_key(current.key)
        state.OWN.write(None)
        say(f"{quoted(current.name)} was removed.")
        st.rerun()
