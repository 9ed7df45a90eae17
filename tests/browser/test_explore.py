"""The Explore page in Chromium: links, pages, playing, the picture's settings, guessing, keys, small screens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import Locator, Page, expect

from tests.browser.screens import fits_every_screen
from tests.browser.serve import ROOT, start_app
from tests.small_runs import write_tones
from tests.small_starter import small_starter_clips, write_small_starter
from ui import state

POSITION = "e => e.__player.position()"
N_CLIPS = len(small_starter_clips())


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app on a part of the starter set."""
    folder = tmp_path_factory.mktemp("app")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(write_small_starter(folder / "starter"))}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def bare_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app on a machine that has never seen any data."""
    folder = tmp_path_factory.mktemp("bare")
    with start_app(ROOT / "app.py", {"ESC_HOME": str(folder / "home")}, log=folder / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def real_url(tmp_path_factory: pytest.TempPathFactory, esc50_dir: Path) -> Iterator[str]:
    """Run the app on ESC-50."""
    folder = tmp_path_factory.mktemp("real")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(esc50_dir)}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


@pytest.fixture(scope="module")
def offline_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app where a folder was chosen in the app, and no other machine can be reached."""
    folder = tmp_path_factory.mktemp("offline")
    (folder / "home").mkdir()
    (folder / "home" / "data_folder.txt").write_text(str(write_small_starter(folder / "starter")), encoding="utf-8")
    nobody = "http://127.0.0.1:9"  # the port on which everything is refused
    env = {"ESC_HOME": str(folder / "home"), "HTTPS_PROXY": nobody, "https_proxy": nobody}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


def open_explore(page: Page, url: str, query: str = "") -> Page:
    """Open the page by a link."""
    page.goto(f"{url}/{query}")
    expect(page.get_by_role("heading", name="Explore")).to_be_visible()
    return page


def cards(page: Page) -> Locator:
    """Locate the cards of the page, not those of siblings."""
    return page.get_by_role("list", name=re.compile("^Clips, page")).locator(".card")


def player(page: Page) -> Locator:
    return page.locator(".player")


def picture(page: Page) -> Locator:
    return player(page).locator(".picture img").last


def has_rows(page: Page, n_rows: int) -> None:
    """Wait until the player's picture has a number of rows, one per mel band."""
    expect(picture(page)).to_have_js_property("naturalHeight", n_rows)


def settled(page: Page) -> None:
    """Wait until the server has answered."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def play_card(page: Page, number: int) -> None:
    """Press ▸ on a card, once all cards are those of the page, and wait until it plays."""
    settled(page)
    cards(page).nth(number).get_by_role("button", name=re.compile("^Play")).click()
    expect(player(page)).to_have_attribute("data-state", "playing")


def test_filter_by_link(page: Page, url: str) -> None:
    """A link shows the clips of its filters, and the filters are set."""
    open_explore(page, url, "?group=animals&fold=1")
    expect(cards(page)).to_have_count(15)
    expect(page.get_by_text("1–15 of 15")).to_be_visible()
    for title in cards(page).locator(".title").all_inner_texts():
        assert title in ("dog", "rooster", "frog", "cat", "crow")


def test_a_filter_by_hand_goes_into_the_link(page: Page, url: str) -> None:
    """A selected group is in the link."""
    open_explore(page, url)
    expect(cards(page)).to_have_count(24)
    page.get_by_text("human", exact=True).click()
    expect(cards(page)).to_have_count(20)
    expect(page).to_have_url(re.compile("group=human"))


def test_nothing_matches(page: Page, url: str) -> None:
    """An empty result offers a button."""
    open_explore(page, url, "?search=zzz")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(cards(page)).to_have_count(24)
    expect(page).not_to_have_url(re.compile("search"))


def test_pages_turn(page: Page, url: str) -> None:
    """The next page shows other clips, and is in the link."""
    open_explore(page, url)
    expect(cards(page)).to_have_count(24)
    first = cards(page).nth(0).get_attribute("data-id")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(f"25–48 of {N_CLIPS}")).to_be_visible()
    expect(cards(page).nth(0)).not_to_have_attribute("data-id", first)
    expect(page).to_have_url(re.compile("page=2"))


def test_back_undoes_a_turn(page: Page, url: str) -> None:
    """The browser's Back shows the page before, and its number is in the link."""
    open_explore(page, url)
    expect(cards(page)).to_have_count(24)
    first = cards(page).nth(0).get_attribute("data-id")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(f"25–48 of {N_CLIPS}")).to_be_visible()
    settled(page)
    page.wait_for_timeout(1000 * state.ON_ITS_WAY)  # sooner, it might be an answer from before the turn
    page.go_back()
    expect(page.get_by_text(f"1–24 of {N_CLIPS}")).to_be_visible()
    expect(cards(page).nth(0)).to_have_attribute("data-id", first)
    expect(page).not_to_have_url(re.compile("page="))


