"""Recipes for people: voices filtered by a mouth, breath as noise, hands and feet as bursts.

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
    formants,
    glide,
    harmonics,
    hump,
    log_uniform,
    noise,
    samples,
    shape,
    sparks,
    wander,
)


def crying_baby(rng: Rng, n: int) -> Array:
    """Wails of about a second at 400 Hz with bright overtones, and a gasp between them."""
    pitch, pace = log_uniform(rng, 350, 560), rng.uniform(0.45, 1.3)
    second, third = rng.uniform(1_900, 2_600), rng.uniform(3_300, 4_400)
    mouth = formants((rng.uniform(900, 1_300), 0), (second, -8), (third, -10), floor=-36)
    y, at = np.zeros(n, np.float32), rng.uniform(-0.4, 0.3)
    while at < n / SR:
        m = samples(pace * rng.uniform(0.7, 1.3))
        top = rng.uniform(1.02, 1.25)
        f = pitch * rng.uniform(0.94, 1.08) * glide(m, (0, 0.8), (0.15, top), (0.7, top * 0.96), (1, 0.7))
        f *= 1 + 0.008 * wander(rng, m, 14)
        hoarse = rng.uniform(0.02, 0.3) * noise(rng, m)
        add_event(y, shape(harmonics(rng, f, tilt=-2) + hoarse, mouth) * hump(m, 0.08, 0.15), at, rng.uniform(0.7, 1))
        at += m / SR + rng.uniform(0.08, 0.35)
        gasp = samples(rng.uniform(0.12, 0.3))
        add_event(y, noise(rng, gasp, formants((1_600, 0), (3_200, 0))) * hump(gasp, 0.08, 0.05), at, 0.1)
        at += gasp / SR + rng.uniform(0.02, 0.12)
    return y


def sneezing(rng: Rng, n: int) -> Array:
    """Sneezes: an indrawn breath, a burst of noise, and a voiced tail that falls."""
    pitch = log_uniform(rng, 170, 420)
    mouth = formants((rng.uniform(600, 900), 0), (rng.uniform(1_200, 1_900), 0), (3_000, -8), floor=-26, width=0.5)
    y = np.zeros(n, np.float32)
    for start in range(0, n, CLIP):
        at = start / SR + rng.uniform(0.05, 0.8)
        m = samples(rng.uniform(0.2, 0.5))
        ah = harmonics(rng, pitch * glide(m, (0, 1), (1, 1.25)), tilt=-6) + 0.5 * noise(rng, m)
        add_event(y, shape(ah, mouth) * hump(m, 0.15, 0.06), at, rng.uniform(0.02, 0.3))
        at += m / SR + rng.uniform(0.02, 0.15)
        m = samples(rng.uniform(0.2, 0.45))
        spray = noise(rng, m, ((150, -10), (900, -2), (rng.uniform(1_800, 3_500), 0), (9_000, -9)))
        add_event(y, spray * hump(m, 0.012, 0.85 * m / SR), at, 0.9)
        m = samples(rng.uniform(0.25, 0.6))
        f = pitch * glide(m, (0, 2.4), (0.3, 1.6), (1, 0.8))
        add_event(y, shape(harmonics(rng, f, tilt=-3), mouth) * hump(m, 0.03, 0.7 * m / SR), at, rng.uniform(0.6, 2.5))
    return y


def clapping(rng: Rng, n: int) -> Array:
    """Applause: from a few pairs of hands to a full hall; each clap is a short burst with its own resonance."""
    y = np.zeros(n, np.float32)
    crowd = log_uniform(rng, 3, 120)
    for _ in range(int(min(crowd, 9))):
        hollow = log_uniform(rng, 700, 2_200)
        clap = burst(rng, rng.uniform(0.025, 0.07), band(hollow * 0.7, hollow * 1.8, slope=rng.uniform(7, 12)))
        for at in beats(rng, n, rng.uniform(0.18, 0.34), 0.12):
            add_event(y, clap, at, rng.uniform(0.4, 1))
    if crowd > 9:
        far = sparks(rng, n, crowd * 5, burst(rng, 0.05, band(800, 2_500, slope=9)), spread=0.7)
        y += rng.uniform(1, 3) * y.std() * far / far.std()
    return y


def breathing(rng: Rng, n: int) -> Array:
    """Breathing in and out: noise through two alternating shapes of nose and mouth."""
    period = log_uniform(rng, 1.1, 3.8)
    low, gasp = rng.uniform(450, 900), rng.uniform(0.15, 0.9)
    inward = ((80, -30), (300, -12), (rng.uniform(1_200, 2_200), 0), (4_000, -5), (6_000, -12), (9_000, -20))
    outward = ((60, -16), (low, 0), (low * 2.2, -12), (low * 4, -6), (5_000, -20), (9_000, -32))
    y, at = np.zeros(n, np.float32), rng.uniform(-0.5, 0.2) * period
    while at < n / SR:
        for curve, share, level in ((inward, 0.35, gasp), (outward, 0.45, 1.0)):
            m = samples(share * period * rng.uniform(0.85, 1.1))
            flow = hump(m, 0.3 * m / SR, 0.6 * m / SR) * (1 + 0.12 * wander(rng, m, 12))
            add_event(y, noise(rng, m, curve) * flow, at, level * rng.uniform(0.7, 1))
            at += m / SR + rng.uniform(0, 0.2) * period
    return y


def footsteps(rng: Rng, n: int) -> Array:
    """Footfalls on a hard floor or on gravel: heel, then sole, then crunching."""
    gap, gravel = rng.uniform(0.4, 0.75), rng.random() < 0.6
    heel, crunch = log_uniform(rng, 70, 220), rng.uniform(0.5, 1.2) if gravel else rng.uniform(0.1, 0.25)
    ground = band(rng.uniform(300, 1_200), rng.uniform(2_000, 6_000), slope=5)
    grain = burst(rng, 0.02, ground)
    y = np.zeros(n, np.float32)
    for at in beats(rng, n, gap, 0.06):
        size = rng.uniform(0.5, 1)
        add_event(y, burst(rng, rng.uniform(0.1, 0.2), band(heel, heel * 2, slope=7)), at, 1.5 * size)
        add_event(y, burst(rng, 0.05, ground), at + 0.004, 0.5 * size)
        m = samples(gap * rng.uniform(0.5, 0.9))
        sole = sparks(rng, m, 900 if gravel else 150, grain) * hump(m, 0.3 * m / SR, 0.6 * m / SR)
        add_event(y, sole, at + rng.uniform(-0.04, 0.06), size * crunch)
    return y


RECIPES = {
    "crying_baby": Recipe(play=crying_baby, floor_db=(-50, -22)),
    "sneezing": Recipe(play=sneezing, cut=0.8, floor_db=(-60, -30)),
    "clapping": Recipe(play=clapping, floor_db=(-50, -30), room_s=(0.2, 1.0)),
    "breathing": Recipe(play=breathing, floor_db=(-50, -24), room_s=(0.05, 0.2)),
    "footsteps": Recipe(play=footsteps, floor_db=(-32, -14)),
}
