"""What the server allows itself, all visitors and one of them: open files, seats, uploads."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.visitor import Answer, Visitor
from esc_core.audio import MAX_KEPT_SR
from esc_core.children import child_environment
from esc_core.config import AudioLimits
from tests.browser.serve import ROOT, start_app
from ui.frame import seats
from ui.frame.start import ONEDNN
from ui.frame.uploads import MEGABYTE, UploadLimit
from ui.microphone.payload import SLACK_SECONDS
from ui.own.sources import ROW_SECONDS

LIMIT = """
import resource, sys
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), hard if sys.argv[2] == "hard" else int(sys.argv[2])))
from ui.frame.start import raise_open_files
raise_open_files()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "then"), [("256", "hard", 4096), ("256", "1000", 1000), ("5000", "hard", 5000)]
)
def test_the_server_may_open_enough_files(soft: str, hard: str, then: int) -> None:
    """From macOS's 256 to 4096, or to what the system allows; a higher limit stays."""
    command = [sys.executable, "-c", LIMIT, soft, hard]
    said = subprocess.check_output(command, env=child_environment(), text=True, timeout=120).split()
    assert int(said[0]) == then


KERNELS = """
import os
from esc_core.children import child_environment
from ui.frame.start import ONEDNN, prepare_server
prepare_server()
print(os.environ[ONEDNN], child_environment().get(ONEDNN))
"""


@pytest.mark.parametrize(("chosen", "then"), [({}, ["0", "None"]), ({ONEDNN: "1"}, ["1", "1"])])
def test_the_server_keeps_no_kernels_for_each_length(chosen: dict[str, str], then: list[str]) -> None:
    """Nor do runs lose them, which it starts; who has chosen keeps the choice for both."""
    given = {name: value for name, value in child_environment().items() if name != ONEDNN} | chosen
    said = subprocess.check_output([sys.executable, "-c", KERNELS], env=given, text=True, timeout=120).split()
    assert said == then


MESSAGES = ("maxMessageSize", "maxWidgetStateSize")


HARDWARE_SR = 192_000
"""Highest rate of usual audio hardware, in Hz."""


def longest_recording() -> int:
    """Return the bytes of the longest recording that a page takes, as the microphone sends it."""
    pcm = int((ROW_SECONDS + SLACK_SECONDS) * HARDWARE_SR) * 2
    return (pcm + 2) // 3 * 4


def test_a_message_may_be_as_large_as_the_app_needs() -> None:
    """A recording on its way in, the longest sound on its way to the player, and not twice as much."""
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    longest_sound = int(AudioLimits().max_seconds * MAX_KEPT_SR) * 2
    for option in MESSAGES:
        limit = server[option] * 1_000_000
        assert 1.1 * max(longest_recording(), longest_sound) < limit < 2 * longest_recording(), option


def test_a_larger_message_is_refused(tmp_path: Path) -> None:
    """The largest real one comes in whole; one beyond the limit ends the connection, and the server goes on."""

    async def send(url: str, size: int) -> tuple[Answer, Visitor]:
        async with Visitor(url) as visitor:
            await visitor.open()
            await visitor.open("Third")
            return await visitor.set(visitor.page.find("text_input"), string_value="x" * size), visitor

    with start_app(ROOT / "tests" / "visited_app.py", log=tmp_path / "log") as url:
        answer, visitor = asyncio.run(send(url, longest_recording()))
        assert answer.errors == ()
        assert visitor.page.find("button", f"{longest_recording()} letters")
        answer, _ = asyncio.run(send(url, 40_000_001))
        assert answer.lost
        assert "1009" in answer.errors[0]
        answer, _ = asyncio.run(send(url, 10))
        assert answer.errors == ()


