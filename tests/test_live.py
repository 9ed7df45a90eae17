"""Listening live: streams have no seams, events begin and end where the sounds are, gaps and rules are counted."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile as sf

from benchmarks.live import Heard, _delays, listen, total
from benchmarks.live_page import Sound as Shown
from benchmarks.live_page import delays
from benchmarks.mixes import Score, Sound
from esc_core.errors import AudioError, ParameterError
from esc_core.features import mel_power
from esc_core.inference.background import NOTHING
from esc_core.inference.live import Arrivals, Fired, Listener, LiveEvent, Rule, Update
from esc_core.inference.live.bars import Bars
from esc_core.inference.live.pcm import stream_pieces
from esc_core.inference.live.stream import Stream
from tests.two_tones import CONFIG, SR, TwoTones, mix


def heard(y: np.ndarray, listener: Listener, *, chunk: int = SR // 2, sr: int = SR) -> list:
    found = [one for i in range(0, y.size, chunk) for one in listener.feed(y[i : i + chunk], sr)]
    return found + listener.finish()


def events(found: list) -> list[LiveEvent]:
    return [one for one in found if isinstance(one, LiveEvent)]


TONES = mix(20, (3, 5, 400), (11, 14, 4000))


@pytest.mark.parametrize("chunk", [399, 400, 8000, 50_000])
def test_frames_of_a_stream_are_those_of_the_whole(chunk: int) -> None:
    """However the sound is cut; an offset apart, they are the frames of `mel_power`."""
    y = mix(3, (0.1, 2, 700))
    stream = Stream(CONFIG)
    parts = [stream.feed(y[i : i + chunk], SR) for i in range(0, y.size, chunk)]
    parts.append(stream.feed(np.zeros(0, np.float32), SR, last=True))
    mel = np.concatenate([mel for _, mel in parts], axis=1)
    whole = mel_power(y, CONFIG)
    assert mel.shape == whole.shape
    assert np.allclose(10 * np.log10(mel + 1e-3), 10 * np.log10(whole + 1e-3), atol=1.0)
    assert sum(y.size for y, _ in parts) == y.size


def test_resampling_has_no_seams() -> None:
    """A tone at 48 kHz in odd pieces stays one tone: what is beside its bands is as quiet as in one piece."""
    y = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * 48_000) / 48_000).astype(np.float32)
    stream = Stream(CONFIG)
    mel = np.concatenate([stream.feed(y[i : i + 1777], 48_000)[1] for i in range(0, y.size, 1777)], axis=1)
    inner = mel[:, 8:-8]
    peak = int(inner.mean(axis=1).argmax())
    beside = np.delete(inner, range(peak - 3, peak + 4), axis=0)
    assert 10 * np.log10(beside.max() / inner.max()) < -60


def test_an_offset_is_no_sound() -> None:
    stream = Stream(CONFIG)
    y, mel = stream.feed(np.full(SR, 0.3, np.float32), SR)
    assert np.abs(y).max() < 1e-6
    assert mel.max() < 1e-6


def test_events_of_a_known_mix() -> None:
    """Two tones in room tone: two events, where the tones are, with their sound; in between it is quiet."""
    found = heard(TONES, Listener(TwoTones()))
    assert [(e.category, e.confirmed) for e in events(found)] == [("low", True), ("high", True)]
    for event, (start, end) in zip(events(found), ((3, 5), (11, 14)), strict=True):
        assert event.start == pytest.approx(start, abs=0.1)
        assert event.end == pytest.approx(end, abs=0.1)
        assert event.prob == pytest.approx(0.95)
        assert event.y.size / event.sr == pytest.approx(end - start + 0.4, abs=0.2)
        assert np.abs(event.y).max() == pytest.approx(0.2, abs=0.01)
        assert event.y.base is None  # nor does it hold the rest of what was heard in memory
    updates = [one for one in found if isinstance(one, Update)]
    assert np.diff([u.seconds for u in updates]).max() <= 0.5  # twice a second at least
    assert {u.state for u in updates if 8 < u.seconds < 10.5} == {NOTHING}
    assert {u.state for u in updates if 4 < u.seconds < 5} == {""}


def test_an_event_is_announced_before_it_has_ended() -> None:
    """Its name is on the screen within a second and a half of its beginning, and keeps its number."""
    found = heard(TONES, Listener(TwoTones()))
    first = next(u for u in found if isinstance(u, Update) and u.open)
    assert 3 < first.seconds <= 4.5
    assert first.open[0].category == "low"
    assert first.open[0].number == events(found)[0].number


@pytest.mark.parametrize("chunk", [3000, 16_000, 20 * SR])
def test_the_cut_into_chunks_changes_nothing(chunk: int) -> None:
    """Events are those of half-second chunks, to the sample."""
    usual = events(heard(TONES, Listener(TwoTones())))
    other = events(heard(TONES, Listener(TwoTones()), chunk=chunk))
    assert [(e.start, e.end, e.category) for e in other] == [(e.start, e.end, e.category) for e in usual]


def test_one_network_listens_and_all_name_an_event() -> None:
    """The network of one fold is asked about windows, all of them only when an event has ended."""
    model = TwoTones()
    heard(TONES, Listener(model))
    assert sum(fold is None for fold, _ in model.asked) == 2
    assert {fold for fold, _ in model.asked} == {None, 1}
    of_one = TwoTones()
    heard(TONES, Listener(of_one, fold=3))
    assert {fold for fold, _ in of_one.asked} == {3}


def test_quiet_windows_are_not_classified() -> None:
    model = TwoTones()
    assert events(heard(mix(10), Listener(model))) == []
    assert model.asked == []


def test_only_the_chosen_categories_make_events() -> None:
    found = heard(TONES, Listener(TwoTones(), listen_for=["high"]))
    assert [e.category for e in events(found)] == ["high"]
    assert {name for u in found if isinstance(u, Update) for name, _ in u.bars} == {"high"}


def test_a_rule_fires_once_for_each_event_that_is_long_enough() -> None:
    """Three low tones, of which one is too short for a rule of a second."""
    y = mix(26, (3, 5, 400), (10, 10.6, 400), (17, 19, 400))
    found = heard(y, Listener(TwoTones(), rules=[Rule("low", 1.0), Rule("high", 0.0)]))
    fired = [one for one in found if isinstance(one, Fired)]
    assert len(events(found)) == 3
    assert [(one.rule.category, one.count) for one in fired] == [("low", 1), ("low", 2)]
    assert 3 < fired[0].seconds < 6.5


def test_no_event_goes_across_a_gap() -> None:
    """The tone before lost sound and the one after it are two events; time goes on in the gap."""
    listener = Listener(TwoTones())
    found = listener.feed(mix(5, (2, 5, 400)), SR) + listener.skip(10.0)
    found += listener.feed(mix(5, (0, 3, 400)), SR) + listener.finish()
    first, second = events(found)
    assert first.end == pytest.approx(5, abs=0.15)
    assert second.start == pytest.approx(15, abs=0.15)
    assert second.end == pytest.approx(18, abs=0.15)
    assert listener.seconds == pytest.approx(20, abs=0.1)


def test_a_listener_goes_on_after_another_one() -> None:
    """As when the model is changed: time and numbers go on."""
    first = Listener(TwoTones())
    before = events(heard(mix(6, (2, 4, 400)), first))
    second = Listener(TwoTones(), after=first)
    (after,) = events(heard(mix(6, (2, 4, 4000)), second))
    assert [event.number for event in [*before, after]] == [1, 2]
    assert after.start == pytest.approx(8, abs=0.15)
    assert second.seconds == pytest.approx(12, abs=0.1)


@pytest.mark.parametrize("n", [3 * SR, 3 * SR + 1, 3 * SR + 399])
def test_a_gap_of_no_length(n: int) -> None:
    """As between two presses of Listen, wherever the sound has ended within a frame."""
    listener = Listener(TwoTones())
    listener.feed(mix(4)[:n], SR)
    listener.skip(0.0)
    assert listener.seconds == pytest.approx(n / SR, abs=0.051)
    (event,) = events(heard(mix(6, (2, 4, 400)), listener))
    assert event.start == pytest.approx(n / SR + 2, abs=0.15)


def test_memory_stays_flat() -> None:
    """What is kept does not grow with time."""
    listener = Listener(TwoTones(), fold=1)
    sizes = []
    for _ in range(4):
        heard(mix(70, (3, 5, 400)), listener)
        window = listener._window
        sizes.append((window._y.size, window._mel.size, window._power.size, len(window._levels)))
    assert sizes[1] == sizes[-1]


def test_bars_change_places_only_for_a_clear_reason() -> None:
    bars = Bars(6, k=3, hop_seconds=0.25)
    bars.push(np.array([0.0, 0.5, 0.0, 0.0, 0.3, 0.0]), seconds=0)
    assert bars.order[:2] == [1, 4]
    bars.push(np.array([0.0, 0.4, 0.0, 0.0, 0.45, 0.0]), seconds=0)
    assert bars.order[:2] == [1, 4]
    bars.push(np.array([0.0, 0.3, 0.0, 0.0, 0.5, 0.0]), seconds=0)
    assert bars.order[:2] == [4, 1]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"threshold": 0.0}, "threshold must be"),
        ({"smoothing": -1.0}, "smoothing must be"),
        ({"listen_for": ["cow"]}, "one of the model's"),
        ({"rules": [Rule("cow")]}, "one of the model's"),
    ],
)
def test_wrong_settings_are_refused(options: dict, rule: str) -> None:
    with pytest.raises(ParameterError, match=rule):
        Listener(TwoTones(), **options)


def test_samples_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(AudioError, match="not numbers"):
        Listener(TwoTones()).feed(np.array([0.0, np.nan], np.float32), SR)


def test_lost_and_late_chunks_are_counted() -> None:
    """A hole in the numbers is lost sound; a chunk a second later than the quickest is late; a sleep is a gap."""
    arrivals = Arrivals()
    times = {0: 0.6, 1: 1.1, 4: 2.6, 5: 4.9, 6: 4.9}
    gaps = [arrivals.take("a", index, length=0.5, now=now) for index, now in times.items()]
    assert gaps == [0, 0, 1.0, 0, 0]
    assert (arrivals.received, arrivals.lost, arrivals.late) == (5, 2, 2)
    assert arrivals.take("a", 7, length=0.5, now=64.1) == pytest.approx(60)
    assert arrivals.take("a", 8, length=0.5, now=64.6) == 0
    assert arrivals.unheard == pytest.approx(61)
    assert arrivals.take("b", 20, length=0.5, now=70) == 0  # a new session, met in its middle
    assert (arrivals.lost, arrivals.late, arrivals.forgotten) == (2, 2, 10.0)


def test_what_the_browser_did_not_hear_is_a_gap_and_makes_nothing_late() -> None:
    """A tab that was suspended for half a minute says so with its next chunk; those after it are in time again."""
    arrivals = Arrivals()
    assert arrivals.take("a", 0, length=0.5, now=0.6) == 0
    assert arrivals.take("a", 1, length=0.5, now=31.1, unheard=30.0) == pytest.approx(30)
    assert arrivals.take("a", 2, length=0.5, now=31.6) == 0
    assert arrivals.take("a", 5, length=0.5, now=35.1, unheard=2.0) == pytest.approx(3)  # and two chunks were lost
    assert (arrivals.received, arrivals.lost, arrivals.late, arrivals.forgotten) == (4, 2, 0, 0)
    assert arrivals.unheard == pytest.approx(33)


@pytest.mark.parametrize(("subtype", "channels"), [("PCM_16", 1), ("PCM_16", 2), ("FLOAT", 1), ("PCM_32", 2)])
def test_a_wav_header_on_a_stream_is_recognised(subtype: str, channels: int) -> None:
    """Whatever rate is named for raw samples, the header's counts; channels are mixed down."""
    y = mix(1, (0.2, 0.8, 500), sr=22_050)
    file = io.BytesIO()
    sf.write(file, np.stack([y] * channels, axis=1), 22_050, format="WAV", subtype=subtype)
    file.seek(0)
    pieces = list(stream_pieces(file, sr=8000, n_channels=1, sample_format="s16le"))
    assert {sr for _, sr in pieces} == {22_050}
    assert np.allclose(np.concatenate([part for part, _ in pieces])[: y.size], y, atol=1e-4)


