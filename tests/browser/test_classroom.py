"""A class in Chromium, over HTTPS: the teacher enters the key, asks, and rings; a pupil's phone answers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.screens import SCREENS, assert_fits
from tests.browser.serve import ROOT, START_SECONDS, free_port
from tests.small_runs import write_tones

SECONDS = 150


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Open the app to this machine's loopback as `make serve` does; return its address and the teacher's key."""
    folder, port = tmp_path_factory.mktemp("class"), free_port()
    given = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "ESC_HOME": str(folder / "home"), "ESC_ADDRESS": "127.0.0.1", "ESC_PORT": str(port),
        "ESC50_DIR": str(write_tones(folder / "tones")),
    }  # fmt: skip
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.classroom"], cwd=ROOT, env=given, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _listens(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.2)
            found = re.search(r"shown only now: (\S+)", log.read_text())
            assert found
            yield f"https://127.0.0.1:{port}", found[1]
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


@pytest.fixture
def people(browser: Browser) -> Iterator[tuple[Page, Page]]:
    """Give the teacher and a pupil a browser each, both past the warning; the pupil's is a phone."""
    teacher = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 720})
    pupil = browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
    yield teacher.new_page(), pupil.new_page()
    teacher.close()
    pupil.close()


@pytest.fixture
def look() -> Iterator[Callable[..., None]]:
    """Look at a page on a phone and on a projector, light and dark: what axe finds, and whether it fits."""
    found: list[str] = []

    def at(page: Page, state: str, *, within: str | None = None) -> None:
        before = page.viewport_size
        assert before
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            found.extend(violations(page, state=f"{state} ({width})", within=within))
        if within is None:
            assert_fits(page, name=state)
        page.set_viewport_size(before)

    yield at
    assert not found, "\n".join([f"{len(found)} violations", *found])


@pytest.mark.timeout(900)
def test_a_class(served: tuple[str, str], people: tuple[Page, Page], look: Callable[..., None]) -> None:
    """What a page can't do without a server: the cookie comes with the connection, and no script reads it.

    On the way Projector and Vote are looked at, as the teacher and a pupil see them.
    """
    (url, key), (teacher, pupil) = served, people
    for page in people:
        page.set_default_timeout(1000 * SECONDS)
    teacher.goto(f"{url}/projector")
    expect(teacher.get_by_role("link", name="I am the teacher")).to_be_visible()
    teacher.goto(f"{url}/teacher")
    teacher.get_by_label("The teacher's key").fill(key)
    teacher.get_by_role("button", name="Enter").click()
    expect(teacher.get_by_text("You are the teacher")).to_be_visible()
    assert teacher.url.startswith(f"{url}/projector")
    assert "esc_teacher" not in teacher.evaluate("document.cookie")
    assert teacher.evaluate("window.isSecureContext"), "else there is no microphone"
    look(teacher, "projector-way-in")
    teacher.get_by_role("button", name="For the class").click()
    look(teacher, "projector-settings", within="[data-testid=stPopoverBody]")
    teacher.keyboard.press("Escape")

    pupil.goto(f"{url}/vote")
    expect(pupil.get_by_text("There is no question yet.")).to_be_visible()
    assert pupil.get_by_role("link", name="I am the teacher").count() == 0
    look(pupil, "vote-before")
    teacher.get_by_role("radio", name="Question for the class").click()
    teacher.get_by_role("button", name="Ask a question").click()
    choices = pupil.locator(".st-key-vote button")
    expect(choices.first).to_be_visible()
    choices.first.click()
    expect(pupil.get_by_text("You can change it until the bell.")).to_be_visible()
    expect(teacher.get_by_text("1 answer so far")).to_be_visible()
    pupil.reload()
    expect(choices.first).to_be_visible()
    later = choices.last.inner_text()
    choices.last.click()
    expect(pupil.get_by_text("You can change it until the bell.")).to_be_visible()
    # the bars first: the number is the same before they have changed
    bars = teacher.get_by_role("button", name=re.compile(f"Answers of the class.*{later}: 1")).first
    expect(bars).to_be_attached()
    expect(teacher.get_by_text("1 answer so far")).to_be_visible()
    look(pupil, "vote")
    look(teacher, "projector-question")
    teacher.get_by_role("button", name="Ring the bell").click()
    expect(pupil.get_by_text("It is ", exact=False).first).to_be_visible()
    expect(teacher.get_by_text("The bell has rung.")).to_be_visible()
    look(teacher, "projector-bell")
    look(pupil, "vote-bell")
    pupil.goto(f"{url}/projector")
    pupil.get_by_role("radio", name="Question for the class").click()
    expect(pupil.get_by_text("The bell has rung.")).to_be_visible()
    look(pupil, "projector-pupil")