class Server:
    """An upload route that keeps what it gets, as Streamlit's does, once it is let go."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, SimpleNamespace]] = {}
        self.go = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        *_, session, file = scope["path"].split("/")
        await self.go.wait()
        if scope["method"] == "DELETE":
            del self.files[session][file]
        else:
            size = int(dict(scope["headers"])[b"content-length"]) if scope["headers"] else 0
            self.files.setdefault(session, {})[file] = SimpleNamespace(data=range(size))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def put(app: Any, session: str, file: str, size: int | None, method: str = "PUT") -> tuple[int, str]:
    """Upload a file of a size; return status and text of the answer."""
    said: list[dict[str, Any]] = []
    headers = [] if size is None else [(b"content-length", str(size).encode())]
    path = f"/_stcore/upload_file/{session}/{file}"

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await app({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    return said[0]["status"], said[1].get("body", b"").decode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    runtime = SimpleNamespace(uploaded_file_mgr=SimpleNamespace(file_storage=made.files))
    monkeypatch.setattr("ui.frame.uploads.runtime.get_instance", lambda: runtime)
    return made


def test_one_visitor_holds_so_many_files(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fourth is refused in a sentence, until one goes; another visitor is not concerned."""
    monkeypatch.setenv("ESC_MAX_UPLOADS", "3")

    async def go() -> None:
        app = UploadLimit(server)
        server.go.set()
        assert [await put(app, "a", str(n), 10) for n in range(3)] == [(204, "")] * 3
        refused = (413, "At most 3 files can be uploaded at the same time; remove some first.\n")
        assert await put(app, "a", "3", 10) == refused
        assert await put(app, "b", "0", 10) == (204, "")
        assert (await put(app, "a", "0", 10, method="DELETE"))[0] == 204
        assert await put(app, "a", "3", 10) == (204, "")

    asyncio.run(go())


def test_one_visitor_holds_so_many_bytes(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESC_MAX_UPLOAD_MB", "20")

    async def go() -> None:
        app = UploadLimit(server)
        server.go.set()
        assert await put(app, "a", "0", 15 * MEGABYTE) == (204, "")
        refused = (413, "The uploaded files can have 20 MB together; remove some first.\n")
        assert await put(app, "a", "1", 5 * MEGABYTE + 1) == refused
        assert await put(app, "a", "1", None) == refused, "a size that is not said counts as the largest"
        assert await put(app, "a", "1", 5 * MEGABYTE) == (204, "")

    asyncio.run(go())


def test_files_that_come_at_once_count(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is stored yet; what failed or was stored counts no longer as coming."""
    monkeypatch.setenv("ESC_MAX_UPLOADS", "3")

    async def go() -> None:
        app = UploadLimit(server)
        jobs = [asyncio.create_task(put(app, "a", str(n), 10)) for n in range(8)]
        await asyncio.sleep(0)
        server.go.set()
        statuses = [status for status, _ in await asyncio.gather(*jobs)]
        assert sorted(statuses) == [204] * 3 + [413] * 5
        assert app._coming == {}

    asyncio.run(go())


@pytest.fixture
def visitors(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the sessions whose browser is there, on a server that takes two."""
    there: set[str] = set()
    monkeypatch.setenv("ESC_MAX_VISITORS", "2")
    monkeypatch.setattr(seats, "_taken", set())
    monkeypatch.setattr(seats, "is_teacher", lambda: False)
    monkeypatch.setattr(seats.runtime, "exists", lambda: True)
    monkeypatch.setattr(seats.runtime, "get_instance", lambda: SimpleNamespace(is_active_session=there.__contains__))
    return there


def comes(session: str, there: set[str], monkeypatch: pytest.MonkeyPatch) -> bool:
    there.add(session)
    monkeypatch.setattr(seats, "get_script_run_ctx", lambda: SimpleNamespace(session_id=session))
    return seats.has_seat()


def test_who_has_a_seat_keeps_it_and_a_third_finds_none(visitors: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Until one of the two leaves; then the one who left finds none."""
    assert [comes(session, visitors, monkeypatch) for session in ("a", "b", "c", "a", "b", "c")] == [
        True, True, False, True, True, False,
    ]  # fmt: skip
    visitors.remove("a")
    assert comes("c", visitors, monkeypatch)
    assert not comes("a", visitors, monkeypatch)


def test_a_teacher_always_gets_in(visitors: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert [comes(session, visitors, monkeypatch) for session in "ab"] == [True, True]
    monkeypatch.setattr(seats, "is_teacher", lambda: True)
    assert comes("teacher", visitors, monkeypatch)
    monkeypatch.setattr(seats, "is_teacher", lambda: False)
    assert not comes("c", visitors, monkeypatch)


def test_who_finds_no_seat_reads_why_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "has_seat", lambda: False)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert [info.value for info in app.info] == [
        "The app is full: 60 browser tabs are open, as many as this server takes. "
        "Load this page again when somebody has closed one."
    ]
    assert (len(app.title), len(app.button), len(app.exception)) == (0, 0, 0)
