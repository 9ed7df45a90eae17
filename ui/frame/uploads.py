"""How much one visitor may have uploaded at the same time: Streamlit limits each file, but not how many there are."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.config import get_option

from esc_core.config import environment

_UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+/?$")

MEGABYTE = 1024 * 1024


@dataclass
class _Coming:
    """What one session is uploading at this moment."""

    n_files: int = 0
    n_bytes: int = 0


class UploadLimit:
    """ASGI middleware that refuses a session's uploads beyond `MAX_UPLOADS` and `MAX_UPLOAD_MB` with status 413.

    Parameters
    ----------
    app : ASGI application
        What takes the uploads.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._coming: dict[str, _Coming] = defaultdict(_Coming)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        found = _UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        session, size = found["session"], _size(scope)
        coming = self._coming[session]
        # many files that come at once count, although the server has none of them yet
        if refusal := _refusal(session, n_files=coming.n_files + 1, n_bytes=coming.n_bytes + size):
            await PlainTextResponse(refusal, status_code=413)(scope, receive, send)
            return
        coming.n_files += 1
        coming.n_bytes += size
        try:
            await self._app(scope, receive, send)
        finally:
            coming.n_files -= 1
            coming.n_bytes -= size
            if not coming.n_files:
                self._coming.pop(session, None)


def _size(scope: Scope) -> int:
    """Return the bytes that a request says it has; the most that one may have if it does not say."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() else get_option("server.maxUploadSize") * MEGABYTE


def _refusal(session: str, *, n_files: int, n_bytes: int) -> str:
    """Return why a session may upload no more, in a sentence; empty if it may."""
    files = runtime.get_instance().uploaded_file_mgr.file_storage.get(session, {})  # type: ignore[attr-defined]
    most, most_mb = environment.MAX_UPLOADS.value(), environment.MAX_UPLOAD_MB.value()
    if len(files) + n_files > most:
        return f"At most {most} files can be uploaded at the same time; remove some first.\n"
    if sum(len(file.data) for file in list(files.values())) + n_bytes > most_mb * MEGABYTE:
        return f"The uploaded files can have {most_mb} MB together; remove some first.\n"
    return ""
