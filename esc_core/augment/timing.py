"""Where a sound lies in time: shifted, cropped at random, or freed of the silence around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from esc_core.augment.base import WaveformTransform, register
from esc_core.augment.ranges import Choice, Parameter, Range, Values, signed
from esc_core.loudness import active_span


@register("time_shift")
@dataclass(frozen=True)
class TimeShift(WaveformTransform):
    """Move the sound in time.

    Attributes
    ----------
    seconds : float or tuple of float
        Later by so much; negative is earlier.
    fill : str or tuple of str
        "wrap": what leaves at one end comes in at the other; "silence": it is lost, and silence follows.
    """

    keeps_place: ClassVar[bool] = False
    imitates: ClassVar[str] = "A recording that was started earlier or later."
    destroys_label: ClassVar[str] = "With silence as filling, when the event itself is pushed out of the clip."
    parameters: ClassVar[dict[str, Parameter]] = {
        "seconds": Parameter(
            help="Later by so much; negative is earlier.", unit="s", bounds=(-300, 300), low=-5, high=5, step=0.1
        ),
        "fill": Parameter(help="What comes in: the part that left, or silence.", choices=("wrap", "silence")),
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
        """Say what drawn values do."""
        return f"shifted by {signed(values['seconds'], digits=2)} s" + (", wrapped" if values["fill"] == "wrap" else "")


@register("random_crop")
@dataclass(frozen=True)
class RandomCrop(WaveformTransform):
    """Cut a piece out at a random place; a shorter sound is placed at random in silence.

    Attributes
    ----------
    seconds : float or tuple of float
        Length of the piece.
    position : float or tuple of float
        Where it is cut: 0 is the earliest place, 1 the latest.
    """

    keeps_length: ClassVar[bool] = False
    keeps_place: ClassVar[bool] = False
    imitates: ClassVar[str] = "Listening in for a moment only."
    destroys_label: ClassVar[str] = "When the moment misses the event, such as the pause between two barks."
    parameters: ClassVar[dict[str, Parameter]] = {
        "seconds": Parameter(help="Length of the piece.", unit="s", bounds=(0.05, 300), low=0.25, high=5, step=0.05),
        "position": Parameter(help="Where it is cut: 0 is the earliest place, 1 the latest."),
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
        """Say what drawn values do."""
        return f"{values['seconds']:.2f} s cut out at {values['position']:.0%} of the way"


@register("silence_trim")
@dataclass(frozen=True)
class SilenceTrim(WaveformTransform):
    """Cut the silence before and after the sound away; pauses within it stay.

    Attributes
    ----------
    threshold_db : float or tuple of float
        A frame of 25 ms is silent when it lies so far below the loudest, in dB.
    """

    keeps_length: ClassVar[bool] = False
    keeps_place: ClassVar[bool] = False
    imitates: ClassVar[str] = "An uploader who cut the clip tightly; padding says more about people than about sounds."
    destroys_label: ClassVar[str] = "With a high threshold, when the quiet beginning or end belongs to the sound."
    parameters: ClassVar[dict[str, Parameter]] = {
        "threshold_db": Parameter(
            help="How far below the loudest moment silence begins; 70 is digital silence only.",
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
        """Say what drawn values do."""
        return f"silence {values['threshold_db']:.0f} dB below the loudest moment trimmed"
