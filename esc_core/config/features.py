"""How a waveform becomes a mel spectrogram."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from esc_core.config.check import check_types, from_dict, require

CLIP_SECONDS = 5.0
"""Length of a clip of ESC-50, in seconds."""


MIN_SR, MAX_SR = 4_000, 192_000
"""Rates of which spectrograms are made, in Hz."""


@dataclass(frozen=True, kw_only=True)
class FeatureConfig:
    """How a waveform becomes a mel power spectrogram.

    Attributes
    ----------
    sr : int
        Sampling rate in Hz, to which audio is resampled first.
    n_fft : int
        FFT size in samples, even.
    hop_length : int
        Samples from one frame to the next.
    n_mels : int
        Number of mel bands.
    fmin, fmax : float
        Edges of the mel bands in Hz; `fmax` may not exceed ``sr / 2``.
    """

    sr: int = 16_000
    n_fft: int = 1024
    hop_length: int = 400
    n_mels: int = 64
    fmin: float = 20.0
    fmax: float = 8_000.0

    def __post_init__(self) -> None:
        """Check every type and range; see `ParameterError`."""
        check_types(self)
        require(MIN_SR <= self.sr <= MAX_SR, f"sr must be in [{MIN_SR}, {MAX_SR}] Hz", self.sr)
        require(32 <= self.n_fft <= 16_384, "n_fft must be in [32, 16384] samples", self.n_fft)
        require(self.n_fft % 2 == 0, "n_fft must be even", self.n_fft)  # a centred frame has two equal halves
        require(1 <= self.hop_length <= self.n_fft, "hop_length must be in [1, n_fft]", self.hop_length)
        require(1 <= self.n_mels <= 512, "n_mels must be in [1, 512]", self.n_mels)
        require(0 <= self.fmin < self.fmax, "fmin must be in [0, fmax)", self.fmin)
        require(self.fmax <= self.sr / 2, "fmax must be at most sr / 2", self.fmax)

    @property
    def clip_frames(self) -> int:
        """Frames of a 5 s clip (centred frames, so one more than the hops)."""
        return 1 + int(CLIP_SECONDS * self.sr) // self.hop_length

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FeatureConfig:
        """Make a config from `to_dict`'s values.

        Raises
        ------
        ParameterError
            On an unknown name or a value outside its range.
        """
        return from_dict(cls, values)
