"""Recipes for animals: voices are tones with overtones, filtered by a mouth; croaks are trains of pulses.

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
    beats,
    formants,
    glide,
    harmonics,
    hump,
    log_uniform,
    noise,
    pulses,
    samples,
    shape,
    tone,
    wander,
)


def dog(rng: Rng, n: int) -> Array:
    """Barks: a hoarse tone of about 0.2 s that jumps up and falls, singly or in series."""
    pitch, length, hoarse = log_uniform(rng, 240, 750), rng.uniform(0.1, 0.24), rng.uniform(0.08, 0.3)
    mouth = formants((pitch * 1.6, 2), (rng.uniform(1_100, 1_900), 0), (rng.uniform(2_400, 3_400), -9), floor=-36)
    y = np.zeros(n, np.float32)
    many = rng.random() < 0.5
    for start in range(0, n, CLIP):
        gap = rng.uniform(0.28, 0.8)
        at = start / SR + rng.uniform(0, 0.6)
        for _ in range(int(4.5 / gap) if many else rng.integers(1, 4)):
            m = samples(length * rng.uniform(0.8, 1.2))
            f = pitch * rng.uniform(0.92, 1.08) * glide(m, (0, 0.75), (0.25, 1.25), (0.6, 1.1), (1, 0.65))
            voice = shape(harmonics(rng, f, tilt=-4) + hoarse * noise(rng, m), mouth)
            add_event(y, voice * hump(m, 0.015, 0.7 * length), at, rng.uniform(0.5, 1))
            at += gap * rng.choice([1, 1, 1, 2]) * rng.uniform(0.9, 1.1)
    return y


def rooster(rng: Rng, n: int) -> Array:
    """One crow per clip: three short calls and a long one that falls at the end, with strong overtones."""
    pitch, tempo = log_uniform(rng, 420, 800), rng.uniform(0.8, 1.2)
    throat = formants((900, -8), (rng.uniform(1_500, 2_200), 0), (rng.uniform(3_000, 4_200), -4), floor=-30, width=0.5)
    high, end = rng.uniform(1.1, 1.3), rng.uniform(0.65, 0.95)
    y = np.zeros(n, np.float32)
    for start in range(0, n, CLIP):
        at = start / SR + rng.uniform(0.05, 1.2)
        calls = ((0.18, (0.7, 0.9, 0.85)), (0.2, (0.8, 1.0, 0.95)), (0.3, (0.9, high, 1.1)))
        for seconds, (a, b, c) in (*calls, (rng.uniform(0.7, 1.3), (1.0, high, end))):
            m = samples(seconds * tempo)
            f = pitch * glide(m, (0, a), (0.3, b), (0.7, 0.6 * b + 0.4 * c), (1, c)) * (1 + 0.006 * wander(rng, m, 40))
            voice = shape(harmonics(rng, f, tilt=-2) + 0.1 * noise(rng, m), throat)
            add_event(y, voice * hump(m, 0.03, 0.12), at, rng.uniform(0.7, 1))
            at += seconds * tempo + rng.uniform(0.02, 0.07)
    return y


def frog(rng: Rng, n: int) -> Array:
    """Croaks: trains of pulses through a resonant vocal sac; several frogs take turns."""
    y = np.zeros(n, np.float32)
    for _ in range(rng.integers(1, 4)):
        pouch = log_uniform(rng, 700, 2_600)
        mouth = formants((pouch, 0), (pouch * rng.uniform(1.6, 2.2), -8), floor=-44, width=0.3)
        rate, length = log_uniform(rng, 35, 110), rng.uniform(0.12, 0.45)
        double = rng.random() < 0.4
        for at in beats(rng, n, length + rng.uniform(0.15, 0.8), 0.12):
            for later, pitch in ((0, 1.0), (0.45 * length, 1.3))[: 1 + double]:
                m = samples(length * (0.5 if double else 1) * rng.uniform(0.9, 1.1))
                clicks = pulses(rate * pitch * glide(m, (0, 0.9), (1, 1.15)), 25)
                add_event(
                    y, shape(clicks * noise(rng, m), mouth) * hump(m, 0.03, 0.06), at + later, rng.uniform(0.6, 1)
                )
    return y


def cat(rng: Rng, n: int) -> Array:
    """Meows: an arc in pitch while the mouth opens and closes."""
    pitch = log_uniform(rng, 420, 780)
    opened = formants((rng.uniform(1_000, 1_500), 0), (rng.uniform(2_300, 3_200), -4), floor=-34, width=0.5)
    closed = formants((rng.uniform(500, 750), 0), (1_900, -14), floor=-44, width=0.5)
    y = np.zeros(n, np.float32)
    for at in beats(rng, n, rng.uniform(1.2, 2.4), 0.3):
        m = samples(rng.uniform(0.45, 1.0))
        peak = rng.uniform(1.05, 1.35)
        f = pitch * rng.uniform(0.9, 1.1) * glide(m, (0, 0.9), (0.35, peak), (0.7, peak * 0.92), (1, 0.75))
        source = harmonics(rng, f * (1 + 0.004 * wander(rng, m, 30)), tilt=-5) + 0.04 * noise(rng, m)
        mouth = glide(m, (0, 0.1), (0.35, 1), (0.6, 0.9), (1, 0.0))
        voice = mouth * shape(source, opened) + (1 - mouth) * shape(source, closed)
        add_event(y, voice * hump(m, 0.08, 0.2), at, rng.uniform(0.5, 1))
    return y


def crow(rng: Rng, n: int) -> Array:
    """Caws: a rough, noisy voice of about 0.3 s, in series."""
    pitch, gap = log_uniform(rng, 380, 620), rng.uniform(0.5, 1.0)
    throat = formants((rng.uniform(1_100, 1_500), 0), (rng.uniform(1_700, 2_300), 0), (6_500, -14), floor=-26)
    length, rough = rng.uniform(0.22, 0.42), rng.uniform(45, 90)
    y = np.zeros(n, np.float32)
    for i, at in enumerate(beats(rng, n, gap, 0.15)):
        if i % 6 == 5:
            continue
        m = samples(length * rng.uniform(0.9, 1.1))
        f = pitch * rng.uniform(0.95, 1.05) * glide(m, (0, 0.85), (0.3, 1.08), (0.8, 1), (1, 0.8))
        rasp = 1 + 0.7 * tone(rough + 8 * wander(rng, m, 20))
        voice = shape(harmonics(rng, f, tilt=-2) * rasp + 0.6 * noise(rng, m), throat)
        add_event(y, voice * hump(m, 0.03, 0.1), at, rng.uniform(0.6, 1))
    return y


RECIPES = {
    "dog": Recipe(play=dog, cut=0.6, floor_db=(-50, -18)),
    "rooster": Recipe(play=rooster, cut=0.7, floor_db=(-50, -24)),
    "frog": Recipe(play=frog, floor_db=(-36, -14)),
    "cat": Recipe(play=cat, cut=0.15, floor_db=(-45, -18)),
    "crow": Recipe(play=crow, cut=0.4, floor_db=(-32, -8)),
}
