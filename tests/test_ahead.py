"""What is loaded before somebody asks: in a class the default model, elsewhere nothing; and the server still stops."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from esc_core.errors import ModelError
from tests.test_classroom import RUN, SERVE, linux, served
from ui.frame import ahead, start

SECONDS = 240
"""Longest time for TensorFlow to be loaded, on a busy machine."""

STOP_SECONDS = 60


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note which models classify."""
    seen: list[object] = []
    monkeypatch.setattr(ahead, "classify_bytes", lambda predictor, data, name: seen.append(predictor))
    return seen


def test_the_default_model_answers_once(monkeypatch: pytest.MonkeyPatch, asked: list[object]) -> None:
    predictor = object()
    monkeypatch.setattr(ahead, "loaders", SimpleNamespace(default_predictor=lambda: predictor))
    ahead.answer_once()
    assert asked == [predictor]


def test_without_a_usable_model_nothing_is_asked(monkeypatch: pytest.MonkeyPatch, asked: list[object]) -> None:
    """There is none, or it is damaged: the pages say so."""

    def damaged() -> None:
        raise ModelError("fold1.keras is damaged")

    for found in (lambda: None, damaged):
        monkeypatch.setattr(ahead, "loaders", SimpleNamespace(default_predictor=found))
        ahead.answer_once()
    assert asked == []


@pytest.mark.parametrize(("setting", "n_threads"), [("1", 1), ("0", 0), ("", 0)])
def test_only_a_server_that_is_told_loads_ahead(monkeypatch: pytest.MonkeyPatch, setting: str, n_threads: int) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(ahead, "load_ahead", lambda: begun.append(True))
    monkeypatch.setenv("ESC_LOAD_AHEAD", setting)

    async def serve() -> None:
        async with start.lifespan(None):
            assert len(begun) == n_threads

    asyncio.run(serve())


def has_tensorflow(pid: int) -> bool:
    return "/tensorflow/" in Path(f"/proc/{pid}/maps").read_text()


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@linux
@pytest.mark.timeout(600)
def test_a_class_finds_the_model_loaded_and_the_server_stops_meanwhile(tmp_path: Path) -> None:
    """Nobody has come when TensorFlow is loaded; Ctrl-C in the middle of it ends the server without a traceback."""
    with served(tmp_path, *SERVE, ESC_ADDRESS="127.0.0.1") as (pid, _, log):
        deadline = time.monotonic() + SECONDS
        while not has_tensorflow(pid):
            assert runs(pid), log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while runs(pid):
            assert time.monotonic() < deadline, "it does not stop"
            time.sleep(0.1)
        said = log.read_text()
        assert "Traceback" not in said
        assert "No runtime found" not in said, "a page's module was imported before the server was there"


@linux
def test_by_default_nothing_is_loaded(tmp_path: Path) -> None:
    with served(tmp_path, *RUN) as (pid, _, _):
        assert not has_tensorflow(pid)
