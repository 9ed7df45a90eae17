"""The URL state: every parameter declared once, and read, written and bound in one way.

A link holds the whole state of a page. Streamlit drops the parameters when the page is switched; what a link carries,
the next page should carry too, so each value is also kept for the session.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")

ON_ITS_WAY = 1.0
"""Seconds in which a browser may still answer with the URL from before a change."""

MAX_SEED = 2**31 - 1
"""Largest seed of Augment."""

MAX_NUMBER = 10**9
"""Largest whole number of a parameter without a bound of its own."""

_KEPT = "kept:"
_ENTERED = "entered"
_SHOWN = "shown"


@dataclass(frozen=True, kw_only=True)
class UrlParameter(Generic[T]):
    """A parameter of the URL.

    Attributes
    ----------
    name : str
        Its name in the URL.
    default : object
        Its value where it is missing, blank or wrong. A whole number as default makes it a parameter of whole numbers.
    allowed : tuple
        All values that it may have; empty if it may have any.
    most : int
        Largest value of a whole number; a larger one counts as this.
    bound : bool
        Whether a widget is bound to it; then the widget reads and writes it, see `bind`.
    former : mapping of str to str
        Values of former versions' links, and what they are called now.
    """

    name: str
    default: T
    allowed: tuple[T, ...] = ()
    most: int = MAX_NUMBER
    bound: bool = False
    former: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> T:
        """Return its value: from the URL, else what it last was in this session, else the default."""
        text = st.query_params.get(self.name)
        if text is not None and _is_blank(text):
            text = None
        if text is None and not _taken_back(self.name):
            text = st.session_state.get(_KEPT + self.name)
        _write(self.name, text)
        return self._parse(text)

    def kept(self) -> T:
        """Return what it last was in this session, without putting it into the URL."""
        return self._parse(st.session_state.get(_KEPT + self.name))

    def write(self, value: T | None) -> None:
        """Set it in the URL and for this session, or remove it with None; a bound one is set by way of its widget."""
        if self.bound:
            value = self.default if value is None else value
            st.session_state[self.name] = list(value) if isinstance(value, tuple) else value
        else:
            _write(self.name, None if value is None else str(value))

    def bind(self) -> dict[str, Any]:
        """Return a widget's arguments that bind it to this parameter: its key, and that it is kept in the URL."""
        text = st.query_params.get(self.name)
        if text is not None and text in self.former:
            _correct(self.name, self.former[text])
        elif text is not None and not any(st.query_params.get_all(self.name)):
            _correct(self.name, None)  # without a value, even a widget that requires one would be empty
        return {"key": self.name, "bind": "query-params"}

    def hold_to(self, options: Sequence[object]) -> None:
        """Forget which of its widget's options were chosen and are none now, as with other data or another model."""
        chosen = st.session_state.get(self.name) or []
        if any(value not in options for value in chosen):
            st.session_state[self.name] = [value for value in chosen if value in options]

    def _parse(self, text: str | None) -> T:
        if text is None:
            return self.default
        text = self.former.get(text, text)
        if isinstance(self.default, int):
            return _whole_number(text, self.default, self.most)  # type: ignore[return-value]  # T is int then
        if self.allowed and text not in self.allowed:
            return self.default
        return text  # type: ignore[return-value]  # T is a text then


def _is_blank(text: str) -> bool:
    """Return whether a value says nothing: it is empty, or only blanks and characters without a shape, such as NUL."""
    return not any(letter.isprintable() and not letter.isspace() for letter in text)


def _whole_number(text: str, default: int, most: int) -> int:
    """Read a whole number from 0 to `most`; one that is negative, or no number, is the default."""
    if not (text.isascii() and text.isdecimal()):
        return default
    figures = text.lstrip("0") or "0"
    # Python reads no number of thousands of figures
    return most if len(figures) > len(str(most)) else min(int(figures), most)


CLIP = UrlParameter[str | None](name="clip", default=None)
"""Id of the selected clip, such as ``1-100032-A-0``."""

SOURCE = UrlParameter[str](name="from", default="microphone", allowed=("microphone", "files", "clip"))
"""Where Classify takes its sound from."""

SOUND = UrlParameter[str](name="sound", default="clip", allowed=("clip", "file", "microphone"))
"""What Augment changes."""

CHAIN = UrlParameter[str | None](name="chain", default=None)
"""Augment's chain, as JSON."""

SEED = UrlParameter[int](name="seed", default=0, most=MAX_SEED)
"""Seed of Augment's draws."""

SECOND = UrlParameter[str | None](name="second", default=None)
"""Id of the clip that Augment mixes in."""

MODEL = UrlParameter[str | None](name="model", default=None)
"""Name of the model that answers."""

MODEL_SET = UrlParameter[str | None](name="models", default=None)
"""Key of the data set of one's own that the model learnt from; without it, only who opened the set sees the model."""

GROUP = UrlParameter[tuple[str, ...]](name="group", default=(), bound=True)
"""Groups that Explore shows."""

CATEGORY = UrlParameter[str | None](name="category", default=None, bound=True)
"""Category that Explore shows, with spaces."""

