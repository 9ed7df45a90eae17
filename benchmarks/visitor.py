"""A visitor without a browser: one session of the app, over Streamlit's own web socket.

It reads what the server sends as a browser does, finds widgets by their label, sets them and waits for the end of the
script. It draws nothing, fetches no pictures, and keeps no messages from page to page, so that the server
sends each in full.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import requests
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

ANSWER_SECONDS = 60.0
"""Longest time that a visitor waits for an answer."""

BIGGEST_MESSAGE = 64 * 1024 * 1024
"""Bytes of a message from the server; the library's own limit is a sixty-fourth of this."""

_ENDED = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


@dataclass(frozen=True)
class Answer:
    """What came back for one action.

    Attributes
    ----------
    seconds : float
        From the message to the end of the script.
    errors : tuple of str
        What a person would see as an error, or that the connection was lost.
    lost : bool
        Whether the connection was lost; nothing can be asked after that.
    """

    seconds: float
    errors: tuple[str, ...] = ()
    lost: bool = False


@dataclass(frozen=True)
class Widget:
    """A widget on the page.

    Attributes
    ----------
    kind : str
        Such as ``slider``; the name of its field in Streamlit's `Element`.
    proto : message
        What the server said of it.
    fragment : str
        Id of the fragment that it reruns; empty for the whole page.
    """

    kind: str
    proto: Any
    fragment: str


