"""Recipes for nature: weather and water are filtered noise, birds and crickets are chirps.

Each takes a generator and a number of samples and returns the dry sound (n,).
"""

from __future__ import annotations

import numpy as np

from esc_core.dataset.starter.recipe import Recipe
from esc_core.dataset.starter.synth import (
    CLIP,
    SR,
    Array,
    Rng,
    add_event,
    band,
    beats,
    burst,
    decay,
    glide,
    hump,
    log_uniform,
    noise,
    pulses,
    samples,
    sparks,
    tone,
    wander,
)


def rain(rng: Rng, n: int) -> Array:
    """Showers: steady noise with the patter of near and far drops."""
    wash = noise(rng, n, ((60, rng.uniform(-6, 8)), (500, 0), (2_500, rng.uniform(-3, 5)), (9_000, rng.uniform(-8, 4))))
    drop = burst(rng, rng.uniform(0.006, 0.02), band(rng.uniform(700, 2_500), 8_000, slope=6))
    drops = sparks(rng, n, log_uniform(rng, 40, 600), drop, spread=1.0)
    return wash + log_uniform(rng, 0.25, 1.6) * drops / drops.std()


def sea_waves(rng: Rng, n: int) -> Array:
    """Breakers: noise that swells and fades; the hiss starts last and lasts longest."""
    low = noise(rng, n, ((40, -4), (150, 0), (700, -4), (3_000, -24)))
    high = noise(rng, n, ((150, -24), (600, -4), (2_500, 0), (8_000, rng.uniform(-10, -3))))
    surge = np.full(n, rng.uniform(0.05, 0.3), np.float32)
    hiss = np.full(n, rng.uniform(0.03, 0.2), np.float32)
    period = rng.uniform(2.5, 6)
    for at in beats(rng, n + 3 * SR, period, 0.35) - 2.5:
        rise, fall = rng.uniform(0.2, 0.5) * period, rng.uniform(0.6, 1.1) * period
        wave = hump(samples(rise + fall), rise, fall)
        add_event(surge, wave, at, rng.uniform(0.5, 1))
        add_event(hiss, wave * np.sqrt(wave), at + rng.uniform(0.1, 0.5), rng.uniform(0.5, 1.2))
    return (surge * low + hiss * high) * (1 + 0.15 * wander(rng, n, 6))


def crackling_fire(rng: Rng, n: int) -> Array:
    """Flames: a soft roar with crackles of all sizes."""
    y = noise(rng, n, ((40, 8), (200, 0), (1_000, -14), (8_000, rng.uniform(-34, -20))))
    y *= log_uniform(rng, 0.02, 0.2) * (1 + 0.3 * wander(rng, n, 5))
    small, large = log_uniform(rng, 10, 60), log_uniform(rng, 1.5, 7)
    for rate, seconds, level in ((small, 0.004, 0.12), (large, 0.012, 0.6), (large / 3, 0.03, 0.7)):
        snap = burst(rng, seconds * rng.uniform(0.6, 1.8), band(rng.uniform(500, 2_500), 9_000, slope=5))
        y += level * sparks(rng, n, rate, snap)
    return y


def crickets(rng: Rng, n: int) -> Array:
    """Chirps of a few pulses, or an endless trill, above 3 kHz; up to three animals."""
    y = np.zeros(n, np.float32)
    for i in range(rng.integers(1, 4)):
        carrier, pulse_rate = log_uniform(rng, 3_200, 6_000), log_uniform(rng, 18, 60)
        song = pulses(np.full(n, pulse_rate), rng.uniform(1, 3))
        if rng.random() < 0.65:
            chirps, count = np.zeros(n, np.float32), rng.integers(2, 6)
            for at in beats(rng, n, count / pulse_rate * rng.uniform(1.5, 4) + 0.05, 0.08):
                add_event(chirps, hump(samples(count / pulse_rate), 0.01, 0.02), at, rng.uniform(0.7, 1))
            song *= chirps
        scrape = tone(carrier * (1 + 0.004 * wander(rng, n, 12))) + 0.1 * noise(rng, n, band(carrier, carrier))
        y += rng.uniform(0.3, 1) ** i * song * scrape
    return y


def chirping_birds(rng: Rng, n: int) -> Array:
    """Songs: phrases of quick glides between 2 and 7 kHz; each bird has its own motif."""
    y = np.zeros(n, np.float32)
    for bird in range(rng.integers(1, 4)):
        pitch = log_uniform(rng, 2_300, 5_200)
        motif = [
            rng.uniform((0.04, 0.75, 0.75, 0.75, 0.02), (0.16, 1.3, 1.3, 1.3, 0.1)) for _ in range(rng.integers(1, 5))
        ]
        for at in beats(rng, n, rng.uniform(0.8, 2.2), 0.4):
            for seconds, a, b, c, pause in motif * rng.integers(1, 4):
                m = samples(seconds)
                f = pitch * rng.uniform(0.98, 1.02) * glide(m, (0, a), (0.5, b), (1, c))
                note = tone(f) + 0.15 * tone(np.minimum(2 * f, 10_000))
                add_event(y, note * hump(m, 0.3 * seconds, 0.4 * seconds), at, rng.uniform(0.6, 1) * 0.5**bird)
                at += seconds + pause
    return y


