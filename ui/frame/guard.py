"""The guard around the server: who may ask it, and who may frame it.

A web page of another site that is open in the same browser can reach this machine's servers. It sends its own name as
``Origin``, or, after its name was made to resolve to this machine (DNS rebinding), as ``Host``. Either is refused
before Streamlit sees the request: for an ``Origin`` that it does not know, Streamlit looks this machine's public
address up on the internet, and answers nobody meanwhile.

Streamlit also tells everybody who asks how many people use it and how much memory it takes; here nobody is told, unless
a setting allows it.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.server_util import is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from esc_core.config import environment

HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",  # the same for older browsers
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer: no page may frame the app, and what it sends is of the type that it says."""

REFERRER = {"Referrer-Policy": "no-referrer"}
"""The same for answers that have no such header of their own. With this one a browser sends a form as from
``Origin: null``, so a page with a form says ``same-origin``."""

METRICS = "/_stcore/metrics"
"""Where Streamlit's own figures are; they are answered only if `environment.METRICS` says so."""


class Guard:
    """ASGI middleware that refuses other sites' requests with status 403.

    ``server.allowedHosts`` names the hosts under which the app is reached, and ``server.corsAllowedOrigins`` the
    origins beside its own, such as that of a proxy.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif refusal := _refusal(Headers(scope=scope)):
            # before a web socket is accepted, servers turn a response into a refused handshake
            await PlainTextResponse(refusal, status_code=403)(scope, receive, _with_headers(send))
        elif METRICS in scope["path"] and not environment.METRICS.value():
            await PlainTextResponse("Not found.\n", status_code=404)(scope, receive, _with_headers(send))
        else:
            await self._app(scope, receive, _with_headers(send))


def _refusal(headers: Headers) -> str:
    """Return why a request is refused, in a sentence; empty if it is not."""
    host, origin = headers.get("host"), headers.get("origin")
    if not is_host_allowed(host):
        return "This app is not served under that name; server.allowedHosts lists its names.\n"
    if origin is None or origin.partition("://")[2] == host or is_allowed_origin(origin):
        return ""
    return "This app takes no requests from other sites; server.corsAllowedOrigins lists exceptions.\n"


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            for name, value in REFERRER.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
