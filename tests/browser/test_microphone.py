"""The recorder, with a sound file as the microphone, and every way in which it can fail."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect

from esc_core.audio import resample
from esc_core.errors import AudioError, ParameterError
from tests.browser.serve import start_app
from ui.microphone.payload import decode_pcm, read_chunks, read_recording

SR = 48_000
Sound = tuple[Path, NDArray[np.float32]]
FAKE_MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")

PART_WAY = re.compile(r"^(0\.[5-9]|[12]\.\d) of 3 s")

KEEP_STREAMS = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.opened = [];
navigator.mediaDevices.getUserMedia = async (wish) => {
  window.wish = wish;
  const stream = await open(wish);
  window.opened.push(stream);
  return stream;
};
"""
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
ALL_TRACKS_ENDED = "opened.length > 0 && opened.every(s => s.getTracks().every(t => t.readyState === 'ended'))"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """Three seconds of noise below some 5 kHz that swells, so that no two moments look alike."""
    rng = np.random.default_rng(5)
    noise = np.convolve(rng.standard_normal(3 * SR), np.hanning(16) / 4, mode="same")
    y = (0.2 * noise * np.linspace(0.1, 1, 3 * SR)).clip(-1, 1).astype(np.float32)
    path = tmp_path_factory.mktemp("sound") / "microphone.wav"
    sf.write(path, y, SR, subtype="PCM_16")
    return path, y


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser], sound: Sound) -> Browser:
    """Chromium that hears the sound file and allows every page to listen."""
    return launch(*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={sound[0]}")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def url(out: Path) -> Iterator[str]:
    demo = Path(__file__).with_name("demo_microphone.py")
    with start_app(demo, {"DEMO_OUT": str(out), "DEMO_SECONDS": "3"}, log=out / "app.log") as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page], url: str) -> Page:
    """Open the page with the recorder; the streams that it opens are kept in ``window.opened``."""
    page = open_page()
    page.add_init_script(KEEP_STREAMS)
    page.goto(url)
    return page


