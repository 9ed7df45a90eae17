"""Transforms of a waveform's level: gain, polarity, and deliberate clipping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from esc_core.augment.base import DAMAGE, LEVEL, WaveformTransform, register
from esc_core.augment.ranges import Parameter, Range, Values, signed


@register("gain", title="Gain", group=LEVEL)
@dataclass(frozen=True)
class Gain(WaveformTransform):
    """Make the whole sound louder or quieter.

    Attributes
    ----------
    gain_db : float or tuple of float
        Gain in dB.
    """

    imitates: ClassVar[str] = "A source that is nearer or further away, or a microphone set to another level."
    destroys_label: ClassVar[str] = "Never on its own; a result that is too loud is turned down, so that nothing clips."
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

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return y * np.float32(10 ** (values["gain_db"] / 20))

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"gain {signed(values['gain_db'])} dB"


@register("polarity", title="Polarity inversion", group=LEVEL)
@dataclass(frozen=True)
class Polarity(WaveformTransform):
    """Invert the sign of the waveform."""

    imitates: ClassVar[str] = "A microphone with its two wires swapped: inaudible, but different to a waveform model."
    destroys_label: ClassVar[str] = "Never."

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return -y

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return "polarity inverted"


_DRIVE = Parameter(
    label="Drive",
    help="Gain before the clipping, relative to the sound's own peak.",
    unit="dB",
    bounds=(0, 60),
    low=0,
    high=40,
    step=1,
)


@register("soft_clip", title="Soft clipping", group=DAMAGE)
@dataclass(frozen=True)
class SoftClip(WaveformTransform):
    """Drive the sound into gentle saturation (hyperbolic tangent) and keep its peak.

    Attributes
    ----------
    drive_db : float or tuple of float
        Gain before the saturation, relative to the sound's own peak, in dB.
    """

    imitates: ClassVar[str] = "A tape, a valve amplifier, or a small loudspeaker at its limit."
    destroys_label: ClassVar[str] = "When driven so far that background and event are equally loud."
    parameters: ClassVar[dict[str, Parameter]] = {"drive_db": _DRIVE}

    drive_db: Range = (0.0, 18.0)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        peak = float(np.abs(y).max(initial=0.0))
        if peak == 0:
            return y.copy()
        drive = 10 ** (values["drive_db"] / 20)
        out = np.tanh(y * np.float32(drive / peak))
        out *= np.float32(peak / np.tanh(drive))
        return out

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"soft clipping, driven by {values['drive_db']:.0f} dB"


@register("hard_clip", title="Hard clipping", group=DAMAGE)
@dataclass(frozen=True)
class HardClip(WaveformTransform):
    """Drive the sound over a limit at which it is cut off, and keep its peak.

    Attributes
    ----------
    drive_db : float or tuple of float
        Gain before the clipping, relative to the sound's own peak, in dB.
    """

    imitates: ClassVar[str] = "A recorder whose level was set too high: the crackle of a clipped phone video."
    destroys_label: ClassVar[str] = "When little more than a square wave is left: a dog and a door then sound alike."
    parameters: ClassVar[dict[str, Parameter]] = {"drive_db": _DRIVE}

    drive_db: Range = (0.0, 18.0)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        peak = np.abs(y).max(initial=np.float32(0))
        return np.clip(y * np.float32(10 ** (values["drive_db"] / 20)), -peak, peak)

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"hard clipping, driven by {values['drive_db']:.0f} dB"
