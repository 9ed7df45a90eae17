"""Filters on waveforms: low-, high- and band-pass, and a random equaliser."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log2
from typing import ClassVar, Literal

import numpy as np

from esc_core.augment.base import ROOMS_AND_FILTERS, WaveformTransform, register
from esc_core.augment.convolution import convolve
from esc_core.augment.ranges import Parameter, Range, Values, draw_float, draw_int, signed
from esc_core.config import require

ORDER = 4
"""Order of the Butterworth filters: 24 dB per octave beyond the cut-off frequency."""

HIGHEST_SHARE = 0.95
"""Highest cut-off frequency of a filter, as a share of half the sampling rate."""

SILENCE = 1e-15
"""Amplitude, −300 dB, below which a filter's output is set to zero."""

EQUALIZER_HZ = (60.0, 16_000.0)
"""First and last point of the equaliser's curve, which is flat outside them."""

RESOLUTION_HZ = 25.0
"""Largest spacing of the frequencies at which the equaliser's curve is sampled."""


def _cutoff(label: str, help_text: str, *, low: float, high: float) -> Parameter:
    return Parameter(label=label, help=help_text, unit="Hz", bounds=(20, 20_000), low=low, high=high, step=10)


@lru_cache(maxsize=32)
def _sections(kind: Literal["lowpass", "highpass"], edge_hz: float, sr: int) -> np.ndarray:
    from scipy import signal

    return signal.butter(ORDER, min(edge_hz, HIGHEST_SHARE * sr / 2), kind, fs=sr, output="sos")


def _filtered(y: np.ndarray, sr: int, *, low_hz: float | None = None, high_hz: float | None = None) -> np.ndarray:
    sections = [] if low_hz is None else [_sections("highpass", low_hz, sr)]
    if high_hz is not None and high_hz < HIGHEST_SHARE * sr / 2:  # above it there is nothing to remove
        sections.append(_sections("lowpass", high_hz, sr))
    if not sections:
        return y.copy()
    from scipy import signal

    # in float64: a cut-off frequency far below the sampling rate needs coefficients that float32 can't represent
    dithered = y + np.resize(_anti_denormal_noise(), y.size)
    out = signal.sosfilt(np.concatenate(sections), dithered).astype(np.float32)
    out[np.abs(out) < SILENCE] = 0.0
    return out


@lru_cache(maxsize=1)
def _anti_denormal_noise() -> np.ndarray:
    # in digital silence the filter's state would decay into denormal numbers, on which processors take seven times as
    # long; noise 300 dB below full scale prevents that
    return 1e-18 * np.random.default_rng(0).standard_normal(1021)


def _hz(value: float) -> str:
    return f"{value / 1000:.1f} kHz" if value >= 1000 else f"{value:.0f} Hz"


@register("low_pass", title="Low-pass filter", group=ROOMS_AND_FILTERS)
@dataclass(frozen=True)
class LowPass(WaveformTransform):
    """Remove what lies above a cut-off frequency (Butterworth, 24 dB per octave).

    Attributes
    ----------
    cutoff_hz : float or tuple of float
        Cut-off frequency in Hz, 3 dB down.
    """

    imitates: ClassVar[str] = "A wall, a door or a pocket between the sound and the microphone."
    destroys_label: ClassVar[str] = "When the whole sound lies above: birds, crickets or, at 1 kHz, a mouse click."
    parameters: ClassVar[dict[str, Parameter]] = {
        "cutoff_hz": _cutoff("Cut-off frequency", "Frequency above which the sound is removed.", low=200, high=16_000)
    }

    cutoff_hz: Range = (1_500.0, 6_000.0)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return _filtered(y, sr, high_hz=values["cutoff_hz"])

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"nothing above {_hz(values['cutoff_hz'])}"


