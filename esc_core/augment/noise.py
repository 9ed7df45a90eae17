"""Added sound: synthetic noise, or another recording in the background."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from esc_core.augment.base import NOISE, ArrayKind, PairTransform, WaveformTransform, register
from esc_core.augment.ranges import Choice, Parameter, Range, Values, draw_seed
from esc_core.errors import ParameterError
from esc_core.measures.loudness import active_power, active_span, frame_energy, is_active

COLORS = {"white": 0.0, "pink": -0.5, "brown": -1.0}
"""Exponent of the frequency in the amplitude: 0, −3 and −6 dB per octave."""

LOWEST_HZ = 20.0
"""Lowest audible frequency; below it the spectrum of coloured noise is flat."""

FADE_SECONDS = 0.01
"""Fade at both ends of a repeated background, so that the seam does not click."""

_SNR = Parameter(
    label="Signal-to-noise ratio",
    help="How far the sound lies above what is added, over its active part; below 0 dB the addition is louder.",
    unit="dB",
    bounds=(-40, 80),
    low=-10,
    high=40,
    step=1,
)


def _level(snr_db: float) -> str:
    return f"{abs(snr_db):.0f} dB {'below' if snr_db >= 0 else 'above'}"


@lru_cache(maxsize=8)
def _spectral_shape(n: int, sr: int, color: str) -> np.ndarray:
    frequencies = np.arange(n // 2 + 1) * (sr / n)
    shape = np.maximum(frequencies, LOWEST_HZ) ** COLORS[color]
    shape[0] = 0.0
    return shape.astype(np.float32)


def colored_noise(n: int, *, sr: int, color: str, seed: int) -> np.ndarray:
    """Generate noise: white, pink (−3 dB per octave) or brown (−6 dB per octave).

    Parameters
    ----------
    n : int
        Number of samples.
    sr : int
        Rate in Hz.
    color : str
        "white", "pink" or "brown".
    seed : int
        Seed; the same seed gives the same samples.

    Returns
    -------
    numpy.ndarray, shape (n,), float32
        Noise, not normalised in level.
    """
    rng = np.random.default_rng(seed)
    if color == "white":
        return rng.standard_normal(n, dtype=np.float32)
    from scipy import fft

    size = fft.next_fast_len(max(n, 64), real=True)
    shape = _spectral_shape(size, sr, color)
    # uniform parts cost a quarter of normal ones, and a sum of thousands of them in the transform is normal anyway
    parts = rng.random((shape.size, 2), dtype=np.float32)
    parts -= np.float32(0.5)
    parts *= shape[:, None]
    return fft.irfft(parts.view(np.complex64)[:, 0], size, overwrite_x=True)[:n]


def add_at_snr(y: np.ndarray, noise: np.ndarray, sr: int, *, snr_db: float) -> np.ndarray:
    """Add noise at a signal-to-noise ratio, both levels measured where the sound is active.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    noise : numpy.ndarray, shape (n,), float32
        What is added, at any level.
    sr : int
        Rate of both in Hz.
    snr_db : float
        Signal-to-noise ratio in dB.

    Returns
    -------
    numpy.ndarray, shape (n,), float32
        The sum; a copy of `y` if `y` is silent, or the noise is wherever `y` is active.
    """
    energy = frame_energy(y, sr)
    active = is_active(energy)
    power = frame_energy(noise, sr)[active].sum()
    if power <= 0:
        return y.copy()
    gain = np.sqrt(energy[active].sum() * 10 ** (-snr_db / 10) / power)
    return y + noise * np.float32(gain)


@register("noise", title="Noise", group=NOISE)
@dataclass(frozen=True)
class Noise(WaveformTransform):
    """Add stationary noise at a signal-to-noise ratio over the active part; silence stays silent.

    Attributes
    ----------
    snr_db : float or tuple of float
        Signal-to-noise ratio in dB, both measured where the sound is active.
    color : str or tuple of str
        "white", "pink" or "brown", or several to draw from.
    """

    imitates: ClassVar[str] = "A hissing microphone (white), a room with ventilation (pink), distant traffic (brown)."
    destroys_label: ClassVar[str] = "Near 0 dB, for sounds that are noise themselves: rain, wind, sea waves, a fan."
    parameters: ClassVar[dict[str, Parameter]] = {
        "snr_db": _SNR,
        "color": Parameter(label="Colour", help="White hisses, pink rushes, brown rumbles.", choices=tuple(COLORS)),
    }

    snr_db: Range = (5.0, 30.0)
    color: Choice = "white"

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw level and colour, and a seed for the samples of the noise."""
        return super().draw(rng, shape) | {"seed": draw_seed(rng)}

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        noise = colored_noise(y.size, sr=sr, color=values["color"], seed=values["seed"])
        return add_at_snr(y, noise, sr, snr_db=values["snr_db"])

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"{values['color']} noise {_level(values['snr_db'])}"


@register("background", title="Background", group=NOISE)
@dataclass(frozen=True)
class Background(PairTransform):
    """Add another recording as background, at a signal-to-noise ratio over both active parts.

    The active part of the background is repeated or cut to the sound's length. The label stays that of the sound.

    Attributes
    ----------
    snr_db : float or tuple of float
        Signal-to-noise ratio in dB, each level measured over its own active part.
    position : float or tuple of float
        Start within the background, from 0, its beginning, to 1.
    """

    imitates: ClassVar[str] = "The same sound in other surroundings: a street, rain outside, a television next door."
    destroys_label: ClassVar[str] = "Near 0 dB and below, where the background becomes the louder event."
    acts_on: ClassVar[tuple[ArrayKind, ...]] = ("waveform",)
    shares_label: ClassVar[bool] = False
    parameters: ClassVar[dict[str, Parameter]] = {
        "snr_db": _SNR,
        "position": Parameter(
            label="Start in the background",
            help="Where in the background to start; 0% is its beginning.",
            shown_as="percent",
        ),
    }

    snr_db: Range = (5.0, 30.0)
    position: Range = (0.0, 1.0)

    def apply(self, first: np.ndarray, second: np.ndarray, values: Values, *, sr: int | None = None) -> np.ndarray:
        """Apply drawn values."""
        if sr is None:
            raise ParameterError("background: it acts on waveforms and needs their rate, got None")
        levels = active_power(first, sr), active_power(second, sr)
        if min(levels) <= 0:
            return first.copy()
        gain = np.sqrt(levels[0] / levels[1] * 10 ** (-values["snr_db"] / 10))
        return first + np.float32(gain) * _fill(second[active_span(second, sr)], first.size, sr, values["position"])

    def lam(self, values: Values) -> float:
        """Return 1: a background has no share of the label."""
        return 1.0

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"background {_level(values['snr_db'])}"


def _fill(part: np.ndarray, n: int, sr: int, position: float) -> np.ndarray:
    if part.size >= n:
        start = round(position * (part.size - n))
        return part[start : start + n]
    n_fade = min(round(FADE_SECONDS * sr), part.size // 2)
    ramp = np.arange(n_fade, dtype=np.float32) / max(1, n_fade)
    part = part.copy()
    part[:n_fade] *= ramp
    part[part.size - n_fade :] *= ramp[::-1]
    return np.resize(np.roll(part, -round(position * part.size)), n)  # np.resize repeats it
