"""Pitch and time: changed separately by librosa's phase vocoder, or together by resampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from esc_core.augment.base import PITCH_AND_TIME, WaveformTransform, register
from esc_core.augment.ranges import Parameter, Range, Values, signed
from esc_core.errors import AudioError

N_FFT = 2048
"""Frame of the phase vocoder, in samples, librosa's default; shorter only for sounds that don't fill it."""

MIN_SAMPLES = 64
"""Shortest sound that the phase vocoder accepts, in samples."""


def _frame(name: str, y: np.ndarray) -> int:
    if y.size < MIN_SAMPLES:
        raise AudioError(f"{name} needs at least {MIN_SAMPLES} samples, got {y.size}")
    return min(N_FFT, 1 << (y.size.bit_length() - 1))


@register("pitch_shift", title="Pitch shift", group=PITCH_AND_TIME)
@dataclass(frozen=True)
class PitchShift(WaveformTransform):
    """Change the pitch and keep the length.

    Attributes
    ----------
    n_steps : float or tuple of float
        Semitones upwards; negative is downwards.
    """

    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "A smaller or larger source of the same kind: another dog, another engine."
    destroys_label: ClassVar[str] = (
        "When size is the category: far down, a hen is no longer a hen. Beyond about ±6 semitones the sound smears."
    )
    parameters: ClassVar[dict[str, Parameter]] = {
        "n_steps": Parameter(
            label="Pitch",
            help="Semitones upwards; 12 are an octave, negative is downwards.",
            unit="semitones",
            bounds=(-24, 24),
            low=-12,
            high=12,
            step=0.5,
        ),
    }

    n_steps: Range = (-2.0, 2.0)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        if values["n_steps"] == 0:
            return y.copy()
        import librosa

        shifted = librosa.effects.pitch_shift(y, sr=sr, n_steps=values["n_steps"], n_fft=_frame(self.name, y))
        return shifted.astype(np.float32, copy=False)

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"pitch {signed(values['n_steps'])} semitones"


@register("time_stretch", title="Time stretch", group=PITCH_AND_TIME)
@dataclass(frozen=True)
class TimeStretch(WaveformTransform):
    """Change the tempo and keep the pitch; the length changes.

    Attributes
    ----------
    rate : float or tuple of float
        Speed; 1.25 is a quarter faster and a fifth shorter.
    """

    keeps_length: ClassVar[bool] = False
    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "The same event done faster or slower, such as hurried footsteps."
    destroys_label: ClassVar[str] = "When the tempo is the category: at half speed, a clock is no longer a clock."
    parameters: ClassVar[dict[str, Parameter]] = {
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

    rate: Range = (0.8, 1.25)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        if values["rate"] == 1:
            return y.copy()
        import librosa

        stretched = librosa.effects.time_stretch(y, rate=values["rate"], n_fft=_frame(self.name, y))
        return stretched.astype(np.float32, copy=False)

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"tempo ×{values['rate']:.2f}"


@register("speed", title="Speed", group=PITCH_AND_TIME)
@dataclass(frozen=True)
class Speed(WaveformTransform):
    """Change pitch and tempo together, as a tape does; the length changes.

    Attributes
    ----------
    rate : float or tuple of float
        Speed; 2 is an octave up and half as long.
    """

    keeps_length: ClassVar[bool] = False
    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "A tape or record at another speed; a smaller source that also moves faster."
    destroys_label: ClassVar[str] = "When size or tempo is the category: at double speed a cow is a calf at best."
    parameters: ClassVar[dict[str, Parameter]] = {
        "rate": Parameter(
            label="Speed",
            help="Speed; ×2 is an octave up and half as long.",
            shown_as="factor",
            bounds=(0.25, 4),
            low=0.5,
            high=2,
            step=0.05,
        ),
    }

    rate: Range = (0.9, 1.1)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        if values["rate"] == 1:
            return y.copy()
        import librosa

        faster = librosa.resample(y, orig_sr=sr * values["rate"], target_sr=sr)
        return faster.astype(np.float32, copy=False)

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"speed ×{values['rate']:.2f} (pitch {signed(12 * float(np.log2(values['rate'])))} semitones)"
