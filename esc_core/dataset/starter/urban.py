"""Recipes for urban sounds: engines are trains of pulses, alarms and bells are tones.

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
    cycles,
    formants,
    glide,
    harmonics,
    hump,
    log_uniform,
    noise,
    pulses,
    ring,
    samples,
    sparks,
    tone,
    wander,
)


def helicopter(rng: Rng, n: int) -> Array:
    """Rotor blades at 9 to 22 pulses per second over noise, and the whine of the turbine."""
    rate = log_uniform(rng, 9, 22) * (1 + 0.01 * wander(rng, n, 0.4))
    slap = pulses(rate, rng.uniform(1.5, 8))
    air = noise(rng, n, ((40, 6), (150, 4), (500, -4), (2_000, -12), (9_000, rng.uniform(-46, -28))))
    thump = noise(rng, n, ((30, 3), (90, 6), (300, -4), (1_500, -24), (9_000, -60)))
    y = (rng.uniform(0.3, 1.0) + slap) * air + rng.uniform(0.4, 1.5) * slap * thump
    turbine = log_uniform(rng, 900, 3_000) * (1 + 0.004 * wander(rng, n, 0.5))
    y += rng.uniform(0.0, 0.1) * tone(turbine)
    return y * glide(n, (0, rng.uniform(0.2, 1)), (0.5, 1), (1, rng.uniform(0.2, 1)))


def chainsaw(rng: Rng, n: int) -> Array:
    """Revs: a two-stroke engine that idles, speeds up and cuts, with rasping overtones up to 8 kHz."""
    rev = np.clip(0.55 + 0.6 * wander(rng, n, rng.uniform(0.4, 1.0)), 0, 1)
    rate = log_uniform(rng, 60, 110) * (1 + rng.uniform(0.4, 1.3) * rev) * (1 + 0.02 * wander(rng, n, 25))
    muffler = ((60, -10), (rng.uniform(200, 500), 0), (1_200, -2), (rng.uniform(2_500, 4_500), -6), (9_000, -20))
    buzz = harmonics(rng, rate, tilt=-3, curve=muffler)
    rasp = noise(rng, n, ((100, -16), (900, 0), (3_500, -4), (9_000, -16))) * (0.4 + pulses(rate, 3))
    return (0.35 + rev) * (buzz + rng.uniform(0.3, 0.8) * rasp) * (1 + 0.15 * wander(rng, n, 12))


def siren(rng: Rng, n: int) -> Array:
    """Sirens: wail, yelp, or two alternating tones, with overtones and the echoes of the street."""
    kind = rng.choice(["wail", "yelp", "two_tone"])
    low, high = log_uniform(rng, 450, 800), log_uniform(rng, 1_000, 1_700)
    pace, nearer = 1 + 0.06 * wander(rng, n, 0.5), 1 + 0.008 * wander(rng, n, 0.3)
    if kind == "two_tone":
        f = low * (1.16 + 0.16 * np.tanh(12 * tone(rng.uniform(0.7, 1.0) * pace)))
    else:
        rate, rise = rng.uniform(0.12, 0.35) if kind == "wail" else rng.uniform(2.2, 4.5), rng.uniform(0.3, 0.6)
        turns = (cycles(rate * pace) + rng.random()) % 1
        f = low + (high - low) * np.sin(np.pi / 2 * np.where(turns < rise, turns / rise, (1 - turns) / (1 - rise)))
    return np.exp(0.3 * wander(rng, n, 0.4)) * harmonics(rng, f * nearer, tilt=rng.uniform(-12, -7))


def car_horn(rng: Rng, n: int) -> Array:
    """Horns: two reedy notes a third apart, pressed briefly or for long."""
    pitch, other = log_uniform(rng, 320, 480), float(rng.choice([1.0, 1.19, 1.26, 1.33]))
    trumpet = ((150, -20), (pitch, -6), (1_200, 0), (rng.uniform(1_800, 3_000), -6), (4_500, -28), (9_000, -50))
    y = np.zeros(n, np.float32)
    for start in range(0, n, CLIP):
        at = start / SR + rng.uniform(0.0, 0.8)
        for _ in range(rng.integers(1, 5)):
            m = samples(log_uniform(rng, 0.12, 1.8))
            f = pitch * glide(m, (0, 0.98), (0.05, 1), (1, 1))
            both = harmonics(rng, f, tilt=-1, curve=trumpet) + harmonics(rng, other * f, tilt=-1, curve=trumpet)
            add_event(y, both * hump(m, 0.012, 0.03), at)
            at += m / SR + rng.uniform(0.08, 0.7)
    return y


def engine(rng: Rng, n: int) -> Array:
    """Idling: 15 to 60 uneven explosions per second, filtered by exhaust and bonnet."""
    rate = log_uniform(rng, 15, 60) * (1 + 0.015 * wander(rng, n, 2) + 0.02 * wander(rng, n, 30))
    if rng.random() < 0.3:
        rate *= glide(n, (0, 1), (0.3, 1), (0.6, rng.uniform(1.3, 2)), (1, 1))
    exhaust = ((25, 6), (rng.uniform(70, 180), 8), (500, -6), (rng.uniform(900, 2_000), -8), (9_000, -34))
    beat = harmonics(rng, rate, tilt=-2, curve=exhaust) * (1 + 0.15 * tone(rate / 2))
    valves = noise(rng, n, ((100, -8), (800, 0), (3_000, -3), (9_000, -16))) * (0.3 + pulses(rate, 4))
    rumble = noise(rng, n, ((30, 8), (120, 4), (600, -14), (9_000, -50)))
    return beat + rng.uniform(0.05, 0.35) * valves + 0.4 * rumble


def church_bells(rng: Rng, n: int) -> Array:
    """Peals: a few overlapping bells, each with hum, prime, minor third, fifth, nominal and above."""
    partials = np.array([0.5, 1, 1.19, 1.5, 2, 2.51, 3.01, 4.17, 5.4, 6.8])
    size = np.array([0.5, 0.7, 0.6, 0.35, 1, 0.7, 0.8, 0.8, 0.6, 0.5])
    fall = log_uniform(rng, 3, 7) * np.array([1.6, 1, 0.9, 0.7, 0.8, 0.7, 0.6, 0.6, 0.5, 0.4])
    prime = log_uniform(rng, 190, 520)
    peal = prime * np.array([1, 1.125, 1.25, 1.5])[: rng.integers(1, 5)]
    bells = [ring(rng, samples(6), hz * partials, fall, size * rng.uniform(0.5, 1.4, 10)) for hz in peal]
    clapper = burst(rng, 0.08, band(1_000, 6_000, slope=6))
    y = np.zeros(n, np.float32)
    for i, at in enumerate(beats(rng, n + 3 * SR, rng.uniform(0.45, 2.0), 0.08) - 3):
        add_event(y, bells[i % len(bells)], at, rng.uniform(0.5, 1))
        add_event(y, clapper, at, rng.uniform(0.1, 0.6))
    return y


def airplane(rng: Rng, n: int) -> Array:
    """Fly-bys: a deep roar that swells and fades; the drone falls, and the echo from the ground combs the noise."""
    roar = noise(rng, n, ((30, 4), (120, 6), (500, -5), (1_800, -16), (4_000, rng.uniform(-42, -28)), (9_000, -68)))
    t = np.arange(n)
    echo = np.interp(t - SR * glide(n, (0, rng.uniform(0.001, 0.004)), (1, rng.uniform(0.001, 0.004))), t, roar)
    y = (roar + rng.uniform(0.1, 0.5) * echo) * np.exp(0.35 * wander(rng, n, rng.uniform(0.4, 1.5)))
    sinking = glide(n, (0, 1.06), (0.4, 1.03), (0.7, 0.96), (1, 0.93))
    drone = log_uniform(rng, 70, 180) * sinking * (1 + 0.002 * wander(rng, n, 1))
    y += rng.uniform(0.1, 0.7) * harmonics(rng, drone, tilt=-6) * (1 + 0.2 * wander(rng, n, 3))
    return y * glide(n, (0, rng.uniform(0.3, 1)), (rng.uniform(0.3, 0.7), 1), (1, rng.uniform(0.3, 1)))


def fireworks(rng: Rng, n: int) -> Array:
    """Bangs that echo between houses, crackling stars, and a whistle during the ascent."""
    y = np.zeros(n, np.float32)
    far, star = rng.uniform(-30, -14), burst(rng, 0.02, band(1_200, 8_000, slope=5))
    for at in beats(rng, n, rng.uniform(0.4, 1.3), 0.7):
        near = log_uniform(rng, 0.2, 1)
        m = samples(rng.uniform(1.0, 3.0))
        add_event(
            y,
            noise(rng, m, ((40, 6), (200, 3), (1_000, -5), (4_000, far), (9_000, far - 12)))
            * hump(m, 0.002, 0.1)
            * _roll(m),
            at,
            near,
        )
        add_event(y, burst(rng, 0.06, ((40, 0), (9_000, 0))), at, near * rng.uniform(0.3, 1.5))
        if rng.random() < 0.35:
            m = samples(rng.uniform(0.6, 1.4))
            stars = sparks(rng, m, rng.uniform(40, 120), star, spread=0.6) * hump(m, 0.2, 0.5)
            add_event(y, stars, at + rng.uniform(0.2, 0.5), near * 0.5)
        if rng.random() < 0.2:
            m = samples(rng.uniform(0.5, 1.0))
            f = (
                log_uniform(rng, 1_500, 3_000)
                * glide(m, (0, 0.8), (0.6, 1.1), (1, 1))
                * (1 + 0.01 * wander(rng, m, 30))
            )
            add_event(y, tone(f) * hump(m, 0.1, 0.2), at - m / SR, near * 0.12)
    return y


def _roll(m: int) -> Array:
    """Return the decay (m,) of a bang between houses: first fast, then slow."""
    t = np.arange(m, dtype=np.float32) / SR
    return 0.9 * np.exp(-t / np.float32(0.04)) + 0.15 * np.exp(-t / np.float32(0.35))


def hand_saw(rng: Rng, n: int) -> Array:
    """Strokes of teeth through wood: the push is loud and bright, the pull softer, and the blade hums."""
    stroke = tone(rng.uniform(1.3, 2.9) * (1 + 0.05 * wander(rng, n, 0.6)))
    teeth = log_uniform(rng, 120, 260) * (0.25 + np.abs(stroke))
    low, middle, high = rng.uniform(700, 1_200), rng.uniform(1_800, 2_800), rng.uniform(4_500, 6_500)
    blade = formants((low, -4), (middle, 0), (high, -6), floor=-26, width=0.5)
    push = noise(rng, n, blade) + 0.4 * harmonics(rng, teeth, tilt=-2, curve=blade)
    pull = noise(rng, n, ((150, -6), (900, 0), (3_000, -6), (9_000, -18)))
    back = rng.uniform(0.2, 0.7)
    y = np.maximum(stroke, 0) * push + back * np.maximum(-stroke, 0) * pull
    return y * (1 + 0.2 * wander(rng, n, 20))


RECIPES = {
    "helicopter": Recipe(play=helicopter, floor_db=(-50, -35)),
    "chainsaw": Recipe(play=chainsaw, floor_db=(-50, -32)),
    "siren": Recipe(play=siren, floor_db=(-40, -16), room_s=(0.4, 1.2)),
    "car_horn": Recipe(play=car_horn, cut=0.25, floor_db=(-40, -12), room_s=(0.2, 0.9)),
    "engine": Recipe(play=engine, floor_db=(-50, -35)),
    "church_bells": Recipe(play=church_bells, floor_db=(-36, -18), room_s=(0.5, 1.5)),
    "airplane": Recipe(play=airplane, floor_db=(-60, -45)),
    "fireworks": Recipe(play=fireworks, floor_db=(-50, -26), room_s=(0.5, 1.5)),
    "hand_saw": Recipe(play=hand_saw, floor_db=(-50, -30)),
}
