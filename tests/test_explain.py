"""Explanations: the part of a sound that an answer rests on is found, in band and time, for each kind of model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import librosa
import numpy as np
import pytest

from esc_core.config import FeatureConfig
from esc_core.errors import ParameterError
from esc_core.features import level_mel, mel_power
from esc_core.inference import Predictor
from esc_core.inference.covering import N_BANDS, N_TIMES, covered_mels, covered_waves, grid_over
from esc_core.inference.explain import Explanation, Part, explain, in_words
from esc_core.inference.front_end import Sound
from tests.small_model import write_small_model

SR = 16_000
CONFIG = FeatureConfig()
LABELS = ("low", "high", "background")
EVENTS = {"low": (600.0, 0.5, 1.0), "high": (3000.0, 3.0, 3.5)}
"""Frequency in Hz, start and end in seconds."""

BACKGROUND = 0.01
"""Evidence for the third category, beside the events' shares of the power: it is named where neither event is left."""


def burst(name: str, y: np.ndarray, *, gain: float) -> None:
    """Add a tone at its known place."""
    hz, start, end = EVENTS[name]
    t = np.arange(round(start * SR), round(end * SR))
    y[t] += gain * np.sin(2 * np.pi * hz * t / SR)


def two_events(louder: str) -> np.ndarray:
    """5 s of faint noise with two tones of which one is 6 dB louder."""
    y = 1e-3 * np.random.default_rng(0).standard_normal(5 * SR)
    for name in EVENTS:
        burst(name, y, gain=0.2 if name == louder else 0.1)
    return y.astype(np.float32)


class Detector:
    """A model that knows two tones, each by its band and time alone, at the level at which it gets them."""

    def __init__(self, kind: str) -> None:
        self.card = SimpleNamespace(input=kind, features=CONFIG, labels=LABELS)
        self.folds = (1, 2, 3, 4, 5)
        centres = librosa.mel_frequencies(CONFIG.n_mels + 2, fmin=CONFIG.fmin, fmax=CONFIG.fmax)[1:-1]
        self.rows = {name: np.abs(centres - hz) < 0.2 * hz for name, (hz, _, _) in EVENTS.items()}

    def sound_probs(self, sounds: Sequence[Sound], *, fold: int | None = None) -> np.ndarray:
        mels = [
            sound.levelled_mel if self.card.input == "log_mel" else mel_power(sound.levelled_wave, CONFIG)
            for sound in sounds
        ]
        return np.stack([self._probs(mel) for mel in mels])

    def _probs(self, mel: np.ndarray) -> np.ndarray:
        energy = [mel[self.rows[name]].sum(axis=0).mean() for name in EVENTS]
        share = np.array([*energy, BACKGROUND])
        return (share / share.sum()).astype(np.float32)


@pytest.mark.parametrize("kind", ["log_mel", "waveform", "embedding", "together"])
@pytest.mark.parametrize("named", ["low", "high"])
def test_the_event_that_is_named_is_found(kind: str, named: str) -> None:
    """Of two events, the map's peak and the sentence's part are those of the one that the answer names."""
    found = explain(Detector(kind), two_events(named), SR)
    hz, start, end = EVENTS[named]
    assert LABELS[found.category] == named
    assert found.loss.shape == (N_BANDS, N_TIMES)
    band, step = np.unravel_index(found.loss.argmax(), found.loss.shape)
    assert found.band_edges[band] <= hz < found.band_edges[band + 1]
    assert start - 0.05 <= (found.time_edges[step] + found.time_edges[step + 1]) / 2 <= end + 0.05
    assert found.strongest.low <= hz <= found.strongest.high
    assert found.strongest.start < (start + end) / 2 < found.strongest.end
    assert found.time_edges[found.over_time.argmax()] == pytest.approx(start, abs=0.3)


@pytest.mark.parametrize("kind", ["log_mel", "waveform"])
def test_what_is_far_from_the_event_does_not_matter(kind: str) -> None:
    """The other event neither takes away from the answer nor adds to it: it is another category's."""
    found = explain(Detector(kind), two_events("high"), SR)
    far = found.loss[:, (found.time_edges[:-1] > 1.2) & (found.time_edges[1:] < 2.4)]
    assert np.abs(far).max() < 0.05 * found.loss.max()


def test_log_odds_are_lost() -> None:
    """The loss of a part is the change of the log-odds, by hand; the map has the mean of the windows over a cell."""
    found = explain(Detector("log_mel"), two_events("low"), SR)
    p, q = found.prob, float(found.strongest.probs[found.category])
    assert found.strongest.loss == pytest.approx(np.log(p / (1 - p)) - np.log(q / (1 - q)), rel=1e-4)
    assert found.prob_without(found.strongest.loss) == pytest.approx(q, abs=1e-4)