FOLD = UrlParameter[tuple[int, ...]](name="fold", default=(), bound=True)
"""Folds that Explore shows."""

SUBSET = UrlParameter[str | None](name="subset", default=None, allowed=("ESC-10",), bound=True)
"""``ESC-10`` if Explore shows the clips of ESC-10 only."""

TEXT = UrlParameter[str](name="search", default="", bound=True)
"""Words that Explore looks for."""

VIEW = UrlParameter[str](
    name="view", default="cards", allowed=("cards", "table", "overview", "map", "guess first"), bound=True
)  # fmt: skip
"""How Explore shows the clips."""

COLOUR = UrlParameter[str](
    name="colour", default="group", bound=True,
    allowed=("group", "category", "fold", "cluster", "island", "mistakes"),
)  # fmt: skip
"""What gives the points of Explore's map their colour."""

PAGE = UrlParameter[int](name="page", default=1)
"""Page of cards on Explore, from 1."""

RUN = UrlParameter[str | None](name="run", default=None)
"""Id of the training run that Train shows."""

SHOW = UrlParameter[str](
    name="show", default="Watch", bound=True,
    allowed=("Watch", "Set it up", "All runs", "Lesson: the leak", "Lesson: does augmentation help?"),
)  # fmt: skip
"""What Train shows below its presets."""

OWN = UrlParameter[str | None](name="set", default=None)
"""Key of the data set of one's own that Own sounds shows; who has the key may change the set."""

DATA = UrlParameter[str | None](name="data", default=None)
"""Key of the data set of one's own that all pages use in place of the one that was chosen for everybody."""

STEP = UrlParameter[str](
    name="step", default="Collect", bound=True, allowed=("Collect", "Groups", "Learn", "Use")
)  # fmt: skip
"""What Own sounds shows of the set."""

RESULTS = UrlParameter[str](
    name="results", default="The claims", bound=True,
    allowed=("The claims", "Question by question", "Model and people", "Published results", "Score your own"),
    former={"The field": "Published results"},
)  # fmt: skip
"""What Results shows."""

ABOUT = UrlParameter[str](
    name="about", default="A first walk", bound=True,
    allowed=("A first walk", "For a class", "Sources and licences", "Packages"),
)  # fmt: skip
"""What About shows."""

PROJECTOR = UrlParameter[str](
    name="projector", default="How to get in", bound=True, allowed=("How to get in", "Question for the class")
)  # fmt: skip
"""What Projector shows."""

MAKE = UrlParameter[str](name="make", default="Listen", bound=True, allowed=("Listen", "Walk", "Train one"))
"""What Generate shows."""

GENERATOR = UrlParameter[str | None](name="generator", default=None)
"""Name of the generator that Generate shows, or id of the run that trains it."""

OF = UrlParameter[str | None](name="of", default=None)
"""Category that Generate makes."""

POINT = UrlParameter[int](name="point", default=0, most=MAX_SEED)
"""Seed of the points from which Generate makes its sounds."""

HEAR = UrlParameter[str](name="hear", default="microphone", allowed=("microphone", "file"))
"""What Live listens to."""

LARGE = UrlParameter[bool](name="large", default=False, bound=True)
"""Whether Live can be read from the back of a room."""

LISTEN = UrlParameter[tuple[str, ...]](name="listen", default=(), bound=True)
"""Categories that Live listens for, with spaces; none for all."""

SURE = UrlParameter[int | None](name="sure", default=None, bound=True)
"""Lowest probability of an event of Live, in percent; without it, the model's own."""

SMOOTH = UrlParameter[float](name="smooth", default=0.5, bound=True)
"""How slowly the bars of Live move, in seconds."""

ALARM = UrlParameter[tuple[str, ...]](name="alarm", default=(), bound=True)
"""Categories for which Live sounds an alarm, with spaces."""

AFTER = UrlParameter[float](name="after", default=0.5, bound=True)
"""How long one of them must be heard before, in seconds."""

BEEP = UrlParameter[bool](name="beep", default=False, bound=True)
"""Whether the alarm can be heard."""

PARAMETERS: dict[str, UrlParameter[Any]] = {
    value.name: value for value in list(globals().values()) if isinstance(value, UrlParameter)
}
"""Every parameter by its name."""


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


def _taken_back(name: str) -> bool:
    """Tell whether the browser's Back removed a parameter: it stood in the URL of the page that is still open."""
    shown = st.session_state.get(_SHOWN, {}).get(name)
    return shown is not None and time.monotonic() - shown > ON_ITS_WAY


def _correct(name: str, value: str | None) -> None:
    """Replace a value in the URL before its widget reads it, or remove it with None.

    The widget reads what the browser sent, which `st.query_params` does not change, and once it is bound, as after the
    browser's Back, `st.query_params` refuses to be set.
    """
    context = get_script_run_ctx()
    if context is not None:
        with context.session_state.query_params() as parameters:
            if value is None:
                parameters.remove_param(name)
            else:
                parameters.set_corrected_value(name, value, "string_value")
            parameters.set_initial_query_params_from_current()


def _write(name: str, value: str | None) -> None:
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
