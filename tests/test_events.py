"""Long recordings: windows cover them, quiet and steady sounds differ, and events lie where the sounds are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core.inference.background import is_nothing, quiet_windows
from esc_core.inference.events import Timeline, timeline

N_MELS = 8
N_FRAMES = 40
FRAME_SECONDS = 0.025
HOP_SECONDS = 10 * FRAME_SECONDS


def noise(n_frames: int, *, db: float = 0.0, seed: int = 0) -> np.ndarray:
    """Mel power of steady noise; a frame's power over all bands scatters by some dB, as in a recording."""
    rng = np.random.default_rng(seed)
    return (10 ** (db / 10) * rng.gamma(4.0, 0.25, (N_MELS, n_frames)) / N_MELS).astype(np.float32)


def burst(n_frames: int, start: int, end: int, *, band: int, db: float) -> np.ndarray:
    mel = np.zeros((N_MELS, n_frames), np.float32)
    mel[band, start:end] = 10 ** (db / 10)
    return mel


def loudest_band(windows: Sequence[np.ndarray]) -> np.ndarray:
    """Guess the band with most power, at 0.9."""
    probs = np.full((len(windows), N_MELS), 0.1 / (N_MELS - 1), np.float32)
    probs[np.arange(len(windows)), np.sum(windows, axis=2).argmax(axis=1)] = 0.9
    return probs


def over(mel: np.ndarray, classify=loudest_band, *, threshold: float = 0.5, n_frames: int = N_FRAMES) -> Timeline:
    return timeline(
        mel,
        classify,
        make_window=lambda start: mel[:, start : start + n_frames],
        n_frames=n_frames,
        frame_seconds=FRAME_SECONDS,
        threshold=threshold,
    )


def with_answers(answers: list[tuple[int, float]], n_frames: int) -> Timeline:
    """Run over steady noise with given answers, category and probability a window."""

    def classify(windows: Sequence[np.ndarray]) -> np.ndarray:
        assert len(windows) == len(answers)
        probs = np.zeros((len(windows), 3), np.float32)
        for row, (category, prob) in zip(probs, answers, strict=True):
            row[category] = prob
        return probs

    return over(noise(n_frames), classify)