def test_the_map_has_the_mean_of_the_windows_over_a_cell() -> None:
    """Each cell lies in two windows, which share nothing else."""
    y = two_events("low")
    whole, model = Sound.of(y, SR, CONFIG), Detector("log_mel")
    grid = grid_over(whole.mel, CONFIG)
    versions = [replace(whole, mel=mel, level_of=whole) for mel in covered_mels(whole.mel, grid)]
    p = model.sound_probs([whole, *versions])[:, 0]
    losses = np.log(p[0] / (1 - p[0])) - np.log(p[1:] / (1 - p[1:]))
    over = [i for i, (b, t) in enumerate(grid.windows[:39]) if b.start <= 1 < b.stop and t.start <= 2 < t.stop]
    assert len(over) == 2
    assert explain(model, y, SR).loss[1, 2] == pytest.approx(np.mean(losses[over]), rel=1e-4)


def test_networks_take_turns() -> None:
    """Two of five are asked about each part, each is compared with itself, and all about the costliest parts."""
    asked: dict[int | None, int] = dict.fromkeys((None, 1, 2, 3, 4, 5), 0)

    class Counting(Detector):
        def sound_probs(self, sounds: Sequence[Sound], *, fold: int | None = None) -> np.ndarray:
            asked[fold] += len(sounds)
            return super().sound_probs(sounds, fold=fold)

    assert explain(Counting("log_mel"), two_events("low"), SR).n_covered == 50
    assert asked == {None: 1 + 6, **dict.fromkeys((1, 2, 3, 4, 5), 1 + 20)}
    asked.clear()
    asked[4] = 0
    explain(Counting("log_mel"), two_events("low"), SR, fold=4)
    assert asked == {4: 1 + 51 + 6}


def test_a_span_of_a_long_recording_is_explained_at_its_place() -> None:
    """Times count from the beginning of the recording."""
    y = np.concatenate([np.zeros(20 * SR, np.float32), two_events("high"), np.zeros(10 * SR, np.float32)])
    found = explain(Detector("log_mel"), y, SR, span=(20.0, 25.0))
    assert found.strongest.start < 23.25 < found.strongest.end
    assert (found.time_edges[0], found.time_edges[-1]) == pytest.approx((20.0, 25.0), abs=0.1)


@pytest.mark.parametrize("span", [None, (2.0, 8.0), (29.0, 31.0), (-1.0, 2.0)])
def test_at_most_five_seconds_within_the_sound(span: tuple[float, float] | None) -> None:
    """What is longer, or lies outside, is refused."""
    with pytest.raises(ParameterError, match="span must"):
        explain(Detector("log_mel"), np.ones(30 * SR, np.float32), SR, span=span)


def test_a_short_sound_has_fewer_steps() -> None:
    """Steps are no shorter than 0.1 s."""
    found = explain(Detector("log_mel"), two_events("low")[: round(0.35 * SR)], SR)
    assert found.over_time.shape == (3,)


def test_covered_parts_are_quiet_and_the_rest_is_as_it_was() -> None:
    """The tone is down to the background in each window that has it whole; outside a window not a number changes."""
    mel = mel_power(two_events("low"), CONFIG)
    grid = grid_over(mel, CONFIG)
    covered = covered_mels(mel, grid)
    assert len(covered) == (N_BANDS + 1) * (N_TIMES + 1) // 2 + 1 + N_TIMES + 1
    for (bands, times), one in zip(grid.windows, covered, strict=True):
        inside = np.zeros(mel.shape, bool)
        inside[grid.bands[bands.start] : grid.bands[bands.stop], grid.frames[times.start] : grid.frames[times.stop]] = 1
        np.testing.assert_array_equal(one[~inside], mel[~inside])
        assert (one <= mel).all()
    before = slice(0, 15)  # frames before the tone: the background
    without_first_second = covered[-N_TIMES]
    assert without_first_second[:, 22:38].mean() < 2 * mel[:, before].mean()


