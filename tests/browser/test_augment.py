"""The Augment page in Chromium: choose, change, hear; the player holds what the library computes, byte for byte."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import Locator, Page, expect

from esc_core.audio import load, to_wav_bytes
from esc_core.augment import Compose
from esc_core.augment.audible import audible_waveform
from esc_core.dataset import Dataset, load_dataset
from tests.bad_audio import tone
from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.small_starter import write_small_starter

# At a link to a page Streamlit's front end first looks for the server below that page's address.
pytestmark = pytest.mark.allow_console(r"404 \(Not Found\)")

SAMPLES = "(e, track) => Array.from(e.__player.samples(track), (x) => Math.round(x * 32768))"
ARRIVED = """([player, track, size, sum]) => {
  const samples = player.__player?.samples(track) ?? [];
  return samples.length === size && samples.reduce((total, x) => total + Math.round(x * 32768), 0) === sum;
}"""
PITCH = [{"name": "pitch_shift", "n_steps": 2.0}]
MIXTURE = [{"name": "noise", "snr_db": [5, 20], "color": ["pink", "white"]}, {"name": "between_class"}]
MASKS = [{"name": "freq_mask", "freq_mask_param": 20}, {"name": "time_mask"}]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_dataset(write_small_starter(tmp_path_factory.mktemp("data") / "starter"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset) -> Iterator[str]:
    """Run the app on a part of the starter set."""
    folder = tmp_path_factory.mktemp("app")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(dataset.root)}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


def open_augment(page: Page, url: str, **parameters: Any) -> Page:
    """Open the page by a link."""
    words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    page.goto(f"{url}/augment?{urlencode(words)}")
    expect(page.get_by_role("heading", name="Augment")).to_be_visible()
    return page


def player(page: Page) -> Locator:
    return page.locator(".player")


def drew(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the page says what was drawn, and the server has answered."""
    expect(page.get_by_text(re.compile(r"^Seed \d+ drew"))).to_contain_text(words)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def holds(page: Page, track: int, expected: np.ndarray) -> None:
    """Wait until the player has these 16-bit samples, all of them."""
    # the page's words may be a moment ahead of the player
    page.wait_for_function(ARRIVED, arg=[player(page).element_handle(), track, expected.size, int(expected.sum())])
    assert player(page).evaluate(SAMPLES, track) == expected.tolist()


def computed(dataset: Dataset, link: str) -> np.ndarray:
    """Compute what a link to this page stands for, with the library alone."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    y, sr = load(dataset.path(dataset.by_id[asked["clip"]]))
    second = load(dataset.path(dataset.by_id[asked["second"]]))[0] if "second" in asked else None
    chain = Compose.from_json(json.loads(asked["chain"]))
    applied = chain(y, sr, np.random.default_rng(int(asked["seed"])), second=lambda: second)
    y, sr, _ = audible_waveform(applied)
    return sf.read(io.BytesIO(to_wav_bytes(y, sr)), dtype="int16")[0]


def test_choose_change_hear(page: Page, url: str, dataset: Dataset) -> None:
    """A slider is moved, the sound is played; before and after are the library's, and the link reproduces them."""
    clip = next(clip for clip in dataset.clips if clip.category == "rooster")
    open_augment(page, url, clip=clip.clip_id, chain=PITCH)
    drew(page, "pitch +2.0 semitones")
    page.get_by_role("slider", name="Pitch").press("ArrowLeft")
    drew(page, "pitch +1.5 semitones")
    expect(page).to_have_url(re.compile("1.5"))
    after = computed(dataset, page.url)
    holds(page, 1, after)
    holds(page, 0, sf.read(io.BytesIO(to_wav_bytes(*load(dataset.path(clip)))), dtype="int16")[0])
    page.get_by_role("button", name="Hear B, after").click()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(player(page)).to_have_attribute("data-state", "playing")
    assert player(page).evaluate("e => e.__player.audible()") == 1
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    drew(page, "pitch +1.5 semitones")
    holds(page, 1, after)


@pytest.mark.parametrize("chain", [MIXTURE, MASKS], ids=["mixture", "masks"])
def test_a_draw_of_eight(page: Page, url: str, dataset: Dataset, chain: list[dict[str, Any]]) -> None:
    """▸ on a card plays that draw in the one player, as the library computes it, and puts its seed into the link."""
    open_augment(page, url, clip=dataset.clips[0].clip_id, second=dataset.clips[-1].clip_id, chain=chain, seed="9")
    page.get_by_text("Show eight draws").click()
    cards = page.get_by_role("list", name="Eight draws of the chain").locator(".card")
    expect(cards).to_have_count(8)
    drew(page, "")
    cards.nth(4).get_by_role("button", name=re.compile("^Play")).click()
    expect(player(page)).to_have_attribute("data-state", "playing")
    expect(page).to_have_url(re.compile("seed=12"))
    assert player(page).evaluate("e => e.__player.audible()") == 1
    holds(page, 1, computed(dataset, page.url))


def test_nothing_plays_by_itself_until_asked(page: Page, url: str, dataset: Dataset) -> None:
    """A change is silent; with the switch on, the next one is played at once."""
    open_augment(page, url, chain=[{"name": "gain", "gain_db": 0.0}])
    drew(page, "gain +0.0 dB")
    page.get_by_role("slider", name="Gain").press("ArrowLeft")
    drew(page, "gain −0.5 dB")
    expect(player(page)).to_have_attribute("data-state", "stopped")
    page.get_by_text("Play each change").click()
    drew(page, "gain −0.5 dB")
    expect(player(page)).to_have_attribute("data-state", "stopped")
    page.get_by_role("slider", name="Gain").press("ArrowLeft")
    expect(player(page)).to_have_attribute("data-state", "playing")
    holds(page, 1, computed(dataset, page.url))


