"""What the server does once, as it starts."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from esc_core.children import set_here
from esc_core.config import environment
from esc_core.errors import ParameterError
from ui.classroom.door import Door

OPEN_FILES = 4096
"""Files, pipes and sockets that the server may have open: three for the event loop of each session, until
`ui.memory` closes it, some time after its tab was closed."""


ARENAS = 2
"""Pools from which the C library's `malloc` serves all threads. By default each thread that answers has one of its own,
and what is free in one is of no use to another: twelve visitors left 284 MB unused, and 39 MB with two pools."""

_M_ARENA_MAX = -8

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
"""Variable of TensorFlow that chooses oneDNN's kernels. They are made again for each length of a sound, and kept: 400
sounds of all lengths take 180 MB with AclNet SC, 50 MB with the mel CNN. Without them an answer takes 15 to 25% more of
the processor, 110 MB less to begin with, and no more for the next."""


def prepare_server() -> None:
    """Check all settings, and prepare this process for many visitors; ends the program if a setting is wrong."""
    try:
        environment.check_environment()
    except ParameterError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    raise_open_files()
    share_arenas()
    set_here(ONEDNN, "0")  # not for runs, which meet few lengths, and train faster with it


def share_arenas() -> None:
    """Let all threads share `ARENAS` pools of memory, where the C library is glibc and the user has not chosen."""
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return
    if (choose := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        choose(_M_ARENA_MAX, ARENAS)


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Have the model loaded as the server begins to answer, where `LOAD_AHEAD` says so."""
    if environment.LOAD_AHEAD.value():
        # only now, since Streamlit's caches need a server; and in this thread, before pages import the same modules
        from ui.frame.ahead import load_ahead

        load_ahead()
    yield


def raise_open_files() -> None:
    """Raise the soft limit of open files to `OPEN_FILES`, or as far as the system lets us.

    macOS starts programs with 256, at which visits would fail from about the eightieth on.
    """
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def routes() -> list[Route]:
    """Return the server's routes beside Streamlit's: the first page's name, and in a class the teacher's door."""
    from ui.frame.navigation import PAGES  # here: `app.py` prepares Numba first

    return [_named(next(iter(PAGES))), *([Door().route()] if environment.CLASSROOM.value() else [])]


def _named(page: str) -> Route:
    """Return a route from a page's name to the first page, which Streamlit has at / alone; the link's state goes along.

    Under its name Streamlit would show it behind "Page not found".
    """

    def answer(request: Request) -> Response:
        # relative, so that it holds behind a proxy that serves the app below a path of its own
        return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")

    return Route(f"/{page}", answer)
