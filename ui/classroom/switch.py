"""Opening the app to the network from a page of it, and closing it again: a second server beside this one.

This server goes on listening to its own machine alone. The second one is what `make serve` starts, and ends with it.
"""

from __future__ import annotations

import atexit
import contextlib
import socket
import subprocess
from dataclasses import dataclass

import streamlit as st

from esc_core.children import start_child
from esc_core.config import environment, esc_home
from esc_core.disk.files import reason
from esc_core.errors import ParameterError
from ui.classroom import opened
from ui.classroom.rights import Action, require
from ui.classroom.start import prepare

STOP_SECONDS = 10.0
"""Time in which the second server may end by itself; pages that are open keep it."""

MAX_PORTS = 50


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The second server.

    Attributes
    ----------
    url : str
        The address that people are told.
    fingerprint : str or None
        SHA-256 of its certificate; None behind a proxy.
    key : str or None
        The teacher's key, if it was made as this server started.
    process : subprocess.Popen
        The server.
    """

    url: str
    fingerprint: str | None
    key: str | None
    process: subprocess.Popen[bytes]

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.process.kill()
        self.process.wait()


@st.cache_resource(show_spinner=False)
def _servers() -> dict[str, Opened]:
    # one for all sessions, by ESC_HOME
    return {}


def second_server() -> Opened | None:
    """Return the second server that was started last, also if it has ended; None if there is none."""
    return _servers().get(str(esc_home()))


def open_app(*, new_key: bool = False) -> Opened:
    """Start the second server; one that runs already stays.

    Parameters
    ----------
    new_key : bool
        Whether another teacher key is made; the former one ends.

    Raises
    ------
    RightsError
        If who asks is not at this computer.
    ParameterError
        If a setting is wrong, a file can't be written, or the server can't be started.
    """
    require(Action.OPEN_APP)
    there = second_server()
    if there is not None and there.runs:
        return there
    certificate, key = prepare(new_key=new_key)
    port = _free_port()
    try:
        process = start_child(
            "ui.classroom", stdout=subprocess.DEVNULL, variables={environment.PORT.name: str(port)}, own_session=False
        )
    except OSError as error:
        raise ParameterError(f"the app can't be opened: {reason(error)}") from error
    fingerprint = certificate.fingerprint if certificate else None
    made = Opened(url=opened.url(port=port), fingerprint=fingerprint, key=key, process=process)
    _servers()[str(esc_home())] = made
    atexit.register(made.stop)
    return made


def close_app() -> None:
    """End the second server; raises RightsError if who asks is not at this computer."""
    require(Action.OPEN_APP)
    there = _servers().pop(str(esc_home()), None)
    if there is not None:
        there.stop()
        atexit.unregister(there.stop)


def _free_port() -> int:
    """Return the first port from that of the settings on to which nothing listens.

    Raises
    ------
    ParameterError
        If there is none.
    """
    first = environment.PORT.value()
    for port in range(first, min(first + MAX_PORTS, 65_536)):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((opened.bound_address(), port))
            return port
    raise ParameterError(f"none of the ports from {first} on is free")
