"""The limits for sound files from outside, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AudioLimits:
    """Limits for untrusted audio files.

    Attributes
    ----------
    max_bytes : int
        Size of the file, in bytes.
    max_seconds, min_seconds : float
        Duration, in seconds.
    max_channels : int
        Number of channels; they are mixed down to one.
    min_sr, max_sr : int
        Sampling rate, in Hz.
    decode_seconds : float
        Time limit for decoding one file, in seconds.
    decode_memory : int
        Address space limit of the decoder, in bytes.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_seconds: float = 300.0
    min_seconds: float = 0.25
    max_channels: int = 8
    min_sr: int = 4_000
    max_sr: int = 192_000
    decode_seconds: float = 20.0
    decode_memory: int = 1_000_000_000