def test_covering_a_waveform_takes_away_a_band_and_a_time() -> None:
    """A tone of 3 kHz is gone where it was covered, one of 600 Hz at the same time stays, and so do all other times."""
    y = two_events("low")
    hz, start, end = EVENTS["high"]
    t = np.arange(round(start * SR), round(end * SR))
    y[t] += (0.1 * np.sin(2 * np.pi * 600 * t / SR)).astype(np.float32)
    grid = grid_over(mel_power(y, CONFIG), CONFIG)
    i = next(
        i for i, (bands, times) in enumerate(grid.windows)
        if grid.band_edges[bands.start] < hz - 300 and hz + 300 < grid.band_edges[bands.stop]
        and grid.time_edges[times.start] < start + 0.05 and end - 0.05 < grid.time_edges[times.stop]
    )  # fmt: skip
    covered = covered_waves(y, SR, grid)[i]
    middle = slice(round((start + 0.1) * SR), round((end - 0.1) * SR))
    tone = np.exp(-2j * np.pi * np.arange(y.size)[middle] / SR * np.array([[hz], [600.0]]))
    high, low = np.abs((tone * covered[middle]).mean(axis=1)) / np.abs((tone * y[middle]).mean(axis=1))
    assert high < 0.03
    assert low == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(covered[: 2 * SR], y[: 2 * SR], atol=1e-6)


def test_a_loud_part_that_is_covered_does_not_raise_the_rest() -> None:
    """All else keeps its level: levelled by itself, it would be some 20 dB louder."""
    mel = mel_power(two_events("low"), CONFIG)
    grid = grid_over(mel, CONFIG)
    without_first = np.array(mel)
    without_first[:, 18:43] = mel[:, :18].min()
    np.testing.assert_array_equal(level_mel(without_first, level_of=mel)[:, 60:], level_mel(mel)[:, 60:])
    assert level_mel(without_first)[:, 60:].mean() > 4 * level_mel(mel)[:, 60:].mean()
    assert grid.frames[0] == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder for small models."""
    return tmp_path_factory.mktemp("models")


@pytest.mark.parametrize("model", ["mel_cnn", "wave_cnn"])
def test_the_whole_sound_has_the_answer_of_the_page(folder: Path, model: str) -> None:
    """Uncovered, each network answers as `predict` does: all together, and each alone."""
    write_small_model(folder / model, model=model)
    predictor = Predictor(folder / model)
    y = two_events("low")[: 2 * SR]
    for fold in (None, 3):
        found = explain(predictor, y, SR, fold=fold)
        np.testing.assert_allclose(found.probs, predictor.predict(y, SR, fold=fold).probs, atol=1e-5)
        assert np.abs(found.loss).max() > 0


PART = Part(1000.0, 2000.0, 0.5, 1.2, False, np.array([0.2, 0.3, 0.5], np.float32), 3.0)


def explanation(*parts: Part) -> Explanation:
    """Make an explanation of a dog, 91%."""
    probs, edges = np.array([0.91, 0.05, 0.04], np.float32), np.linspace(0, 5, 11)
    return Explanation(
        ("dog", "cat", "car_horn"), 0, probs, np.zeros((8, 10)), np.zeros(10), np.zeros(9), edges, 50, parts
    )


def test_a_part_that_decides_is_named() -> None:
    """Band, time, and what the answer is without it; the costliest of some bands comes before one of all bands."""
    whole = replace(PART, low=20, high=8000, whole=True, loss=9.0)
    weaker = replace(PART, start=3.0, end=4.0, loss=1.0)
    assert in_words(explanation(weaker, PART, whole)) == (
        "Without 1–2 kHz between 0.5 and 1.2 s it is no dog any more: the best guess is then car horn, 50%."
    )


def test_a_time_can_decide_where_no_band_does() -> None:
    """All bands together may change the answer."""
    stays = replace(PART, probs=np.array([0.6, 0.3, 0.1], np.float32))
    whole = replace(PART, low=20, high=8000, whole=True)
    assert in_words(explanation(stays, whole)).startswith("Without everything between 0.5 and 1.2 s it is no dog")


def test_where_no_part_decides_the_most_important_is_named() -> None:
    """It says that the answer stays, and by how much the probability falls at most."""
    stays = replace(PART, low=400, high=1180, probs=np.array([0.634, 0.3, 0.066], np.float32))
    assert in_words(explanation(replace(stays, loss=0.1), stays)) == (
        "No single part decides: the answer stays dog whatever is covered. Most important is 400 Hz–1.2 kHz between "
        "0.5 and 1.2 s: without it, dog falls from 91% to 63%."
    )


def test_where_nothing_matters_no_part_is_named() -> None:
    """A change within a point or two is no reason."""
    same = replace(PART, probs=np.array([0.905, 0.05, 0.045], np.float32), loss=0.06)
    assert in_words(explanation(same)) == (
        "No single part decides: the answer stays dog whatever is covered, and no part matters much."
    )