def assert_heard(heard: NDArray[np.float32], sr: int, source: NDArray[np.float32]) -> None:
    """Quarter seconds of what was heard are found in the looped source, one after the other.

    The browser's pretended microphone skips or repeats samples now and then where the processor is busy, so that two
    quarter seconds may have a seam; a recorder that dropped blocks would leave one in each.
    """
    heard = resample(heard, orig_sr=sr, target_sr=SR)[SR // 10 :]  # the first moments may still be silent
    looped = np.concatenate([source, source])
    pieces = [heard[start : start + SR // 4] for start in range(0, heard.size - SR // 4 + 1, SR // 4)]
    found = [_best_fit(piece, looped, n_shifts=source.size) for piece in pieces]
    like = np.array([likeness for _, likeness in found])
    assert np.sum(~(like > 0.95)) <= 2, like
    shifts = [shift for shift, likeness in found if likeness > 0.95]
    steps = np.diff(shifts) % source.size
    assert np.all((steps > SR // 5) & (steps < SR)), f"repeated or out of order: {shifts}"


def _best_fit(piece: NDArray[np.float32], looped: NDArray[np.float32], *, n_shifts: int) -> tuple[int, float]:
    """Return where a piece fits best, and its correlation with the source there."""
    n = 1 << int(np.ceil(np.log2(looped.size + piece.size)))
    products = np.fft.irfft(np.fft.rfft(looped, n) * np.conj(np.fft.rfft(piece, n)), n)
    energy = np.concatenate([[0.0], np.cumsum(looped.astype(np.float64) ** 2)])
    norms = np.sqrt(energy[piece.size : piece.size + n_shifts] - energy[:n_shifts])
    shift = int(np.argmax(products[:n_shifts] / norms))
    with np.errstate(invalid="ignore"):  # of silence there is no correlation
        return shift, float(np.corrcoef(looped[shift : shift + piece.size], piece)[0, 1])


def recorder(page: Page) -> Locator:
    return page.locator(".recorder")


class TestRecordClip:
    def test_records_the_file_and_stops_by_itself(self, page: Page, out: Path, sound: Sound) -> None:
        """Three seconds arrive whole, equal to the file, and the microphone is let go."""
        expect(recorder(page).get_by_role("status")).to_have_text("Records up to 3 s and stops by itself.")
        page.get_by_role("button", name="Record", exact=True).click()
        expect(page.get_by_text("filtered False")).to_be_visible()
        expect(recorder(page).get_by_role("status")).to_have_text("3.0 s recorded.")
        clip = np.load(out / "clip.npz")
        assert clip["y"].size == 3 * clip["sr"]
        assert_heard(clip["y"], int(clip["sr"]), sound[1])
        assert page.evaluate(ALL_TRACKS_ENDED)
        assert page.evaluate("wish.audio.noiseSuppression || wish.audio.echoCancellation") is False
        assert page.evaluate("wish.audio.autoGainControl") is False

    def test_a_recording_stays_until_the_next_one_begins(self, page: Page) -> None:
        """A rerun keeps the recording and its id; a new one replaces it."""
        page.get_by_role("button", name="Record", exact=True).click()
        shown = page.get_by_text(re.compile(r"^recording [0-9a-f-]{36}"))
        expect(shown).to_be_visible()
        first = shown.inner_text()
        page.get_by_role("button", name="Rerun").click()
        expect(page.get_by_text("rerun done")).to_be_visible()
        expect(shown).to_have_text(first)
        page.get_by_role("button", name="Record", exact=True).click()
        expect(page.get_by_text("no recording")).to_be_visible()
        expect(shown).to_be_visible()
        assert shown.inner_text() != first

    def test_keyboard_alone_starts_and_stops(self, page: Page, out: Path) -> None:
        """Enter starts, the same key stops early, and focus never leaves the button."""
        button = recorder(page).get_by_role("button")
        button.focus()
        page.keyboard.press("Enter")
        expect(recorder(page)).to_have_attribute("data-state", "recording")
        expect(recorder(page).locator(".time")).to_have_text(PART_WAY)
        page.keyboard.press("Enter")
        expect(recorder(page)).to_have_attribute("data-state", "done")
        expect(page.get_by_text("filtered False")).to_be_visible()
        clip = np.load(out / "clip.npz")
        assert 0.3 < clip["y"].size / clip["sr"] < 2.9
        expect(button).to_be_focused()
        assert page.evaluate(ALL_TRACKS_ENDED)

    def test_a_lost_device_keeps_what_was_heard(self, page: Page) -> None:
        """The track ends in the middle: the part before arrives, with the reason."""
        page.get_by_role("button", name="Record", exact=True).click()
        expect(recorder(page).locator(".time")).to_have_text(PART_WAY)
        page.evaluate("opened[0].getTracks()[0].dispatchEvent(new Event('ended'))")
        expect(page.get_by_text("problem: lost")).to_be_visible()
        expect(page.get_by_text("filtered False")).to_be_visible()
        expect(recorder(page).get_by_role("status")).to_contain_text("was disconnected")
        expect(recorder(page).get_by_role("status")).to_contain_text("until then is kept")

    def test_hiding_the_tab_ends_the_recording(self, page: Page) -> None:
        """Nobody is recorded by a page that they don't see."""
        page.get_by_role("button", name="Record", exact=True).click()
        expect(recorder(page).locator(".time")).to_have_text(PART_WAY)
        page.evaluate(HIDE, True)
        expect(page.get_by_text("problem: hidden")).to_be_visible()
        assert page.evaluate(ALL_TRACKS_ENDED)

    def test_fits_a_phone(self, page: Page) -> None:
        """At 390 pixels nothing sticks out to the side."""
        page.set_viewport_size({"width": 390, "height": 800})
        expect(recorder(page)).to_be_visible()
        assert recorder(page).evaluate("e => e.scrollWidth <= e.clientWidth + 1")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


class TestListen:
    def test_chunks_arrive_while_it_goes_on(self, page: Page, url: str, out: Path, sound: Sound) -> None:
        """Half seconds come in without a gap, equal to the file when joined; Stop lets the microphone go."""
        page.goto(f"{url}/?live")
        page.get_by_role("button", name="Listen").click()
        expect(page.get_by_text("indices [0, 1, 2, 3")).to_be_visible()
        expect(recorder(page)).to_have_attribute("data-state", "recording")
        expect(page.get_by_text("comes in")).to_be_visible()
        recorder(page).get_by_role("button", name="Stop").click()
        expect(recorder(page).get_by_role("status")).to_have_text("Stopped.")
        expect(page.get_by_text("no sound")).to_be_visible()
        live = np.load(out / "live.npz")
        assert live["y"].size % (live["sr"] // 2) == 0
        assert_heard(live["y"][: 2 * live["sr"]], int(live["sr"]), sound[1])
        assert page.evaluate(ALL_TRACKS_ENDED)

    def test_listening_goes_on_in_a_hidden_tab(self, page: Page, url: str) -> None:
        """Chunks come in while the tab is hidden; where the browser suspended it, the page says for how long."""
        page.goto(f"{url}/?live")
        page.get_by_role("button", name="Listen").click()
        expect(page.get_by_text("indices [0, 1")).to_be_visible()
        page.evaluate(HIDE, True)
        expect(page.get_by_text("indices [0, 1, 2, 3, 4, 5, 6")).to_be_visible()
        expect(page.get_by_text("0 s unheard", exact=True)).to_be_visible()
        page.evaluate("() => { const now = Date.now; Date.now = () => now() + 40_000; }")  # the other clock stood still
        status = recorder(page).get_by_role("status")
        expect(status).to_have_text(re.compile("^Listening.* Nothing was heard for 4. s while this tab was hidden.$"))
        page.evaluate(HIDE, False)
        expect(page.get_by_text(re.compile("^4[0-9] s unheard$"))).to_be_visible()
        expect(recorder(page)).to_have_attribute("data-state", "recording")


class TestProblems:
    def test_refused_permission(self, launch: Callable[..., Browser], open_page: Callable[..., Page], url: str) -> None:
        """A refusal says where to allow the microphone, and the button stays for another try."""
        page = open_page(launch("--use-fake-device-for-media-stream", "--deny-permission-prompts"))
        page.goto(url)
        page.get_by_role("button", name="Record", exact=True).click()
        expect(recorder(page).get_by_role("status")).to_contain_text("beside the address")
        expect(page.get_by_text("problem: refused")).to_be_visible()
        expect(page.get_by_role("button", name="Record", exact=True)).to_be_enabled()

    def test_no_microphone(self, launch: Callable[..., Browser], open_page: Callable[..., Page], url: str) -> None:
        """A machine without a microphone says so."""
        page = open_page(launch("--use-fake-ui-for-media-stream", "--disable-audio-input"))
        page.goto(url)
        page.get_by_role("button", name="Record", exact=True).click()
        expect(recorder(page).get_by_role("status")).to_contain_text("No microphone was found")
        expect(page.get_by_text("problem: missing")).to_be_visible()

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [("NotReadableError", "another program"), ("TypeError", "Reload the page")],
    )
    def test_a_microphone_that_does_not_open(
        self, open_page: Callable[..., Page], url: str, error: str, sentence: str
    ) -> None:
        """Whatever the browser throws becomes a sentence that helps."""
        page = open_page()
        page.add_init_script(
            f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('no', '{error}'); }}"
        )
        page.goto(url)
        page.get_by_role("button", name="Record", exact=True).click()
        expect(recorder(page).get_by_role("status")).to_contain_text(sentence)

    def test_plain_http(self, open_page: Callable[..., Page], url: str) -> None:
        """On plain HTTP the recorder says so before anyone presses a button."""
        page = open_page()
        page.add_init_script("""
          Object.defineProperty(window, "isSecureContext", { value: false });
          Object.defineProperty(navigator, "mediaDevices", { value: undefined });
        """)
        page.goto(url)
        expect(recorder(page).get_by_role("status")).to_contain_text("over HTTPS")
        expect(page.get_by_role("button", name="Record", exact=True)).to_be_disabled()
        expect(page.get_by_text("problem: insecure")).to_be_visible()


def pcm(n: int) -> str:
    """Base64 of `n` rising 16-bit samples."""
    return base64.b64encode(np.arange(n, dtype="<i2").tobytes()).decode()


class TestPayload:
    def test_samples_come_back_exactly(self) -> None:
        """Sixteen bits in, the same sixteen bits out as float32 / 32768."""
        y = decode_pcm(pcm(1000), sr=8000, max_seconds=1)
        assert y.dtype == np.float32
        assert np.array_equal(y * 32768, np.arange(1000))

    @pytest.mark.parametrize("text", [None, 7, "", "a", "no base64!", "AAA=" * 5000, "AA=="])
    def test_bad_text_is_refused(self, text: object) -> None:
        """No text, damaged text, too long a text and half a sample all end in one error."""
        with pytest.raises(AudioError, match="recording"):
            decode_pcm(text, sr=8000, max_seconds=0.5)

    @pytest.mark.parametrize("sr", [None, "48000", True, 48000.0, 7999, 768_001, -1, 10**12])
    def test_impossible_rates_are_refused(self, sr: object) -> None:
        """Only whole numbers from 8 to 768 kHz are rates."""
        with pytest.raises(ParameterError, match="sampling rate must be in"):
            read_recording({"id": "a", "sr": sr, "pcm": pcm(10)}, max_seconds=1)

    @pytest.mark.parametrize("payload", [None, [], "text", {}, {"id": "../x"}, {"id": "a" * 65}, {"id": 1}])
    def test_shapeless_payloads_are_refused(self, payload: object) -> None:
        """A payload that is no object, or has no proper id, is refused."""
        with pytest.raises(ParameterError, match=r"id must be|must arrive as an object"):
            read_recording(payload, max_seconds=1)

    def test_length_is_capped_one_second_above_what_was_asked(self) -> None:
        """A recording may be late to stop by a second and no more."""
        fields = {"id": "a", "sr": 8000}
        assert read_recording({**fields, "pcm": pcm(16_000)}, max_seconds=1).y.size == 16_000
        with pytest.raises(AudioError, match="at most 2 s"):
            read_recording({**fields, "pcm": pcm(16_100)}, max_seconds=1)

    def test_chunks_sent_again_are_taken_once(self) -> None:
        """Only indices after the last one received come through, in order."""
        chunks = [[i, pcm(4000), i / 4] for i in (1, 2, 2, 3, 0)]
        new = read_chunks({"id": "a", "sr": 8000, "chunks": chunks}, after=1, max_chunks=20)
        assert [(c.index, c.unheard) for c in new] == [(2, 0.5), (3, 0.75)]

    @pytest.mark.parametrize(
        "chunks",
        [None, {}, [[0]], [["0", "AAA=", 0]], [[-1, "AAA=", 0]], [[0, "AAA=", 0]] * 21, [5], [[0, "AAA="]]]
        + [[[0, "AAA=", time]] for time in (-1, None, "1", True, float("nan"), 1e8)],
    )
    def test_bad_chunks_are_refused(self, chunks: object) -> None:
        """A list of index and samples, at most twenty."""
        with pytest.raises(ParameterError, match="chunk"):
            read_chunks({"id": "a", "sr": 8000, "chunks": chunks}, after=-1, max_chunks=20)
