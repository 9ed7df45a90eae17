"""Mixtures of two sounds that share the label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from esc_core.augment.base import TWO_SOUNDS, ArrayKind, PairTransform, register
from esc_core.augment.ranges import Parameter, Range, Values, draw_float
from esc_core.config import require
from esc_core.errors import ParameterError
from esc_core.measures.loudness import loudest_db
from esc_core.words import percent

SEAM_SECONDS = 0.005
"""Cross-fade at the seams of waveforms, so that the cut does not click."""

_RATIO = Parameter(
    label="Share of the first sound", help="The first sound's share of the label; 50% is half each.", shown_as="percent"
)


def _aligned(name: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if first.ndim == 1:
        n = min(first.size, second.size)
        return second if second.size == first.size else np.pad(second[:n], (0, first.size - n))
    require(first.shape == second.shape, f"{name}: both sounds must have the same shape", (first.shape, second.shape))
    return second


def _shares(lam: float) -> str:
    return f"{percent(lam)} of the label to the first, {percent(1 - lam)} to the second"


@register("power_mix", title="Power mix", group=TWO_SOUNDS)
@dataclass(frozen=True)
class PowerMix(PairTransform):
    """Mix two levelled power spectrograms as the powers of their sounds add, in expectation.

    Between-class learning (Tokozume, Ushiku and Harada 2018, arXiv:1711.10282) without a waveform: amplitudes have the
    weights r and 1 − r, so powers r² and (1 − r)², normalised to unit level. The cross terms, zero in expectation, are
    dropped. The label is shared r to 1 − r.

    Attributes
    ----------
    ratio : float or tuple of float
        r, the first sound's share of the amplitude and of the label.
    """

    imitates: ClassVar[str] = "Two things that sound at once, in any proportion."
    destroys_label: ClassVar[str] = "Never: the label is shared, and the model has to say how much of each there is."
    acts_on: ClassVar[tuple[ArrayKind, ...]] = ("spectrogram",)
    parameters: ClassVar[dict[str, Parameter]] = {"ratio": _RATIO}

    ratio: Range = (0.0, 1.0)

    def apply(self, first: np.ndarray, second: np.ndarray, values: Values, *, sr: int | None = None) -> np.ndarray:
        """Apply drawn values."""
        second = _aligned(self.name, first, second)
        a, b = values["ratio"] ** 2, (1 - values["ratio"]) ** 2
        return np.float32(a / (a + b)) * first + np.float32(b / (a + b)) * second

    def lam(self, values: Values) -> float:
        """Return the first sound's share of the label."""
        return float(values["ratio"])

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"powers mixed, {_shares(self.lam(values))}"


@register("mixup", title="Mixup", group=TWO_SOUNDS)
@dataclass(frozen=True)
class Mixup(PairTransform):
    """Average two sounds and, with the same weights, their labels (Zhang et al. 2018, arXiv:1710.09412).

    On waveforms amplitudes are averaged, on spectrograms powers.

    Attributes
    ----------
    mixup_alpha : float
        Both parameters of the Beta distribution of the first sound's weight: small values leave most pairs nearly
        unmixed, 1 is uniform.
    """

    imitates: ClassVar[str] = "Two things that sound at once, one of them often hardly audible."
    destroys_label: ClassVar[str] = "Never on its own, but an inaudibly quiet sound may get half of the label."
    acts_on: ClassVar[tuple[ArrayKind, ...]] = ("waveform", "spectrogram")
    parameters: ClassVar[dict[str, Parameter]] = {
        "mixup_alpha": Parameter(
            label="Alpha",
            help="Small values leave most pairs nearly unmixed; 1 makes all mixtures equally likely.",
            bounds=(0.01, 100),
            low=0.05,
            high=2,
            step=0.05,
            single=True,
        ),
    }

    mixup_alpha: float = 0.2

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the first sound's weight."""
        return {"lam": float(rng.beta(self.mixup_alpha, self.mixup_alpha))}

    def apply(self, first: np.ndarray, second: np.ndarray, values: Values, *, sr: int | None = None) -> np.ndarray:
        """Apply drawn values."""
        second = _aligned(self.name, first, second)
        return np.float32(values["lam"]) * first + np.float32(1 - values["lam"]) * second

    def lam(self, values: Values) -> float:
        """Return the first sound's share of the label."""
        return float(values["lam"])

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"mixup, {_shares(self.lam(values))}"


