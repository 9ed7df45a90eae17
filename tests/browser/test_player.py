"""The clip player: its content, playback and controls, and that it never starts by itself."""

from __future__ import annotations

import base64
import io
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from esc_core import audio
from esc_core.errors import AudioError, ParameterError
from tests.browser.serve import start_app
from ui.player import Guess, MelValues, Track, player
from ui.player.tracks import wav_format

STATE = "e => e.__player.state()"
POSITION = "e => e.__player.position()"
SAMPLES = """(e, track) => {
  const bytes = new Uint8Array(e.__player.samples(track).slice().buffer);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    demo = Path(__file__).with_name("demo_player.py")
    with start_app(demo, log=tmp_path_factory.mktemp("player") / "app.log") as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page], url: str) -> Page:
    """Open the page with two players."""
    page = open_page()
    page.goto(url)
    expect(page.locator(".player .picture img")).to_have_count(2)
    return page


@pytest.fixture
def pair(open_page: Callable[..., Page], url: str) -> Locator:
    """Open the page with an A/B pair."""
    page = open_page()
    page.goto(f"{url}/?pair")
    expect(page.locator(".player .picture img")).to_have_count(2)
    return page.locator(".player")


@pytest.fixture
def first(page: Page) -> Locator:
    return page.locator(".player").nth(0)


def press_play(player: Locator) -> None:
    player.get_by_role("button", name="Play").click()
    expect(player).to_have_attribute("data-state", "playing")


def plot_of(player: Locator) -> Locator:
    return player.get_by_role("slider", name="Position")


def samples(player: Locator, track: int = 0) -> NDArray[np.float32]:
    text = player.evaluate(SAMPLES, track)
    return np.frombuffer(base64.b64decode(text), np.float32)


def sound_of_demo(seed: int, seconds: float = 5.0) -> NDArray[np.float32]:
    """Return the sound of the demo, as another library reads the same WAV bytes."""
    from tests.browser import demo_player

    wav = audio.to_wav_bytes(demo_player.sound(seed, seconds), demo_player.SR)
    y, _ = sf.read(io.BytesIO(wav), dtype="float32")
    return y


class TestSound:
    def test_holds_the_samples_of_the_file_exactly(self, page: Page, first: Locator) -> None:
        """Bit for bit what another library reads from the WAV, at the file's own rate."""
        assert np.array_equal(samples(first), sound_of_demo(0))
        assert first.evaluate("e => e.__player.sampleRate()") == 22_050
        assert np.array_equal(samples(page.locator(".player").nth(1)), sound_of_demo(77, 2.0))

    def test_plays_the_samples_exactly(self, open_page: Callable[..., Page], url: str) -> None:
        """The output is the file times the volume: no resampling, no limiter, no fade at the start."""
        page = open_page()
        page.add_init_script("""
          const start = AudioBufferSourceNode.prototype.start;
          AudioBufferSourceNode.prototype.start = function (...args) {
            window.heard = { rate: this.context.sampleRate, speed: this.playbackRate.value, from: args[1],
                             buffer: this.buffer.sampleRate };
            return start.apply(this, args);
          };
        """)
        page.goto(url)
        press_play(page.locator(".player").nth(0))
        assert page.evaluate("heard") == {"rate": 22_050, "speed": 1, "from": 0, "buffer": 22_050}

    def test_nothing_plays_by_itself(self, page: Page, first: Locator) -> None:
        """Neither on opening, nor on a rerun, nor when another clip arrives."""
        assert first.evaluate(STATE) == "stopped"
        page.get_by_role("button", name="Rerun").click()
        expect(page.get_by_text("run 2")).to_be_visible()
        page.get_by_role("button", name="Swap").click()
        expect(first.locator(".name")).to_have_text("clip 1")
        assert first.evaluate(STATE) == "stopped"
        assert first.evaluate(POSITION) == 0

    def test_a_token_plays_the_new_clip_once(self, page: Page, first: Locator) -> None:
        """▸ on a card plays at once; a rerun with the same token does not start it again."""
        page.get_by_role("button", name="Next clip").click()
        expect(first).to_have_attribute("data-state", "playing")
        first.get_by_role("button", name="Pause").click()
        assert np.array_equal(samples(first), sound_of_demo(1))
        page.get_by_role("button", name="Rerun").click()
        expect(page.get_by_text("run 3")).to_be_visible()
        assert first.evaluate(STATE) == "stopped"

    def test_a_new_sound_stops_the_old_one_and_a_new_picture_does_not(self, page: Page, first: Locator) -> None:
        """A new picture of the same sound does not interrupt playback."""
        press_play(first)
        old = first.locator("img").get_attribute("src")
        page.get_by_text("Redraw").click()
        expect(first.locator("img")).not_to_have_attribute("src", old or "")
        assert first.evaluate(STATE) == "playing"
        assert first.evaluate(POSITION) > 0
        page.get_by_role("button", name="Swap").click()
        expect(first.locator(".name")).to_have_text("clip 1")
        assert first.evaluate(STATE) == "stopped"

    def test_one_sound_at_a_time(self, page: Page, first: Locator) -> None:
        """Starting the second player stops the first at its position."""
        second = page.locator(".player").nth(1)
        press_play(first)
        page.wait_for_function("player => player.__player.position() > 0", arg=first.element_handle())
        press_play(second)
        expect(first).to_have_attribute("data-state", "stopped")
        assert first.evaluate(POSITION) > 0

    def test_a_browser_that_blocks_sound(self, open_page: Callable[..., Page], url: str) -> None:
        """If the browser blocks sound until a click, the player says so and waits."""
        page = open_page()
        page.add_init_script("""
          AudioContext.prototype.resume = () => new Promise(() => {});
          Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });
        """)
        page.goto(url)
        page.get_by_role("button", name="Next clip").click()
        first = page.locator(".player").nth(0)
        expect(first.get_by_role("status")).to_have_text("The browser blocked the sound: press play.")
        expect(first.get_by_role("button", name="Play")).to_be_enabled()

    def test_stops_at_the_end_and_starts_over(self, first: Locator) -> None:
        """It stops at the end; play begins again at 0."""
        plot_of(first).focus()
        first.page.keyboard.press("End")
        first.page.keyboard.press("ArrowLeft")
        press_play(first)
        expect(first).to_have_attribute("data-state", "stopped")
        assert first.evaluate(POSITION) == 5
        press_play(first)
        assert first.evaluate(POSITION) < 4

    def test_a_loop_goes_on(self, page: Page) -> None:
        """A looping player that has passed its end continues from the start."""
        second = page.locator(".player").nth(1)
        expect(second.get_by_role("button", name="Loop")).to_have_attribute("aria-pressed", "true")
        plot_of(second).focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        press_play(second)
        second.evaluate("""e => new Promise(resolve => {
          const wait = () => (e.__player.position() < 1.4 ? resolve() : requestAnimationFrame(wait));
          wait();
        })""")
        assert second.evaluate(STATE) == "playing"
        second.get_by_role("button", name="Loop").click()
        expect(second).to_have_attribute("data-state", "stopped")
        assert second.evaluate(POSITION) == 2