@dataclass
class Page:
    """What the messages of the server have said of the page so far.

    Attributes
    ----------
    session : str
        Id of the session.
    pages : dict of str to str
        Title of each page, and the hash by which it is asked for.
    widgets : dict of str to Widget
        Those on the page, by id.
    errors : list of str
        Errors since the last action.
    """

    session: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    widgets: dict[str, Widget] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def read(self, message: ForwardMsg) -> bool:
        """Take a message in, and return whether it is the last one of a script."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            again = set(message.metadata.run.fragment_ids)  # none if it is the whole page
            self.widgets = {id: widget for id, widget in self.widgets.items() if again and widget.fragment not in again}
        elif kind == "navigation":
            self.pages = {page.page_name: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "page_not_found":
            self.errors.append(f"there is no page {message.page_not_found.page_name!r}")
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self.errors.append(message.session_event.script_compilation_exception.message)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._read_element(message.delta.new_element, message.delta.fragment_id)
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                self.errors.append("the script can't be read")
            return message.script_finished in _ENDED or bool(self.errors)
        return False

    def _read_element(self, element: Any, fragment: str) -> None:
        kind = element.WhichOneof("type")
        if kind is None:
            return
        proto = getattr(element, kind)
        if kind == "exception" and not proto.is_warning:
            self.errors.append(f"{proto.type}: {proto.message}")
        elif kind == "alert" and proto.format == Alert.ERROR:
            self.errors.append(proto.body)
        elif "id" in proto.DESCRIPTOR.fields_by_name and proto.id:
            self.widgets[proto.id] = Widget(kind, proto, fragment)

    def find(self, kind: str, label: str = "") -> Widget:
        """Return the first widget of a kind whose label begins with a text.

        Raises
        ------
        LookupError
            If there is none.
        """
        for widget in self.widgets.values():
            if widget.kind == kind and getattr(widget.proto, "label", "").startswith(label):
                return widget
        there = sorted({f"{widget.kind} {getattr(widget.proto, 'label', '')!r}" for widget in self.widgets.values()})
        raise LookupError(f"the page has no {kind} with the label {label!r}, only {', '.join(there) or 'nothing'}")


class Visitor:
    """A session of the app; use it in an ``async with`` block.

    Parameters
    ----------
    url : str
        Address of the app, such as ``http://127.0.0.1:8501``.
    query : str
        What stands behind the question mark of the link with which the visitor comes.
    """

    def __init__(self, url: str, *, query: str = "") -> None:
        self.page = Page()
        self._url, self._query = url, query
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy of this machine would be asked for its own address
        self._states: dict[str, WidgetState] = {}
        self._here = ""
        self._socket: ClientConnection

    async def __aenter__(self) -> Visitor:
        """Connect, as a browser does: first over HTTP, which brings the cookie, then by the web socket."""
        await asyncio.to_thread(self._http.get, f"{self._url}/_stcore/health", timeout=ANSWER_SECONDS)
        self._socket = await connect(
            f"ws{self._url.removeprefix('http')}/_stcore/stream",
            additional_headers={"Cookie": f"_streamlit_xsrf={self._token}"},
            origin=self._url,
            subprotocols=["streamlit", self._token],
            max_size=BIGGEST_MESSAGE,
            proxy=None,
            open_timeout=ANSWER_SECONDS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave, as if the tab were closed."""
        self._http.close()
        await self._socket.close()

    @property
    def _token(self) -> str:
        return self._http.cookies.get("_streamlit_xsrf") or "-"

    async def open(self, name: str = "") -> Answer:
        """Turn to a page by its title; without one, to the page that the link opens."""
        self._here = self.page.pages[name] if name else ""
        return await self._ask()

    async def set(self, widget: Widget, **value: Any) -> Answer:
        """Set a widget, and wait for what comes of it.

        Parameters
        ----------
        widget : Widget
            From `Page.find`.
        **value
            The field of Streamlit's `WidgetState` that this kind of widget has, such as ``string_value``.
        """
        state = WidgetState(id=widget.proto.id)
        for name, content in value.items():
            if isinstance(content, list):
                getattr(state, name).data.extend(content)
            elif name == "file_uploader_state_value":
                state.file_uploader_state_value.CopyFrom(content)
            else:
                setattr(state, name, content)
        self._states[state.id] = state
        answer = await self._ask(widget.fragment)
        if state.WhichOneof("value") == "trigger_value":  # a button is pressed once
            self._states.pop(state.id, None)
        return answer

    async def upload(self, widget: Widget, name: str, data: bytes) -> Answer:
        """Upload a file to an uploader; the time of the answer begins when the file is there."""
        message = BackMsg()
        message.file_urls_request.request_id = "files"
        message.file_urls_request.session_id = self.page.session
        message.file_urls_request.file_names.append(name)
        await self._socket.send(message.SerializeToString())
        while (answer := await self._receive()).WhichOneof("type") != "file_urls_response":
            self.page.read(answer)
        urls = answer.file_urls_response.file_urls[0]
        sent = await asyncio.to_thread(
            self._http.put, f"{self._url}{urls.upload_url}", files={name: (name, data)},
            headers={"X-Xsrftoken": self._token, "Origin": self._url}, timeout=ANSWER_SECONDS,
        )  # fmt: skip
        if not sent.ok:
            why = f"the upload was refused with {sent.status_code}: {sent.text}"
            return Answer(sent.elapsed.total_seconds(), (why,))
        files = FileUploaderState()
        files.uploaded_file_info.add(name=name, size=len(data), file_id=urls.file_id, file_urls=urls)
        return await self.set(widget, file_uploader_state_value=files)

    async def _ask(self, fragment: str = "") -> Answer:
        """Have the page, or one fragment of it, run."""
        self.page.errors.clear()
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self._query, self._here, fragment
        state.widget_states.widgets.extend(self._states.values())
        start = time.perf_counter()
        try:
            await self._socket.send(message.SerializeToString())
            while not self.page.read(await self._receive()):
                pass
        except Exception as error:  # whatever ends a connection, and a server that is silent
            why = f"the connection ended: {type(error).__name__} {error}".strip()
            return Answer(time.perf_counter() - start, (why,), lost=True)
        seconds = time.perf_counter() - start
        if not fragment:  # widgets that are gone lose their value, as in the browser
            self._states = {id: state for id, state in self._states.items() if id in self.page.widgets}
        return Answer(seconds, tuple(self.page.errors))

    async def _receive(self) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(await asyncio.wait_for(self._socket.recv(), ANSWER_SECONDS))
        return message