def test_play_and_seek(page: Page, url: str) -> None:
    """▸ plays the card's clip in the one player; the playhead moves, and follows a click."""
    open_explore(page, url)
    play_card(page, 2)
    expect(cards(page).nth(2)).to_have_attribute("aria-current", "true")
    shown = player(page).element_handle()
    before = player(page).evaluate(POSITION)
    page.wait_for_function("([player, before]) => player.__player.position() > before", arg=[shown, before])
    plot = player(page).get_by_role("slider", name="Position")
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": box["width"] * 0.8, "y": box["height"] / 2})
    assert player(page).evaluate(POSITION) >= 3.9
    play_card(page, 5)
    expect(player(page).locator(".name")).to_have_text(cards(page).nth(5).locator(".title").inner_text())
    assert player(page).evaluate(POSITION) < 3.9
    expect(player(page)).to_have_count(1)


def test_a_card_that_plays_stops_it(page: Page, url: str) -> None:
    """▸ becomes ■ while its clip plays; ■ stops it, and so does the clip's end."""
    open_explore(page, url)
    play_card(page, 2)
    stop = cards(page).nth(2).get_by_role("button", name=re.compile("^Stop"))
    expect(stop).to_be_visible()
    expect(cards(page).get_by_role("button", name=re.compile("^Stop"))).to_have_count(1)
    stop.click()
    expect(player(page)).to_have_attribute("data-state", "stopped")
    expect(cards(page).get_by_role("button", name=re.compile("^Stop"))).to_have_count(0)
    play_card(page, 2)
    assert player(page).evaluate(POSITION) < 4
    play_card(page, 3)
    expect(cards(page).nth(3).get_by_role("button", name=re.compile("^Stop"))).to_be_visible()
    expect(cards(page).get_by_role("button", name=re.compile("^Stop"))).to_have_count(1)
    expect(player(page)).to_have_attribute("data-state", "stopped")  # after five seconds
    expect(cards(page).get_by_role("button", name=re.compile("^Stop"))).to_have_count(0)


def test_looking_does_not_play(page: Page, url: str) -> None:
    """A click on the picture opens the clip without playing it; nothing plays by itself, even after a reload."""
    open_explore(page, url)
    cards(page).nth(1).get_by_role("button", name=re.compile("^Look at")).click()
    expect(player(page)).to_have_attribute("data-state", "stopped")
    clip_id = cards(page).nth(1).get_attribute("data-id")
    expect(page).to_have_url(re.compile(f"clip={clip_id}"))
    page.reload()
    expect(player(page).locator(".picture img")).to_have_count(1)
    expect(player(page)).to_have_attribute("data-state", "stopped")


def test_siblings_open(page: Page, url: str) -> None:
    """A clip of the same recording is one click away."""
    open_explore(page, url, "?clip=1-90001002-A-0")
    page.get_by_role("list", name="Clips of the same recording").get_by_role("button", name=re.compile("^Play")).click()
    expect(page).to_have_url(re.compile("clip=1-90001002-B-0"))
    expect(player(page)).to_have_attribute("data-state", "playing")


def test_settings_redraw_the_picture(page: Page, url: str) -> None:
    """Fewer mel bands, fewer rows; the model's spectrogram has 64."""
    open_explore(page, url, "?clip=1-90001001-A-0")
    expect(picture(page)).to_be_visible()
    has_rows(page, 128)
    page.get_by_text("own settings", exact=True).click()
    slider = page.get_by_role("slider", name="mels")
    slider.focus()
    slider.press("ArrowLeft")
    has_rows(page, 96)
    page.get_by_text("the model's input", exact=True).click()
    expect(page.get_by_text("64 mel bands")).to_be_visible()
    has_rows(page, 64)


