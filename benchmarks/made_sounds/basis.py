"""What all sounds share: rate, length, the frequency of a note."""

from __future__ import annotations

import numpy as np

SR = 16_000
"""Rate of the sounds in Hz, that of the shipped models."""

SECONDS = (2.0, 5.0)
"""Length in seconds; speech is as long as its sentence, up to the longer one."""

Rng = np.random.Generator


def times(rng: Rng) -> np.ndarray:
    """Return the time of each sample in seconds, of a sound whose length is drawn."""
    return np.arange(int(rng.uniform(*SECONDS) * SR)) / SR


def hertz_of(note: float) -> float:
    """Return the frequency of a note by its MIDI number, 69 being 440 Hz."""
    return 440 * 2 ** ((float(note) - 69) / 12)
