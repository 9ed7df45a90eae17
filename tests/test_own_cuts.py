"""A long recording is cut into the sounds that stand out of it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from esc_core.dataset.own.cuts import LONGEST, find_cuts
from esc_core.errors import ParameterError

SR = 16_000


def room(seconds: float, *, level_db: float = -60.0, seed: int = 0) -> np.ndarray:
    """Return the hiss of a quiet room."""
    hiss = np.random.default_rng(seed).standard_normal(round(seconds * SR))
    return (10 ** (level_db / 20) * hiss).astype(np.float32)


def with_bursts(background: np.ndarray, *times: tuple[float, float], gain: float = 0.2) -> np.ndarray:
    """Add bursts of noise from each start to each end in seconds."""
    y = background.copy()
    for start, end in times:
        first, last = round(start * SR), round(end * SR)
        y[first:last] += gain * np.random.default_rng(1).uniform(-1, 1, last - first).astype(np.float32)
    return y


@pytest.mark.parametrize("background", [room(10.0), np.zeros(10 * SR, np.float32)], ids=["room", "digital silence"])
def test_each_burst_is_a_cut(background: np.ndarray) -> None:
    """Three bursts give three cuts, each with a short margin on both sides."""
    bursts = [(1.0, 1.5), (4.0, 4.3), (7.0, 9.0)]
    cuts = find_cuts(with_bursts(background, *bursts), SR)
    found = [(cut.start, cut.end) for cut in cuts]
    np.testing.assert_allclose(found, [(start - 0.05, end + 0.15) for start, end in bursts], atol=0.025)


def test_a_soft_sound_beside_a_loud_one_is_found() -> None:
    y = with_bursts(with_bursts(room(6.0), (1.0, 1.4), gain=0.5), (4.0, 4.4), gain=0.03)
    starts = [cut.start for cut in find_cuts(y, SR)]
    np.testing.assert_allclose(starts, [0.95, 3.95], atol=0.025)


def test_the_pause_decides_what_is_one_sound() -> None:
    """Three knocks 0.25 s apart are one knocking, and three sounds where that is asked for."""
    y = with_bursts(room(5.0), (2.0, 2.1), (2.35, 2.45), (2.7, 2.8))
    assert len(find_cuts(y, SR)) == 1
    parts = find_cuts(y, SR, pause=0.1)
    assert len(parts) == 3
    assert all(a.end <= b.start for a, b in itertools.pairwise(parts))


def test_a_short_click_is_as_long_as_a_sound_must_be() -> None:
    (cut,) = find_cuts(with_bursts(room(3.0), (1.0, 1.01)), SR)
    assert cut.seconds >= 0.25
    assert cut.start < 1.0 < cut.end


def test_a_click_at_the_very_end_stays_inside() -> None:
    (cut,) = find_cuts(with_bursts(room(3.0), (2.98, 3.0)), SR)
    assert cut.end <= 3.0
    assert cut.seconds == pytest.approx(0.25, abs=1e-6)


def test_a_long_sound_is_cut_into_equal_parts() -> None:
    """12 s of noise amid a room are three parts; steady noise, of which nothing stands out, is cut as well."""
    parts = find_cuts(with_bursts(room(20.0), (4.0, 16.0)), SR)
    assert [round(part.seconds, 1) for part in parts] == [4.1, 4.1, 4.1]
    rain = find_cuts(room(15.0, level_db=-20.0), SR)
    assert [part.seconds for part in rain] == [LONGEST] * 3


def test_zeros_hold_no_sound() -> None:
    assert find_cuts(np.zeros(SR, np.float32), SR) == []
    assert find_cuts(np.zeros(0, np.float32), SR) == []


def test_a_cut_is_exactly_those_samples() -> None:
    y = with_bursts(room(3.0), (1.0, 1.5))
    (cut,) = find_cuts(y, SR)
    samples = cut.of(y, SR)
    assert np.array_equal(samples, y[round(cut.start * SR) : round(cut.end * SR)])
    assert not np.shares_memory(samples, y)


def test_a_pause_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"pause must be in \[0.1, 2\] s"):
        find_cuts(room(1.0), SR, pause=5.0)
