"""A small ESC-50 of synthesised clips, zipped, and a server on loopback that hands it out well or badly."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import soundfile

SR = 8_000
TOP = "ESC-50-master"
HEADER = "filename,fold,target,category,esc10,src_file,take\n"


def make_clips(n_clips: int = 4) -> dict[str, bytes]:
    """Return clips of seeded noise, 5 s at 8 kHz, as file name → WAV bytes; they span several blocks of a download."""
    rng = np.random.default_rng(0)
    clips = {}
    for i in range(n_clips):
        buffer = io.BytesIO()
        soundfile.write(buffer, 0.1 * rng.standard_normal(5 * SR), SR, format="WAV", subtype="PCM_16")
        clips[f"{i % 5 + 1}-{1000 + i}-A-{i}.wav"] = buffer.getvalue()
    return clips


def make_table(names: list[str]) -> bytes:
    """Return the ``esc50.csv`` of clips whose names say what they are."""
    rows = []
    for name in names:
        fold, src_file, take, target = name.removesuffix(".wav").split("-")
        rows.append(f"{name},{fold},{target},category_{target},False,{src_file},{take}\n")
    return (HEADER + "".join(rows)).encode()


def make_md5(clips: Mapping[str, bytes]) -> dict[str, str]:
    """Return the MD5 of the clips and of their table."""
    files = {**clips, "esc50.csv": make_table(list(clips))}
    return {name: hashlib.md5(data).hexdigest() for name, data in files.items()}


def make_zip(
    clips: Mapping[str, bytes],
    *,
    extra: Mapping[str | zipfile.ZipInfo, bytes] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Return a zip laid out as GitHub packs ESC-50, with `extra` entries added at its end."""
    entries: dict[str | zipfile.ZipInfo, bytes] = {
        f"{TOP}/": b"",
        f"{TOP}/LICENSE": b"CC BY-NC",
        f"{TOP}/README.md": b"# ESC-50",
        f"{TOP}/requirements.txt": b"numpy",
        f"{TOP}/tests/test_dataset.py": b"",
        f"{TOP}/meta/esc50.csv": make_table(sorted(clips)),
        f"{TOP}/meta/esc50-human.xlsx": b"not really",
        **{f"{TOP}/audio/{name}": data for name, data in clips.items()},
        **(extra or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for entry, data in entries.items():
            archive.writestr(entry, data)
    return buffer.getvalue()


class ZipServer(ThreadingHTTPServer):
    """Serves one body at every path, in one of these ways.

    ``good``; ``redirect`` first, as GitHub does; ``chunked`` or ``no length``, which tell no size; ``cut``,
    ``cut chunked`` and ``cut no length``, which close half-way; ``stall`` half-way or ``mute`` from the start, until
    the server ends; ``404``; ``500``.
    """

    daemon_threads = True

    def __init__(self, body: bytes, way: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body, self.way = body, way
        self.silent = threading.Event()
        """Set once a server that stalls has fallen silent."""
        self.ends = threading.Event()
        self.n_requests = 0

    @property
    def url(self) -> str:
        """Address of the zip."""
        return f"http://127.0.0.1:{self.server_port}/master.zip"


class _Handler(BaseHTTPRequestHandler):
    server: ZipServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.n_requests += 1
        way, body = self.server.way, self.server.body
        if way == "mute":
            self._fall_silent()
        elif way.isdigit():
            self.send_error(int(way))
        elif way == "redirect" and self.path == "/master.zip":
            self._head(302, Location="/moved.zip")
        elif "chunked" in way:
            self._head(200, Transfer_Encoding="chunked")
            self._send_chunks(body[: len(body) // 2] if way.startswith("cut") else body)
            self.wfile.write(b"" if way.startswith("cut") else b"0\r\n\r\n")
        else:
            self._head(200, **({} if "no length" in way else {"Content_Length": str(len(body))}))
            self.wfile.write(body if way in ("good", "redirect", "no length") else body[: len(body) // 2])
            if way == "stall":
                self._fall_silent()

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _send_chunks(self, body: bytes, size: int = 10_000) -> None:
        for start in range(0, len(body), size):
            chunk = body[start : start + size]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def _fall_silent(self) -> None:
        self.wfile.flush()
        self.server.silent.set()
        self.server.ends.wait()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve(body: bytes, way: str = "good") -> Iterator[ZipServer]:
    """Run a `ZipServer` in a thread; a client that hangs up early is no error."""
    with ZipServer(body, way) as server:
        server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ends.set()
            server.shutdown()
            thread.join()