def test_the_difference_lies_below_both(page: Page, url: str, dataset: Dataset) -> None:
    """Three lanes under one playhead; with another pitch only two, and a sentence says why."""
    rain = next(clip for clip in dataset.clips if clip.category == "rain")
    open_augment(page, url, clip=rain.clip_id, chain=[{"name": "low_pass", "cutoff_hz": 1000.0}])
    drew(page, "nothing above 1.0 kHz")
    expect(player(page).locator(".lane")).to_have_count(3)
    expect(player(page).locator(".lane").nth(2)).to_contain_text("difference")
    # high up, where the filter has taken it away
    player(page).locator(".picture").nth(2).hover(position={"x": 200, "y": 5}, force=True)
    expect(player(page).locator(".readout")).to_contain_text(re.compile(r"kHz · −\d+ dB"))
    open_augment(page, url, chain=PITCH)
    drew(page, "pitch +2.0 semitones")
    expect(player(page).locator(".lane")).to_have_count(2)
    expect(page.get_by_text("No difference is shown")).to_be_visible()


def test_the_selected_clip_is_kept(page: Page, url: str, dataset: Dataset) -> None:
    """From Explore's clip the link leads to the same clip on Augment."""
    clip = dataset.clips[5]
    page.goto(f"{url}/?clip={clip.clip_id}")
    page.get_by_test_id("stMain").get_by_role("link", name="Augment").click()
    expect(page.get_by_role("heading", name="Augment")).to_be_visible()
    drew(page, "pitch")
    expect(page).to_have_url(re.compile(f"clip={clip.clip_id}"))
    holds(page, 1, computed(dataset, page.url))


def test_a_file_of_ones_own(page: Page, url: str, tmp_path: Path) -> None:
    """It is played before and after, and the page says what the link can't carry."""
    y = tone(1.0, sr=16_000).astype(np.float32)
    (tmp_path / "mine.wav").write_bytes(to_wav_bytes(y, 16_000))
    open_augment(page, url, sound="file", chain=[{"name": "polarity"}])
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.wav")
    drew(page, "polarity inverted")
    holds(page, 1, sf.read(io.BytesIO(to_wav_bytes(-load(tmp_path / "mine.wav")[0], 16_000)), dtype="int16")[0])
    page.get_by_role("tab", name="Take it with you").click()
    expect(page.get_by_text("A link cannot carry a sound of your own")).to_be_visible()


def test_another_file_keeps_the_seed(page: Page, url: str, tmp_path: Path) -> None:
    """Also when there was no sound in between; the browser alone shows what Streamlit puts back into the field."""
    for name, seconds in (("one.wav", 1.0), ("two.wav", 1.5)):
        (tmp_path / name).write_bytes(to_wav_bytes(tone(seconds, sr=16_000).astype(np.float32), 16_000))
    open_augment(page, url, sound="file")
    page.locator("input[type=file]").set_input_files(tmp_path / "one.wav")
    expect(page.get_by_text("Seed 0 drew")).to_be_visible()
    page.get_by_role("button", name="Draw again").click()
    expect(page.get_by_text("Seed 1 drew")).to_be_visible()
    for name, length in (("two.wav", "1.50 s"), ("one.wav", "1.00 s")):
        page.get_by_test_id("stFileUploader").get_by_role("button", name=re.compile("Remove")).first.click()
        expect(player(page)).to_have_count(0)
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        expect(player(page)).to_contain_text(length)
        expect(page.get_by_text("Seed 1 drew")).to_be_visible()
        expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("1")
    expect(page).to_have_url(re.compile("seed=1"))


def test_the_response_is_in_sight_beside_the_slider(open_page: Callable[..., Page], url: str) -> None:
    """At 1280 × 720 both are there without scrolling, and further down the response stays above the sliders."""
    page = open_page(viewport={"width": 1280, "height": 720})
    noisy = {"name": "noise", "snr_db": 40, "color": "white"}
    open_augment(page, url, chain=[noisy, {"name": "gain", "gain_db": 0.0}])
    drew(page, "white noise 40 dB below")
    page.get_by_text("Show the model's response").click()
    response = page.locator(".st-key-augment_answer strong")
    expect(response).to_be_visible()
    before = response.inner_text()
    slider = page.get_by_role("slider", name="Signal-to-noise ratio")
    slider.press("Home")
    expect(response).not_to_have_text(before)
    for box in (response.bounding_box(), slider.bounding_box()):
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 720
    page.get_by_role("button", name="Draw again").scroll_into_view_if_needed()
    box = response.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 200


def test_fits_the_screen(open_page: Callable[..., Page], url: str) -> None:
    """With five steps and three lanes the page is no wider than the screen."""
    chain = [{"name": name} for name in ("equalizer", "soft_clip", "reverb", "noise", "gain")]

    def show(page: Page) -> None:
        drew(open_augment(page, url, chain=chain), "equaliser")
        expect(player(page).locator(".lane")).to_have_count(3)
        page.get_by_text("Show eight draws").click()
        expect(page.get_by_role("list", name="Eight draws of the chain").locator(".card")).to_have_count(8)

    fits_every_screen(open_page, show, name="augment")
