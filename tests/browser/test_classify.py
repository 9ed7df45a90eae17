"""The Classify page in Chromium: real clips by upload and by microphone, and everything that goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import Browser, Page, expect

from esc_core.audio import load
from tests.bad_audio import bad_files, tone
from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app

BARK = "1-100032-A-0"
ROOSTER = "1-26806-A-1"
# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = pytest.mark.allow_console(r"404 \(Not Found\)")

FAKE_MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app without any data set."""
    folder = tmp_path_factory.mktemp("app")
    with start_app(ROOT / "app.py", {"ESC_HOME": str(folder / "home")}, log=folder / "log.txt") as address:
        yield address


def open_source(page: Page, url: str, source: str) -> Page:
    """Open the page by a link to a source."""
    page.goto(f"{url}/classify?from={source}")
    expect(page.get_by_role("heading", name="Classify")).to_be_visible()
    return page


def answer(page: Page):
    """Locate the headline of the answer."""
    return page.get_by_role("heading", level=3)


@pytest.mark.real_data
def test_upload_of_a_bark_is_named_out_of_fold(page: Page, url: str, esc10_dir: Path) -> None:
    """A real bark is a dog, answered only by the network that was not trained on its fold."""
    open_source(page, url, "files").locator("input[type=file]").set_input_files(esc10_dir / "audio" / f"{BARK}.ogg")
    expect(answer(page)).to_contain_text("Dog")
    expect(page.get_by_text("was not trained on fold 1")).to_be_visible()


def test_bad_files_get_their_sentences(page: Page, url: str, tmp_path: Path) -> None:
    """Every bad file, all at once: a sentence each, and a good one between them is still named."""
    bad = {name: pair for name, pair in bad_files().items() if name != "too_big.wav"}
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    sf.write(tmp_path / "good.wav", tone(1.0, sr=16_000), 16_000)
    files = [*(tmp_path / name for name in bad), tmp_path / "good.wav"]
    open_source(page, url, "files").locator("input[type=file]").set_input_files(files)
    errors = page.get_by_test_id("stAlertContentError")
    expect(errors).to_have_count(len(bad))
    for name in bad:
        expect(errors.filter(has_text=name)).to_have_count(1)
    expect(answer(page)).to_contain_text("%")


def test_file_over_the_cap_is_refused(page: Page, url: str, tmp_path: Path) -> None:
    """The uploader itself refuses what is over 20 MB, in words."""
    (tmp_path / "big.wav").write_bytes(bytes(21 * 2**20))
    open_source(page, url, "files").locator("input[type=file]").set_input_files(tmp_path / "big.wav")
    expect(page.get_by_text("20.0MB or smaller").or_(page.get_by_text("exceeds")).first).to_be_visible()


@pytest.mark.real_data
def test_rooster_in_the_microphone_is_named(
    launch: Callable[..., Browser], open_page: Callable[..., Page], url: str, esc10_dir: Path, tmp_path: Path
) -> None:
    """A real clip played into the microphone is recorded and named."""
    y, sr = load(esc10_dir / "audio" / f"{ROOSTER}.ogg")
    sf.write(tmp_path / "microphone.wav", y, sr)
    browser = launch(*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={tmp_path / 'microphone.wav'}")
    page = open_source(open_page(browser), url, "microphone")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("4.", exact=False).first).to_be_visible()
    page.wait_for_timeout(4_500)  # recording takes the time that it takes
    page.locator("button.toggle").click()  # while the page runs, the header holds another Stop
    expect(answer(page)).to_contain_text("ooster")
    expect(page.get_by_text("the mean of five networks")).to_be_visible()


@pytest.mark.real_data
def test_events_lie_under_the_player(page: Page, url: str, esc10_dir: Path, tmp_path: Path) -> None:
    """A clip amid 20 quiet seconds is an event, whose bar stands under the seconds that its file gives."""
    clip, sr = load(esc10_dir / "audio" / f"{ROOSTER}.ogg")
    y = 5e-4 * np.random.default_rng(0).standard_normal(20 * sr)
    y[8 * sr : 8 * sr + clip.size] += clip
    sf.write(tmp_path / "yard.wav", y.clip(-1, 1), sr)
    open_source(page, url, "files").locator("input[type=file]").set_input_files(tmp_path / "yard.wav")
    bars = page.locator(".guesses button")
    expect(bars.first).to_be_visible()
    page.get_by_text("Audacity labels").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download events.txt").click()
    assert download.value.suggested_filename == "events.txt"
    labels = [line.split("\t") for line in download.value.path().read_text().splitlines()]
    assert "rooster" in [name for _, _, name in labels]
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(bars).to_have_count(len(labels))
        above = page.locator(".player .picture").bounding_box()
        boxes = [bar.bounding_box() for bar in bars.all()]
        assert above
        assert all(boxes)
        found = sorted((box["x"], box["x"] + box["width"]) for box in boxes if box)
        told = sorted(tuple(above["x"] + above["width"] * float(time) / 20 for time in label[:2]) for label in labels)
        np.testing.assert_allclose(found, told, atol=1.5)


