"""The caps for sound files that come from outside, in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AudioLimits:
    """The caps for audio that comes from outside.

    Attributes
    ----------
    max_bytes : int
        Size of the file, in bytes.
    max_seconds, min_seconds : float
        Length of the sound, in seconds.
    max_channels : int
        Channels; they are mixed down to one.
    min_sr, max_sr : int
        Sampling rate, in Hz.
    decode_seconds : float
        Time that decoding one file may take, in seconds.
    decode_memory : int
        Address space that the decoder may take, in bytes.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_seconds: float = 300.0
    min_seconds: float = 0.25
    max_channels: int = 8
    min_sr: int = 4_000
    max_sr: int = 192_000
    decode_seconds: float = 20.0
    decode_memory: int = 1_000_000_000
