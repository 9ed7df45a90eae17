"""The microphone, with the browser's voice filters off: record a clip, or listen as the sound comes in.

`record_clip` mounts a recorder and returns the last recording; `listen` mounts the same recorder and
returns the half-second chunks that have come in since the last run; `is_listening` says whether more will come, and
`problem` why there is no sound.

payload     what the browser sends, checked and decoded
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from esc_core.config import require
from esc_core.errors import EscError
from ui.microphone.payload import Chunk, Recording, check_id, read_chunks, read_recording

__all__ = ["PROBLEMS", "Chunk", "Problem", "Recording", "is_listening", "listen", "problem", "record_clip"]

PROBLEMS = {
    "refused": "The browser may not use the microphone. Click the microphone or lock symbol beside the address of this "
    "page, allow the microphone, then press the button again.",
    "missing": "No microphone was found. Plug one in or switch it on in the system's sound settings, then press the "
    "button again.",
    "busy": "The microphone is there but can't be opened; another program may be using it. Close that program, then "
    "press the button again.",
    "insecure": "Browsers open the microphone only for pages from this computer (localhost) or over HTTPS. Open the "
    "app on the computer that runs it, serve it over HTTPS, or choose a file instead.",
    "unsupported": "This browser can't record sound. Use a current Firefox, Chrome, Edge or Safari, or choose a file "
    "instead.",
    "lost": "The microphone was disconnected. Check its plug or its battery, then press the button again.",
    "hidden": "Recording stopped because this tab was hidden. Keep the tab in front while it records.",
    "failed": "Recording did not start. Reload the page and try again, or choose a file instead.",
}
"""Every reason why there is no sound, and what to do about it."""

_MAX_CHUNKS = 20
"""Chunks that the browser holds back for us at most: 10 s."""

_MAX_PENDING = 120
"""Chunks kept for a page that does not call `listen` for a while: one minute."""

_HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "esc_microphone",
    html=(_HERE / "microphone.html").read_text(encoding="utf-8"),
    css=(_HERE / "microphone.css").read_text(encoding="utf-8"),
    js=(_HERE / "microphone.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Problem:
    """Why the microphone gives no sound.

    Attributes
    ----------
    code : str
        A key of `PROBLEMS`.
    sentence : str
        What happened and what to do, for people. The recorder itself shows it too.
    """

    code: str
    sentence: str


def _id_of(payload: object) -> str:
    return check_id(payload.get("id") if isinstance(payload, dict) else None)


@dataclass
class _Inbox:
    """What one recorder has sent to this browser session; outlives reruns and page switches."""

    recording: Recording | None = None
    chunks: list[Chunk] = field(default_factory=list)
    session: str | None = None
    last_index: int = -1
    received: str | None = None
    ended: str | None = None
    problem: str | None = None
    error: EscError | None = None

    def take(self, event: str, payload: object, max_seconds: float) -> None:
        """Take one event from the browser; a payload that breaks a rule becomes `error`."""
        try:
            if event == "began":
                self.recording = self.received = self.problem = self.error = None
            elif event == "recording":
                self.recording, self.received = None, _id_of(payload)
                self.recording = read_recording(payload, max_seconds=max_seconds)
            elif event == "chunks":
                self._take_chunks(payload)
            elif event == "ended":
                self.ended = check_id(payload)
            elif event == "problem":
                self.problem = payload if isinstance(payload, str) and payload in PROBLEMS else "failed"
        except EscError as error:
            self.error = error

    def _take_chunks(self, payload: object) -> None:
        session = _id_of(payload)
        if session != self.session:
            self.session, self.last_index, self.problem = session, -1, None
        new = read_chunks(payload, after=self.last_index, max_chunks=_MAX_CHUNKS)
        if new:
            self.last_index = new[-1].index
            self.chunks = [*self.chunks, *new][-_MAX_PENDING:]


def _inbox(key: str) -> _Inbox:
    inbox: _Inbox = st.session_state.setdefault(f"{key}:inbox", _Inbox())
    return inbox


def _mount(key: str, max_seconds: float, *, live: bool) -> _Inbox:
    inbox = _inbox(key)

    # Callbacks, not the component's return value: they run even if the run that follows is cut short
    # by the next click, so nothing that was recorded is lost.
    def taking(event: str) -> Callable[[], None]:
        return lambda: inbox.take(event, st.session_state[key].get(event), max_seconds)

    _COMPONENT(
        key=key,
        data={
            "live": live,
            "max_seconds": max_seconds,
            "problem": inbox.problem,
            "sentences": PROBLEMS,
            "received": [inbox.session, inbox.last_index] if live else inbox.received,
        },
        on_began_change=taking("began"),
        on_recording_change=taking("recording"),
        on_chunks_change=taking("chunks"),
        on_ended_change=taking("ended"),
        on_problem_change=taking("problem"),
    )
    if inbox.error:
        error, inbox.error = inbox.error, None
        raise error
    return inbox


def record_clip(*, key: str, max_seconds: float = 10.0) -> Recording | None:
    """Show a recorder and return the last recording made with it.

    The recording arrives whole, once, when the user stops or `max_seconds` are over. It stays through
    reruns and page switches until the next one begins.

    Parameters
    ----------
    key : str
        Streamlit key of this recorder.
    max_seconds : float
        Length at which recording stops by itself, in seconds, in [1, 60].

    Returns
    -------
    Recording or None
        The last recording; None before the first, and while one is being made.

    Raises
    ------
    ParameterError
        If `max_seconds` is out of range, or the browser sent something impossible.
    AudioError
        If the browser sent samples that can't be read. Both are raised once, not on every rerun.
    """
    require(1 <= max_seconds <= 60, "max_seconds must be in [1, 60]", max_seconds)
    return _mount(key, max_seconds, live=False).recording


def listen(*, key: str) -> list[Chunk]:
    """Show a recorder that delivers sound while it comes in, and return what is new.

    Call it inside one ``@st.fragment``: each chunk reruns what it is called in. Chunks that the server
    was too busy to take are sent again for 10 s; after that their indices are missing.

    Parameters
    ----------
    key : str
        Streamlit key of this recorder.

    Returns
    -------
    list of Chunk
        Chunks that no earlier call has returned, in order; at most a minute of them.

    Raises
    ------
    ParameterError, AudioError
        As in `record_clip`.
    """
    inbox = _mount(key, 10.0, live=True)
    chunks, inbox.chunks = inbox.chunks, []
    return chunks


def is_listening(*, key: str) -> bool:
    """Return whether sound comes in: Listen was pressed, something has arrived, and it was not stopped since.

    Parameters
    ----------
    key : str
        Streamlit key of a recorder that `listen` shows.
    """
    inbox = _inbox(key)
    return inbox.session not in (None, inbox.ended)


def problem(*, key: str) -> Problem | None:
    """Return why the recorder with this key gives no sound.

    Parameters
    ----------
    key : str
        Streamlit key of the recorder.

    Returns
    -------
    Problem or None
        The reason; None if all is well or nothing was tried yet. A recording that was cut short by a
        lost microphone or a hidden tab has both a `Recording` and a `Problem`.
    """
    code = _inbox(key).problem
    return Problem(code, PROBLEMS[code]) if code else None