@given(n_frames=st.integers(1, 60), more=st.integers(0, 200))
def test_windows_cover_the_recording(n_frames: int, more: int) -> None:
    """From the first frame to the last, four or more to a window's length, none twice."""
    seen: list[tuple[int, ...]] = []

    def classify(windows: Sequence[np.ndarray]) -> np.ndarray:
        seen.append(np.shape(windows))
        return np.ones((len(windows), 1))

    found = over(noise(n_frames + more), classify, n_frames=n_frames)
    starts = found.times / FRAME_SECONDS - n_frames / 2
    assert starts[0] == pytest.approx(0, abs=1e-6)
    assert starts[-1] == pytest.approx(more, abs=1e-6)
    assert (np.diff(starts) > 0.5).all()
    assert (np.diff(starts) < max(1, n_frames // 4) + 0.5).all()
    assert seen == [(len(starts), N_MELS, n_frames)]
    assert found.probs.shape == (len(starts), 1)
    assert found.quiet.shape == (len(starts),)


def test_times_are_seconds() -> None:
    """Windows of 40 frames of 25 ms last a second and lie a quarter apart."""
    found = over(noise(100))
    assert (found.window_seconds, found.hop_seconds) == pytest.approx((1.0, 0.25))
    np.testing.assert_allclose(found.times, [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0])


@pytest.mark.parametrize("db", [-40.0, 0.0, 40.0])
def test_steady_noise_is_not_quiet(db: float) -> None:
    """Rain is its own floor: at any level, no window is quiet."""
    found = over(noise(400, db=db))
    assert not found.quiet.any()
    assert (found.probs.max(axis=1) > 0).all()


def test_a_burst_in_a_quiet_room() -> None:
    """Windows without the bark are quiet and never classified; those that hold it are not quiet."""
    room, bark = noise(400, db=-40), burst(400, 200, 210, band=5, db=0)
    found = over(room + bark)
    starts = np.round(found.times / FRAME_SECONDS - N_FRAMES / 2)
    holds_it = (starts < 210) & (starts + N_FRAMES > 200)
    np.testing.assert_array_equal(found.quiet, ~holds_it)
    assert not found.probs[found.quiet].any()
    assert [event.category for event in found.events] == [5]
    np.testing.assert_allclose(found.overall, found.probs[holds_it].mean(axis=0))


def test_one_short_bark_is_enough() -> None:
    """Two frames of a window, too few for its 90th percentile, are still enough for it not to be quiet."""
    found = over(noise(400, db=-40) + burst(400, 200, 202, band=5, db=0))
    assert [(event.category, event.prob) for event in found.events] == [(5, pytest.approx(0.9))]


def test_the_room_is_quiet_at_any_volume() -> None:
    """What counts is the distance to the recording's own floor: a louder copy has the same quiet windows."""
    mel = noise(400, db=-40) + burst(400, 200, 210, band=5, db=0)
    np.testing.assert_array_equal(over(1_000 * mel).quiet, over(mel).quiet)
    assert 0 < over(mel).quiet.sum() < over(mel).quiet.size


def test_digital_silence_is_quiet() -> None:
    """Also where half of the recording is steady noise."""
    mel = noise(400)
    mel[:, :200] = 0
    found = over(mel)
    starts = np.round(found.times / FRAME_SECONDS - N_FRAMES / 2)
    np.testing.assert_array_equal(found.quiet, starts + N_FRAMES <= 200)


def test_digital_silence_is_not_the_floor() -> None:
    """Padding between sounds hides no hiss: its windows are quiet, not rain."""
    silence, hiss = np.zeros((N_MELS, 200)), 1e-4 * noise(200)
    found = over(np.concatenate([noise(100), silence, hiss], axis=1))
    starts = np.round(found.times / FRAME_SECONDS - N_FRAMES / 2)
    np.testing.assert_array_equal(found.quiet, starts >= 100)


def quiet_at(*levels_db: float, floor_db: float = -40.0) -> list[bool]:
    """Return which windows of ten frames are quiet, of constant power each, after eight windows of floor."""
    power = np.repeat(10 ** (np.array([floor_db] * 8 + list(levels_db)) / 10), 10)
    return quiet_windows(power, np.arange(0, power.size, 10), 10)[8:].tolist()


def test_up_to_6_db_above_the_floor_is_quiet() -> None:
    assert quiet_at(-34.1, -33.9, 0.0) == [True, False, False]


def test_only_a_recording_that_rises_15_db_above_its_floor_has_quiet_windows() -> None:
    assert quiet_at(-40.0, -25.1) == [False, False]
    assert quiet_at(-40.0, -24.9) == [True, False]


def test_below_minus_75_db_is_quiet_in_any_recording() -> None:
    """Half a step at 12 bits; here nothing rises far above the floor."""
    assert quiet_at(-75.1, -74.9, floor_db=-95.0) == [True, False]


def test_100_db_below_the_loudest_is_padding() -> None:
    """Frames at −99 dB are the room, far below the others; frames at −101 dB are padding, and the others the floor."""
    assert quiet_at(-60.0, -60.0, 0.0, floor_db=-99.0) == [False, False, False]
    assert quiet_at(-60.0, -60.0, 0.0, floor_db=-101.0) == [True, True, False]


def test_below_minus_51_db_a_window_must_stand_out() -> None:
    """By 15 dB above the recording's own floor; from −51 dB on it need not."""
    assert quiet_at(-51.1, -50.9, floor_db=-60.0) == [True, False]
    assert quiet_at(-60.1, -59.9, floor_db=-75.0) == [True, False]


@pytest.mark.parametrize(("db", "nothing"), [(-120, True), (-52, True), (-50, False)])
def test_a_clip_is_one_window(db: float, nothing: bool) -> None:
    """Steady noise is nothing below the limit, as a clip and as a long recording."""
    power = np.full(200, 10 ** (db / 10))
    assert is_nothing(power) is nothing
    assert quiet_windows(power, np.arange(0, 160, 10), 40).all() == nothing


def test_digital_silence_is_nothing() -> None:
    """A click is not, however much silence is around it."""
    power = np.zeros(200)
    assert is_nothing(power)
    power[100] = 1e-3
    assert not is_nothing(power)


def test_where_all_is_quiet_there_is_no_event_but_a_raw_guess() -> None:
    found = over(noise(400, db=-120))
    assert found.quiet.all()
    assert found.events == ()
    assert not found.probs.any()
    assert found.overall.sum() == pytest.approx(1.0)
    assert found.quiet_spans == ((0.0, pytest.approx(399 * FRAME_SECONDS)),)


def test_stretches_tile_the_recording() -> None:
    """Quiet background, an event and "not sure" are told apart, and leave no gap up to either end."""
    mel = noise(400, db=-60) + burst(400, 200, 210, band=5, db=0)
    for threshold, what in ((0.5, ""), (0.95, "not sure")):
        parts = over(mel, threshold=threshold).stretches
        assert [part.what for part in parts] == ["nothing", what, "nothing"]
        assert (parts[0].start, parts[-1].end) == (0.0, pytest.approx(399 * FRAME_SECONDS))
        assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]


def test_events_have_the_times_of_the_sounds() -> None:
    """Two sounds, each an event over its own stretch, to within a hop and the half window that holds both."""
    mel = noise(800, db=-60) + burst(800, 160, 320, band=2, db=0) + burst(800, 480, 640, band=6, db=0)
    first, second = over(mel).events
    assert (first.category, second.category) == (2, 6)
    for event, start, end in ((first, 4.0, 8.0), (second, 12.0, 16.0)):
        assert start - 0.5 - HOP_SECONDS <= event.start <= start
        assert end <= event.end <= end + 0.5 + HOP_SECONDS
        assert event.prob == pytest.approx(0.9)


def test_neighbouring_windows_are_one_event() -> None:
    """Borders lie half-way between the windows' centres; the probability is the highest of the stretch."""
    answers = [(0, 0.6), (0, 0.9), (0, 0.7), (1, 0.8), (1, 0.4), (1, 0.8), (2, 0.6)]
    found = with_answers(answers, 100)
    assert [(e.category, e.prob, e.start, e.end) for e in found.events] == [
        (0, *map(pytest.approx, (0.9, 0.0, 1.125))),
        (1, *map(pytest.approx, (0.8, 1.125, 1.375))),
        (1, *map(pytest.approx, (0.8, 1.625, 1.875))),
        (2, *map(pytest.approx, (0.6, 1.875, 99 * FRAME_SECONDS))),
    ]
    assert found.overall == pytest.approx(found.probs.mean(axis=0))


def test_events_never_overlap() -> None:
    """The last window stands closer to its neighbour than the others do, since it must end with the recording."""
    answers = [(i % 2, 0.9) for i in range(8)]
    found = with_answers(answers, 103)
    assert np.diff(found.times)[-1] == pytest.approx(3 * FRAME_SECONDS)
    assert len(found.events) == 8
    for one, other in zip(found.events[:-1], found.events[1:], strict=True):
        assert one.start < one.end == other.start
    assert found.events[0].start == 0
    assert found.events[-1].end == pytest.approx(102 * FRAME_SECONDS)


def test_no_window_is_sure() -> None:
    """Below the threshold there is no event; at the threshold there is."""
    assert with_answers([(0, 0.49)] * 7, 100).events == ()
    assert len(with_answers([(0, 0.5)] * 7, 100).events) == 1
