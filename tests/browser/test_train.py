"""The Train page in Chromium with real workers: start, watch, reload, stop, resume, queue, kill, restart the server."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from esc_core.config import TrainConfig
from esc_core.training.process import control
from esc_core.training.process.create import create_run
from esc_core.training.runs.listing import find_run, list_runs
from esc_core.training.runs.run import Run
from tests.browser.axe import settled
from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.measured_presets import remember_presets
from tests.small_finished_run import write_run
from tests.small_runs import TINY, write_tones
from tests.small_starter import write_small_starter

# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = [pytest.mark.allow_console(r"404 \(Not Found\)"), pytest.mark.timeout(600)]

CATEGORIES = ("dog", "rain", "clock_tick")
MANY = 4000
"""Epochs of a run that is still at work whenever a test looks."""

Place = tuple[Path, Path]
"""ESC_HOME and the data."""


def small_config(**settings: Any) -> TrainConfig:
    """Return settings of a run whose epochs take a fraction of a second."""
    return replace(TINY, categories=CATEGORIES, **settings)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Write a part of the starter set, and a home for it in which the presets are measured already."""
    folder = tmp_path_factory.mktemp("train")
    home, data = folder / "home", write_small_starter(folder / "starter")
    remember_presets(home, data)
    return home, data


@pytest.fixture(autouse=True)
def home(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the test and the app have one home; afterwards no worker is left."""
    monkeypatch.setenv("ESC_HOME", str(place[0]))
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    yield place[0]
    for run in list_runs():
        kill_worker(run)
        if not run.folder.is_symlink():
            control.stop(run)


@pytest.fixture(scope="module")
def url(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app for the tests that need no other one."""
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with serve(place, log) as address:
        yield address


def serve(place: Place, log: Path):
    """Start the app on the data."""
    env = {"ESC_HOME": str(place[0]), "ESC50_DIR": str(place[1]), "TF_NUM_INTRAOP_THREADS": "1"}
    return start_app(ROOT / "app.py", env, log=log)


def kill_worker(run: Run) -> None:
    """Kill a run's worker as the system would; one that has ended is left alone."""
    status = run.status()
    if status.pid is not None and status.state in ("queued", "preparing", "training", "stopping"):
        os.kill(status.pid, signal.SIGKILL)


def open_train(page: Page, url: str, query: str = "") -> Page:
    """Open the page by a link."""
    page.goto(f"{url}/train{query}")
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    return page


def submit(place: Place, **settings: Any) -> Run:
    """Start a run as a shell would."""
    return control.submit(small_config(**settings), place[1])


def badge(page: Page, state: str) -> Locator:
    """Locate the state of the run that is shown."""
    return page.locator(".st-key-progress .stMarkdownBadge").filter(has_text=state)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def run_in_url(page: Page) -> Run:
    """Return the run that the link names."""
    found = re.search(r"run=([^&]+)", page.url)
    assert found is not None, page.url
    return find_run(found.group(1))


def test_start_watch_and_look_closer(page: Page, url: str, place: Place) -> None:
    """A class's first minutes: set a run up, watch it, reload, click a cell, hear a clip, use the model."""
    open_train(page, url, "?show=Set+it+up")
    page.get_by_text("choose", exact=True).click()
    page.get_by_role("spinbutton", name="Epochs").fill("4")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.get_by_role("slider", name="Width").press("Home")
    expect(page.get_by_text("9 to validate with")).to_be_visible()
    button(page, "Start").click()
    expect(page).to_have_url(re.compile("run="))
    run = run_in_url(page)
    expect(badge(page, "done")).to_be_visible()
    page.reload()
    expect(badge(page, "done")).to_be_visible()
    assert run_in_url(page).id == run.id
    expect(page.get_by_text("Confusion after epoch 4")).to_be_visible()
    click_cell(page, run)
    cards = page.get_by_role("list", name="Clips of the cell").locator(".card")
    cards.first.get_by_role("button", name=re.compile("^Play")).click()
    expect(page.locator(".player")).to_have_attribute("data-state", "playing")
    button(page, "Use in Classify").click()
    expect(page.get_by_role("heading", name="Classify")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(run.name.replace(" ", "-")))).to_be_visible()
    # the selected clip is of the validation fold
    expect(page.get_by_role("heading", level=3)).to_contain_text("%")
    expect(page.get_by_text("which was not trained on this sound")).to_be_visible()