def test_refused_microphone_gets_help(launch: Callable[..., Browser], open_page: Callable[..., Page], url: str) -> None:
    """Who refuses the microphone reads how to allow it, and the other sources still work."""
    browser = launch("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page = open_source(open_page(browser), url, "microphone")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("allow the microphone").first).to_be_visible()
    page.get_by_text("Files", exact=True).first.click()
    expect(page.locator("input[type=file]")).to_be_attached()


def asked_why(page: Page, url: str, sound: Path) -> Page:
    """Upload a sound, and open both disclosures below its answer until all is there."""
    open_source(page, url, "files").locator("input[type=file]").set_input_files(sound)
    expect(answer(page)).to_contain_text("%")
    page.get_by_text("Why this answer?").click()
    expect(page.get_by_text("the model asked again")).to_be_visible()
    page.get_by_text("All models").click()
    expect(page.get_by_text(re.compile(r"models? says? "))).to_be_visible()
    return page


def test_why_is_painted_and_plays_along(page: Page, url: str, tmp_path: Path) -> None:
    """A bar per moment, colour and a frame over the picture; the bar under the playhead stands out; numbers on top."""
    y = np.zeros(5 * 16_000, np.float32)
    y[32_000:40_000] = tone(0.5, sr=16_000)[:8_000].ravel()
    y += 1e-3 * np.random.default_rng(0).standard_normal(y.size).astype(np.float32)
    sf.write(tmp_path / "tone.wav", y, 16_000)
    asked_why(page, url, tmp_path / "tone.wav")
    bars, frame = page.locator(".strip span"), page.locator(".paint span")
    expect(bars).to_have_count(10)
    expect(page.locator(".paint img")).to_have_count(1)
    assert page.locator(".paint img").evaluate("async (image) => (await image.decode(), image.naturalWidth)") == 80
    picture, box, strip = (page.locator(name).bounding_box() for name in (".mel .picture", ".paint span", ".strip"))
    assert picture["x"] - 1 <= box["x"] < box["x"] + box["width"] <= picture["x"] + picture["width"] + 1
    assert picture["y"] - 1 <= box["y"] < box["y"] + box["height"] <= picture["y"] + picture["height"] + 1
    assert (strip["x"], strip["width"]) == pytest.approx((picture["x"], picture["width"]), abs=1)
    expect(frame).to_be_visible()
    page.locator(".plot").focus()
    for _ in range(5):  # half a second each
        page.keyboard.press("ArrowRight")
    expect(page.locator(".strip span.now")).to_have_count(1)
    # the active part is the whole sound: 2.5 s lie in the fifth bar of half a second, or on its edge
    assert bars.evaluate_all("(bars) => bars.findIndex((bar) => bar.classList.contains('now'))") in (4, 5)
    page.locator(".mel .picture").hover()
    expect(page.locator(".readout")).to_have_text(re.compile(r"Hz · −?\d+ dB · .+ \d+% → \d+% without it"))


@pytest.mark.real_data
def test_why_and_all_models_fit_every_screen(open_page: Callable[..., Page], url: str, esc10_dir: Path) -> None:
    """With a bark explained and all models asked, the page is no wider than the screen."""
    bark = esc10_dir / "audio" / f"{BARK}.ogg"
    fits_every_screen(open_page, lambda page: asked_why(page, url, bark), name="classify-why")


def test_fits_the_screen(open_page: Callable[..., Page], url: str, tmp_path: Path) -> None:
    """With an answer on it, the page is no wider than the screen."""
    sf.write(tmp_path / "tone.wav", tone(1.0, sr=16_000), 16_000)

    def show(page: Page) -> None:
        open_source(page, url, "files").locator("input[type=file]").set_input_files(tmp_path / "tone.wav")
        expect(answer(page)).to_contain_text("%")

    fits_every_screen(open_page, show, name="classify")
