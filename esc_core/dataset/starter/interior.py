"""Recipes for indoor sounds: knocks and clicks are struck modes, machines are hum and noise.

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
    glide,
    harmonics,
    hump,
    log_uniform,
    noise,
    ring,
    samples,
    tone,
    wander,
)


def _modes(rng: Rng, low: float, high: float, count: int) -> np.ndarray:
    """Return frequencies of a struck body, in rising order."""
    return np.sort(np.exp(rng.uniform(np.log(low), np.log(high), count)))


def door_wood_knock(rng: Rng, n: int) -> Array:
    """Series of knocks on a panel: low modes that decay within 0.1 s."""
    modes = _modes(rng, 90, 2_200, 12)
    fall, size = rng.uniform(0.1, 0.25) * (100 / modes) ** 0.35, (100 / modes) ** rng.uniform(0.3, 0.8)
    y = np.zeros(n, np.float32)
    for start in range(0, n, CLIP):
        at, gap = start / SR + rng.uniform(0.02, 0.5), rng.uniform(0.13, 0.3)
        for _ in range(rng.integers(3, 8)):
            knock = ring(rng, samples(0.3), modes * rng.uniform(0.98, 1.02), fall, size * rng.uniform(0.5, 1.2, 12))
            add_event(knock, burst(rng, 0.012, band(800, 5_000, slope=6)), 0, rng.uniform(0.2, 0.6))
            add_event(y, knock, at, rng.uniform(0.6, 1))
            at += gap * rng.uniform(0.85, 1.15)
    return y


def _plastic(rng: Rng, seconds: float, modes: np.ndarray, hiss: float) -> Array:
    """Return a click of a small object: a few high modes and a little noise."""
    count = len(modes)
    click = 0.5 * ring(rng, samples(seconds), modes, seconds * rng.uniform(0.2, 1, count), rng.uniform(0.2, 1, count))
    add_event(click, burst(rng, 0.4 * seconds, band(1_500, 8_000, slope=5)), 0, hiss)
    return click


def mouse_click(rng: Rng, n: int) -> Array:
    """Press and release: two clicks of small plastic parts 0.1 s apart."""
    press, release = (_plastic(rng, rng.uniform(0.02, 0.05), _modes(rng, 700, 5_500, 9), 0.6) for _ in range(2))
    hold, gap, few = rng.uniform(0.06, 0.14), rng.uniform(0.3, 1.3), rng.random() < 0.5
    y = np.zeros(n, np.float32)
    for start in range(0, n, CLIP):
        times = beats(rng, CLIP, gap, 0.7)
        for at in start / SR + (times[: rng.integers(1, 4)] * 0.5 if few else times):
            add_event(y, press, at, rng.uniform(0.5, 1))
            add_event(y, release, at + hold * rng.uniform(0.9, 1.1), rng.uniform(0.3, 0.6))
    return y


def keyboard_typing(rng: Rng, n: int) -> Array:
    """Keys in quick series: each goes down with a click and comes up with a fainter one."""
    plate, hiss = _modes(rng, 250, 4_500, 10), rng.uniform(0.3, 1.2)
    keys = [_plastic(rng, rng.uniform(0.03, 0.07), plate * rng.uniform(0.9, 1.1, 10), hiss) for _ in range(8)]
    y, at = np.zeros(n, np.float32), rng.uniform(0, 0.2)
    pace = rng.uniform(0.09, 0.18)
    while at < n / SR:
        size = rng.uniform(0.4, 1)
        add_event(y, keys[rng.integers(8)], at, size)
        add_event(y, keys[rng.integers(8)], at + rng.uniform(0.05, 0.1), size * rng.uniform(0.2, 0.5))
        at += pace * rng.uniform(0.5, 1.5) + (rng.uniform(0.2, 0.9) if rng.random() < 0.07 else 0)
    return y


def vacuum_cleaner(rng: Rng, n: int) -> Array:
    """Suction: a roar of air over the whine of the motor and its fan, steady except for changes of floor."""
    start = glide(n, (0, 0.2), (0.1, 0.9), (0.2, 1), (1, 1)) if rng.random() < 0.2 else np.ones(n, np.float32)
    motor = log_uniform(rng, 180, 480) * start * (1 + 0.003 * wander(rng, n, 2))
    middle, high, top = rng.uniform(-2, 4), rng.uniform(-6, 2), rng.uniform(-18, -6)
    air = noise(rng, n, ((50, -8), (250, 0), (900, middle), (3_000, high), (9_000, top)))
    y = air * start**2 * (1 + 0.08 * wander(rng, n, 3))
    y += rng.uniform(0.2, 0.8) * harmonics(rng, motor, tilt=-9)
    return y + rng.uniform(0.05, 0.35) * tone(motor * rng.integers(7, 14)) * (1 + 0.1 * wander(rng, n, 30))


def clock_alarm(rng: Rng, n: int) -> Array:
    """Alarms: groups of short beeps between 1 and 4 kHz, or mechanical bells."""
    if rng.random() < 0.25:
        return _alarm_bell(rng, n)
    pitch, count = log_uniform(rng, 1_000, 3_800), rng.integers(1, 5)
    length = rng.uniform(0.04, 0.12) if count > 1 else rng.uniform(0.15, 0.5)
    step, pause, bright = length * rng.uniform(1.5, 2.2), rng.uniform(0.1, 0.6), rng.uniform(-9, -1)
    m = samples(length)
    beep = harmonics(rng, np.full(m, pitch, np.float32), tilt=bright) * hump(m, 0.002, rng.uniform(0.003, 0.02))
    y, at = np.zeros(n, np.float32), rng.uniform(0, 0.3)
    while at < n / SR:
        for i in range(count):
            add_event(y, beep, at + i * step)
        at += count * step + pause
    return y


def _alarm_bell(rng: Rng, n: int) -> Array:
    """Return the hammer of a wind-up clock striking its two bells."""
    modes = log_uniform(rng, 1_300, 2_600) * np.array([1, 1.52, 2.1, 2.74, 3.4])
    fall, size = np.linspace(0.5, 0.2, 5), rng.uniform(0.3, 1, 5)
    bells = [ring(rng, samples(0.5), modes * detune, fall, size) for detune in (1, 1.06)]
    y = np.zeros(n, np.float32)
    for i, at in enumerate(beats(rng, n, 1 / rng.uniform(11, 20), 0.08)):
        add_event(y, bells[i % 2], at, rng.uniform(0.6, 1))
    return y


def clock_tick(rng: Rng, n: int) -> Array:
    """Tick and tock: two small bodies struck alternately, steady to about 1 ms."""
    rate, alike = rng.choice([1.0, 2.0, 2.0, 2.5, 3.0, 4.0]), rng.random() < 0.5
    bodies = [_plastic(rng, rng.uniform(0.03, 0.12), _modes(rng, 500, 6_500, 10), 0.5) for _ in range(2)]
    y = np.zeros(n, np.float32)
    for i, at in enumerate(np.arange(rng.random() / rate, n / SR, 1 / rate)):
        tick = bodies[0 if alike else i % 2]
        add_event(y, tick, at + rng.normal(0, 0.001), rng.uniform(0.85, 1))
        add_event(y, burst(rng, 0.01, band(1_500, 8_000, slope=5)), at, 0.3)
    return y


def glass_breaking(rng: Rng, n: int) -> Array:
    """Crashes: an impact, then shards that ring at high frequencies and overlap."""
    y = np.zeros(n, np.float32)
    for start in range(0, n, CLIP):
        at = start / SR + rng.uniform(0.02, 0.6)
        add_event(y, burst(rng, rng.uniform(0.15, 0.5), ((150, -14), (900, -3), (3_000, 0), (9_000, -2))), at, 1.5)
        for _ in range(rng.integers(12, 45)):
            shard = ring(
                rng, samples(0.3), _modes(rng, 1_500, 9_500, 4), rng.uniform(0.04, 0.3, 4), rng.uniform(0.2, 1, 4)
            )
            add_event(shard, burst(rng, 0.01, band(2_000, 9_000, slope=5)), 0, 0.5)
            add_event(y, shard, at + rng.exponential(0.22), rng.uniform(0.05, 0.7))
    return y


RECIPES = {
    "door_wood_knock": Recipe(play=door_wood_knock, cut=0.7, floor_db=(-60, -32), room_s=(0.15, 0.6)),
    "mouse_click": Recipe(play=mouse_click, cut=0.6, floor_db=(-36, -10), room_s=(0.05, 0.2)),
    "keyboard_typing": Recipe(play=keyboard_typing, floor_db=(-45, -20), room_s=(0.05, 0.25)),
    "vacuum_cleaner": Recipe(play=vacuum_cleaner, floor_db=(-50, -35)),
    "clock_alarm": Recipe(play=clock_alarm, cut=0.1, floor_db=(-60, -28)),
    "clock_tick": Recipe(play=clock_tick, floor_db=(-40, -12), room_s=(0.05, 0.3)),
    "glass_breaking": Recipe(play=glass_breaking, cut=0.85, floor_db=(-60, -34)),
}