class TestSteering:
    def test_the_playhead_moves(self, first: Locator) -> None:
        """During playback, position, playhead and clock advance."""
        head = "e => new DOMMatrix(getComputedStyle(e).transform).e"
        before = first.locator(".head").evaluate(head)
        press_play(first)
        expect(first.locator(".time")).to_have_text(re.compile(r"^(0\.[3-9]|[1-4]\.)\d* / 5\.00 s"))
        assert first.locator(".head").evaluate(head) > before
        assert first.evaluate(POSITION) > 0.2

    def test_a_click_seeks(self, first: Locator) -> None:
        """A click at 40% of the picture's width goes to 2 s of 5."""
        box = plot_of(first).bounding_box()
        assert box
        first.page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.8 * box["height"])
        assert first.evaluate(POSITION) == pytest.approx(2, abs=0.02)
        expect(plot_of(first)).to_have_attribute("aria-valuetext", "2 of 5.0 seconds")

    def test_a_drag_seeks(self, first: Locator) -> None:
        """Dragging moves the playhead, past the edge to the end."""
        box = plot_of(first).bounding_box()
        assert box
        y = box["y"] + 0.5 * box["height"]
        first.page.mouse.move(box["x"] + 0.2 * box["width"], y)
        first.page.mouse.down()
        first.page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=4)
        expect(first.locator(".time")).to_have_text(re.compile(r"^(2\.99|3\.0\d) /"))
        first.page.mouse.move(box["x"] + 1.1 * box["width"], y)
        first.page.mouse.up()
        assert first.evaluate(POSITION) == 5

    def test_a_guess_seeks(self, first: Locator) -> None:
        """A click on a guess goes to where it begins."""
        first.get_by_role("button", name="door knock 34%, 1.8–3.2 s").click()
        assert first.evaluate(POSITION) == pytest.approx(1.8)

    @pytest.mark.parametrize("width", [1280, 390])
    def test_events_lie_under_the_picture(self, page: Page, first: Locator, width: int) -> None:
        """Each bar begins and ends where the picture above shows these seconds; one playhead runs through both."""
        page.set_viewport_size({"width": width, "height": 900})
        picture, head = first.locator(".picture"), first.locator(".head")
        expect(first.locator(".picture img")).to_have_count(1)
        for name, start, end in (("dog 91%", 0, 1.8), ("door knock 34%", 1.8, 3.2), ("church bells 62%", 3.2, 5)):
            bar = first.get_by_role("button", name=name)
            bar.click()
            above, below, line = picture.bounding_box(), bar.bounding_box(), head.bounding_box()
            assert above
            assert below
            assert line
            assert below["y"] >= above["y"] + above["height"]
            assert below["x"] == pytest.approx(above["x"] + above["width"] * start / 5, abs=1)
            assert below["x"] + below["width"] == pytest.approx(above["x"] + above["width"] * end / 5, abs=1)
            assert line["x"] + line["width"] / 2 == pytest.approx(below["x"], abs=1.5)
            assert line["y"] < above["y"]
            assert line["y"] + line["height"] >= below["y"] + below["height"]

    def test_keys(self, first: Locator) -> None:
        """Arrows step, with shift in small steps; Home and End; space plays and pauses; L loops."""
        keyboard = first.page.keyboard
        plot_of(first).focus()
        positions = []
        for key in ("End", "ArrowLeft", "Shift+ArrowLeft", "Home", "ArrowRight", "Shift+ArrowRight", "ArrowLeft"):
            keyboard.press(key)
            positions.append(first.evaluate(POSITION))
        assert positions == pytest.approx([5, 4.5, 4.4, 0, 0.5, 0.6, 0.1])
        keyboard.press("Space")
        expect(first).to_have_attribute("data-state", "playing")
        keyboard.press("Space")
        expect(first).to_have_attribute("data-state", "stopped")
        keyboard.press("l")
        expect(first.get_by_role("button", name="Loop")).to_have_attribute("aria-pressed", "true")

    def test_volume_is_capped(self, first: Locator) -> None:
        """The slider begins at 0.8 and ends at 1: what is played never exceeds the file."""
        volume = first.get_by_role("slider", name="Volume")
        expect(volume).to_have_value("0.8")
        volume.focus()
        first.page.keyboard.press("End")
        expect(volume).to_have_value("1")
        assert first.evaluate(POSITION) == 0

    def test_values_under_the_mouse(self, first: Locator) -> None:
        """Over the picture: time, frequency and level; over the waveform: time."""
        picture = first.locator(".picture").bounding_box()
        wave = first.locator(".wave").bounding_box()
        assert picture
        assert wave
        first.page.mouse.move(picture["x"] + picture["width"] / 2, picture["y"] + picture["height"] / 2)
        expect(first.locator(".readout")).to_have_text(re.compile(r"^2\.5\d s · \d\.\d kHz · −\d\d dB$"))
        first.page.mouse.move(wave["x"] + wave["width"] / 2, wave["y"] + 5)
        expect(first.locator(".readout")).to_have_text(re.compile(r"^2\.5\d s$"))


