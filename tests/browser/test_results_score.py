"""The scorer in Chromium: a table goes in, a score with its matrix and a report come out, on every screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import fits_every_screen
from tests.browser.serve import start_app
from tests.prediction_tables import as_bytes, clean_training, table


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scorer")
    demo = Path(__file__).with_name("demo_results_score.py")
    with start_app(demo, {"ESC_HOME": str(folder / "home")}, log=folder / "log.txt") as address:
        yield address


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """Write a table with 100 mistakes, and one guess that is no category."""
    rows = table(wrong=100)
    rows.loc[rows.index[rows.predicted == "dog"][0], "predicted"] = "<b>unicorn</b>"
    (tmp_path / "mine.csv").write_bytes(as_bytes(rows))
    return tmp_path / "mine.csv"


def upload(page: Page, file: Path, *, to: int = 0) -> None:
    page.locator("input[type=file]").nth(to).set_input_files(file)


def figure(page: Page, label: str):
    return page.get_by_test_id("stMetric").filter(has_text=label)


def test_upload_read_and_take_away(page: Page, url: str, predictions: Path, tmp_path: Path) -> None:
    """Score, audit and matrix of an upload can be read, and the report opens as a page of its own."""
    page.goto(url)
    expect(page.get_by_text("Nothing to score yet")).to_be_visible()
    upload(page, predictions)
    expect(figure(page, "Accuracy")).to_contain_text("95.0%")
    warning = page.get_by_test_id("stAlertContentWarning")
    expect(warning).to_contain_text("1 prediction is not a category of ESC-50 (counted as wrong): '<b>unicorn</b>'")
    expect(page.locator(".js-plotly-plot .heatmaplayer image")).to_be_visible()
    (tmp_path / "training.csv").write_bytes(as_bytes(clean_training()))
    upload(page, tmp_path / "training.csv", to=1)
    page.get_by_role("radio", name="last", exact=True).click()
    expect(page.get_by_text("Could not be checked")).to_have_count(0)
    # a press in the middle of a run of the page is one on a button that is about to be replaced
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as download:
        page.get_by_role("button", name="Page", exact=True).click()
    report = tmp_path / download.value.suggested_filename
    assert report.name == "mine-score.html"
    download.value.save_as(report)
    page.goto(report.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("95.0% on ESC-50")
    expect(page.get_by_role("img", name="Confusion matrix")).to_be_visible()


def test_bad_file_gets_its_sentence(page: Page, url: str, predictions: Path, tmp_path: Path) -> None:
    """A picture among the training files gets its sentence, and the score stays."""
    page.goto(url)
    upload(page, predictions)
    expect(figure(page, "Accuracy")).to_contain_text("95.0%")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    upload(page, tmp_path / "picture.png", to=1)
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text(
        "picture.png – the file can't be read as a CSV table in UTF-8"
    )
    expect(figure(page, "Accuracy")).to_contain_text("95.0%")


def test_fits_the_screen(open_page: Callable[..., Page], url: str, predictions: Path) -> None:
    """With a score on it, the panel is no wider than the screen."""

    def show(page: Page) -> None:
        page.goto(url)
        upload(page, predictions)
        expect(page.get_by_text("Download the report")).to_be_visible()
        expect(page.locator(".js-plotly-plot .heatmaplayer image")).to_be_visible()

    fits_every_screen(open_page, show, name="results-score")
