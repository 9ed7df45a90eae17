"""What the browser tests share: a Streamlit app on a free port, and Chromium."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parents[2]

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

START_SECONDS = 150
"""How long an app may take to answer, in seconds; the machine may be busy with other things."""


PORTS = range(20_000, 32_768)
"""Ports below those that Linux, macOS and Windows give to connections."""


def skip_or_fail(reason: str) -> None:
    """Skip the test and say why; in CI, where nothing may be missing, fail instead."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def launch_chromium(playwright: Playwright, *flags: str) -> Browser:
    """Start the system's Chromium with `flags`; skip if there is none."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_or_fail("browser tests need Chromium: install it (apt-get install chromium) or set CHROMIUM to its path")
    return playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, *flags])


def free_port() -> int:
    """Return a port of this machine on which nobody listens, for an app that takes seconds until it does.

    A port that the system chooses is one that it gives to connections, too: a browser's could have it in the meantime.
    """
    for port in random.SystemRandom().sample(PORTS, 100):  # Hypothesis seeds the others alike in each process
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no free port was found from {PORTS[0]} to {PORTS[-1]}")


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path, name: str | None) -> None:
    request = urllib.request.Request(f"{url}/_stcore/health", headers={"Host": name} if name else {})
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app did not start:\n{log.read_text(errors='replace')[-4000:]}")


@contextmanager
def start_app(
    path: Path, env: Mapping[str, str] | None = None, *, log: Path, ready_as: str | None = None, port: int | None = None
) -> Iterator[str]:
    """Run a Streamlit app for the time of a ``with`` block.

    Parameters
    ----------
    path : pathlib.Path
        The app's script.
    env : mapping of str to str, optional
        Environment variables for it, added to this process's.
    log : pathlib.Path
        File for what it prints.
    ready_as : str, optional
        Name under which it answers, if not this machine's address.
    port : int, optional
        Its port; a free one by default.

    Yields
    ------
    str
        Its address, such as ``http://127.0.0.1:40123``.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    options = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(path)]
    command += [f"--{name}={value}" for name, value in options.items()]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_until_healthy(url, process, log, ready_as)
            yield url
        finally:
            # The whole group: an app may have started workers of its own.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