def test_guess_a_round_with_the_keys(page: Page, url: str) -> None:
    """A key answers; the answer and the scores appear; N plays the next sound."""
    open_explore(page, url, "?view=guess+first")
    expect(page.locator(".st-key-choices button")).to_have_count(5)
    expect(player(page).locator(".name")).to_have_text("What is this?")
    settled(page)
    page.keyboard.press("3")
    expect(page.get_by_role("heading", name=re.compile("Correct|Not quite"))).to_be_visible()
    expect(page.get_by_text("1 of 1").or_(page.get_by_text("0 of 1")).first).to_be_visible()
    expect(player(page).locator(".name")).not_to_have_text("What is this?")
    page.keyboard.press("n")
    expect(page.locator(".st-key-choices button")).to_have_count(5)
    expect(player(page)).to_have_attribute("data-state", "playing")


def test_a_question_needs_no_scrolling(open_page: Callable[..., Page], url: str) -> None:
    """At 1280 × 720: question, sound and answers; then sound, verdict, scores, explanation and the next button."""
    page = open_page(viewport={"width": 1280, "height": 720})
    open_explore(page, url, "?view=guess+first")
    expect(page.locator(".st-key-choices button")).to_have_count(5)
    settled(page)
    fits(
        page, page.get_by_text("Which sound is this?"), player(page), page.get_by_role("button", name="Play the sound")
    )
    fits(page, *page.locator(".st-key-choices button").all())
    page.keyboard.press("n")
    expect(player(page)).to_have_attribute("data-state", "playing")
    page.locator(".st-key-choices button").first.click()
    verdict = page.get_by_role("heading", name=re.compile("Correct|Not quite"))
    model = page.get_by_text("The model says").or_(page.get_by_text("quiet background"))
    expect(model).to_be_visible()
    fits(
        page, verdict, player(page), page.locator(".st-key-tally"), page.get_by_text("with all fifty categories"), model
    )
    fits(page, page.get_by_role("button", name="Play the next sound"))


def fits(page: Page, *shown: Locator) -> None:
    """Assert that each of these lies in the window as it is, without scrolling."""
    size = page.viewport_size
    assert size is not None
    for one in shown:
        box = one.bounding_box()
        assert box is not None, one
        assert box["y"] >= 0, one
        assert box["y"] + box["height"] <= size["height"], (one, box)


def test_a_failed_download_says_so_in_the_dialog(page: Page, offline_url: str) -> None:
    """The dialog stays open with the reason, and the download can be started again there."""
    open_explore(page, offline_url)
    page.get_by_role("button", name="Get ESC-50").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Download", exact=True).click()
    expect(dialog.get_by_text("ESC-50 could not be reached")).to_be_visible()
    dialog.get_by_role("button", name="Download again").click()
    expect(dialog.get_by_text("ESC-50 could not be reached")).to_be_visible()
    expect(dialog.get_by_role("button", name="Download again")).to_be_enabled()


def test_everything_with_the_keyboard(page: Page, url: str) -> None:
    """Without a mouse: arrows move over the cards, Enter opens one, Space plays one."""
    open_explore(page, url)
    expect(cards(page)).to_have_count(24)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.shadowRoot?.activeElement?.className") == "look":
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    grid = page.get_by_role("list", name=re.compile("^Clips, page"))
    expect(grid.locator(".card[aria-current]")).to_have_count(1)
    columns = grid.evaluate("e => getComputedStyle(e).gridTemplateColumns.split(' ').length")
    expect(cards(page).nth(1 + columns)).to_have_attribute("aria-current", "true")
    expect(player(page)).to_have_attribute("data-state", "stopped")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(cards(page).nth(columns)).to_have_attribute("aria-current", "true")
    expect(player(page)).to_have_attribute("data-state", "playing")


