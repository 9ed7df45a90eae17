"""The Results page in Chromium, on the tables that are shipped: a link to a view, a chart, a cell and its clips."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from esc_core.dataset.categories import CATEGORIES
from esc_core.scoring.predictions import read_predictions
from tests.browser.axe import settled
from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.small_starter import write_small_starter
from ui.results.data import predictions_file

# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = [pytest.mark.allow_console(r"404 \(Not Found\)"), pytest.mark.timeout(600)]

DRAWN = """() => {
  const all = (name) => [...document.querySelectorAll(`[data-testid=${name}]`)];
  // a question has a chart or, one of them, a table
  return all("stPlotlyChart").length >= all("stExpander").length - 1
    && all("stPlotlyChart").every((chart) => chart.querySelector(".main-svg"));
}"""

VIEWS = ("The claims", "Question by question", "Model and people", "Published results", "Score your own")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app on a part of the starter set."""
    folder = tmp_path_factory.mktemp("results")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(write_small_starter(folder / "starter"))}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


# Of the module: a server that ends before the page that shows it leaves errors in its console.
@pytest.fixture(scope="module")
def real_url(esc50_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app on ESC-50."""
    folder = tmp_path_factory.mktemp("real")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(esc50_dir)}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


def open_view(page: Page, url: str, view: str) -> None:
    """Open a view by its link."""
    page.goto(f"{url}/results?results={view.replace(' ', '+')}")
    expect(page.get_by_text("Try this:")).to_be_visible()


def draw_all_charts(page: Page) -> None:
    """Open the chart of every question, and wait until all are drawn."""
    settled(page)
    page.get_by_text("All charts", exact=True).click()
    expect(page.get_by_label("All charts", exact=True)).to_be_checked()
    settled(page)
    page.wait_for_function(DRAWN)


def cells(page: Page) -> Locator:
    """Locate the list of the model's cells."""
    return page.get_by_role("combobox", name="A cell of the model's matrix")


def click_cell(page: Page, true: str, predicted: str) -> None:
    """Click a cell of the model's matrix, in the order of the groups."""
    settled(page)  # a chart that moves while it is measured is pressed in another cell
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    row, column = CATEGORIES.index(true), CATEGORIES.index(predicted)
    n = len(CATEGORIES)
    plot.click(position={"x": box["width"] * (column + 0.5) / n, "y": box["height"] * (row + 0.5) / n})


def test_claims_and_questions(page: Page, url: str) -> None:
    """Each claim stands there with a verdict; a question leads to its table and its command."""
    open_view(page, url, "The claims")
    expect(page.get_by_text("“Augmentation significantly improves accuracy.”")).to_be_visible()
    page.get_by_role("radio", name="Question by question").click()
    expect(page.get_by_role("heading", name="What does augmentation bring?")).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.get_by_role("button", name="Data and command").first.click()
    command = page.get_by_test_id("stCode")
    expect(command).to_contain_text(re.compile(r"python -m esc_core study studies/[\w-]+\.toml --data DIR"))
    name = re.findall(r"studies/([\w-]+)\.toml", command.inner_text())[0]
    # a press in the middle of a run of the page is one on a button that is about to be replaced
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as download:
        page.get_by_role("button", name="Table of runs").click()
    shipped = (ROOT / "assets" / "results" / f"{name}.csv").read_bytes()
    assert Path(download.value.path()).read_bytes() == shipped


def test_an_older_link_to_published_results(page: Page, url: str) -> None:
    """The view was called otherwise once; links from then open it."""
    open_view(page, url, "The field")
    expect(page.get_by_role("radio", name="Published results")).to_be_checked()


def test_a_cell_without_its_clips(page: Page, url: str) -> None:
    """On synthetic sounds the matrix is there all the same, and says why its clips can't be heard."""
    open_view(page, url, "Model and people")
    click_cell(page, "dog", "dog")
    # not by its text, which stands beside the pointer, too, until the matrix is drawn again
    expect(cells(page)).to_have_value(re.compile(r"^dog, correctly classified: \d+ clips$"))
    expect(page.get_by_text("not in the data in use")).to_be_visible()


def test_a_cell_by_keyboard(page: Page, url: str) -> None:
    """The list beside the matrix needs no mouse: arrows go through the cells, the most frequent mistake first."""
    open_view(page, url, "Model and people")
    settled(page)
    cells(page).focus()
    cells(page).press("ArrowDown")
    options = page.get_by_role("option")
    first, second = options.nth(0).inner_text(), options.nth(1).inner_text()
    assert re.search(r"taken for .*: \d+ clips$", first)
    assert int(re.findall(r"\d+", first)[-1]) >= int(re.findall(r"\d+", second)[-1])
    cells(page).press("ArrowDown")
    cells(page).press("Enter")
    expect(cells(page)).to_have_value(re.compile(r"taken for .*: \d+ clips"))
    expect(page.get_by_text("not in the data in use")).to_be_visible()


@pytest.mark.real_data
def test_a_cell_opens_its_clips(page: Page, real_url: str) -> None:
    """The most frequent mistake of the model: its clips are shown, and one is played."""
    predictions = read_predictions(predictions_file())
    wrong = np.flatnonzero(~predictions.correct)
    pairs = [(int(predictions.labels[i]), int(predictions.predicted[i])) for i in wrong]
    pair = max(sorted(set(pairs)), key=pairs.count)
    open_view(page, real_url, "Model and people")
    click_cell(page, CATEGORIES[pair[0]], CATEGORIES[pair[1]])
    cards = page.get_by_role("list", name="Clips: ").locator(".card")
    expect(cards).to_have_count(pairs.count(pair))
    cards.first.get_by_role("button", name="Play").click()
    expect(page.locator(".player")).to_have_attribute("data-state", "playing")


@pytest.mark.parametrize("view", VIEWS)
def test_fits_the_screen(open_page: Callable[..., Page], url: str, view: str) -> None:
    """No view of the page is wider than the screen."""

    def show(page: Page) -> None:
        open_view(page, url, VIEWS[0])
        page.get_by_role("radio", name=view).click()
        expect(page.get_by_role("radio", name=view)).to_be_checked()
        expect(page.get_by_text("Try this:")).to_have_count(1)  # that of the view before has gone
        if view == "Question by question":
            draw_all_charts(page)

    fits_every_screen(open_page, show, name=f"results-{view.lower().replace(' ', '-')}")