class TestPair:
    def test_switching_keeps_the_position(self, pair: Locator) -> None:
        """B, by key or button, switches the track without a jump in time."""
        press_play(pair)
        plot_of(pair).focus()
        before, after = pair.evaluate("""e => {
          const before = e.__player.position();
          e.querySelectorAll(".choice button")[1].click();
          return [before, e.__player.position()];
        }""")
        assert abs(after - before) < 0.02
        assert pair.evaluate("e => e.__player.audible()") == 1
        assert pair.evaluate(STATE) == "playing"
        pair.page.keyboard.press("b")
        assert pair.evaluate("e => e.__player.audible()") == 0
        expect(pair.get_by_role("button", name="Hear A, before")).to_have_attribute("aria-pressed", "true")

    def test_tracks_of_different_length_keep_their_samples(self, pair: Locator) -> None:
        """The shorter track is kept unchanged; silence is added only for playback."""
        a, b = samples(pair, 0), samples(pair, 1)
        assert a.size == 5 * 22_050
        assert b.size == pytest.approx(a.size / 1.2, rel=0.01)
        plot_of(pair).focus()
        pair.page.keyboard.press("End")
        assert pair.evaluate(POSITION) == 5


class TestLooks:
    @pytest.mark.parametrize("query", ["", "/?pair"])
    def test_fits_a_phone(self, open_page: Callable[..., Page], url: str, query: str) -> None:
        """At 390 pixels nothing overflows to the side, and a finger can play and seek."""
        page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
        page.goto(url + query)
        first = page.locator(".player").first
        expect(first.locator(".picture img").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert first.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
        first.get_by_role("button", name="Play").tap()
        expect(first).to_have_attribute("data-state", "playing")
        first.get_by_role("button", name="Pause").tap()
        box = plot_of(first).bounding_box()
        assert box
        page.touchscreen.tap(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
        assert first.evaluate(POSITION) == pytest.approx(3, abs=0.03)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_stands_out_in_both_themes(self, open_page: Callable[..., Page], url: str, scheme: str) -> None:
        """Text and background of the player are those of the theme."""
        page = open_page(color_scheme=scheme)
        page.goto(url)
        first = page.locator(".player").first
        expect(first.locator(".picture img")).to_be_visible()
        text, ground = first.evaluate("""e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]""")
        brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) / 3 for colour in (text, ground)]
        assert abs(brightness[0] - brightness[1]) > 150
        assert (brightness[0] < brightness[1]) == (scheme == "light")


