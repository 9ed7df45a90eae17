"""Tones and signals, and noises at an ordinary level."""

from __future__ import annotations

import numpy as np
from scipy.signal import resample_poly, sawtooth, square

from benchmarks.made_sounds.basis import SECONDS, SR, Rng, hertz_of, times


def whistle(rng: Rng, i: int) -> np.ndarray:
    """Return a tune as people whistle it: one gliding tone, with breath."""
    t = times(rng)
    notes = hertz_of(84 + rng.integers(5)) * 2 ** (rng.choice([-5, -3, 0, 2, 4, 7], 1 + int(t[-1] / 0.4)) / 12)
    hertz = np.interp(t, 0.4 * np.arange(len(notes)) + 0.1, notes) * (1 + 0.006 * np.sin(2 * np.pi * 5.5 * t))
    tone = np.sin(2 * np.pi * np.cumsum(hertz) / SR)
    loudness = np.interp(t, np.arange(0, t[-1] + 0.2, 0.2), rng.uniform(0.5, 1, len(np.arange(0, t[-1] + 0.2, 0.2))))
    return np.asarray(loudness * tone + 0.02 * rng.standard_normal(len(t)))


def sine_tone(rng: Rng, i: int) -> np.ndarray:
    """Return one steady tone."""
    return np.asarray(np.sin(2 * np.pi * 2 ** rng.uniform(7, 12) * times(rng)))


def square_wave(rng: Rng, i: int) -> np.ndarray:
    """Return a square wave."""
    return np.asarray(square(2 * np.pi * 2 ** rng.uniform(6.5, 10.5) * times(rng)))


def saw_wave(rng: Rng, i: int) -> np.ndarray:
    """Return a saw wave."""
    return np.asarray(sawtooth(2 * np.pi * 2 ** rng.uniform(6.5, 10.5) * times(rng)))


def sweep(rng: Rng, i: int) -> np.ndarray:
    """Return one tone that rises or falls evenly in octaves over the whole sound; a siren goes up and down."""
    t = times(rng)
    low, high = rng.uniform(6.5, 8), rng.uniform(11, 12.8)
    octaves = np.linspace(*((low, high) if i % 4 < 2 else (high, low)), len(t))
    return np.asarray(np.sin(2 * np.pi * np.cumsum(2**octaves) / SR))


def dial(rng: Rng, i: int) -> np.ndarray:
    """Return telephone keys: pairs of tones (ITU-T Q.23)."""
    t, parts = np.arange(int(0.15 * SR)) / SR, []
    for _ in range(rng.integers(8, 14)):
        pair = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
        parts += [sum(np.sin(2 * np.pi * f * t) for f in pair), np.zeros(int(0.12 * SR))]
    return np.concatenate(parts)


def modem(rng: Rng, i: int) -> np.ndarray:
    """Return data of an old modem: tones of 1200 and 2200 Hz in turn (Bell 202)."""
    bits = rng.integers(0, 2, int(rng.uniform(*SECONDS) * 1200))
    hertz = np.repeat(np.where(bits, 1200, 2200), 40)  # at 48 kHz a bit has 40 samples
    return np.asarray(resample_poly(np.sin(2 * np.pi * np.cumsum(hertz) / 48_000), 1, 3))


def heartbeat(rng: Rng, i: int) -> np.ndarray:
    """Return a heart: two thuds for each beat."""
    y, rate = np.zeros(int(rng.uniform(*SECONDS) * SR)), rng.uniform(0.7, 1.1)
    t = np.arange(int(0.15 * SR)) / SR
    for start in np.arange(0.1, len(y) / SR - 0.6, rate):
        for delay, loudness, hertz in ((0, 1, rng.uniform(40, 60)), (0.3, 0.7, rng.uniform(50, 80))):
            first = int((start + delay) * SR)
            y[first : first + len(t)] += loudness * np.sin(np.pi * t / t[-1]) ** 2 * np.sin(2 * np.pi * hertz * t)
    return y + 0.002 * rng.standard_normal(len(y))


def noise(rng: Rng, slope: float) -> np.ndarray:
    """Return noise whose amplitude falls as frequency to the power of `slope`, from 30 Hz on."""
    n = len(times(rng))
    spectrum = np.fft.rfft(rng.standard_normal(n))
    return np.fft.irfft(spectrum / np.maximum(30, np.fft.rfftfreq(n, 1 / SR)) ** slope, n)
