"""Every page and view, light and dark, by axe-core: contrast, names of controls, and the other rules of WCAG 2.2 AA."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import soundfile as sf
from playwright.sync_api import Page, expect

from esc_core.training.runs.run import Run
from tests.bad_audio import tone
from tests.browser.axe import settled, violations
from tests.browser.serve import ROOT, start_app
from tests.browser.test_results import draw_all_charts
from tests.measured_presets import remember_presets
from tests.prediction_tables import as_bytes, table
from tests.small_finished_run import write_run
from tests.small_map import write_grid_map
from tests.small_runs import TINY
from tests.small_starter import write_small_starter
from ui import state

# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = [pytest.mark.allow_console(r"404 \(Not Found\)"), pytest.mark.timeout(600)]

CLIP = "1-90001001-A-0"
CHAIN = [
    {"name": "noise", "snr_db": [5, 20], "color": ["pink", "white"]},
    {"name": "between_class"},
    {"name": "freq_mask", "freq_mask_param": 20},
]


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """Return the runs that `url` shows: one that failed, and one that is done."""
    return []


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, runs: list[Run]) -> Iterator[str]:
    """Run the app on a part of the starter set, with runs."""
    folder = tmp_path_factory.mktemp("app")
    home, data = folder / "home", write_small_starter(folder / "starter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESC_HOME", str(home))
        config = replace(TINY, categories=("dog", "rain", "clock_tick"))
        for how, error in (("failed", "The disk is full."), ("done", None)):
            runs.append(write_run(config, data, state=how, error=error))
    write_grid_map(data, home)
    remember_presets(home, data)
    env = {"ESC_HOME": str(home), "ESC50_DIR": str(data), "TF_NUM_INTRAOP_THREADS": "1"}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


Find = Callable[..., None]

DIALOG, POPOVER = "[role=dialog]", "[data-testid=stPopoverBody]"


@pytest.fixture
def tall_page(open_page: Callable[..., Page]) -> Page:
    """Open a window in which a whole page is seen: axe does not judge the contrast of what is scrolled away."""
    return open_page(viewport={"width": 1280, "height": 2600}, reduced_motion="reduce")


@pytest.fixture
def find(tall_page: Page) -> Iterator[Find]:
    """Look for violations in the page as it is now; the test fails at its end, with all of them."""
    found: list[str] = []

    def look(state: str, *, within: str | None = None) -> None:
        settled(tall_page)
        if within:
            expect(tall_page.locator(within)).to_be_visible()
        found.extend(violations(tall_page, state=state, within=within))

    yield look
    assert not found, "\n".join([f"{len(found)} violations", *found])


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a button once the page is at rest."""
    settled(page)
    page.get_by_role("button", name=name).first.click()


def choose(page: Page, name: str) -> None:
    """Choose a view and wait for it."""
    settled(page)
    page.get_by_role("radio", name=name, exact=True).click()
    expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
    settled(page)
    expect(page.get_by_text("Try this:")).to_be_visible()


def close(page: Page) -> None:
    """Close what lies over the page."""
    page.keyboard.press("Escape")
    settled(page)


def test_what_is_wrong_is_found(tall_page: Page, url: str) -> None:
    """Pale text, a button without a name, and text that only the dark page makes unreadable, each by its rule."""
    tall_page.goto(f"{url}/?search=zzz")
    expect(tall_page.get_by_text("Nothing matches")).to_be_visible()
    tall_page.evaluate(
        "(html) => document.querySelector('[data-testid=stMainBlockContainer]').insertAdjacentHTML('beforeend', html)",
        '<p id="pale" style="color: #aaa">pale</p><p id="dark" style="color: #444">dark</p><button id="mute"></button>',
    )
    found = {tuple(line.split(": ")[1].split(" at ")) for line in violations(tall_page, state="planted")}
    assert found == {("color-contrast", "#pale"), ("color-contrast", "#dark"), ("button-name", "#mute")}


