"""A server that is open to a class refuses other sites, foreign names and bodies that are too large, on every path."""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_classroom import SERVE, linux, served
from ui.classroom.door import PATH

pytestmark = linux

PATHS = (
    "/", PATH, "/projector", "/_stcore/health", "/_stcore/host-config", "/media/x.wav", "/_stcore/upload_file/a/b",
    "/static/x.js", "/component/x", "/_stcore/metrics", "/%2e%2e/%2e%2e/etc/passwd",
)  # fmt: skip

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
}

SOCKET = "/_stcore/stream"

MANY = 30_000_000
"""Bytes of a body that nothing here takes."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Serve the app to a class under one more name, to this machine alone; give port and certificate."""
    folder = tmp_path_factory.mktemp("class")
    with served(folder, *SERVE, ESC_ADDRESS="127.0.0.1", ESC_NAMES="lab.example") as (_, port, _):
        yield port, folder / "home" / "classroom" / "cert.pem"


def connect(server: tuple[int, Path]) -> http.client.HTTPSConnection:
    port, certificate = server
    context = ssl.create_default_context(cafile=str(certificate))
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)


def ask(server: tuple[int, Path], method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    """Send a request and return status and text of the answer."""
    connection = connect(server)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    is_text = answer.status != 101
    text = answer.read(20_000).decode("utf-8", "replace") if is_text else ""
    connection.close()
    return answer.status, text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_foreign_names_and_sites_are_refused(server: tuple[int, Path], method: str) -> None:
    """Whatever is asked; under the name that was set and from its own pages it is not."""
    for path in PATHS:
        assert ask(server, method, path, Host="evil.example")[0] == 403, path
        for origin in ("https://evil.example", "null", "https://lab.example.evil.example", "http://127.0.0.1:1"):
            assert ask(server, method, path, Host="lab.example", Origin=origin)[0] == 403, (path, origin)
    status, text = ask(server, "GET", "/", Host="lab.example", Origin="https://lab.example")
    assert (status, "<title>" in text) == (200, True)


def test_the_socket_is_for_the_apps_own_pages(server: tuple[int, Path]) -> None:
    for host, origin, status in (
        ("lab.example", "https://lab.example", 101),
        ("lab.example", "https://evil.example", 403),
        ("evil.example", "https://evil.example", 403),
        ("lab.example", "null", 403),
    ):
        assert ask(server, "GET", SOCKET, Host=host, Origin=origin, **HANDSHAKE)[0] == status, (host, origin)


def test_paths_lead_nowhere_outside(server: tuple[int, Path]) -> None:
    """Streamlit's page is the answer to what is not there, never a file of this computer."""
    for path in ("/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/media/..%2f..%2fetc%2fpasswd", "/static/..%5c..%5cetc/passwd",
                 "/app/static/../../pyproject.toml", "/component/../../../../etc/passwd", "/media/%00"):  # fmt: skip
        status, text = ask(server, "GET", path)
        assert "root:" not in text, path
        assert "[project]" not in text, path
        assert status in (200, 400, 403, 404), path


def is_refused(server: tuple[int, Path], method: str, path: str, body: bytes | None = None) -> bool:
    """Say whether a server refuses a request, or hangs up on what it won't read, be it in the middle of sending."""
    try:
        return ask(server, method, path, body)[0] in (400, 403, 413, 414, 431)
    except (ConnectionError, ssl.SSLEOFError):
        return True


def test_bodies_that_are_too_large(server: tuple[int, Path]) -> None:
    """The door reads no more than a key has; an upload is refused by its claim, or for its session."""
    assert is_refused(server, "POST", PATH, b"key=" + b"x" * 100_000)
    for claimed in (MANY, 10**15):
        connection = connect(server)
        connection.putrequest("PUT", "/_stcore/upload_file/nobody/file")
        connection.putheader("Content-Length", str(claimed))
        connection.endheaders(b"x" * 1_000)  # and nothing more: the answer must not wait for the rest
        assert connection.getresponse().status in (400, 403, 413)
        connection.close()
    assert is_refused(server, "GET", "/?" + "x" * 200_000)
    assert not is_refused(server, "GET", "/?" + "x" * 200)
    assert ask(server, "GET", "/_stcore/health")[0] == 200
