"""Long recordings: windows cover them, quiet and steady sounds differ, and events lie where the sounds are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core.inference.background import is_nothing, quiet_windows
from esc_core.inference.events import find_events, smoothed
from esc_core.inference.timeline import Timeline, timeline

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


def test_below_minus_49_db_a_window_must_stand_out() -> None:
    """By 15 dB above the recording's own floor; from −49 dB on it need not."""
    assert quiet_at(-49.1, -48.9, floor_db=-60.0) == [True, False]
    assert quiet_at(-60.1, -59.9, floor_db=-75.0) == [True, False]


@pytest.mark.parametrize(("db", "nothing"), [(-120, True), (-50, True), (-48, False)])
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
    """Quiet background, an event and "not sure" are told apart to the frame, and leave no gap up to either end."""
    mel = noise(400, db=-60) + burst(400, 200, 210, band=5, db=0)
    for threshold, what in ((0.5, ""), (1.1, "not sure")):
        parts = over(mel, threshold=threshold).stretches
        assert [part.what for part in parts] == ["nothing", what, "nothing"]
        assert (parts[0].start, parts[-1].end) == (0.0, pytest.approx(399 * FRAME_SECONDS))
        assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]
        assert parts[1].start == pytest.approx(199.5 * FRAME_SECONDS)
        assert parts[1].end == pytest.approx(209.5 * FRAME_SECONDS)


def test_events_have_the_times_of_the_sounds() -> None:
    """Two sounds in a quiet room, each an event that begins and ends with it, to within a frame; none in between."""
    mel = noise(800, db=-60) + burst(800, 160, 320, band=2, db=0) + burst(800, 480, 640, band=6, db=0)
    found = over(mel)
    assert [event.category for event in found.events] == [2, 6]
    for event, start, end in zip(found.events, (4.0, 12.0), (8.0, 16.0), strict=True):
        assert event.start == pytest.approx(start, abs=FRAME_SECONDS)
        assert event.end == pytest.approx(end, abs=FRAME_SECONDS)
        assert event.prob == pytest.approx(0.9)
    quiet = [(0, 4), (8, 12), (16, 799 * FRAME_SECONDS)]
    np.testing.assert_allclose(found.quiet_spans, quiet, atol=FRAME_SECONDS)


def test_sounds_without_a_pause_change_within_a_hop() -> None:
    """In steady noise no frame is quiet: the border lies where the windows change."""
    mel = noise(800, db=-20) + burst(800, 0, 400, band=2, db=0) + burst(800, 400, 800, band=6, db=0)
    first, second = over(mel).events
    assert (first.category, second.category) == (2, 6)
    assert (first.start, second.end) == (0.0, pytest.approx(799 * FRAME_SECONDS))
    assert first.end == pytest.approx(10.0, abs=HOP_SECONDS)
    assert second.start == pytest.approx(10.0, abs=HOP_SECONDS)


def test_sounds_that_overlap_are_two_events() -> None:
    """Where both sound, both categories have half of the probability: each event goes on to the end of its sound."""

    def both(windows: Sequence[np.ndarray]) -> np.ndarray:
        """Share 0.96 among the bands that hold at least 1% of a window's power."""
        power = np.sum(windows, axis=2)
        sounds = power > 0.01 * power.sum(axis=1, keepdims=True)
        return np.asarray(0.96 * sounds / np.maximum(1, sounds.sum(axis=1, keepdims=True)), np.float32)

    mel = noise(800, db=-60) + burst(800, 200, 440, band=2, db=0) + burst(800, 360, 600, band=6, db=0)
    found = over(mel, both, threshold=0.6)
    assert [event.category for event in found.events] == [2, 6]
    for event, start, end in zip(found.events, (5.0, 9.0), (11.0, 15.0), strict=True):
        # a sound begins and ends here amid another, and shows in the windows that reach into it
        assert event.start == pytest.approx(start, abs=0.5 + HOP_SECONDS)
        assert event.end == pytest.approx(end, abs=0.5 + HOP_SECONDS)
    assert found.events[1].start < found.events[0].end
    assert [part.what for part in found.stretches] == ["nothing", "", "", "nothing"]


