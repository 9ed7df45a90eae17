"""From a recipe to a recording: the sound itself, then room, background, microphone, and level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, rfft

from esc_core.dataset.starter.synth import (
    CLIP,
    SR,
    Array,
    Curve,
    Rng,
    decay,
    gain,
    noise,
    noise_spectrum,
    samples,
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The synthesis of one category.

    Attributes
    ----------
    play : callable
        ``play(rng, n)`` returns the dry sound (n,), with an event in every 5 s.
    floor_db : tuple of float
        Range of the background's level relative to the sound's, in dB.
    room_s : tuple of float
        Range of the room's reverberation time, in seconds.
    cut : float
        Share of the recordings that end with the sound; digital silence fills the rest, as in ESC-50.
    """

    play: Callable[[Rng, int], Array]
    floor_db: tuple[float, float] = (-55.0, -28.0)
    room_s: tuple[float, float] = (0.1, 0.5)
    cut: float = 0.0


def record(recipe: Recipe, rng: Rng, n_takes: int) -> list[Array]:
    """Return one recording, cut into clips of 5 s.

    Parameters
    ----------
    recipe : Recipe
        Recipe of the category.
    rng : numpy.random.Generator
        Source of randomness.
    n_takes : int
        Number of clips to cut from the recording.

    Returns
    -------
    list of ndarray, each (110250,)
        Clips with a common room, background and level, float32, with peaks of at most 1.
    """
    n = n_takes * CLIP
    dry = recipe.play(rng, n).astype(np.float32, copy=False)
    dry /= _loudness(dry)
    # Room, background and microphone are applied to one spectrum, which halves the work. Echoes of the end wrap around
    # to the start, as if the sound had been going on before.
    spectrum = rfft(dry) * _room(rng, n, rng.uniform(*recipe.room_s))
    spectrum += 10 ** (rng.uniform(*recipe.floor_db) / 20) * noise_spectrum(rng, n, _background(rng))
    y = irfft(spectrum * gain(n, _microphone(rng)), n)
    takes = np.split(y, n_takes)
    if rng.random() < recipe.cut:
        takes = [_cut(rng, *pair) for pair in zip(takes, np.split(dry, n_takes), strict=True)]
    level = 10 ** (rng.uniform(-10, -0.2) / 20) / max(np.abs(take).max() for take in takes)
    return [np.float32(level) * take for take in takes]


def _loudness(y: Array) -> np.float32:
    """Return the RMS of the louder frames of 0.1 s, so that pauses do not count."""
    frames = y.reshape(-1, SR // 10)
    return np.percentile(np.sqrt(np.mean(frames**2, axis=1)), 90) + np.float32(1e-9)


def _room(rng: Rng, n: int, t60: float) -> np.ndarray:
    """Return a room's transfer function (n // 2 + 1,): the direct sound and dense decaying echoes."""
    m = samples(t60)
    tail = noise(rng, m, ((80, -8), (400, 0), (2_000, -3), (8_000, -14))) * decay(m, t60)
    tail[: samples(0.004)] = 0
    tail *= rng.uniform(0.05, 0.5) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return rfft(tail, n)


def _background(rng: Rng) -> Curve:
    """Return the spectrum of the background: air, traffic, hiss, and sometimes mains hum."""
    low, high = rng.uniform(6, 26), rng.uniform(-26, -10)
    curve = [(30.0, low), (150.0, low * 0.5), (1_500.0, -6.0), (9_000.0, high)]
    if rng.random() < 0.25:
        for hz in (100.0, 150.0, 250.0):
            curve += [(hz - 3, 2.0), (hz, 24.0), (hz + 3, 2.0)]
    return sorted(curve)


def _microphone(rng: Rng) -> Curve:
    """Return the frequency response of a microphone: no deep bass, falling treble, and sometimes no treble at all."""
    bass, tilt = rng.uniform(25, 90), rng.uniform(-10, 1)
    treble = rng.uniform(4_500, 8_000) if rng.random() < 0.25 else rng.uniform(8_500, 10_500)
    return [(bass / 8, -50.0), (bass, 0.0), (600, 0.0), (treble, tilt), (treble * 1.6, tilt - 50)]


def _cut(rng: Rng, y: Array, dry: Array) -> Array:
    """Silence everything after the last loud moment, as in ESC-50's short recordings."""
    loud = np.flatnonzero(np.abs(dry) > 0.03 * np.abs(dry).max())
    end = loud[-1] + samples(rng.uniform(0.03, 0.35))
    if end < len(y) - SR // 2:
        fade = samples(0.01)
        y = y.copy()
        y[end - fade : end] *= np.linspace(1, 0, fade, dtype=np.float32)
        y[end:] = 0
    return y
