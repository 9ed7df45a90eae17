"""Transforms in time: shift, random crop, and trimming of silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from esc_core.augment.base import CUTS_AND_SHIFTS, WaveformTransform, register
from esc_core.augment.ranges import Choice, Parameter, Range, Values, signed
from esc_core.measures.loudness import active_span
from esc_core.words import percent


@register("time_shift", title="Time shift", group=CUTS_AND_SHIFTS)
@dataclass(frozen=True)
class TimeShift(WaveformTransform):
    """Shift the sound in time.

    Attributes
    ----------
    seconds : float or tuple of float
        Shift in seconds; positive is later, negative is earlier.
    fill : str or tuple of str
        "wrap": what leaves at one end comes in at the other; "silence": it is lost, and silence takes its place.
    """

    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "A recording that was started earlier or later."
    destroys_label: ClassVar[str] = "When the event itself is pushed out of the clip and silence comes in."
    parameters: ClassVar[dict[str, Parameter]] = {
        "seconds": Parameter(
            label="Shift",
            help="Shift in time; positive is later, negative is earlier.",
            unit="s",
            bounds=(-300, 300),
            low=-5,
            high=5,
            step=0.1,
        ),
        "fill": Parameter(
            label="What comes in",
            help="What fills the gap: the part that left (wrap), or silence.",
            choices=("wrap", "silence"),
        ),
    }

    seconds: Range = (-1.0, 1.0)
    fill: Choice = "wrap"

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        shift = round(values["seconds"] * sr)
        if values["fill"] == "wrap":
            return np.roll(y, shift)
        out = np.zeros_like(y)
        n_kept = max(0, y.size - abs(shift))
        start, source = max(0, shift), max(0, -shift)
        out[start : start + n_kept] = y[source : source + n_kept]
        return out

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"shifted by {signed(values['seconds'], digits=2)} s" + (", wrapped" if values["fill"] == "wrap" else "")


@register("random_crop", title="Random crop", group=CUTS_AND_SHIFTS)
@dataclass(frozen=True)
class RandomCrop(WaveformTransform):
    """Cut out a segment at random; a shorter sound starts at a random time in silence.

    Attributes
    ----------
    seconds : float or tuple of float
        Length of the segment.
    position : float or tuple of float
        Start of the segment: 0 is the earliest possible, 1 the latest.
    """

    keeps_length: ClassVar[bool] = False
    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "Listening for a moment only."
    destroys_label: ClassVar[str] = "When the moment misses the event, such as the pause between two barks."
    parameters: ClassVar[dict[str, Parameter]] = {
        "seconds": Parameter(
            label="Length",
            help="Length of the segment.",
            unit="s",
            bounds=(0.05, 300),
            low=0.25,
            high=5,
            step=0.05,
        ),
        "position": Parameter(
            label="Start",
            help="Start of the segment; 0% is the earliest possible, 100% the latest.",
            shown_as="percent",
        ),
    }

    seconds: Range = 2.0
    position: Range = (0.0, 1.0)

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        n = max(1, round(values["seconds"] * sr))
        start = round(values["position"] * abs(y.size - n))
        if n <= y.size:
            return y[start : start + n].copy()
        out = np.zeros(n, y.dtype)
        out[start : start + y.size] = y
        return out

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"{values['seconds']:.2f} s cut out at {percent(values['position'])} of the way"


@register("silence_trim", title="Silence trim", group=CUTS_AND_SHIFTS)
@dataclass(frozen=True)
class SilenceTrim(WaveformTransform):
    """Remove the silence before and after the sound; pauses within it stay.

    Attributes
    ----------
    threshold_db : float or tuple of float
        Level below the loudest frame, in dB, under which a frame of 25 ms is silent.
    """

    keeps_length: ClassVar[bool] = False
    keeps_alignment: ClassVar[bool] = False
    imitates: ClassVar[str] = "A clip that was cut tightly; padding says more about the uploader than about the sound."
    destroys_label: ClassVar[str] = "With a small threshold, when the quiet beginning or end belongs to the sound."
    parameters: ClassVar[dict[str, Parameter]] = {
        "threshold_db": Parameter(
            label="Silence threshold",
            help="How far below the loudest moment silence begins; 70 dB trims digital silence only.",
            unit="dB",
            bounds=(5, 120),
            low=20,
            high=90,
            step=1,
        ),
    }

    threshold_db: Range = 60.0

    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return y[active_span(y, sr, threshold=10 ** (-values["threshold_db"] / 10))].copy()

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"silence {values['threshold_db']:.0f} dB below the loudest moment trimmed"
