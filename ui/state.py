"""Every URL parameter by name, and the clip in hand, which travels through all pages."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

CLIP = "clip"
"""Id of the clip in hand, such as ``1-100032-A-0``."""

SOURCE = "from"
"""Where Classify takes its sound from: ``microphone``, ``files`` or ``clip``."""

SOUND = "sound"
"""What Augment changes: ``clip``, ``file`` or ``microphone``."""

CHAIN = "chain"
"""Augment's chain, as JSON."""

SEED = "seed"
"""Seed of Augment's draws."""

SECOND = "second"
"""Id of the clip that Augment mixes in."""

MODEL = "model"
"""Name of the model that answers."""

GROUP = "group"
"""Groups that Explore shows; a widget is bound to it, as to the next five."""

CATEGORY = "category"
"""Category that Explore shows, with spaces."""

FOLD = "fold"
"""Folds that Explore shows."""

SUBSET = "subset"
"""``ESC-10`` if Explore shows the clips of ESC-10 only."""

TEXT = "search"
"""Words that Explore looks for."""

VIEW = "view"
"""How Explore shows the clips: ``cards``, ``table``, ``overview`` or ``guess first``."""

PAGE = "page"
"""Page of cards on Explore, from 1."""

RUN = "run"
"""Id of the training run that Train shows."""

SHOW = "show"
"""What Train shows below its presets; a widget is bound to it."""

RESULTS = "results"
"""What Results shows; a widget is bound to it."""

ON_ITS_WAY = 1.0
"""Seconds in which a browser may still answer with the URL from before a change."""

_KEPT = "kept:"
_ENTERED = "entered"
_SHOWN = "shown"


def enter(page: str) -> None:
    """Note that this session came through app.py, and which page it is on."""
    if st.session_state.get(_ENTERED) != page:
        st.session_state[_ENTERED] = page
        st.session_state[_SHOWN] = {}


def require_entry() -> None:
    """Start the run again if it did not come through app.py.

    To the first link that reaches a fresh server, Streamlit opens a file of ``pages/`` alone, as a page of its older
    kind, because it has not yet seen the navigation.
    """
    if _ENTERED not in st.session_state:
        PagesManager.uses_pages_directory = False  # what `st.navigation` would have set
        st.rerun()


def read(name: str) -> str | None:
    """Return a parameter: from the URL, else what it last was in this session.

    Streamlit drops parameters when the page is switched; what a link carries, the next page should carry too.

    Parameters
    ----------
    name : str
        One of this module's names.

    Returns
    -------
    str or None
        Its value; None if it was never given.
    """
    value: str | None = st.query_params.get(name)
    if value is None and not _taken_back(name):
        value = kept(name)
    write(name, value)
    return value


def _taken_back(name: str) -> bool:
    """Tell whether the browser's Back removed a parameter: it stood in the URL of the page that is still open."""
    shown = st.session_state.get(_SHOWN, {}).get(name)
    return shown is not None and time.monotonic() - shown > ON_ITS_WAY


def read_number(name: str, *, default: int, most: int) -> int:
    """Return a parameter that is a whole number: from the URL, else what it last was in this session.

    Parameters
    ----------
    name : str
        One of this module's names.
    default : int
        Stands for a parameter that is missing, negative, or no number.
    most : int
        Stands for a larger number.

    Returns
    -------
    int
        From 0 to `most`, or `default`.
    """
    wanted = read(name) or ""
    if not wanted.isdecimal():
        return default
    figures = wanted.lstrip("0") or "0"
    # Python reads no number of thousands of figures
    return most if len(figures) > len(str(most)) else min(int(figures), most)


def kept(name: str) -> str | None:
    """Return what a parameter last was in this session, without putting it into the URL."""
    value: str | None = st.session_state.get(_KEPT + name)
    return value


def write(name: str, value: str | None) -> None:
    """Set a parameter in the URL and for this session, or remove it with None."""
    shown: dict[str, float] = st.session_state.setdefault(_SHOWN, {})
    if value is None:
        st.session_state.pop(_KEPT + name, None)
        st.query_params.pop(name, None)
        shown.pop(name, None)
        return
    st.session_state[_KEPT + name] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value
        shown[name] = time.monotonic()
    shown.setdefault(name, time.monotonic())