PNG = b"\x89PNG\r\n\x1a\n"


def make_track(wav: bytes | None = None, **changes: object) -> Track:
    fields = {"label": "dog", "mel_png": PNG, "duration": 0.5, "color": "#E69F00", **changes}
    return Track(wav=wav or audio.to_wav_bytes(np.zeros(4000, np.float32), 8000), **fields)  # type: ignore[arg-type]


class TestTracks:
    def test_reads_rate_and_length_of_what_libraries_write(self) -> None:
        """16-bit and float32, mono and stereo, with and without the extensible header."""
        for subtype, shape, form in [("PCM_16", 300, "WAV"), ("FLOAT", (300, 2), "WAV"), ("PCM_16", (300, 2), "WAVEX")]:
            buffer = io.BytesIO()
            sf.write(buffer, np.zeros(shape), 11_025, format=form, subtype=subtype)
            assert wav_format(buffer.getvalue()) == (11_025, 300)

    def test_refuses_what_it_cannot_play(self) -> None:
        """Other formats, other depths, no samples."""
        deep = io.BytesIO()
        sf.write(deep, np.zeros(300), 8000, format="WAV", subtype="PCM_24")
        empty = b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
        for wav, rule in [(b"OggS", "WAV bytes"), (deep.getvalue(), "24 bits"), (empty, "no samples")]:
            with pytest.raises(AudioError, match=rule):
                make_track(wav)

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"label": " "}, "label must"),
            ({"mel_png": b"GIF89a"}, "mel_png must"),
            ({"duration": 500.0}, "duration must"),
            ({"color": "url(x)"}, "color must"),
            ({"frequency_ticks": [(1.5, "1 kHz")]}, "frequency_ticks must"),
        ],
    )
    def test_refuses_wrong_fields(self, changes: dict[str, object], rule: str) -> None:
        """Each field has a rule, and the error names it."""
        with pytest.raises(ParameterError, match=rule):
            make_track(**changes)

    def test_refuses_values_of_another_shape(self) -> None:
        """Levels are uint8 with one frequency per band."""
        levels = np.zeros((4, 9), np.uint8)
        for wrong in ({"levels": levels.astype(float)}, {"band_hz": np.ones(3)}, {"db_range": (0.0, -80.0)}):
            with pytest.raises(ParameterError, match=r"levels|band_hz|db_range"):
                MelValues(**{"levels": levels, "db_range": (-80.0, 0.0), "band_hz": np.ones(4), **wrong})  # type: ignore[arg-type]

    def test_refuses_what_does_not_fit_together(self) -> None:
        """One or two tracks at one rate, spans that go forward, probabilities in [0, 1]."""
        other = make_track(audio.to_wav_bytes(np.zeros(8000, np.float32), 16_000))
        with pytest.raises(ParameterError, match="one or two tracks"):
            player(key="a", tracks=[])
        with pytest.raises(ParameterError, match="same sampling rate"):
            player(key="a", tracks=[make_track(), other])
        with pytest.raises(ParameterError, match="before its end"):
            player(key="a", tracks=[make_track()], guesses=[Guess(2, 1, "dog", 0.5, "#E69F00")])
        with pytest.raises(ParameterError, match="color must"):
            player(key="a", tracks=[make_track()], guesses=[Guess(0, 1, "dog", 0.5, "red")])
        with pytest.raises(ParameterError, match="prob must"):
            player(key="a", tracks=[make_track()], guesses=[Guess(0, 1, "dog", 91, "#E69F00")])
