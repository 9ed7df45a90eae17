"""The Own sounds page in Chromium: sounds recorded with a file as the microphone, learnt, saved, and recognised."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import Browser, Page, expect

from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.browser.test_classify import FAKE_MICROPHONE

SR = 44_100
# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = pytest.mark.allow_console(r"404 \(Not Found\)")


def beep(*, seed: int) -> np.ndarray:
    """Return a beep a second, of half a second, a little higher each time."""
    t = np.arange(SR) / SR
    return 0.3 * np.sin(2 * np.pi * (900 + 40 * seed) * t) * (t < 0.5)


def hiss(*, seed: int) -> np.ndarray:
    """Return white noise."""
    return 0.1 * np.random.default_rng(seed).standard_normal(SR)


def ticks(*, seed: int) -> np.ndarray:
    """Return eight short clicks a second."""
    y = np.zeros(SR)
    for i in range(8):
        start = i * SR // 8
        y[start : start + 200] = 0.5 * np.random.default_rng(seed).uniform(-1, 1, 200)
    return y


SOUNDS = {"beep": beep, "hiss": hiss, "ticks": ticks}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app without any data set."""
    folder = tmp_path_factory.mktemp("app")
    with start_app(ROOT / "app.py", {"ESC_HOME": str(folder / "home")}, log=folder / "log.txt") as address:
        yield address


def make_set(page: Page, url: str, name: str) -> str:
    """Make a set, skip the room, and return its link."""
    page.goto(f"{url}/own")
    page.get_by_role("heading", name="Own sounds").wait_for()
    if page.get_by_role("button", name="New").count():
        page.get_by_role("button", name="New").click()
    field = page.get_by_label("Name of the new data set")
    field.fill(name)
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="Without a microphone: go on").click()
    expect(page.get_by_role("button", name="Add a category")).to_be_visible()
    return page.url


def add_category(page: Page, name: str) -> None:
    """Add a category, which is then the selected one."""
    page.get_by_role("button", name="Add a category").click()
    page.get_by_label("Name of the category").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("radio", name=f"{name} · 0")).to_be_visible()


def record(page: Page, category: str, n: int) -> None:
    """Record the n-th sample of a category: about a second and a half."""
    page.get_by_role("radio", name=f"{category} · {n - 1}").click()
    toggle = page.locator("button.toggle")
    expect(toggle).to_have_count(1)  # that of the category before is gone
    expect(toggle).to_have_text(re.compile("Record"))
    toggle.click()
    expect(toggle).to_have_text(re.compile("Stop"))
    page.wait_for_timeout(1_500)  # recording takes the time that it takes
    toggle.click()
    expect(page.get_by_text(f"Saved to {category}")).to_be_visible()
    expect(page.get_by_role("radio", name=f"{category} · {n}")).to_be_visible()


COUNT_PRESSES = """addEventListener("pointerdown", (event) => {
  if (event.isTrusted) sessionStorage.presses = 1 + Number(sessionStorage.presses ?? 0);
}, true);"""

MOST_PRESSES = 35
"""Presses from the app's first page to a model of three sounds that Live names, two samples each, all included."""


@pytest.mark.timeout(900)
def test_three_categories_are_recorded_learnt_and_recognised(
    launch: Callable[..., Browser], open_page: Callable[..., Page], url: str, tmp_path: Path
) -> None:
    """From an empty page to a model that names sounds in Classify and Live; another browser goes on by the link."""
    link, presses, began = "", 0, time.monotonic()
    for category, make in SOUNDS.items():
        sf.write(tmp_path / f"{category}.wav", np.concatenate([make(seed=i) for i in range(4)]), SR)
        browser = launch(*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={tmp_path / f'{category}.wav'}")
        page = open_page(browser)
        page.add_init_script(COUNT_PRESSES)
        if link:
            page.goto(link)
            page.get_by_role("button", name="Without a microphone").or_(
                page.get_by_role("button", name="Add a category")
            ).first.wait_for()
        else:
            link = make_set(page, url, "Machines")
        add_category(page, category)
        for n in (1, 2):
            record(page, category, n)
        presses += page.evaluate("Number(sessionStorage.presses)")
        page.evaluate("sessionStorage.removeItem('presses')")
    page.reload()
    expect(page.get_by_role("radio", name="beep · 2")).to_be_visible()
    page.get_by_role("radio", name="Learn").click()
    page.get_by_role("button", name="Learn", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("6 held-out samples are correct"))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("6 held-out samples are correct"))).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Classify").click()
    expect(page.get_by_role("heading", name="Classify")).to_be_visible()
    page.get_by_text("Files", exact=True).click()
    sf.write(tmp_path / "new.wav", hiss(seed=99), SR)
    page.locator("input[type=file]").set_input_files(tmp_path / "new.wav")
    expect(page.get_by_role("heading", level=3)).to_contain_text("iss")
    page.get_by_role("link", name="Live").first.click()
    page.locator(".recorder").get_by_role("button", name="Listen").click()
    expect(page.locator(".board .events")).to_contain_text("ticks")
    presses += page.evaluate("Number(sessionStorage.presses)")
    print(f"{presses} presses, {time.monotonic() - began:.0f} s")  # which `-s` shows
    assert presses <= MOST_PRESSES


@pytest.mark.timeout(900)
def test_every_step_fits_every_screen(open_page: Callable[..., Page], url: str, tmp_path: Path) -> None:
    """With samples from files, and a long one that waits to be cut."""
    link = ""

    def show(page: Page) -> None:
        nonlocal link
        if not link:
            link = make_set(page, url, "Doors and keys")
            add_category(page, "front door")
            page.get_by_text("Files", exact=True).click()
            sf.write(tmp_path / "knock.wav", ticks(seed=0), SR)
            page.locator("input[type=file]").set_input_files(tmp_path / "knock.wav")
            expect(page.get_by_role("radio", name="front door · 1")).to_be_visible()
        page.goto(link)
        page.get_by_role("radio", name="front door · 1").click()
        page.get_by_text("Files", exact=True).click()
        y = np.concatenate([part for i in range(4) for part in (beep(seed=i), np.zeros(SR))])
        sf.write(tmp_path / "yard.wav", y, SR)
        page.locator("input[type=file]").set_input_files(tmp_path / "yard.wav")
        expect(page.get_by_text("Nothing is stored yet")).to_be_visible()

    fits_every_screen(open_page, show, name="own-collect")
    for step in ("Groups", "Learn", "Use"):

        def show_step(page: Page, step: str = step) -> None:
            page.goto(f"{link}&step={step}")
            expect(page.get_by_role("radio", name=step)).to_be_checked()
            expect(page.get_by_text("Try this")).to_be_visible()

        fits_every_screen(open_page, show_step, name=f"own-{step.lower()}")
