"""The command line's surroundings: full and closed outputs, terminals, signals, what libraries print and store."""

from __future__ import annotations

import io
import json
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from esc_core import cli, libraries
from esc_core.cli.output import emit, emit_json, prepare_streams
from esc_core.libraries import LEVEL, prepare_numba
from esc_core.models import installed
from tests.browser.serve import ROOT

LIST = [sys.executable, "-m", "esc_core", "models", "list"]
QUIET_VARIABLES = {key: value for key, value in os.environ.items() if key not in (LEVEL, "PYTHONUNBUFFERED")}
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs /dev/full, pipes and signals as POSIX has them")


def listed(*options: str, **streams: object) -> subprocess.CompletedProcess[bytes]:
    """List the models in a process of its own."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": QUIET_VARIABLES} | streams
    return subprocess.run([*LIST, *options], cwd=ROOT, timeout=120, check=False, **settings)


@posix
@pytest.mark.parametrize("option", ["--json", "--help"])
def test_a_full_output(option: str) -> None:
    """A sentence and the exit status 1, also for a help text that is written at the very end."""
    with Path("/dev/full").open("wb") as full:
        done = listed(option, stdout=full)
    assert (done.returncode, done.stderr) == (1, b"error: standard output can't be written: it is full\n")


@posix
@pytest.mark.parametrize("option", ["--json", "--help"])
def test_a_reader_that_is_gone(option: str) -> None:
    """As after `| head -1`: nothing is said, and the exit status is what shells give a program that SIGPIPE ended."""
    reader, writer = os.pipe()
    os.close(reader)
    done = listed(option, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@posix
def test_progress_that_can_not_be_written() -> None:
    """The result comes all the same."""
    with Path("/dev/full").open("wb") as full:
        done = listed("--json", stderr=full)
    assert done.returncode == 0
    assert [card["name"] for card in json.loads(done.stdout)] == ["aclnet", "mel_cnn", "together", "yamnet"]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ascii", b"-6 dB, 70-80%... \\u72ac \\xfc"), ("cp1252", b"-6 dB, 70\x9680%\x85 \\u72ac \xfc")],
)
def test_a_terminal_that_is_not_utf_8(monkeypatch: pytest.MonkeyPatch, encoding: str, expected: bytes) -> None:
    """Signs become those of ASCII, other characters their number; what the encoding has stays."""
    screen = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(screen, encoding=encoding))
    prepare_streams()
    emit("−6 dB, 70–80%… 犬 ü", end="")
    assert screen.getvalue() == expected


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    """So no encoding of a terminal can make it invalid."""
    emit_json({"file": "Hündin.wav"})
    assert capsys.readouterr().out == '{"file": "H\\u00fcndin.wav"}\n'


@posix
@pytest.mark.parametrize(
    ("number", "status", "sentence"), [(signal.SIGINT, 130, "interrupted\n"), (signal.SIGTERM, 143, "terminated\n")]
)
def test_signals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int, status: int, sentence: str
) -> None:
    """Ctrl-C and SIGTERM end a command with a word, and leave the process's own handlers as they were."""
    before = signal.getsignal(signal.SIGTERM)
    # whoever started the tests may have told them to ignore Ctrl-C
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(installed, "list_models", lambda **_: signal.raise_signal(number))
    try:
        assert cli.main(["models", "list"]) == status
    finally:
        signal.signal(signal.SIGINT, former)
    assert capsys.readouterr() == ("", sentence)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_file_that_can_not_be_written(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What no command expects is a sentence with the path, too, and no traceback."""

    def fail(**_: object) -> None:
        raise PermissionError(13, "Permission denied", "/somewhere/models")

    monkeypatch.setattr(installed, "list_models", fail)
    assert cli.main(["models", "list"]) == 1
    assert capsys.readouterr().err == "error: /somewhere/models: Permission denied\n"


def test_tensorflow_is_loaded_quietly() -> None:
    """Its C++ code prints nothing of its own, and the level is the user's if there is one."""
    code = "from esc_core.libraries import load_tensorflow; load_tensorflow(); import os, sys; os.write(2, b'ours')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=QUIET_VARIABLES, capture_output=True, timeout=240, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"ours")


def test_only_tensorflows_own_lines_are_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    """What others print while it is loaded appears, only later."""
    with libraries.quiet():
        os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n")
        os.write(2, b"I0000 00:00:1795750062.515158   15123 port.cc:153] oneDNN custom operations are on.\n")
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"a warning of Python's\n")
        os.write(2, b"2026-11-27 03:20:00.123456: I tensorflow/core/util/port.cc:153] oneDNN\nWARNING: ours")
    os.write(2, b"!\n")
    assert capfd.readouterr().err == "a warning of Python's\nWARNING: ours!\n"


def test_a_cache_for_numba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside librosa where that can be written, or in ESC_HOME, or in a folder of this process; the user decides."""
    monkeypatch.setenv("ESC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    prepare_numba()
    assert os.environ["NUMBA_CACHE_DIR"] == ""
    writing = libraries._try_writing

    def refuse(folder: Path) -> None:
        if "librosa" in folder.parts:
            raise OSError(30, "Read-only file system")
        writing(folder)

    monkeypatch.setattr(libraries, "_try_writing", refuse)
    prepare_numba()
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "home" / "numba")
    assert (tmp_path / "home" / "numba").is_dir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/mine")
    prepare_numba()
    assert os.environ["NUMBA_CACHE_DIR"] == "/mine"
    (tmp_path / "file").touch()
    monkeypatch.setenv("ESC_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    prepare_numba()
    assert Path(os.environ["NUMBA_CACHE_DIR"]).is_dir()
    assert "esc-numba-" in os.environ["NUMBA_CACHE_DIR"]


def test_the_app_has_a_cache_for_numba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server prepares it before any page imports librosa."""

    def refuse(folder: Path) -> None:
        if "librosa" in folder.parts:
            raise OSError(30, "Read-only file system")

    monkeypatch.setenv("ESC_HOME", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setattr(libraries, "_try_writing", refuse)
    runpy.run_path(str(ROOT / "app.py"), run_name="app")
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "numba")