def click_cell(page: Page, run: Run) -> None:
    """Click a cell of the matrix that holds clips; the list beside it follows."""
    watched = run.watched()
    assert watched is not None
    guesses = run.guesses()[-1]
    row, column = int(watched.labels[0]), int(guesses.predicted[0])
    settled(page)  # a chart that moves while it is measured is pressed in another cell
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    n = len(watched.categories)
    plot.click(position={"x": box["width"] * (column + 0.4) / n, "y": box["height"] * (row + 0.4) / n})
    n_clips = int(((watched.labels == row) & (guesses.predicted == column)).sum())
    expect(
        page.get_by_text(re.compile(rf"^{n_clips} clips, the most confident first|^{n_clips} clip$"))
    ).to_be_visible()


def test_stop_and_resume(page: Page, url: str, place: Place) -> None:
    """Stop ends the run, the same button's place offers to go on, and it does."""
    run = submit(place, n_epochs=MANY)
    open_train(page, url, f"?run={run.id}")
    expect(page.get_by_text(re.compile(rf"epoch \d+ of {MANY}"))).to_be_visible()
    button(page, "Stop the run").click()
    expect(badge(page, "stopped")).to_be_visible()
    before = run.status().epoch
    button(page, "Resume").click()
    expect(badge(page, "training")).to_be_visible()
    expect(page.get_by_text(re.compile(rf"epoch \d+ of {MANY}"))).to_be_visible()
    assert run.status().epoch >= before


def test_killed_worker_is_told_and_the_next_run_starts(page: Page, url: str, place: Place) -> None:
    """Two runs: one trains, the other sees its place; the worker dies, the page says so, the next one trains."""
    first = submit(place, n_epochs=MANY)
    open_train(page, url, f"?run={first.id}")
    expect(badge(page, "training")).to_be_visible()
    second = submit(place, n_epochs=MANY)
    other = open_train(page.context.new_page(), url, f"?run={second.id}")
    expect(badge(other, "queued")).to_be_visible()
    expect(other.get_by_text("waiting for 1 other run")).to_be_visible()
    kill_worker(first)
    expect(badge(page, "interrupted")).to_be_visible()
    expect(button(page, "Resume")).to_be_visible()
    expect(badge(other, "training")).to_be_visible()


def test_run_survives_the_server(open_page: Callable[..., Page], place: Place, tmp_path: Path) -> None:
    """The server ends, the run goes on, and a new server finds it."""
    with serve(place, tmp_path / "first.txt") as address:
        run = submit(place, n_epochs=MANY)
        page = open_train(open_page(), address, f"?run={run.id}")
        expect(badge(page, "training")).to_be_visible()
        page.close()  # before its server, or its console would rightly complain
    at_the_end = run.status()
    assert at_the_end.state == "training"
    with serve(place, tmp_path / "second.txt") as address:
        page = open_train(open_page(), address, f"?run={run.id}")
        expect(badge(page, "training")).to_be_visible()
        assert run.status().pid == at_the_end.pid
        page.close()


def test_failed_run_says_why(page: Page, url: str, place: Place, tmp_path: Path) -> None:
    """A run whose clips can't be read any more fails with a sentence, and the page shows it."""
    data = write_tones(tmp_path / "broken")
    run = create_run(TINY, data)
    for path in (data / "audio").iterdir():  # after the clips were checked
        path.write_bytes(b"no sound at all")
    control.start_worker(run)
    open_train(page, url, f"?run={run.id}")
    expect(badge(page, "failed")).to_be_visible()
    expect(page.locator(".st-key-progress")).to_contain_text(str(run.status().error))


def test_delete_asks_first(page: Page, url: str, place: Place) -> None:
    """A run goes only after a second press."""
    run = write_run(small_config(), place[1], state="stopped")
    open_train(page, url, f"?run={run.id}")
    expect(badge(page, "stopped")).to_be_visible()
    button(page, "Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(run.name)
    assert run.folder.exists()
    button(page, "Delete it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(run.name, exact=True)).to_have_count(0)
    assert not run.folder.exists()


def test_no_run_yet(open_page: Callable[..., Page], place: Place, tmp_path: Path) -> None:
    """A fresh home says what to press, and every control fits on every screen."""
    with serve((tmp_path / "home", place[1]), tmp_path / "log.txt") as address:

        def show(page: Page) -> None:
            open_train(page, address)
            expect(page.get_by_text("No run yet")).to_be_visible()
            expect(page.get_by_role("button", name="One minute, ten categories")).to_be_enabled()

        fits_every_screen(open_page, show, name="train-no-run")
