"""Transforms of mel power: crop with stretch, roll, mel shift, equaliser, gain, and masks.

All act on power before the logarithm, on one clip of shape (n_mels, t).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from esc_core.augment.base import (
    CUTS_AND_SHIFTS,
    LEVEL,
    PITCH_AND_TIME,
    ROOMS_AND_FILTERS,
    SpectrogramTransform,
    register,
)
from esc_core.augment.ranges import Parameter, Range, Values, draw_float, draw_int, signed
from esc_core.words import percent


@register("crop_stretch", title="Crop and stretch", group=CUTS_AND_SHIFTS)
@dataclass(frozen=True)
class CropStretch(SpectrogramTransform):
    """Stretch time by repeating or dropping frames, then cut out a window at random.

    A sound shorter than the window starts at a random time in silence.

    Attributes
    ----------
    n_frames : int
        Length of the window, in frames.
    rate : float or tuple of float
        Speed; 1.25 is a quarter faster.
    """

    keeps_length: ClassVar[bool] = False
    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "A recording that starts at another moment, of something that happens faster or slower."
    destroys_label: ClassVar[str] = (
        "When the window misses the event, or the tempo is the category: a clock, footsteps."
    )
    parameters: ClassVar[dict[str, Parameter]] = {
        "n_frames": Parameter(
            label="Length of the window",
            help="Length of the window.",
            unit="frames",
            bounds=(1, 10_000),
            low=32,
            high=201,
            step=1,
            whole=True,
            single=True,
        ),
        "rate": Parameter(
            label="Speed",
            help="Speed; ×1.25 is a quarter faster.",
            shown_as="factor",
            bounds=(0.25, 4),
            low=0.5,
            high=2,
            step=0.05,
        ),
    }

    n_frames: int = 128
    rate: Range = (0.8, 1.25)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the rate and the first frame; a negative start is silence before the sound."""
        rate = draw_float(rng, self.rate)
        room = max(1, round(shape[1] / rate)) - self.n_frames
        return {"rate": rate, "start": int(rng.integers(min(room, 0), max(room, 0) + 1))}

    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values."""
        start, rate, n_frames = values["start"], values["rate"], self.n_frames
        first = max(0, -start)
        last = max(first, min(n_frames, max(1, round(mel.shape[1] / rate)) - start))
        source = (np.arange(start + first, start + last) * rate).astype(int)
        inside = mel.take(source, axis=1, mode="clip").astype(np.float32, copy=False)
        if last - first == n_frames:
            return inside
        out = np.zeros((mel.shape[0], n_frames), np.float32)
        out[:, first:last] = inside
        return out

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"window of {self.n_frames} frames from frame {values['start']}, speed ×{values['rate']:.2f}"


@register("time_roll", title="Time roll", group=CUTS_AND_SHIFTS)
@dataclass(frozen=True)
class TimeRoll(SpectrogramTransform):
    """Shift the sound in time; what leaves at the end comes in at the start.

    Attributes
    ----------
    share : float or tuple of float
        Shift as a share of the clip, 0 to 1.
    """

    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "A recording that was started at another moment."
    destroys_label: ClassVar[str] = (
        "Rarely: when the order within the sound is the category and the seam cuts it in two."
    )
    parameters: ClassVar[dict[str, Parameter]] = {
        "share": Parameter(
            label="Shift", help="Share of the clip by which it moves; 50% swaps its halves.", shown_as="percent"
        ),
    }

    share: Range = (0.0, 1.0)

    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return np.roll(mel, round(values["share"] * mel.shape[1]), axis=1)

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"rolled by {percent(values['share'])} of the clip"


@register("mel_shift", title="Mel shift", group=PITCH_AND_TIME)
@dataclass(frozen=True)
class MelShift(SpectrogramTransform):
    """Shift the mel axis by whole bands, a cheap pitch shift; the band at the edge is repeated.

    Attributes
    ----------
    n_bands : int or tuple of int
        Bands upwards; negative is downwards.
    """

    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "A smaller or larger source of the same kind, such as another dog."
    destroys_label: ClassVar[str] = "When size is the category: a cat shifted far up, a hen shifted far down."
    parameters: ClassVar[dict[str, Parameter]] = {
        "n_bands": Parameter(
            label="Shift",
            help="Bands upwards; negative is downwards.",
            unit="bands",
            bounds=(-64, 64),
            low=-12,
            high=12,
            step=1,
            whole=True,
        ),
    }

    n_bands: Range = (-3, 3)

    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values."""
        n_mels = mel.shape[0]
        return mel.take(np.arange(-values["n_bands"], n_mels - values["n_bands"]), axis=0, mode="clip")

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"mel bands {signed(values['n_bands'], digits=0)}"


@lru_cache(maxsize=64)
def _band_positions(n_mels: int, n_points: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(n_mels), np.linspace(0, n_mels - 1, n_points)


@register("mel_equalizer", title="Mel equaliser", group=ROOMS_AND_FILTERS)
@dataclass(frozen=True)
class MelEqualizer(SpectrogramTransform):
    """Colour the sound with a smooth random gain curve over the bands, as another microphone would.

    Attributes
    ----------
    gain_db : float or tuple of float
        Gain at each point of the curve, in dB.
    n_points : int or tuple of int
        Number of points of the curve, evenly spaced over the bands.
    """

    imitates: ClassVar[str] = "Another microphone, another loudspeaker, another distance."
    destroys_label: ClassVar[str] = "When it removes the only band that the sound has, such as the 4 kHz of crickets."
    parameters: ClassVar[dict[str, Parameter]] = {
        "gain_db": Parameter(
            label="Gain",
            help="Gain at each point of the curve.",
            unit="dB",
            bounds=(-40, 40),
            low=-12,
            high=12,
            step=0.5,
        ),
        "n_points": Parameter(
            label="Points of the curve",
            help="Number of points of the curve, from the lowest band to the highest.",
            unit="points",
            bounds=(2, 32),
            low=2,
            high=10,
            step=1,
            whole=True,
        ),
    }

    gain_db: Range = (-4.0, 4.0)
    n_points: Range = (2, 5)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the gain at each point."""
        n_points = draw_int(rng, self.n_points)
        return {"gain_db": [draw_float(rng, self.gain_db) for _ in range(n_points)]}

    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values."""
        bands, points = _band_positions(mel.shape[0], len(values["gain_db"]))
        curve = np.interp(bands, points, values["gain_db"])
        return mel * (10 ** (curve / 10)).astype(np.float32)[:, None]

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"equaliser from low to high {', '.join(map(signed, values['gain_db']))} dB"


@register("mel_gain", title="Mel gain", group=LEVEL)
@dataclass(frozen=True)
class MelGain(SpectrogramTransform):
    """Make the whole sound louder or quieter.

    Attributes
    ----------
    gain_db : float or tuple of float
        Gain in dB.
    """

    imitates: ClassVar[str] = "A source that is nearer or further away, or a microphone set to another level."
    destroys_label: ClassVar[str] = "Never on its own, but very quiet sounds fall below the floor of the spectrogram."
    parameters: ClassVar[dict[str, Parameter]] = {
        "gain_db": Parameter(
            label="Gain",
            help="Gain; 6 dB double the amplitude.",
            unit="dB",
            bounds=(-60, 60),
            low=-24,
            high=24,
            step=0.5,
        ),
    }

    gain_db: Range = (-6.0, 6.0)

    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return mel * np.float32(10 ** (values["gain_db"] / 10))

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"gain {signed(values['gain_db'])} dB"
