"""How long an MP3 without a tag is: its frames are counted, and a tag that says so is put in front.

Without one, libsndfile reckons the length from the first frame's bit rate, and reads no farther than that: a file of
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
"""Index of a bit rate at which a frame has room for the tag, whatever its sampling rate."""

_TAIL_BYTES = 4096
"""What may follow the last frame: titles, lyrics."""


def with_length(data: bytes) -> bytes:
    """Return an MP3 whose first frame says how many frames follow.

    Parameters
    ----------
    data : bytes
        A file of MPEG audio, layer III, with or without an ID3 tag before it.

    Returns
    -------
    bytes
        The same with a frame more, which holds no sound; the input itself where it has such a frame, or is not made of
        frames up to its end.
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
    """Tell whether an MP3's first frame is a tag with the number of those that follow."""
    start = _sound_start(data)
    return bool(re.search(b"Xing|Info", data[start : start + 200]))


def _sound_start(data: bytes) -> int:
    """Return where the sound begins: after the title, the cover and all that."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    return 10 + sum((byte & 127) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))


def _frame_bytes(head: bytes) -> int:
    """Return the length of the frame that a header of four bytes begins; 0 if it begins none of layer III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, kbps, rate, padding = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or rate == 3 or not 0 < kbps < 15:
        return 0
    generation = 1 if version == 3 else 2
    return 144_000 // generation * _KBPS[generation][kbps] // _RATES[version][rate] + padding


def _tag(head: bytes, n_frames: int) -> bytes:
    """Return a silent frame of the same kind that tells the number of those that follow."""
    head = bytes([head[0], head[1] | 1, _ROOMY << 4 | head[2] & 0x0C, head[3]])  # neither checksum nor padding
    mono, first_generation = head[3] >> 6 == 3, head[1] >> 3 & 3 == 3
    side = (17 if mono else 32) if first_generation else (9 if mono else 17)  # bytes that come before the sound
    frame = head + bytes(side) + b"Xing" + (1).to_bytes(4) + n_frames.to_bytes(4)
    return frame.ljust(_frame_bytes(head), b"\0")
