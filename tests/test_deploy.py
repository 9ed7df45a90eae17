"""What is there for servers does what docs/deploy.md says: its steps are done here, without Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from esc_core.config.environment import SETTINGS
from tests.browser.serve import START_SECONDS, free_port

ROOT = Path(__file__).parent.parent

NAMES = {setting.name for setting in SETTINGS} | {"ESC_HOME", "YAMNET_DIR", "ESC50_DIR"}


def dockerfile() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with what follows them."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def all_of(word: str) -> list[str]:
    return [rest for one, rest in dockerfile() if one == word]


def variables() -> dict[str, str]:
    return dict(part.split("=", 1) for rest in all_of("ENV") for part in rest.split())


def test_the_image_is_closed() -> None:
    """It runs as a user of its own, after whom nothing is installed, and writes into one folder."""
    words = [word for word, _ in dockerfile()]
    assert all_of("USER") == ["lab"]
    assert "RUN" not in words[words.index("USER") :]
    assert all_of("VOLUME") == [variables()["ESC_HOME"]]
    assert {name for name in variables() if name.startswith(("ESC", "YAMNET"))} <= NAMES
    assert variables()["ESC_HTTPS"] == "proxy"


def test_the_builder_gets_what_is_copied() -> None:
    """Each source is there, and .dockerignore lets it through; nothing else goes to the builder."""
    sources = {source for rest in all_of("COPY") for source in rest.split()[:-1]}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources == allowed
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()


def copied(folder: Path) -> Path:
    """Copy what the image holds."""
    target = folder / "app"
    target.mkdir()
    for source in (source for rest in all_of("COPY") for source in rest.split()[:-1]):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, target / source)
    return target


def files(folder: Path) -> dict[str, int]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in found}


@pytest.mark.skipif(sys.platform == "win32", reason="the image is Linux's")
def test_the_image_starts_is_healthy_and_writes_nothing_but_its_data(tmp_path: Path) -> None:
    """Its files in another folder, its variables, its command and its health check, with this interpreter."""
    app, home = copied(tmp_path), tmp_path / "data"
    here = {
        "ESC_HOME": str(home),
        "ESC_ADDRESS": "127.0.0.1",
        "ESC_PORT": str(free_port()),
        "ESC_NAMES": "lab.example",
    }
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("ESC", "YAMNET"))}
    given = outside | variables() | here | {"HOME": str(home), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    before = files(app)
    (command,) = (json.loads(rest) for rest in all_of("CMD"))
    (check,) = (json.loads(rest.partition("CMD ")[2]) for rest in all_of("HEALTHCHECK"))
    assert command[0] == check[0] == "python"
    with (tmp_path / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, *command[1:]], cwd=app, env=given, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + START_SECONDS
            while subprocess.run([sys.executable, *check[1:]], env=given, capture_output=True, timeout=60).returncode:
                assert server.poll() is None, (tmp_path / "log.txt").read_text()
                assert time.monotonic() < deadline
            assert "https://lab.example" in (tmp_path / "log.txt").read_text()
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(30)
    assert subprocess.run([sys.executable, *check[1:]], env=given, capture_output=True, timeout=60).returncode
    assert files(app) == before
    assert sorted(path.name for path in home.iterdir() if path.name == "classroom") == ["classroom"]


def test_only_the_proxy_is_reached_from_outside() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    app, caddy = compose["services"]["app"], compose["services"]["caddy"]
    assert "ports" not in app
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert app["security_opt"] == ["no-new-privileges:true"]
    assert set(app["environment"]) <= NAMES
    assert [port.split(":")[0] for port in caddy["ports"]] == ["80", "443"]
    assert f"app:{variables()['ESC_PORT']}" in (ROOT / "deploy/Caddyfile").read_text()
    assert all((ROOT / volume.split(":")[0]).exists() for volume in caddy["volumes"] if volume.startswith("./"))


def test_the_unit_is_one_of_systemd(tmp_path: Path) -> None:
    """Its command is the one of the image; systemd itself reads it where it is there."""
    unit = (ROOT / "deploy/esc-sound-lab.service").read_text()
    (command,) = (json.loads(rest) for rest in all_of("CMD"))
    assert re.search(r"^ExecStart=\S+/python (.+)$", unit, re.MULTILINE)[1] == " ".join(command[1:])
    named = re.findall(r"(\w+)=", re.search(r"^Environment=(.+)$", unit, re.MULTILINE)[1])
    assert set(named) <= NAMES
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze, which reads units, is not here")
    # its paths are those of a server
    text = re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", unit, flags=re.MULTILINE)
    path = tmp_path / "esc-sound-lab.service"
    path.write_text(re.sub(r"^(User|WorkingDirectory)=.*\n", "", text, flags=re.MULTILINE))
    done = subprocess.run([analyze, "verify", "--man=no", str(path)], capture_output=True, text=True, timeout=60)
    assert [line for line in done.stderr.splitlines() if fnmatch(line, "*esc-sound-lab.service*")] == []


def test_the_table_of_settings_is_the_one_of_the_code() -> None:
    """Each setting once, in its order, with its default, its sentence and its rule."""

    def default(value: object) -> str:
        return "–" if value in (None, ()) else str(int(value)) if isinstance(value, bool) else str(value)

    page = (ROOT / "docs/deploy.md").read_text()
    rows = re.findall(r"^\| `(ESC_\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert rows == [(one.name, default(one.default), one.about, one.rule) for one in SETTINGS]