@register("high_pass", title="High-pass filter", group=ROOMS_AND_FILTERS)
@dataclass(frozen=True)
class HighPass(WaveformTransform):
    """Remove what lies below a cut-off frequency (Butterworth, 24 dB per octave).

    Attributes
    ----------
    cutoff_hz : float or tuple of float
        Cut-off frequency in Hz, 3 dB down.
    """

    imitates: ClassVar[str] = "A small loudspeaker, or the rumble filter of a microphone."
    destroys_label: ClassVar[str] = "When the whole sound lies below: thunder, an engine, a washing machine."
    parameters: ClassVar[dict[str, Parameter]] = {
        "cutoff_hz": _cutoff("Cut-off frequency", "Frequency below which the sound is removed.", low=20, high=5_000)
    }

    cutoff_hz: Range = (100.0, 800.0)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return _filtered(y, sr, low_hz=values["cutoff_hz"])

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"nothing below {_hz(values['cutoff_hz'])}"


@register("band_pass", title="Band-pass filter", group=ROOMS_AND_FILTERS)
@dataclass(frozen=True)
class BandPass(WaveformTransform):
    """Keep what lies between two cut-off frequencies (Butterworth, 24 dB per octave on both sides).

    Attributes
    ----------
    low_hz, high_hz : float or tuple of float
        Cut-off frequencies in Hz, 3 dB down; their ranges must not overlap.
    """

    imitates: ClassVar[str] = "A telephone: 300 to 3400 Hz."
    destroys_label: ClassVar[str] = "When the whole sound lies outside the band: thunder below, hissing above."
    parameters: ClassVar[dict[str, Parameter]] = {
        "low_hz": _cutoff("Lower cut-off", "Frequency below which the sound is removed.", low=20, high=5_000),
        "high_hz": _cutoff("Upper cut-off", "Frequency above which the sound is removed.", low=500, high=16_000),
    }

    low_hz: Range = 300.0
    high_hz: Range = 3_400.0

    def validate(self) -> None:
        """Check the ranges, and that they don't overlap."""
        super().validate()
        highest_low, lowest_high = np.max(self.low_hz), np.min(self.high_hz)
        rule = "band_pass: low_hz must be below high_hz"
        require(bool(highest_low < lowest_high), rule, (float(highest_low), float(lowest_high)))

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return _filtered(y, sr, low_hz=values["low_hz"], high_hz=values["high_hz"])

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"only {_hz(values['low_hz'])} to {_hz(values['high_hz'])}"


@register("equalizer", title="Equaliser", group=ROOMS_AND_FILTERS)
@dataclass(frozen=True)
class Equalizer(WaveformTransform):
    """Colour the sound with a smooth random gain curve over frequency, without changing its phase.

    Attributes
    ----------
    gain_db : float or tuple of float
        Gain at each point of the curve, in dB.
    n_points : int or tuple of int
        Number of points of the curve, evenly spaced in octaves from 60 Hz to 16 kHz.
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
            help="Number of points of the curve, from 60 Hz to 16 kHz.",
            unit="points",
            bounds=(2, 32),
            low=2,
            high=10,
            step=1,
            whole=True,
        ),
    }

    gain_db: Range = (-6.0, 6.0)
    n_points: Range = (3, 6)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the gain at each point."""
        n_points = draw_int(rng, self.n_points)
        return {"gain_db": [draw_float(rng, self.gain_db) for _ in range(n_points)]}

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        response = _equalizer_response(values["gain_db"], sr)
        delay = response.size // 2
        return convolve(y, response)[delay : delay + y.size].copy()

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"equaliser from low to high {', '.join(map(signed, values['gain_db']))} dB"


def _equalizer_response(gain_db: list[float], sr: int) -> np.ndarray:
    # sampled curve → impulse response, symmetric around its middle and faded out towards its ends
    half = 2 ** ceil(log2(sr / 2 / RESOLUTION_HZ))
    frequencies = np.maximum(np.arange(half + 1) * (sr / 2 / half), 1.0)
    low, high = np.log(EQUALIZER_HZ)
    curve = np.interp(np.log(frequencies), np.linspace(low, high, len(gain_db)), gain_db)
    response = np.roll(np.fft.irfft(10 ** (curve / 20)), half)[1:]
    return (response * np.hanning(response.size)).astype(np.float32)
