"""Building blocks of the starter set's recipes: noise, tones, struck bodies, events.

Lengths `n` are in samples at `SR`, frequencies in Hz, times in seconds, and a `Curve` is a spectrum as (Hz, dB)
points, interpolated over the logarithm of the frequency. Every draw comes from the generator that is passed in.
Everything is float32, for half the memory and twice the speed, except running phases, which would drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import irfft, rfft
from scipy.signal import fftconvolve

SR = 22_050
"""Sampling rate of the starter set, in Hz."""

CLIP = 5 * SR
"""Length of a clip, in samples."""

Array = NDArray[np.floating[Any]]
Curve = Sequence[tuple[float, float]]
Rng = np.random.Generator

_TABLE = 8_192
_GRID = np.geomspace(4, SR / 2, 300)


def samples(seconds: float) -> int:
    """Return a duration in samples, at least 8."""
    return max(8, round(seconds * SR))


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform, as suits pitches and rates."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def gain(n: int, curve: Curve) -> Array:
    """Return the amplitudes (n // 2 + 1,) of `curve` at the bins of a spectrum of `n` samples."""
    hz, db = np.array(curve).T
    grid = np.union1d(_GRID, hz)
    size = np.exp(np.interp(np.log1p(grid), np.log1p(hz), db) * (np.log(10) / 20))
    return np.interp(np.arange(n // 2 + 1) * (SR / n), grid, size).astype(np.float32)


def shape(y: Array, curve: Curve) -> Array:
    """Filter with the frequency response `curve`, without delay; smooth curves hardly smear time."""
    return irfft(rfft(y) * gain(len(y), curve), len(y))


def noise_spectrum(rng: Rng, n: int, curve: Curve) -> NDArray[np.complex64]:
    """Return the spectrum (n // 2 + 1,) of Gaussian noise that has the shape of `curve` and an RMS of 1."""
    size = gain(n, curve)
    size[0] = 0
    size *= n / (2 * np.sqrt(np.sum(size.astype(float) ** 2)))
    return rng.standard_normal(2 * len(size), dtype=np.float32).view(np.complex64) * size


def noise(rng: Rng, n: int, curve: Curve = ((20, 0), (11_000, 0))) -> Array:
    """Return Gaussian noise (n,) with the spectrum of `curve` and an RMS of about 1."""
    return irfft(noise_spectrum(rng, n, curve), n)


def band(low: float, high: float, *, slope: float = 24.0) -> Curve:
    """Return a pass band as a curve that falls by `slope` dB per octave on both sides."""
    return ((low / 16, -4 * slope), (low, 0), (high, 0), (high * 16, -4 * slope))


def formants(*peaks: tuple[float, float], floor: float = -40.0, width: float = 0.35) -> Curve:
    """Return a curve with resonances, (Hz, dB) in rising order, each `width` octaves to either side."""
    curve = [(peaks[0][0] / 4, floor)]
    for hz, db in peaks:
        curve += [(hz * 2**-width, db - 12), (hz, db), (hz * 2**width, db - 12)]
    return sorted([*curve, (11_000.0, floor)])


def wander(rng: Rng, n: int, hz: float) -> Array:
    """Return a smooth random curve (n,) around 0, of about unit size, with about `hz` turns per second."""
    step = max(1, int(SR / hz / 16))
    at = np.arange(n // step + 2) * step * hz / SR + rng.random()
    knots = 1.2 * rng.standard_normal(int(at[-1]) + 2)
    i = at.astype(int)
    x = at - i
    x = x * x * (3 - 2 * x)
    return _stretch(knots[i] * (1 - x) + knots[i + 1] * x, n, step)


def glide(n: int, *points: tuple[float, float]) -> Array:
    """Return a smooth curve (n,) through (share of the length, value) points."""
    at, value = np.array(points).T
    coarse = np.pad(np.interp(np.linspace(0, 1, 81), at, value), 4, mode="edge")
    soft = np.convolve(coarse, np.hanning(11)[1:-1] / 5, mode="valid")
    return _stretch(soft, n, (n - 1) / 80)


def _stretch(knots: NDArray[np.float64], n: int, step: float) -> Array:
    return np.interp(np.arange(n), np.arange(len(knots)) * step, knots).astype(np.float32)


def decay(n: int, t60: float) -> Array:
    """Return an exponential (n,) that falls by 60 dB in `t60` seconds."""
    return np.exp(np.arange(n, dtype=np.float32) * np.float32(-6.9078 / (t60 * SR)))


def hump(n: int, attack: float, release: float) -> Array:
    """Return an envelope (n,) with rounded flanks of `attack` and `release` seconds."""
    y = np.ones(n, np.float32)
    up, down = min(n, samples(attack)), min(n, samples(release))
    y[:up] *= np.sin(np.linspace(0, np.pi / 2, up, dtype=np.float32)) ** 2
    y[n - down :] *= np.cos(np.linspace(0, np.pi / 2, down, dtype=np.float32)) ** 2
    return y


def cycles(f: ArrayLike) -> Array:
    """Return the running phase of the frequency `f` (n,), in cycles, folded into [0, 1)."""
    phase = np.cumsum(f, dtype=np.float64) / SR
    return (phase - np.floor(phase)).astype(np.float32)


def tone(f: ArrayLike) -> Array:
    """Return a sine whose frequency follows `f` (n,), in Hz."""
    return np.sin(np.float32(2 * np.pi) * cycles(f))


def harmonics(rng: Rng, f: Array, *, tilt: float = -6.0, curve: Curve = ((20, 0), (11_000, 0))) -> Array:
    """Return a tone (n,) with an RMS of about 1, whose overtones fall by `tilt` dB per octave, weighted by `curve`.

    One period with random phases goes into a table that is then read at the rate `f`: as fast as one sine.
    """
    k = np.arange(1, max(2, int(0.46 * SR / f.max())))[:150]
    hz, db = np.array(curve).T
    size = np.zeros(_TABLE // 2 + 1)
    size[k] = 10 ** ((tilt * np.log2(k) + np.interp(np.log(k * f.mean()), np.log(hz), db)) / 20)
    table = irfft(size * np.exp(2j * np.pi * rng.random(len(size))))
    return (table / table.std()).astype(np.float32)[(cycles(f) * _TABLE).astype(np.int32) % _TABLE]


def pulses(f: ArrayLike, sharpness: float) -> Array:
    """Return a train (n,) of smooth pulses in [0, 1] at the rate `f` (n,); higher sharpness gives shorter pulses."""
    return np.exp(np.float32(sharpness) * (np.cos(np.float32(2 * np.pi) * cycles(f)) - 1))


def ring(rng: Rng, n: int, hz: ArrayLike, t60: ArrayLike, gains: ArrayLike) -> Array:
    """Return a struck body (n,): decaying modes, each with a frequency, decay time and amplitude."""
    y = np.zeros(n, np.float32)
    for f, fall, a in zip(np.ravel(hz), np.ravel(t60), np.ravel(gains), strict=True):
        m = min(n, samples(fall))
        phase = np.arange(m, dtype=np.float32) * np.float32(2 * np.pi * f / SR) + np.float32(rng.uniform(0, 0.5))
        y[:m] += np.float32(a) * decay(m, fall) * np.sin(phase)
    return y


def burst(rng: Rng, seconds: float, curve: Curve) -> Array:
    """Return noise with an instant onset that decays by 60 dB in `seconds`."""
    n = samples(seconds)
    return noise(rng, n, curve) * decay(n, seconds)


def add_event(y: Array, event: Array, at: float, level: float = 1.0) -> None:
    """Add `event` to `y` at the time `at`, in seconds; whatever lies outside is cut off."""
    i = round(at * SR)
    event = event[max(0, -i) :]
    i = max(0, i)
    part = event[: max(0, len(y) - i)]
    y[i : i + len(part)] += np.float32(level) * part


def beats(rng: Rng, n: int, gap: float, jitter: float = 0.1) -> NDArray[np.float64]:
    """Return the times, in seconds, of events about `gap` seconds apart."""
    gaps = gap * (1 + jitter * rng.uniform(-1, 1, int(n / SR / gap / (1 - jitter)) + 2))
    times = np.cumsum(gaps) - gap * rng.random()
    return times[(times >= 0) & (times < n / SR)]


def sparks(rng: Rng, n: int, rate: float, event: Array, *, spread: float = 0.8) -> Array:
    """Return a short `event` (n,) at random times, `rate` per second, with log-normal amplitudes of either sign."""
    y = np.zeros(n, np.float32)
    count = rng.poisson(rate * n / SR)
    sizes = np.exp(spread * rng.standard_normal(count)) * rng.choice([-1.0, 1.0], count)
    np.add.at(y, rng.integers(0, n, count), sizes.astype(np.float32))
    return fftconvolve(y, event)[:n]