def test_raw_samples_on_a_stream() -> None:
    y = mix(1, (0.2, 0.8, 500))
    file = io.BytesIO((y * 32_768).astype("<i2").tobytes() + b"\1")
    pieces = list(stream_pieces(file, sr=SR, n_channels=1, sample_format="s16le"))
    assert np.allclose(np.concatenate([part for part, _ in pieces]), y, atol=1e-4)


def test_a_damaged_header_is_told() -> None:
    with pytest.raises(AudioError, match="damaged"):
        list(stream_pieces(io.BytesIO(b"RIFF\0\0\0\0WAVEfmt "), sr=SR, n_channels=1, sample_format="s16le"))


def test_the_benchmark_counts_from_the_beginning_and_from_the_end_of_a_sound() -> None:
    """A name counts from the piece in which it is shown; another name, or one that was shown before, does not."""
    found, shown = listen(Listener(TwoTones()), TONES)
    assert [event.category for event in found] == ["low", "high"]
    assert [name for name, _ in shown.values()] == ["low", "high"]
    sounds = [Sound("low", 3.0, 5.0), Sound("high", 11.0, 14.0), Sound("low", 16.0, 17.0)]
    (low, high) = _delays(sounds, list(shown.values()))
    assert low[0] - low[1] == pytest.approx(2.0)
    assert high[0] - high[1] == pytest.approx(3.0)
    assert 0.5 <= low[0] <= 1.5
    assert low[0] % 0.5 == 0


def test_the_benchmark_joins_folds() -> None:
    parts = [Heard(Score(10, 8, 9, 1, 60.0), [(1.0, -2.0)], 1, 3.0), Heard(Score(10, 6, 9, 3, 60.0), [], 2, 9.0)]
    whole = total(parts)
    assert whole.score.recall == pytest.approx(0.7)
    assert whole.score.false_per_minute == pytest.approx(2.0)
    assert "+1.00 s (median)" in str(whole)
    assert "1 of 20 sounds named, 3 names withdrawn, 10.0% of a core" in str(whole)


def test_the_benchmark_of_the_page_counts_each_sound_once() -> None:
    """The file comes again and again; another name does not count, nor does what begins after a pause in a sound."""
    sounds = [Shown("dog", 2.0), Shown("rain", 1.0)]
    begun = [500.0, 9500.0, 12_000.0, 18_500.0]
    shown = [("rain", 700.0), ("dog", 2000.0), ("dog", 9600.0), ("rain", 10_500.0), ("dog", 30_000.0)]
    found = delays(sounds, begun, shown)
    assert found == [(pytest.approx(1.5), pytest.approx(-0.5)), (pytest.approx(1.0), pytest.approx(0.0))]
