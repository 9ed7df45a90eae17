"""Rooms: convolution with a synthetic room impulse response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from esc_core.augment.base import ROOMS_AND_FILTERS, WaveformTransform, register
from esc_core.augment.convolution import convolve
from esc_core.augment.ranges import Parameter, Range, Values, draw_seed, signed

FIRST_REFLECTION_SECONDS = 0.002
"""Time from the direct sound to the first echo: from a surface about 35 cm away."""

TAIL_DB = 50.0
"""Decay at which the response ends; the rest is inaudible."""


def room_response(*, rt60: float, drr_db: float, sr: int, seed: int) -> np.ndarray:
    """Generate the impulse response of a room: the direct sound, then noise that decays exponentially.

    The diffuse-field model of Schroeder (1965) and Polack (1988): after the first echoes a room's response is noise
    whose level falls by 60 dB within the reverberation time.

    Parameters
    ----------
    rt60 : float
        Reverberation time in seconds.
    drr_db : float
        Energy of the direct sound relative to that of all echoes, in dB.
    sr : int
        Rate in Hz.
    seed : int
        Seed of the noise.

    Returns
    -------
    numpy.ndarray, shape (n,), float32
        Response of unit energy, so that steady sounds keep their level.
    """
    start = max(1, round(FIRST_REFLECTION_SECONDS * sr))
    n_tail = max(1, round(rt60 * TAIL_DB / 60 * sr))
    response = np.zeros(start + n_tail, np.float32)
    tail = response[start:]
    np.random.default_rng(seed).random(dtype=np.float32, out=tail)
    tail -= np.float32(0.5)
    tail *= np.exp(np.arange(n_tail, dtype=np.float32) * np.float32(-3 * np.log(10) / (rt60 * sr)))
    energy = 10 ** (-drr_db / 10)
    tail *= np.float32(np.sqrt(energy / np.dot(tail, tail)))
    response[0] = 1.0
    response *= np.float32(1 / np.sqrt(1 + energy))
    return response


@register("reverb", title="Reverberation", group=ROOMS_AND_FILTERS)
@dataclass(frozen=True)
class Reverb(WaveformTransform):
    """Place the sound in a synthetic room; what still rings at the end of the clip is cut off.

    Attributes
    ----------
    rt60 : float or tuple of float
        Reverberation time RT60 in seconds: a decay by 60 dB.
    drr_db : float or tuple of float
        Direct-to-reverberant ratio in dB; low means far away.
    """

    imitates: ClassVar[str] = "A room: 0.3 s is a furnished one, 0.6 s a classroom, 1.5 s a staircase."
    destroys_label: ClassVar[str] = "When echoes fill the pauses that make it recognisable: a ticking clock, footsteps."
    parameters: ClassVar[dict[str, Parameter]] = {
        "rt60": Parameter(
            label="Reverberation time",
            help="Time in which an echo falls by 60 dB.",
            unit="s",
            bounds=(0.05, 5),
            low=0.1,
            high=2,
            step=0.05,
        ),
        "drr_db": Parameter(
            label="Direct sound over echoes",
            help="Level of the direct sound over its echoes; high is near the source, low is far away.",
            unit="dB",
            bounds=(-30, 40),
            low=-12,
            high=18,
            step=1,
        ),
    }

    rt60: Range = (0.2, 0.8)
    drr_db: Range = (-3.0, 9.0)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the room and a seed for its response."""
        return super().draw(rng, shape) | {"seed": draw_seed(rng)}

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        response = room_response(rt60=values["rt60"], drr_db=values["drr_db"], sr=sr, seed=values["seed"])
        return convolve(y, response)[: y.size].copy()

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"room with {values['rt60']:.2f} s reverberation, direct sound {signed(values['drr_db'], digits=0)} dB"
