"""The guard: a real server refuses other sites' requests, is framed by nobody, and asks the internet nothing."""

from __future__ import annotations

import base64
import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.routing import Match

from tests.browser.serve import ROOT, start_app
from ui.frame.start import routes

N_TRIES = 100

SOCKET = "/_stcore/stream"

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
}


def led_to(path: str, query: str = "") -> tuple[int, str] | None:
    """Return status and goal of what the server's own routes answer; None if they leave it to Streamlit."""
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    matching = [route for route in routes() if route.matches(scope)[0] is Match.FULL]
    if not matching:
        return None
    answer = matching[0].endpoint(Request(scope))
    return answer.status_code, answer.headers["location"]


def test_the_first_page_opens_under_its_name_too() -> None:
    """It lies at /; a link to /explore leads there, whatever state it holds, and nowhere else."""
    assert led_to("/explore") == (307, "./")
    assert led_to("/explore", "view=map&clip=1-100032-A-0") == (307, "./?view=map&clip=1-100032-A-0")
    assert led_to("/explore", "next=//example.org") == (307, "./?next=//example.org")
    assert led_to("/train") is None


class Outside(ThreadingHTTPServer):
    """A proxy on this machine that counts what the app asks of the internet, and answers nothing."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Count)
        self.looked_up: list[str] = []


class _Count(BaseHTTPRequestHandler):
    server: Outside

    def do_GET(self) -> None:
        self.server.looked_up.append(self.path)
        self.send_error(503)

    do_CONNECT = do_GET  # noqa: N815 - the name of the method in HTTP

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """Run the proxy."""
    server = Outside()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def url(outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app where the proxy is its only way out."""
    folder = tmp_path_factory.mktemp("guard")
    proxy = f"http://127.0.0.1:{outside.server_address[1]}"
    env = {"ESC_HOME": str(folder / "home"), "http_proxy": proxy, "https_proxy": proxy}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


def ask(url: str, path: str = "/", **headers: str) -> http.client.HTTPResponse:
    """Send one request and return the response."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def test_other_names_are_refused(url: str) -> None:
    """A name that was made to resolve to this machine gets nothing, whatever port or path it asks."""
    port = urlsplit(url).port
    for host in (f"evil.example:{port}", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example", ""):
        for path in ("/", "/_stcore/health", "/media/x.wav", "/train"):
            answer = ask(url, path, Host=host)
            assert answer.status == 403, (host, path)
        assert "allowedHosts" in answer.read().decode()
        assert ask(url, SOCKET, Host=host, Origin=f"http://{host}", **HANDSHAKE).status == 403
    for host in (f"localhost:{port}", f"LOCALHOST.:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert ask(url, Host=host).status == 200, host
        assert ask(url, SOCKET, Host=host, Origin=f"http://{host}", **HANDSHAKE).status == 101, host


def test_one_setting_adds_names_and_another_adds_origins(tmp_path: Path) -> None:
    """Who serves the app to others says under which names."""
    env = {
        "ESC_HOME": str(tmp_path / "home"),
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "localhost lab.example",
        "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS": "https://portal.example",
    }
    with start_app(ROOT / "app.py", env, log=tmp_path / "log.txt", ready_as="lab.example") as url:
        assert ask(url, Host="lab.example").status == 200
        assert ask(url, Host="127.0.0.1").status == 403
        assert ask(url, SOCKET, Host="lab.example", Origin="https://lab.example", **HANDSHAKE).status == 101
        assert ask(url, SOCKET, Host="lab.example", Origin="https://portal.example", **HANDSHAKE).status == 101
        assert ask(url, SOCKET, Host="lab.example", Origin="https://other.example", **HANDSHAKE).status == 403


def test_other_sites_are_refused_without_a_look_up(url: str, outside: Outside) -> None:
    """Each of many tries is refused, the app goes on answering, and nothing is asked of the internet."""
    own = f"http://{urlsplit(url).netloc}"
    for origin in ("http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1", "null", "file://", "http://["):
        assert ask(url, Origin=origin).status == 403, origin
        assert ask(url, SOCKET, Origin=origin, **HANDSHAKE).status == 403, origin
    for i in range(N_TRIES):
        assert ask(url, SOCKET, Origin=f"http://{i}.evil.example", **HANDSHAKE).status == 403
    assert ask(url, SOCKET, Origin=own, **HANDSHAKE).status == 101
    assert ask(url, "/_stcore/health").status == 200
    assert outside.looked_up == []


def test_nobody_frames_the_app(url: str) -> None:
    """Every answer says so, also what is refused, and what is not there."""
    for answer in (ask(url), ask(url, "/_stcore/health"), ask(url, "/media/none"), ask(url, Origin="http://x.example")):
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