def events_of(*answers: tuple[int, float], threshold: float = 0.5) -> list[tuple[int, float, float, float]]:
    """Return category, start and end in hops of a quarter window, and probability of each event in given answers."""
    probs = np.zeros((len(answers), 3))
    for row, (category, prob) in zip(probs, answers, strict=True):
        row[category] = prob
    found = find_events(
        np.arange(len(answers) + 1.0), probs, ~probs.any(axis=1), threshold=threshold, window_seconds=4.0
    )
    return [(event.category, event.start, event.end, event.prob) for event in found]


def test_one_window_is_no_event() -> None:
    """However sure: a sound lies in all windows that hold it, four here. Two windows are too few, four are enough."""
    quiet = [(2, 0.0)] * 3
    assert events_of(*quiet, (0, 1.0), *quiet) == []
    assert events_of((1, 0.3), (1, 0.3), (0, 1.0), (1, 0.3), (1, 0.3)) == []
    assert events_of(*quiet, *[(0, 1.0)] * 2, *quiet) == []
    assert events_of(*quiet, *[(0, 1.0)] * 4, *quiet) == [(0, 3, 7, 1.0)]


def test_a_dip_does_not_split() -> None:
    """One window of another answer, or a quiet one, is no end; three are."""
    dog = [(0, 0.9)] * 5
    for dip in ((1, 0.9), (0, 0.1), (2, 0.0)):
        assert events_of(*dog, dip, *dog) == [(0, 0, 11, 0.9)]
    assert [event[:3] for event in events_of(*dog, *[(2, 0.0)] * 3, *dog)] == [(0, 0, 5), (0, 8, 13)]


def test_an_event_starts_high_and_goes_on_low() -> None:
    """Windows far below the threshold belong to an event if one of it is high, and are none without it."""
    low = [(0, 0.25)] * 4
    assert events_of(*low, *[(0, 0.9)] * 3, *low) == [(0, 0, 11, 0.9)]
    assert events_of(*[(0, 0.25)] * 40) == []
    assert events_of((0, 0.1), (0, 0.1), *[(0, 0.9)] * 4, (0, 0.1), (0, 0.1)) == [(0, 2, 6, 0.9)]


def test_the_threshold_scales_both_limits() -> None:
    """An event begins at nine tenths of it."""
    assert events_of(*[(0, 0.44)] * 10) == []
    assert events_of(*[(0, 0.46)] * 10) == [(0, 0, 10, 0.46)]
    assert events_of(*[(0, 0.46)] * 10, threshold=0.6) == []


def test_quiet_windows_say_nothing_about_their_neighbours() -> None:
    """The mean is over windows that are not quiet; quiet ones stay at zero."""
    probs = np.array([[0.0], [0.8], [0.4], [0.0], [0.6]])
    quiet = np.array([True, False, False, True, False])
    expected = [[0.0], [(2 * 0.8 + 0.4) / 3], [(0.8 + 2 * 0.4) / 3], [0.0], [0.6]]
    np.testing.assert_allclose(smoothed(probs, quiet), expected)


def test_the_last_window_ends_with_the_recording() -> None:
    """It stands closer to its neighbour than the others do; an event goes up to the end."""
    found = with_answers([(1, 0.9)] * 8, 103)
    assert np.diff(found.times)[-1] == pytest.approx(3 * FRAME_SECONDS)
    assert [(e.category, e.start, e.end) for e in found.events] == [(1, 0.0, pytest.approx(102 * FRAME_SECONDS))]
    assert found.overall == pytest.approx(found.probs.mean(axis=0))


@given(
    answers=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1)), min_size=1, max_size=30),
    threshold=st.floats(0.1, 0.9),
)
def test_events_of_one_category_never_overlap(answers: list[tuple[int, float]], threshold: float) -> None:
    """Each lies within the recording, in order, and holds a window near the threshold."""
    found = events_of(*answers, threshold=threshold)
    assert [event[1] for event in found] == sorted(event[1] for event in found)
    for category in range(3):
        own = [event for event in found if event[0] == category]
        assert all(one[2] <= other[1] for one, other in pairwise(own))
    assert all(0 <= start < end <= len(answers) and prob >= 0.9 * threshold for _, start, end, prob in found)
