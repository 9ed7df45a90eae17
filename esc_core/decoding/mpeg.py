"""The length of an MP3 without a tag: its frames are counted, and a tag with their number is put in front.

Without a tag, libsndfile estimates the length from the first frame's bit rate and reads no further: a file with a
variable bit rate loses most of its sound. Frames are laid out as in ISO/IEC 11172-3 and 13818-3; the tag is Xing's.
"""

from __future__ import annotations

import re

_KBPS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}

_ROOMY = 9
"""Index of a bit rate whose frames have room for the tag at any sampling rate."""

_TAIL_BYTES = 4096
"""Bytes that may follow the last frame, such as a title or lyrics."""


def with_length(data: bytes) -> bytes:
    """Return an MP3 whose first frame gives the number of frames that follow.

    Parameters
    ----------
    data : bytes
        A file of MPEG audio, layer III, with or without an ID3 tag before it.

    Returns
    -------
    bytes
        The file with one more frame, which holds no sound; the input itself if it has such a frame, or if it does not
        consist of frames up to its end.
    """
    if tells_length(data):
        return data
    start = _sound_start(data)
    n_frames, at = 0, start
    while n_bytes := _frame_bytes(data[at : at + 4]):
        n_frames, at = n_frames + 1, at + n_bytes
    if not n_frames or len(data) - at > _TAIL_BYTES + len(data) // 100:
        return data
    return data[:start] + _tag(data[start : start + 4], n_frames) + data[start:]


def tells_length(data: bytes) -> bool:
    """Return whether an MP3's first frame is a tag with the number of frames that follow."""
    start = _sound_start(data)
    return bool(re.search(b"Xing|Info", data[start : start + 200]))


def _sound_start(data: bytes) -> int:
    """Return where the sound begins: after an ID3 tag with title, cover and so on."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    return 10 + sum((byte & 127) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))


def _frame_bytes(head: bytes) -> int:
    """Return a frame's length by its header of four bytes; 0 if that is no header of layer III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, kbps, rate, padding = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or rate == 3 or not 0 < kbps < 15:
        return 0
    generation = 1 if version == 3 else 2
    return 144_000 // generation * _KBPS[generation][kbps] // _RATES[version][rate] + padding


def _tag(head: bytes, n_frames: int) -> bytes:
    """Return a silent frame of the same kind that holds the number of frames that follow."""
    head = bytes([head[0], head[1] | 1, _ROOMY << 4 | head[2] & 0x0C, head[3]])  # neither checksum nor padding
    mono, first_generation = head[3] >> 6 == 3, head[1] >> 3 & 3 == 3
    side = (17 if mono else 32) if first_generation else (9 if mono else 17)  # bytes that come before the sound
    frame = head + bytes(side) + b"Xing" + (1).to_bytes(4) + n_frames.to_bytes(4)
    return frame.ljust(_frame_bytes(head), b"\0")
