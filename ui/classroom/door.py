"""The door: where the teacher's key is exchanged for a cookie, which no script can read.

Streamlit's pages can't set cookies, so this is a small page of its own beside them. It is there in classroom mode only.
"""

from __future__ import annotations

import time
from collections import deque
from html import escape
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ui.classroom import teacher

PATH = "/teacher"
"""Where the door is."""

INSIDE = "/projector"
"""Where it leads."""

MAX_TRIES = 10
"""Wrong keys in `TRY_SECONDS` from one address; then nobody can try from there for a while, and others still can."""

TRY_SECONDS = 60.0

MAX_ADDRESSES = 1000
"""Addresses whose wrong keys are remembered."""

MAX_BODY = 2_000
"""Bytes of a form."""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Teacher · ESC-50 Sound Lab</title>
<style>
:root {{ color-scheme: light dark; font: 1.1rem/1.5 sans-serif; }}
body {{ max-width: 26rem; margin: 10vh auto; padding: 0 1rem; }}
input, button {{ font: inherit; padding: .5rem .7rem; width: 100%; box-sizing: border-box; margin-top: .5rem; }}
</style>
</head>
<body>
<h1>For the teacher</h1>
<p role="alert">{message}</p>
<form method="post" action="{path}">
<label for="key">The teacher's key, which was printed when the app was first started</label>
<input id="key" name="key" type="password" autocomplete="current-password" maxlength="200" required autofocus>
<button>Enter</button>
</form>
<form method="post" action="{path}">
<button name="leave" value="1">Stop being the teacher in this browser</button>
</form>
</body>
</html>
"""


class Door:
    """The page, and the memory of wrong keys."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = {}

    def route(self) -> Route:
        """Return its route for the server."""
        return Route(PATH, self.answer, methods=["GET", "POST"])

    async def answer(self, request: Request) -> Response:
        """Answer a request."""
        if request.method != "POST":
            return _page("")
        form = await _form(request)
        if form is None:
            return _page("That is too long for a key.", status=413)
        if "leave" in form:
            left = RedirectResponse("/", status_code=303)
            left.delete_cookie(teacher.COOKIE, path="/", secure=True, httponly=True, samesite="strict")
            return left
        address = request.client.host if request.client else ""
        return await self._try(form.get("key", ""), address=address, now=time.monotonic())

    async def _try(self, key: str, *, address: str, now: float) -> Response:
        wrong = self._wrong.pop(address, None) or deque(maxlen=MAX_TRIES)
        self._wrong[address] = wrong  # as the newest
        if len(self._wrong) > MAX_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
        if len(wrong) == MAX_TRIES and now - wrong[0] < TRY_SECONDS:
            return _page("There were too many wrong keys. Wait a minute, then try again.", status=429)
        wrong.append(now)  # before the check, so that many at once count, too
        if not await run_in_threadpool(teacher.is_key, key):  # it takes long on purpose
            return _page("That is not the key.", status=403)
        wrong.clear()
        entered = RedirectResponse(INSIDE, status_code=303)
        entered.set_cookie(
            teacher.COOKIE, teacher.new_cookie(), max_age=teacher.COOKIE_SECONDS, path="/", secure=True, httponly=True,
            samesite="strict",
        )  # fmt: skip
        return entered


async def _form(request: Request) -> dict[str, str] | None:
    """Return a form's fields; None if it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def _page(message: str, *, status: int = 200) -> Response:
    text = _PAGE.format(message=escape(message), path=PATH)
    # without its origin, which no-referrer would take away, the guard would refuse the form as another site's
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(text, status_code=status, headers=headers)
