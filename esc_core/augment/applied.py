"""One pass of a chain over a sound, step by step; drawn values and headroom are recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from esc_core import audio
from esc_core.augment.base import PairTransform, SpectrogramTransform, Transform, WaveformTransform
from esc_core.augment.ranges import Values
from esc_core.config import AudioLimits, FeatureConfig, require
from esc_core.errors import AudioError
from esc_core.features import active_frames, level_mel, mel_power

Second = Callable[[], np.ndarray]
"""Returns another waveform at the same sampling rate."""

Draws = dict[str, list[Values | None]]
"""The keys "first" and "second": each step's values for that sound, None where it did not act. Plain JSON."""

Decide = Callable[[Transform, tuple[int, ...], int, bool], Values | None]
"""Returns the values of a step, or None to skip it. Takes transform, shape, position in the chain, and whether the
sound is the second."""


@dataclass(frozen=True, eq=False)
class Applied:
    """The result of a chain applied to a waveform.

    Attributes
    ----------
    y : numpy.ndarray, shape (n,), float32
        The waveform after the steps on waveforms, within [-1, 1].
    sr : int
        Its rate in Hz.
    headroom_db : float
        Gain applied to `y` so that it fits into [-1, 1], in dB; 0 or negative.
    mel : numpy.ndarray, shape (n_mels, t), float32, or None
        Levelled mel power after the steps on spectrograms; None if the chain has none.
    mel_level : float
        Power by which `mel` was divided; ``mel * mel_level`` is the mel power of `y`.
    lam : float
        The first sound's weight in the label, in [0, 1].
    transforms : tuple of Transform
        The chain's steps.
    draws : dict
        The drawn values, for `Compose.replay`; plain JSON.
    """

    y: np.ndarray
    sr: int
    headroom_db: float
    mel: np.ndarray | None
    mel_level: float
    lam: float
    transforms: tuple[Transform, ...]
    draws: Draws

    @property
    def steps(self) -> list[tuple[Transform, Values]]:
        """The steps that acted on the first sound or on the mixture, with their drawn values."""
        drawn = zip(self.transforms, self.draws["first"], strict=True)
        return [(transform, values) for transform, values in drawn if values is not None]

    def describe(self) -> list[str]:
        """Describe each step that acted in a phrase, such as ``pitch +2.3 semitones``; headroom comes last."""
        phrases = [transform.describe(values) for transform, values in self.steps]
        if self.headroom_db < 0:
            phrases.append(f"turned down by {-self.headroom_db:.1f} dB so that nothing clips")
        return phrases


class Walk:
    """The application of a chain to one sound, and to the second where a step needs it.

    Parameters
    ----------
    transforms : tuple of Transform
        The steps; the first `n_waveform_steps` act on waveforms, the others on spectrograms.
    n_waveform_steps : int
        Number of steps that act on waveforms.
    sr : int
        Rate of all waveforms in Hz.
    decide : callable
        Returns the values of each step; see `Decide`.
    second : callable or None
        Returns the second waveform.
    features : FeatureConfig
        Settings of the spectrograms.
    background : callable or None
        Returns another waveform each time, for a background, which shares no label; `second` if None.
    """

    def __init__(
        self,
        transforms: tuple[Transform, ...],
        n_waveform_steps: int,
        sr: int,
        decide: Decide,
        second: Second | None,
        features: FeatureConfig,
        *,
        background: Second | None = None,
    ) -> None:
        limits = AudioLimits()
        require(limits.min_sr <= sr <= limits.max_sr, f"sr must be in [{limits.min_sr}, {limits.max_sr}] Hz", sr)
        self.transforms, self.n_waveform_steps, self.sr = transforms, n_waveform_steps, sr
        self.decide, self.second, self.features = decide, second, features
        self.background = background or second
        self.draws: Draws = {key: [None] * len(transforms) for key in ("first", "second")}
        self.lam = 1.0

    def result(self, y: np.ndarray) -> Applied:
        """Apply all steps to a waveform."""
        n_waveform, n = self.n_waveform_steps, len(self.transforms)
        y, headroom_db = fit_headroom(self.waveform(y))
        mel, level = None, 1.0
        if n_waveform < n:
            mel, level = self._levelled(y)
            mel = self._steps(mel, range(n_waveform, n), of_second=False)
        return Applied(y, self.sr, headroom_db, mel, level, self.lam, self.transforms, self.draws)

    def waveform(self, y: np.ndarray) -> np.ndarray:
        """Apply the steps on waveforms, without headroom."""
        return self._steps(_checked(y), range(self.n_waveform_steps), of_second=False)

    def _steps(self, x: np.ndarray, positions: range, *, of_second: bool) -> np.ndarray:
        for i in positions:
            transform = self.transforms[i]
            values = self.decide(transform, x.shape, i, of_second)
            self.draws["second" if of_second else "first"][i] = values
            if values is None:
                continue
            if isinstance(transform, WaveformTransform):
                x = transform.apply(x, self.sr, values)
            elif isinstance(transform, SpectrogramTransform):
                x = transform.apply(x, values)
            elif isinstance(transform, PairTransform):
                x = self._paired(x, transform, values, i)
        return x

    def _paired(self, x: np.ndarray, transform: PairTransform, values: Values, i: int) -> np.ndarray:
        draw = self.second if transform.shares_label else self.background
        if draw is None:
            raise AudioError(f"{transform.name} needs another sound, and none was given")
        other = _checked(draw())
        if transform.shares_label:
            self.lam = transform.lam(values)
            other = self._steps(other, range(min(i, self.n_waveform_steps)), of_second=True)
        if i < self.n_waveform_steps:
            return transform.apply(x, other, values, sr=self.sr)
        mel, _ = self._levelled(other)
        mel = self._steps(mel, range(self.n_waveform_steps, i), of_second=True)
        return transform.apply(x, _same_frames(mel, x.shape[1]), values)

    def _levelled(self, y: np.ndarray) -> tuple[np.ndarray, float]:
        mel = mel_power(audio.resample(y, orig_sr=self.sr, target_sr=self.features.sr), self.features)
        levelled = level_mel(mel)
        total = float(levelled.sum())
        return levelled, float(mel[:, active_frames(mel)].sum()) / total if total > 0 else 1.0


def _same_frames(mel: np.ndarray, n_frames: int) -> np.ndarray:
    # without their padding two sounds are rarely equally long: the second is cut, or padded with silence
    return np.pad(mel[:, :n_frames], ((0, 0), (0, max(0, n_frames - mel.shape[1]))))


def _checked(y: np.ndarray) -> np.ndarray:
    y = np.array(y, np.float32)  # a copy, so that no result shares memory with its input
    if y.ndim != 1 or y.size == 0:
        raise AudioError(f"a waveform must have one axis and at least one sample, got shape {y.shape}")
    if not np.isfinite(y).all():
        raise AudioError("the waveform holds NaN or infinite samples and can't be changed")
    return y


def fit_headroom(y: np.ndarray) -> tuple[np.ndarray, float]:
    """Turn a waveform down if it exceeds [-1, 1], so that nothing ever clips unnoticed.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.

    Returns
    -------
    y : numpy.ndarray, shape (n,), float32
        The waveform, within [-1, 1].
    headroom_db : float
        The gain in dB; 0 if the waveform fitted.

    Raises
    ------
    AudioError
        If it holds NaN or infinite samples.
    """
    peak = np.abs(y).max(initial=np.float32(0))
    if not np.isfinite(peak):
        raise AudioError("the chain makes the sound too loud to be stored as numbers; lower its gains")
    return (y / peak, -20 * float(np.log10(peak))) if peak > 1 else (y, 0.0)
