"""Files and streams of bytes → pieces of sound."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from esc_core.config import AudioLimits, require
from esc_core.errors import AudioError

PIECE_SECONDS = 0.25
"""Length of a piece of a stream, in seconds."""

FORMATS = {"s16le": ("<i2", 32_768.0), "s32le": ("<i4", 2_147_483_648.0), "f32le": ("<f4", 1.0)}
"""Raw samples: NumPy's name of the type, and full scale."""

_WAV_FORMATS = {(1, 16): "s16le", (1, 32): "s32le", (3, 32): "f32le"}
_EXTENSIBLE = 0xFFFE
_MAX_HEADER = 1 << 20


def file_pieces(name: str) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the sound of a file, shape (n,), with its rate in Hz.

    Raises
    ------
    AudioError
        If it can't be used; one sentence.
    """
    from esc_core.decoding.capped import read_capped
    from esc_core.decoding.decode import decode

    sound = decode(read_capped(Path(name)), name=Path(name).name)
    yield sound.y, sound.sr


def stream_pieces(
    stream: BinaryIO, *, sr: int, n_channels: int, sample_format: str
) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the sound of a stream as it comes in.

    Parameters
    ----------
    stream : binary file
        WAV with integers of 16 or 32 bits or floats, of whatever length its header promises; or raw samples.
    sr : int
        Rate of raw samples in Hz.
    n_channels : int
        Their channels, which are mixed down.
    sample_format : str
        Their type, a key of `FORMATS`.

    Yields
    ------
    y : numpy.ndarray, shape (n,), float32
        Samples.
    sr : int
        Their rate in Hz.

    Raises
    ------
    AudioError
        If the WAV header can't be used; one sentence.
    ParameterError
        If the rate or the number of channels is out of range.
    """
    start = stream.read(4)
    if start == b"RIFF":
        sample_format, n_channels, sr = _read_header(stream)
        start = b""
    limits = AudioLimits()
    require(limits.min_sr <= sr <= limits.max_sr, f"rate must be in [{limits.min_sr}, {limits.max_sr}] Hz", sr)
    require(1 <= n_channels <= limits.max_channels, f"channels must be in [1, {limits.max_channels}]", n_channels)
    kind, full_scale = FORMATS[sample_format]
    frame = np.dtype(kind).itemsize * n_channels
    size = max(1, round(PIECE_SECONDS * sr)) * frame
    waiting = start
    while data := stream.read(size - len(waiting)):
        waiting += data
        whole = len(waiting) // frame * frame
        samples = np.frombuffer(waiting[:whole], kind).reshape(-1, n_channels).astype(np.float32) / full_scale
        waiting = waiting[whole:]
        yield samples.mean(axis=1, dtype=np.float32), sr


def _read_header(stream: BinaryIO) -> tuple[str, int, int]:
    """Read a WAV header up to its samples, after RIFF; return sample format, channels and rate in Hz."""
    form = stream.read(8)[4:]
    found = None
    while form == b"WAVE" and len(head := stream.read(8)) == 8:
        name, length = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"data" and found:
            return found
        if length > _MAX_HEADER or name == b"data":
            break
        body = stream.read(length + length % 2)
        if name == b"fmt " and len(body) >= 16:
            code, n_channels, sr, _, _, bits = struct.unpack("<HHIIHH", body[:16])
            code = struct.unpack("<H", body[24:26])[0] if code == _EXTENSIBLE and len(body) >= 26 else code
            if (code, bits) not in _WAV_FORMATS:
                raise AudioError(f"WAV on standard input must have 16 or 32 bits per sample, got {bits} bits.")
            found = (_WAV_FORMATS[code, bits], n_channels, sr)
    raise AudioError("The WAV header on standard input is damaged.")
