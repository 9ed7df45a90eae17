"""The visitor without a browser, which benchmarks.crowd and benchmarks.soak send: it sees what a browser shows."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile as sf

from benchmarks.meter import Meter
from benchmarks.pupil import made_sound
from benchmarks.visitor import Visitor
from tests.browser.serve import ROOT, start_app


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log: Path = tmp_path_factory.mktemp("visited") / "log"
    with start_app(ROOT / "tests" / "visited_app.py", log=log) as address:
        yield address


def labels(visitor: Visitor) -> list[str]:
    return [widget.proto.label for widget in visitor.page.widgets.values() if widget.kind == "button"]


def test_a_visitor_moves_a_slider_and_uploads(url: str) -> None:
    """A slider reruns its fragment and nothing else; what was set stays when the whole page runs."""

    async def visit() -> None:
        async with Visitor(url) as visitor:
            assert (await visitor.open()).errors == ()
            assert labels(visitor) == ["half of 5 is 2.5", "no file", "Break"]
            slider = visitor.page.find("slider", "Value")
            assert slider.fragment
            answer = await visitor.set(slider, double_array_value=[8])
            assert answer.errors == ()
            assert answer.seconds > 0
            assert sorted(labels(visitor)) == ["Break", "half of 8 is 4.0", "no file"]
            assert (await visitor.upload(visitor.page.find("file_uploader"), "a.wav", b"12345")).errors == ()
            assert labels(visitor) == ["half of 8 is 4.0", "5 bytes", "Break"]

    asyncio.run(visit())


def test_a_button_is_pressed_once(url: str) -> None:
    """An error of the script is told, and the next answer is free of it."""

    async def visit() -> None:
        async with Visitor(url) as visitor:
            await visitor.open()
            answer = await visitor.set(visitor.page.find("button", "Break"), trigger_value=True)
            assert len(answer.errors) == 1
            assert "encountered an error" in answer.errors[0]  # .streamlit/config.toml hides what it was
            assert (await visitor.set(visitor.page.find("slider"), double_array_value=[2])).errors == ()
            assert (await visitor.open("First")).errors == ()

    asyncio.run(visit())


def test_a_page_that_says_an_error_is_one(url: str) -> None:
    async def visit() -> None:
        async with Visitor(url) as visitor:
            await visitor.open()
            assert (await visitor.open("Second")).errors == ("It can't be read.",)
            with pytest.raises(LookupError, match=r"no slider with the label 'Value'"):
                visitor.page.find("slider", "Value")
            assert (await visitor.open("First")).errors == ()

    asyncio.run(visit())


def test_a_lost_connection_is_told(url: str) -> None:
    async def visit() -> None:
        async with Visitor(url) as visitor:
            await visitor.open()
            await visitor._socket.close()
            answer = await visitor.open("Second")
            assert answer.lost
            assert "the connection ended" in answer.errors[0]

    asyncio.run(visit())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count open files otherwise")
def test_a_session_that_has_left_holds_no_open_files(tmp_path: Path) -> None:
    """Streamlit gives each session an event loop, three open files, and closes it only when the session is closed."""

    async def visit(url: str) -> list[int]:
        meter, counts = Meter(url), []
        for _ in range(20):
            async with Visitor(url) as visitor:
                await visitor.open()
                counts.append(meter.n_files())
        return counts

    with start_app(ROOT / "tests" / "leaving_app.py", log=tmp_path / "log") as url:
        counts = asyncio.run(visit(url))
    assert max(counts) < counts[0] + 3 * 5


def test_each_sound_is_another() -> None:
    """Of 2 to 8 seconds, so that the networks meet inputs of many lengths."""
    sounds = [made_sound(lambda _, i=i: i) for i in range(5)]
    seconds = [sf.info(io.BytesIO(sound)).duration for sound in sounds]
    assert len(set(seconds)) == 5
    assert all(2 <= value <= 8 for value in seconds)
