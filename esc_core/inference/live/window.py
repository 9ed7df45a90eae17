"""The last seconds of a stream: samples, mel frames, levels, and which windows are quiet."""

from __future__ import annotations

from collections import deque

import numpy as np

from esc_core.config import FeatureConfig
from esc_core.features import full_scale_power
from esc_core.inference.background import is_quiet, quiet_frames, window_levels
from esc_core.inference.front_end import Sound

KEPT_SECONDS = 20.0
"""Sound that is kept, in seconds: an event is played and named again from it."""

FLOOR_SECONDS = 60.0
"""Time over which the noise floor is measured, in seconds."""

SILENCE = 1e-10
"""Power of a band below which nothing is shown, relative to noise at full scale."""


class Window:
    """What was heard last, aligned: frame i's centre is sample i times the hop.

    Parameters
    ----------
    features : FeatureConfig
        Rate, frames and bands.
    n_frames : int
        Length of a window.
    hop_frames : int
        Frames from one window to the next.
    """

    def __init__(self, features: FeatureConfig, *, n_frames: int, hop_frames: int) -> None:
        self.features, self.n_frames = features, n_frames
        self.frame_seconds = features.hop_length / features.sr
        self._full_scale = full_scale_power(features)
        self._n_kept = round(KEPT_SECONDS / self.frame_seconds)
        self._n_floor = round(FLOOR_SECONDS / self.frame_seconds)
        self._y = np.zeros(self._n_kept * features.hop_length, np.float32)
        self._mel = np.zeros((features.n_mels, self._n_kept), np.float32)
        self._power = np.zeros(0)
        self._levels: deque[float] = deque(maxlen=self._n_floor // hop_frames)
        self.total_frames = self._total_samples = 0

    def append(self, y: np.ndarray, mel: np.ndarray) -> None:
        """Take new samples, shape (m,), and new frames, shape (n_mels, k)."""
        self._y = np.concatenate([self._y, y])[-self._y.size :]
        self._mel = np.concatenate([self._mel, mel], axis=1)[:, -self._n_kept :]
        self._power = np.concatenate([self._power, mel.sum(axis=0) / self._full_scale])[-self._n_floor :]
        self._total_samples += y.size
        self.total_frames += mel.shape[1]

    def skip(self, seconds: float) -> None:
        """Take some seconds of which nothing is known as silence that counts for no level."""
        hop = self.features.hop_length
        # frames are centred: a sound of whole hops that has ended has one more than hops
        ends = max(self.total_frames, -(-self._total_samples // hop) + round(seconds / self.frame_seconds))
        samples, frames = ends * hop - self._total_samples, ends - self.total_frames
        self._y = np.concatenate([self._y, np.zeros(min(samples, self._y.size), np.float32)])[-self._y.size :]
        silent = np.zeros((self.features.n_mels, min(frames, self._n_kept)), np.float32)
        self._mel = np.concatenate([self._mel, silent], axis=1)[:, -self._n_kept :]
        self._power = np.concatenate([self._power, np.zeros(min(frames, self._n_floor))])[-self._n_floor :]
        self.total_frames, self._total_samples = ends, ends * hop

    def sound(self, end: int) -> Sound:
        """Return the window that ends before a frame, counted from the beginning; silence where nothing was heard."""
        last = self._n_kept - (self.total_frames - end)
        return self._part(last - self.n_frames, last)

    def span(self, start: float, end: float) -> Sound:
        """Return what was heard between two times in seconds, as far as it is kept."""
        first, last = (self._n_kept - self.total_frames + round(t / self.frame_seconds) for t in (start, end))
        first = min(max(0, first), self._n_kept - 1)
        return self._part(first, min(max(last, first + 1), self._n_kept))

    def _part(self, first: int, last: int) -> Sound:
        hop = self.features.hop_length
        # samples run ahead of the frames, whose last ones are not complete
        ahead = self._total_samples - self.total_frames * hop
        at = [self._y.size - ahead - (self._n_kept - frame) * hop for frame in (first, last)]
        return Sound(self._y[max(0, at[0]) : max(0, at[1])], self._mel[:, first:last], self.features)

    def log_mel_db(self, n_frames: int) -> tuple[int, np.ndarray]:
        """Return the number of the first of the newest frames, and their levels in dB, shape (n_mels, t)."""
        n = min(n_frames, self._n_kept, self.total_frames)
        mel = self._mel[:, self._n_kept - n :] * (self.features.n_mels / self._full_scale)
        return self.total_frames - n, 10 * np.log10(mel + SILENCE)

    def is_quiet(self, end: int) -> bool:
        """Tell whether the window that ends before a frame is quiet; to be asked of each window once, in order."""
        heard = self._power[: self._power.size - (self.total_frames - end)]
        window = heard[-self.n_frames :]
        self._levels.append(float(window_levels(window, np.array([0]), self.n_frames)[0]))
        return bool(is_quiet(np.array(self._levels), heard)[-1])

    def quiet_frames(self) -> tuple[float, np.ndarray]:
        """Return which frames are quiet, shape (t,), and the time of the first of them in seconds."""
        return (self.total_frames - self._power.size) * self.frame_seconds, quiet_frames(self._power)
