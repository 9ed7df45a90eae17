"""Before and after on one scale: two sounds, two spectrograms, and their difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esc_core import audio
from esc_core.augment.applied import Applied
from esc_core.augment.audible import audible_waveform
from esc_core.config import FeatureConfig
from esc_core.features import active_frames, mel_power
from esc_core.measures.loudness import active_power

MAX_LOUDER_DB = 12.0
"""Greatest rise in level at which a sound is played: someone may have turned the volume up for a quiet clip."""

QUIETEST_POWER = 1e-12
"""Mel power that is shown as silence."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A sound before and after a chain, ready to be played and shown side by side.

    Attributes
    ----------
    before, after : numpy.ndarray, shape (n,) and (n',), float32
        Waveforms within [-1, 1]. Where the chain ends in a spectrogram, `before` is the active part only.
    sr : int
        Rate of both in Hz.
    approximate : bool
        Whether `after` was estimated from a spectrogram by Griffin-Lim.
    quieter_db : float
        Attenuation in dB of both for playing, which protects the ears; 0 unless `after` is much louder.
    before_db, after_db : numpy.ndarray, shape (n_mels, t) and (n_mels, t'), float32
        Mel power in dB, cut off at the lowest level of the common scale.
    scale_db : tuple of float
        Lowest and highest level of the common scale, in dB.
    difference_db : numpy.ndarray, shape (n_mels, t), float32, or None
        After minus before; None where time or pitch moved, so that it would compare different moments or bands.
    features : FeatureConfig
        Frames and bands of the spectrograms.
    """

    before: np.ndarray
    after: np.ndarray
    sr: int
    approximate: bool
    quieter_db: float
    before_db: np.ndarray
    after_db: np.ndarray
    scale_db: tuple[float, float]
    difference_db: np.ndarray | None
    features: FeatureConfig

    @property
    def scale(self) -> float:
        """Factor by which both waveforms are multiplied for playing."""
        return float(10 ** (-self.quieter_db / 20))


def compare(y: np.ndarray, applied: Applied, *, picture: FeatureConfig, top_db: float = 70.0) -> Comparison:
    """Compare a sound with the result of a chain.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        The sound before, at the rate of `applied`.
    applied : Applied
        The result of the chain, called with the default `FeatureConfig`.
    picture : FeatureConfig
        Frames and bands of the spectrograms of waveforms; a chain that ends in a spectrogram has its own.
    top_db : float
        Range of the common scale, in dB.

    Returns
    -------
    Comparison
        Both sides.

    Raises
    ------
    AudioError
        If the result is too short to be made audible.
    """
    if applied.mel is None:
        before, features = y, picture
        mels = [_mel(y, applied.sr, picture), _mel(applied.y, applied.sr, picture)]
    else:
        features = FeatureConfig()
        before, whole = audio.resample(y, orig_sr=applied.sr, target_sr=features.sr), _mel(y, applied.sr, features)
        active = active_frames(whole)  # the model does not see the padding
        before = before[active.start * features.hop_length : active.stop * features.hop_length]
        mels = [whole[:, active], applied.mel * np.float32(applied.mel_level)]
    after, sr, approximate = audible_waveform(applied)
    before_db, after_db = (10 * np.log10(np.maximum(mel, QUIETEST_POWER)) for mel in mels)
    high = float(max(before_db.max(), after_db.max()))
    before_db, after_db = (np.maximum(level, high - top_db).astype(np.float32) for level in (before_db, after_db))
    return Comparison(
        before=before,
        after=after,
        sr=sr,
        approximate=approximate,
        quieter_db=max(0.0, _louder_db(before, after, sr) - MAX_LOUDER_DB),
        before_db=before_db,
        after_db=after_db,
        scale_db=(high - top_db, high),
        difference_db=after_db - before_db if _aligned(applied, before_db, after_db) else None,
        features=features,
    )


def _mel(y: np.ndarray, sr: int, features: FeatureConfig) -> np.ndarray:
    return mel_power(audio.resample(y, orig_sr=sr, target_sr=features.sr), features)


def _louder_db(before: np.ndarray, after: np.ndarray, sr: int) -> float:
    powers = active_power(before, sr), active_power(after, sr)
    return 10 * float(np.log10(powers[1] / powers[0])) if min(powers) > 0 else 0.0


def _aligned(applied: Applied, before: np.ndarray, after: np.ndarray) -> bool:
    return before.shape == after.shape and all(step.keeps_alignment for step, _ in applied.steps)