def test_explore(tall_page: Page, url: str, find: Find) -> None:
    """All views with a clip, the settings of its picture, and what the buttons of data and model open."""
    page = tall_page
    page.goto(f"{url}/?clip={CLIP}")
    expect(page.locator(".player")).to_be_visible()
    page.get_by_text("own settings", exact=True).click()
    expect(page.get_by_role("slider", name="mels")).to_be_visible()
    find("cards and a clip")
    press(page, re.compile("mel CNN"))
    expect(page.get_by_text("By fold:")).to_be_visible()
    find("model", within=POPOVER)
    close(page)
    press(page, re.compile("Synthetic starter sounds"))
    find("data", within=DIALOG)
    close(page)
    for view in state.VIEW.allowed[1:]:
        choose(page, view)
        find(view)
    page.locator(".st-key-choices button").first.click()
    expect(page.get_by_role("button", name="Look closer")).to_be_visible()
    find("guessed")
    page.goto(f"{url}/?search=zzz")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    find("nothing matches")


def test_augment(tall_page: Page, url: str, find: Find) -> None:
    """A chain on a clip, all tabs, and the other sources of sound."""
    page = tall_page
    page.goto(f"{url}/augment?clip={CLIP}&second=1-90011001-A-10&chain={quote(json.dumps(CHAIN))}")
    expect(page.get_by_text(re.compile(r"^Seed \d+ drew"))).to_be_visible()
    page.get_by_text("Show eight draws").click()
    expect(page.get_by_role("list", name="Eight draws of the chain").locator(".card")).to_have_count(8)
    find("draws")
    for tab in ("The model's response", "Take it with you"):
        page.get_by_role("tab", name=tab).click()
        settled(page)
        find(tab)
    for sound, sign in (("File", "input[type=file]"), ("Microphone", "button.toggle")):
        page.get_by_role("radio", name=sound).click()
        expect(page.locator(sign)).to_be_attached()
        find(sound)


def test_train(tall_page: Page, url: str, find: Find, runs: list[Run]) -> None:
    """Two runs, what their buttons open, and all views."""
    page = tall_page
    for run in runs:
        page.goto(f"{url}/train?run={run.id}")
        expect(page.get_by_text("Confusion after epoch")).to_be_visible()
        find(f"run {run.status().state}")
    page.get_by_text("Recall of each category").click()
    page.get_by_role("list", name="Clips of the cell").get_by_role("button").first.click()
    expect(page.locator(".player")).to_be_visible()
    find("clip of a run")
    for name in ("Download", "Rename"):
        press(page, name)
        find(name, within=POPOVER)
        close(page)
    for name in ("Settings and log", "Delete"):
        press(page, name)
        find(name, within=DIALOG)
        close(page)
    for view in state.SHOW.allowed[1:]:
        choose(page, view)
        if view == "Set it up":
            page.get_by_text("choose", exact=True).click()
        find(view)


def test_results(tall_page: Page, url: str, find: Find, tmp_path: Path) -> None:
    """All views, a command, a cell of the matrix, and a scored table."""
    page = tall_page
    page.goto(f"{url}/results?results={quote(state.RESULTS.allowed[0])}")
    expect(page.get_by_text("Try this:")).to_be_visible()
    find(state.RESULTS.allowed[0])
    for view in state.RESULTS.allowed[1:]:
        choose(page, view)
        if view == "Question by question":
            press(page, "Data and command")
            find("data and command", within=POPOVER)
            close(page)
            draw_all_charts(page)
        find(view)
    press(page, "What the file looks like")
    find("format", within=POPOVER)
    close(page)
    (tmp_path / "mine.csv").write_bytes(as_bytes(table(wrong=100)))
    page.locator("input[type=file]").first.set_input_files(tmp_path / "mine.csv")
    expect(page.get_by_text("Download the report")).to_be_visible()
    find("scored")


def test_classify(tall_page: Page, url: str, find: Find, tmp_path: Path) -> None:
    """The recorder, files of every kind with their answers, and a clip."""
    page = tall_page
    sf.write(tmp_path / "tone.wav", tone(1.0, sr=16_000), 16_000)
    sf.write(tmp_path / "long.wav", tone(12.0, sr=16_000), 16_000)
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    page.goto(f"{url}/classify?from=microphone")
    expect(page.get_by_text("Try this:")).to_be_visible()
    find("microphone")
    choose(page, "Files")
    page.locator("input[type=file]").set_input_files([tmp_path / name for name in ("long.wav", "tone.wav", "bad.wav")])
    expect(page.get_by_role("heading", level=3)).to_be_visible()
    expect(page.get_by_test_id("stDownloadButton").first).to_be_visible()  # the table has a button of this name, too
    find("files")
    page.goto(f"{url}/classify?from=clip&clip={CLIP}")
    expect(page.get_by_role("heading", level=3)).to_be_visible()
    find("clip")