def water_drops(rng: Rng, n: int) -> Array:
    """Drips: a click, then a bubble that rings with rising pitch."""
    pitch, gap = log_uniform(rng, 600, 2_400), log_uniform(rng, 0.22, 0.8)
    uneven, bubbles = rng.uniform(0.03, 0.7), rng.integers(1, 4)
    y = np.zeros(n, np.float32)
    for at in beats(rng, n, gap, uneven):
        add_event(y, burst(rng, 0.012, band(1_500, 8_000, slope=6)), at, rng.uniform(0.1, 0.4))
        for _ in range(bubbles):
            t60 = rng.uniform(0.03, 0.2)
            m = samples(t60)
            f = pitch * log_uniform(rng, 0.7, 1.6) * glide(m, (0, 1), (1, rng.uniform(1.0, 1.6)))
            at += rng.uniform(0.003, 0.03)
            add_event(y, (tone(f) + 0.2 * tone(2.7 * f)) * decay(m, t60), at, rng.uniform(0.3, 1))
    return y


def wind(rng: Rng, n: int) -> Array:
    """Gusts: deep noise whose brightness follows its level, and sometimes a whistle."""
    gust = np.exp(0.4 * wander(rng, n, rng.uniform(0.2, 0.6)) + 0.05 * wander(rng, n, 3))
    corner = log_uniform(rng, 120, 600)
    deep = noise(rng, n, ((40, 6), (corner, -4), (corner * 4, -20), (9_000, -52)))
    bright = noise(rng, n, ((60, -12), (corner, 0), (corner * 3, -8), (9_000, -42)))
    y = gust * deep + rng.uniform(0.1, 0.6) * gust**2 * bright
    if rng.random() < 0.5:
        pitch = log_uniform(rng, 350, 900) * (1 + 0.06 * wander(rng, n, 0.7))
        whistle = tone(pitch + 12 * wander(rng, n, 30)) * np.abs(wander(rng, n, 25))
        y += rng.uniform(0.1, 0.4) * gust**2 * whistle
    return y


def thunderstorm(rng: Rng, n: int) -> Array:
    """Thunder: a crack and a long rolling rumble, sometimes with rain."""
    rumble = noise(rng, n, ((25, 0), (90, 0), (300, -8), (1_200, -26), (8_000, -60)))
    crack = noise(rng, n, ((40, 0), (300, 0), (1_500, -6), (8_000, -26)))
    deep, sharp = np.full(n, 0.02, np.float32), np.zeros(n, np.float32)
    for start in range(0, n, CLIP):
        at = start / SR + rng.uniform(0, 1.3)
        near = log_uniform(rng, 0.05, 1.0)
        for _ in range(rng.integers(3, 8)):
            seconds = rng.uniform(1.5, 5)
            roll = samples(seconds)
            add_event(
                deep, hump(roll, rng.uniform(0.03, 0.4), 0.5) * decay(roll, seconds * 1.4), at, rng.uniform(0.3, 1)
            )
            add_event(sharp, decay(samples(1.2), rng.uniform(0.4, 1.2)), at, near * rng.uniform(0.2, 1))
            at += rng.exponential(0.45)
    y = rumble * deep * (1 + 0.3 * wander(rng, n, 9)) + sharp * crack
    if rng.random() < 0.5:
        y += log_uniform(rng, 0.003, 0.04) * noise(rng, n, ((100, -6), (1_000, 0), (8_000, -4)))
    return y


RECIPES = {
    "rain": Recipe(play=rain, floor_db=(-45, -25)),
    "sea_waves": Recipe(play=sea_waves, floor_db=(-45, -28)),
    "crackling_fire": Recipe(play=crackling_fire, floor_db=(-45, -22), room_s=(0.06, 0.2)),
    "crickets": Recipe(play=crickets, floor_db=(-34, -6)),
    "chirping_birds": Recipe(play=chirping_birds, floor_db=(-34, -12), room_s=(0.2, 0.8)),
    "water_drops": Recipe(play=water_drops, cut=0.1, floor_db=(-50, -18), room_s=(0.1, 0.9)),
    "wind": Recipe(play=wind, floor_db=(-60, -40)),
    "thunderstorm": Recipe(play=thunderstorm, floor_db=(-60, -45), room_s=(0.4, 1.2)),
}