@register("between_class", title="Between-class mix", group=TWO_SOUNDS)
@dataclass(frozen=True)
class BetweenClass(PairTransform):
    """Mix two waveforms so that their perceived loudness has the ratio of the label.

    Between-class learning (Tokozume, Ushiku and Harada 2018, arXiv:1711.10282): with G the A-weighted level of each
    sound's loudest window in dB and p = 1 / (1 + 10^((G₁ − G₂)/20) · (1 − r)/r), the mixture is
    (p y₁ + (1 − p) y₂) / √(p² + (1 − p)²).

    Attributes
    ----------
    ratio : float or tuple of float
        r, the first sound's share of the loudness and of the label.
    """

    imitates: ClassVar[str] = "Two things that sound at once, in a known proportion of loudness."
    destroys_label: ClassVar[str] = "Never: loudness and label are shared in the same proportion."
    acts_on: ClassVar[tuple[ArrayKind, ...]] = ("waveform",)
    parameters: ClassVar[dict[str, Parameter]] = {"ratio": _RATIO}

    ratio: Range = (0.0, 1.0)

    def apply(self, first: np.ndarray, second: np.ndarray, values: Values, *, sr: int | None = None) -> np.ndarray:
        """Apply drawn values."""
        if sr is None:
            raise ParameterError("between_class: it acts on waveforms and needs their rate, got None")
        second, r = _aligned(self.name, first, second), values["ratio"]
        difference = loudest_db(first, sr) - loudest_db(second, sr)
        # silence has no level to compensate for
        gain = 10 ** (difference / 20) if np.isfinite(difference) else 1.0
        p = r / (r + gain * (1 - r))
        norm = np.hypot(p, 1 - p)
        return np.float32(p / norm) * first + np.float32((1 - p) / norm) * second

    def lam(self, values: Values) -> float:
        """Return the first sound's share of the label."""
        return float(values["ratio"])

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        return f"mixed by loudness, {_shares(self.lam(values))}"


@register("cutmix_time", title="CutMix in time", group=TWO_SOUNDS)
@dataclass(frozen=True)
class CutMixTime(PairTransform):
    """Replace a segment of time by the same segment of another sound (CutMix, Yun et al. 2019, arXiv:1905.04899).

    The label is shared in proportion to time.

    Attributes
    ----------
    cutmix_alpha : float
        Both parameters of the Beta distribution of the first sound's share; 1 is uniform.
    """

    imitates: ClassVar[str] = "Two things that sound one after the other."
    destroys_label: ClassVar[str] = "When the segment cut out was the whole event, or the segment put in is padding."
    acts_on: ClassVar[tuple[ArrayKind, ...]] = ("waveform", "spectrogram")
    parameters: ClassVar[dict[str, Parameter]] = {
        "cutmix_alpha": Parameter(
            label="Alpha",
            help="Small values give very short or very long segments; 1 makes all lengths equally likely.",
            bounds=(0.01, 100),
            low=0.1,
            high=2,
            step=0.1,
            single=True,
        ),
    }

    cutmix_alpha: float = 1.0

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the start and the end of the segment, as shares of the length."""
        width = 1 - float(rng.beta(self.cutmix_alpha, self.cutmix_alpha))
        start = draw_float(rng, (0.0, 1 - width))
        return {"start": start, "end": start + width}

    def apply(self, first: np.ndarray, second: np.ndarray, values: Values, *, sr: int | None = None) -> np.ndarray:
        """Apply drawn values."""
        second, n = _aligned(self.name, first, second), first.shape[-1]
        start, end = round(values["start"] * n), round(values["end"] * n)
        out = first.copy()
        out[..., start:end] = second[..., start:end]
        if sr is not None:
            for seam, before, after in ((start, first, second), (end, second, first)):
                _fade(out, before, after, seam, n_fade=round(SEAM_SECONDS * sr))
        return out

    def lam(self, values: Values) -> float:
        """Return the first sound's share of the label."""
        return min(1.0, max(0.0, 1 - (values["end"] - values["start"])))

    def describe(self, values: Values) -> str:
        """Describe drawn values."""
        span = f"{percent(values['start'])} to {percent(values['end'])} of the time from the second sound"
        return f"{span}, {_shares(self.lam(values))}"


def _fade(out: np.ndarray, before: np.ndarray, after: np.ndarray, seam: int, *, n_fade: int) -> None:
    start, end = max(0, seam - n_fade // 2), min(out.size, seam + n_fade - n_fade // 2)
    if 0 < seam < out.size:  # no seam at the edges of the clip
        weight = np.linspace(0, 1, end - start, dtype=np.float32)
        out[start:end] = (1 - weight) * before[start:end] + weight * after[start:end]
