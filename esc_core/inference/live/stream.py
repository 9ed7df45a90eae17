"""Chunks of any length and rate → samples and mel frames at a model's rate, without seams."""

from __future__ import annotations

from typing import Any

import numpy as np

from esc_core.config import FeatureConfig, require
from esc_core.errors import AudioError
from esc_core.features import mel_power

OFFSET_HZ = 2.0
"""Cut-off in Hz of the filter that removes a constant offset: a mean over all samples can't be known yet."""


class Stream:
    """A sound that comes in piece by piece; each sample and each frame is computed once.

    Parameters
    ----------
    features : FeatureConfig
        Rate, frames and bands of the model.
    """

    def __init__(self, features: FeatureConfig) -> None:
        self._features = features
        self._resampler: tuple[int, Any] | None = None
        self._offset: np.ndarray | None = None
        self._tail = np.zeros(features.n_fft // 2, np.float32)  # frames are centred, as `mel_power` has them

    def feed(self, y: np.ndarray, sr: int, *, last: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Take the next piece.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float32
            Samples in [-1, 1].
        sr : int
            Their rate in Hz; it may differ from that of the piece before.
        last : bool
            Whether nothing follows: what the resampler and the last frames wait for is silence then.

        Returns
        -------
        y : numpy.ndarray, shape (m,), float32
            New samples at the model's rate.
        mel : numpy.ndarray, shape (n_mels, k), float32
            Mel power of the frames that are complete now.

        Raises
        ------
        AudioError
            If the samples are not one channel of finite numbers.
        """
        require(sr > 0, "sampling rate must be positive", sr)
        if y.ndim != 1 or not np.isfinite(y).all():
            raise AudioError("The sound holds samples that are not numbers, or more than one channel.")
        y = self._without_offset(self._resampled(np.asarray(y, np.float32), sr, last=last))
        return y, self._frames(np.pad(y, (0, self._features.n_fft // 2)) if last else y)

    def _resampled(self, y: np.ndarray, sr: int, *, last: bool) -> np.ndarray:
        if sr == self._features.sr:
            self._resampler = None
            return y
        if self._resampler is None or self._resampler[0] != sr:
            import soxr

            self._resampler = (sr, soxr.ResampleStream(sr, self._features.sr, 1, dtype="float32"))
        return np.asarray(self._resampler[1].resample_chunk(y, last=last), np.float32)

    def _without_offset(self, y: np.ndarray) -> np.ndarray:
        from scipy.signal import lfilter

        if not y.size:
            return y
        keep = np.exp(-2 * np.pi * OFFSET_HZ / self._features.sr)
        state = np.array([-y[0]], np.float64) if self._offset is None else self._offset  # as if it had always been so
        filtered, self._offset = lfilter([1.0, -1.0], [1.0, -keep], y.astype(np.float64), zi=state)
        return np.asarray(filtered, np.float32)

    def _frames(self, y: np.ndarray) -> np.ndarray:
        n_fft, hop = self._features.n_fft, self._features.hop_length
        waiting = np.concatenate([self._tail, y])
        n_frames = max(0, 1 + (waiting.size - n_fft) // hop)
        self._tail = waiting[n_frames * hop :]
        if not n_frames:
            return np.zeros((self._features.n_mels, 0), np.float32)
        return mel_power(waiting[: n_fft + (n_frames - 1) * hop], self._features, centred=False)
