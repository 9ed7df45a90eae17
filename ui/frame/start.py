"""What the server does once, as it starts."""

from __future__ import annotations

import sys
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from esc_core.config import environment
from esc_core.errors import ParameterError
from ui.classroom.door import Door

OPEN_FILES = 4096
"""Files, pipes and sockets that the server may have open: three for the event loop of each session, until
`ui.memory` closes it, some time after its tab was closed."""


def prepare_server() -> None:
    """Check all settings, and let the server open enough files; ends the program if a setting is wrong."""
    try:
        environment.check_environment()
    except ParameterError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    raise_open_files()


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