def test_table_opens_a_clip(page: Page, url: str) -> None:
    """The table has a download, and the selected clip below."""
    open_explore(page, url, "?view=table&clip=1-90001001-A-0")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(player(page)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV", exact=True).click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("category,group,clip,fold")
    assert len(lines) == 1 + N_CLIPS


def test_download_is_the_file(page: Page, url: str) -> None:
    """The download is a WAV file named after the clip."""
    open_explore(page, url, "?clip=1-90001001-A-0")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert download.value.suggested_filename == "1-90001001-A-0.wav"
    assert Path(download.value.path()).read_bytes()[:4] == b"RIFF"


def test_first_sound_on_a_bare_machine(page: Page, bare_url: str) -> None:
    """Without data and network, sounds are synthesised; the first page fills and plays, clearly labelled."""
    open_explore(page, bare_url)
    expect(cards(page)).to_have_count(24)
    play_card(page, 0)
    expect(page.get_by_text("ynthetic").first).to_be_visible()


@pytest.mark.real_data
def test_esc50(page: Page, real_url: str) -> None:
    """On ESC-50: a link, a page turn, and a sound."""
    open_explore(page, real_url, "?group=animals&clip=1-100032-A-0")
    expect(page.get_by_text("1–24 of 400 clips")).to_be_visible()
    expect(page.get_by_role("link", name="recording 100032")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("25–48 of 400")).to_be_visible()
    play_card(page, 3)


STATES = {
    "cards": "",
    "clip": "?clip=1-90001002-A-0",
    "table": "?view=table",
    "overview": "?view=overview",
    "guess": "?view=guess+first",
    "empty": "?search=zzz",
}


@pytest.mark.parametrize("state", STATES)
def test_fits_the_screen(open_page: Callable[..., Page], url: str, state: str) -> None:
    """No state of the page is wider than the screen."""

    def show(page: Page) -> None:
        open_explore(page, url, STATES[state])
        expect(page.get_by_text("Try this").or_(page.get_by_text("Nothing matches"))).to_be_visible()
        settled(page)

    fits_every_screen(open_page, show, name=f"explore-{state}")


@pytest.fixture(scope="module")
def damaged_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app on clips of which three can't be read: missing, empty, and with damaged samples."""
    folder = tmp_path_factory.mktemp("damaged")
    root = write_tones(folder / "tones")
    missing, empty, damaged, *_ = sorted((root / "audio").iterdir())
    missing.unlink()
    empty.write_bytes(b"")
    sf.write(damaged, np.full(40_000, np.nan, np.float32), 8_000, subtype="FLOAT")
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(root)}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


def test_a_clip_that_cannot_be_read_is_a_grey_card(page: Page, damaged_url: str) -> None:
    """It has its name and no ▸, stays where it is, and can be selected by mouse and keys; the others play."""
    open_explore(page, damaged_url)
    expect(cards(page)).to_have_count(24)
    bad = cards(page).filter(has_text="can't be read")
    expect(bad).to_have_count(3)
    expect(bad.get_by_role("button", name=re.compile("^Play"))).to_have_count(0)
    expect(cards(page).get_by_role("button", name=re.compile("^Play"))).to_have_count(21)
    tops = [card.bounding_box() for card in cards(page).all()[:6]]
    assert len({(box["y"], box["height"]) for box in tops if box}) == 1  # grey cards are as high as the others
    # two by their headers, which are read of all clips, and one whose picture could not be made
    expect(page.get_by_text("3 of 30 clips can't be read")).to_be_visible()
    bad.first.get_by_role("button").click()
    expect(page.get_by_text("can't be read as sound: the file is missing")).to_be_visible()
    bad.first.get_by_role("button").press(" ")  # plays nothing, and breaks nothing
    cards(page).filter(has_text="fold 2").first.get_by_role("button", name=re.compile("^Play")).click()
    expect(page.get_by_role("link", name="Classify").last).to_be_visible()


def test_damaged_data_fits_every_screen(open_page: Callable[..., Page], damaged_url: str) -> None:
    def show(page: Page) -> None:
        open_explore(page, damaged_url)
        expect(cards(page).filter(has_text="can't be read")).to_have_count(3)

    fits_every_screen(open_page, show, name="explore-damaged")
