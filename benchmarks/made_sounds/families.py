"""All sounds, family by family, the same ones each time; half of them are put into a room with noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.made_sounds import music, signals
from benchmarks.made_sounds.basis import SR, Rng
from benchmarks.made_sounds.speech import FIT_VOICES, VOICES, speech
from esc_core.augment import Compose

ROOM_AND_NOISE = (
    {"name": "reverb", "rt60": [0.2, 0.6]},
    {"name": "noise", "snr_db": [10.0, 25.0], "color": "pink"},
)
"""What every second sound goes through."""

N_SPEECH = 48
"""Sentences that are spoken; `FAMILIES` has the numbers of the other sounds."""

FAMILIES: dict[str, tuple[int, Callable[[Rng, int], np.ndarray]]] = {
    "flute": (12, music.flute),
    "plucked strings": (12, music.strings),
    "piano": (10, music.piano),
    "organ": (10, music.organ),
    "synthesiser": (10, music.pad),
    "drums": (10, music.drums),
    "whistle": (12, signals.whistle),
    "sine tone": (10, signals.sine_tone),
    "square wave": (10, signals.square_wave),
    "saw wave": (10, signals.saw_wave),
    "sweep": (10, signals.sweep),
    "telephone keys": (8, signals.dial),
    "modem": (8, signals.modem),
    "heartbeat": (8, signals.heartbeat),
    "white noise": (8, lambda rng, i: signals.noise(rng, 0)),
    "pink noise": (8, lambda rng, i: signals.noise(rng, 0.5)),
    "brown noise": (8, lambda rng, i: signals.noise(rng, 1)),
}
"""Beside speech: how many sounds of each family are made, and what makes one from a generator and its number."""


@dataclass(frozen=True)
class MadeSound:
    """A sound that is none of the fifty.

    Attributes
    ----------
    name : str
        Its family and number, such as "flute-3".
    family : str
        What kind of sound it is.
    y : numpy.ndarray, shape (n,), float32
        Waveform at `SR`.
    in_room : bool
        Whether it was put into a room with noise.
    """

    name: str
    family: str
    y: np.ndarray
    in_room: bool


def made_sounds(*, to_fit: bool = False) -> Iterator[MadeSound]:
    """Make the sounds.

    Parameters
    ----------
    to_fit : bool
        Make other sounds of the same families, which a rule may learn from: other voices, tunes and pitches. Those of
        the default are only for measuring.

    Yields
    ------
    MadeSound
        One after the other, by family.

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    """
    room = Compose.from_json([dict(step) for step in ROOM_AND_NOISE])
    families = {"speech": (N_SPEECH, partial(speech, voices=FIT_VOICES if to_fit else VOICES)), **FAMILIES}
    for number, (family, (n, make)) in enumerate(families.items()):
        for i in range(n):
            rng = np.random.default_rng([int(to_fit), number, i])
            y = _levelled(make(rng, i), rng)
            in_room = i % 2 == 1
            if in_room:
                y = room(y, SR, rng).y
            yield MadeSound(f"{family}-{i}", family, y.astype(np.float32), in_room)


def _levelled(y: np.ndarray, rng: Rng) -> np.ndarray:
    """Return a sound with short ramps at its ends, at a peak between −20 and −1 dB."""
    ramp = np.minimum(1, np.arange(len(y)) / (0.01 * SR))
    y = y * ramp * ramp[::-1]
    return np.asarray(10 ** (rng.uniform(-20, -1) / 20) * y / np.abs(y).max(), np.float32)
