"""SpecAugment's masks on mel power: bands or frames are replaced by the clip's mean log power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from esc_core.augment.base import DAMAGE, SpectrogramTransform, register
from esc_core.augment.ranges import Parameter, Values
from esc_core.features import LOG_FLOOR

_N_MASKS = Parameter(
    label="Masks",
    help="Number of masks.",
    unit="masks",
    bounds=(1, 10),
    low=1,
    high=4,
    step=1,
    whole=True,
    single=True,
)


def _geometric_mean(mel: np.ndarray) -> float:
    return float(np.exp(np.mean(np.log(mel + np.float32(LOG_FLOOR)))))


def _draw_spans(rng: np.random.Generator, n_masks: int, longest: int, size: int) -> list[list[int]]:
    # Park et al. draw the width from [0, F] and then the start; a mask never extends beyond the edge
    widths = [int(rng.integers(0, min(longest, size) + 1)) for _ in range(n_masks)]
    return [[start := int(rng.integers(0, size - width + 1)), start + width] for width in widths]


def _masked(mel: np.ndarray, spans: list[list[int]], *, axis: int) -> np.ndarray:
    out = mel.copy()
    spans = [span for span in spans if span[0] < span[1]]  # a mask of no width needs no mean
    if spans:
        fill = _geometric_mean(mel)
        for start, end in spans:
            out[(slice(None),) * axis + (slice(start, end),)] = fill
    return out


def _described(what: str, spans: list[list[int]]) -> str:
    spans = [span for span in spans if span[0] < span[1]]
    masked = ", ".join(f"{start}–{end - 1}" for start, end in spans)
    return f"{what} {masked} masked" if spans else f"no {what} masked"


@register("freq_mask", title="Frequency mask", group=DAMAGE)
@dataclass(frozen=True)
class FreqMask(SpectrogramTransform):
    """Mask bands with the clip's mean log power (SpecAugment, Park et al. 2019, arXiv:1904.08779).

    Attributes
    ----------
    freq_mask_param : int
        Greatest width of a mask, in bands.
    n_freq_masks : int
        Number of masks.
    """

    imitates: ClassVar[str] = "A band that is lost: a cheap loudspeaker, a narrow phone line, another sound on top."
    destroys_label: ClassVar[str] = "When the mask covers the whole sound, such as the one band of a mouse click."
    parameters: ClassVar[dict[str, Parameter]] = {
        "freq_mask_param": Parameter(
            label="Widest mask",
            help="Greatest width of a mask.",
            unit="bands",
            bounds=(0, 512),
            low=0,
            high=32,
            step=1,
            whole=True,
            single=True,
        ),
        "n_freq_masks": _N_MASKS,
    }

    freq_mask_param: int = 10
    n_freq_masks: int = 1

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the first and the last band (exclusive) of each mask."""
        return {"bands": _draw_spans(rng, self.n_freq_masks, self.freq_mask_param, shape[0])}

    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return _masked(mel, values["bands"], axis=0)

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return _described("bands", values["bands"])


@register("time_mask", title="Time mask", group=DAMAGE)
@dataclass(frozen=True)
class TimeMask(SpectrogramTransform):
    """Mask frames with the clip's mean log power (SpecAugment, Park et al. 2019, arXiv:1904.08779).

    Attributes
    ----------
    time_mask_param : int
        Greatest length of a mask, in frames.
    n_time_masks : int
        Number of masks.
    """

    imitates: ClassVar[str] = "A moment that is lost: a dropout on a radio link, or a slammed door."
    destroys_label: ClassVar[str] = "When the mask covers the whole event, such as the one bark of a dog."
    parameters: ClassVar[dict[str, Parameter]] = {
        "time_mask_param": Parameter(
            label="Longest mask",
            help="Greatest length of a mask.",
            unit="frames",
            bounds=(0, 10_000),
            low=0,
            high=64,
            step=1,
            whole=True,
            single=True,
        ),
        "n_time_masks": _N_MASKS,
    }

    time_mask_param: int = 20
    n_time_masks: int = 1

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the first and the last frame (exclusive) of each mask."""
        return {"frames": _draw_spans(rng, self.n_time_masks, self.time_mask_param, shape[1])}

    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values."""
        return _masked(mel, values["frames"], axis=1)

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return _described("frames", values["frames"])
