"""Music: tunes of three instruments, chords of two, a beat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import butter, lfilter, sawtooth, sosfilt

from benchmarks.made_sounds.basis import SECONDS, SR, Rng, hertz_of, times


def _melody(rng: Rng, play: Callable[[Rng, float, float], np.ndarray], *, low: int, beat: float) -> np.ndarray:
    """Return notes of a major or minor scale, one after the other, each played by `play(rng, hertz, seconds)`."""
    scale = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))[rng.integers(2)]
    key, seconds, step = low + rng.integers(12), rng.uniform(*SECONDS), int(rng.integers(7))
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < seconds * SR:
        step = int(np.clip(step + rng.integers(-2, 3), 0, 13))
        length = beat * rng.choice([0.5, 1, 1, 2])
        parts.append(play(rng, hertz_of(key + scale[step % 7] + 12 * (step // 7)), length))
    return np.concatenate(parts)[: int(seconds * SR)]


def _flute_note(rng: Rng, hertz: float, seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * SR)) / SR
    vibrato = 1 + 0.004 * np.sin(2 * np.pi * 5.2 * t) * np.minimum(1, t / 0.3)
    phase = 2 * np.pi * hertz * np.cumsum(vibrato) / SR
    tone = sum(a * np.sin(k * phase) for k, a in enumerate((1, 0.35, 0.12, 0.04), 1) if k * hertz < SR / 2)
    breath = lfilter(*butter(1, [0.5 * hertz / 8000, min(0.9, 2 * hertz / 8000)], "band"), rng.standard_normal(len(t)))
    envelope = np.minimum(1, t / 0.06) * np.minimum(1, (t[-1] - t) / 0.05)
    return np.asarray(envelope * (tone + 0.03 * breath))


def _string_note(rng: Rng, hertz: float, seconds: float) -> np.ndarray:
    """Return a plucked string by Karplus and Strong (1983): a burst of noise through a filtered delay line."""
    n = int(seconds * SR)
    period = max(2, round(SR / hertz - 0.5))
    burst = np.zeros(n)
    burst[: min(period, n)] = rng.uniform(-1, 1, min(period, n))
    feedback = np.zeros(period + 2)
    feedback[0], feedback[period], feedback[period + 1] = 1, -0.4985, -0.4985
    return np.asarray(lfilter([1.0], feedback, burst))


def _piano_note(rng: Rng, hertz: float, seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * SR)) / SR
    partials = [(k, k * hertz * np.sqrt(1 + 4e-4 * k * k)) for k in range(1, 12)]
    tone = sum(np.exp(-(1.5 + 0.6 * k) * t) / k**1.2 * np.sin(2 * np.pi * f * t) for k, f in partials if f < SR / 2)
    return np.asarray(tone * np.minimum(1, t / 0.004) * np.minimum(1, (t[-1] - t) / 0.02))


def flute(rng: Rng, i: int) -> np.ndarray:
    """Return a tune of a flute."""
    return _melody(rng, _flute_note, low=67, beat=rng.uniform(0.3, 0.7))


def strings(rng: Rng, i: int) -> np.ndarray:
    """Return a tune of plucked strings."""
    return _melody(rng, _string_note, low=45, beat=rng.uniform(0.25, 0.5))


def piano(rng: Rng, i: int) -> np.ndarray:
    """Return a tune of a piano."""
    return _melody(rng, _piano_note, low=52, beat=rng.uniform(0.25, 0.6))


def _chord_notes(rng: Rng) -> np.ndarray:
    chord = ((0, 4, 7, 12), (0, 3, 7, 12), (0, 4, 7, 10), (0, 5, 7, 12))[rng.integers(4)]
    return np.array(chord) + 48 + rng.integers(12)


def organ(rng: Rng, i: int) -> np.ndarray:
    """Return two organ chords, each note of octaves and a fifth."""
    t = times(rng)
    halves = []
    for part in np.array_split(t, 2):
        tones = [
            a * np.sin(2 * np.pi * k * hertz_of(note) * part + rng.uniform(0, 6))
            for note in _chord_notes(rng)
            for k, a in ((1, 1), (2, 0.6), (3, 0.3), (4, 0.3), (8, 0.1))
        ]
        halves.append(np.sum(tones, axis=0))
    return np.concatenate(halves)


def pad(rng: Rng, i: int) -> np.ndarray:
    """Return a chord of detuned saw waves through a low-pass filter, as synthesisers play it."""
    t = times(rng)
    tones = [
        sawtooth(2 * np.pi * hertz_of(n + d) * t + rng.uniform(0, 6)) for n in _chord_notes(rng) for d in (0, 0.08)
    ]
    return np.asarray(sosfilt(butter(2, rng.uniform(0.1, 0.4), output="sos"), np.sum(tones, axis=0)))


def drums(rng: Rng, i: int) -> np.ndarray:
    """Return a beat of bass drum, snare drum and hi-hat."""
    y, eighth = np.zeros(int(rng.uniform(*SECONDS) * SR)), int(SR * rng.uniform(0.15, 0.28))
    t = np.arange(int(0.3 * SR)) / SR
    kick = np.exp(-12 * t) * np.sin(2 * np.pi * (50 * t - 6 * np.exp(-25 * t)))
    for beat, start in enumerate(range(0, len(y) - len(t), eighth)):
        noise = rng.standard_normal(len(t))
        hit = 0.25 * np.exp(-60 * t) * np.diff(noise, prepend=0)
        if beat % 4 == 0 or rng.random() < 0.15:
            hit = hit + kick
        if beat % 4 == 2:
            hit = hit + np.exp(-18 * t) * (0.5 * noise + 0.5 * np.sin(2 * np.pi * 185 * t))
        y[start : start + len(t)] += hit
    return y
