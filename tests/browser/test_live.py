"""The Live page with a sound file as the microphone: events of a known mix, pause, a refused microphone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import Browser, Page, expect

from esc_core import audio
from esc_core.dataset import load_dataset
from tests.browser.axe import settled, violations
from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.timeout(600),
    # Streamlit asks for its address below the page's first, when a link opens a page
    pytest.mark.allow_console("404"),
]

SR = 16_000
FAKE_MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
CATEGORIES = ("church_bells", "rooster")


@pytest.fixture(scope="module")
def mix(esc50_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen seconds of room tone with two clips, which Chromium plays again and again."""
    dataset = load_dataset(esc50_dir)
    y = 10 ** (-65 / 20) * np.random.default_rng(1).standard_normal(18 * SR)
    for start, category in zip((2, 10), CATEGORIES, strict=True):
        clip = next(clip for clip in dataset.clips if clip.category == category)
        wave = audio.load(dataset.path(clip), sr=SR)[0]
        y[start * SR :][: wave.size] += wave
    path = tmp_path_factory.mktemp("mix") / "microphone.wav"
    sf.write(path, np.clip(audio.resample(y.astype(np.float32), orig_sr=SR, target_sr=48_000), -1, 1), 48_000)
    return path


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    with start_app(ROOT / "app.py", {"ESC_HOME": str(home)}, log=home / "app.log") as address:
        yield f"{address}/live?model=mel_cnn"


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser], mix: Path) -> Browser:
    return launch(*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={mix}")


def start(page: Page) -> None:
    button = page.locator(".recorder").get_by_role("button", name="Listen")
    expect(button).to_be_visible()  # after the model was loaded
    button.click()


def test_events_of_a_known_mix(page: Page, url: str) -> None:
    """Both sounds are named, one can be played and kept, and no piece was lost; leaving ends it."""
    page.goto(url)
    start(page)
    events = page.locator(".board .events")
    for name in CATEGORIES:
        expect(events.get_by_text(re.compile(f"^{name.replace('_', ' ')}$")).first).to_be_visible()
    expect(page.locator(".board .counts")).to_contain_text(" 0 pieces lost")
    events.get_by_role("button", name=re.compile("Play rooster")).first.click()
    expect(page.get_by_text("Wrong? It was not rooster but")).to_be_visible()
    page.get_by_role("button", name="Add to my sounds").click()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("Added to rooster in “My sounds”: 1 sample there now.")).to_be_visible()
    pause(page)
    pause(page, off=True)
    expect(page.locator(".board .state")).not_to_have_text("Paused")
    page.get_by_role("radio", name="A file as if it were live").click()
    expect(page.get_by_text("without being played")).to_be_visible()
    page.get_by_role("radio", name="Microphone").click()
    expect(page.locator(".board .state")).to_have_text("Not listening")


def pause(page: Page, *, off: bool = False) -> None:
    """Turn the switch on or off once the page is at rest: a press while it is drawn may be on what is gone."""
    settled(page)
    page.get_by_text("Pause", exact=True).click()
    expect(page.get_by_role("switch", name="Pause")).to_be_checked(checked=not off)
    if not off:
        expect(page.locator(".board .state")).to_have_text("Paused")


def judge(page: Page, state: str, *, moving: bool = False) -> None:
    """Let axe look at the page in a window that holds all of it: it does not judge what is scrolled away."""
    before = page.viewport_size
    assert before is not None
    page.set_viewport_size({"width": 1280, "height": 2000})
    assert violations(page, state=state, moving=moving) == []
    page.set_viewport_size(before)


def test_each_state_fits_every_screen_and_breaks_no_rule(open_page: Callable[..., Page], url: str) -> None:
    """Before it listens, while it listens, with the settings open, and paused with a sound that is to be corrected."""

    def waiting(page: Page) -> None:
        page.goto(url)
        expect(page.locator(".recorder").get_by_role("button", name="Listen")).to_be_visible()
        settled(page)
        judge(page, "Live, not listening")

    def paused(page: Page) -> None:
        page.goto(url)
        start(page)
        play = page.locator(".board .events .play").first
        expect(play).to_be_visible()
        judge(page, "Live, listening", moving=True)
        play.click()
        expect(page.get_by_text(re.compile("Wrong. It was not"))).to_be_visible()
        pause(page)
        judge(page, "Live, paused")

    def settings(page: Page) -> None:
        page.goto(url)
        page.get_by_role("button", name="Settings").click()
        expect(page.get_by_text("Beep, too")).to_be_visible()
        judge(page, "settings of Live")

    fits_every_screen(open_page, waiting, name="live-waiting")
    fits_every_screen(open_page, paused, name="live-paused")
    fits_every_screen(open_page, settings, name="live-settings")


@pytest.mark.allow_console(r"WebSocket|ERR_CONNECTION|disconnected from server|reaching server|not responding")
def test_a_server_that_is_started_again(page: Page, tmp_path: Path) -> None:
    """Listening goes on by itself, and the page says that what was heard before is not in its list."""
    env = {"ESC_HOME": str(tmp_path / "home")}
    with start_app(ROOT / "app.py", env, log=tmp_path / "first.log") as address:
        page.goto(f"{address}/live?model=mel_cnn")
        start(page)
        expect(page.locator(".board .counts")).to_contain_text("received")
    with start_app(ROOT / "app.py", env, log=tmp_path / "second.log", port=int(address.rsplit(":", 1)[1])):
        expect(page.locator(".board .counts")).to_contain_text("The app was started again")
        expect(page.locator(".board .events .play").first).to_be_visible()
        page.close()  # before its server ends


def test_a_refused_microphone_is_a_sentence(
    launch: Callable[..., Browser], open_page: Callable[..., Page], url: str
) -> None:
    """It fits every screen, and breaks no rule."""
    refusing = launch("--deny-permission-prompts")

    def show(page: Page) -> None:
        page.goto(url)
        start(page)
        said = page.locator(".recorder").get_by_role("status")
        expect(said).to_contain_text(re.compile("may not use|No microphone"))
        expect(page.locator(".board .state")).to_have_text("Not listening")
        judge(page, "Live, refused")

    fits_every_screen(partial(open_page, refusing), show, name="live-refused")
