"""The frames of MP3 and AAC streams: where they begin, and how many there are.

Without a tag that holds the number of an MP3's frames, libsndfile estimates the length from the first frame's bit rate
and reads no further: a file with a variable bit rate loses most of its sound. So a tag is put in front. Frames are laid
out as in ISO/IEC 11172-3 and 13818-3; the tag is Xing's.
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

_IN_A_ROW = 3
"""Frames in a row, each where the one before it ends, that make sure that these are frames."""

_SEARCHED = 2**20
"""Bytes at the beginning in which the first frame is looked for."""


def tidy_mp3(data: bytes) -> bytes:
    """Return an MP3 that begins with a whole frame, and whose first frame gives the number of frames that follow.

    Parameters
    ----------
    data : bytes
        Any file. Of an MP3, also one that was cut out of a stream: it may begin with zeros or in the middle of a frame,
        and hold damage between frames.

    Returns
    -------
    bytes
        The frames, behind a frame with their number; the input itself if its first frame gives that number already, or
        if it holds no frames of layer III.
    """
    start = _next_run(data, _sound_start(data), within=_SEARCHED)
    if start is None:
        return data
    runs, n_frames = _runs(data, start)
    tagged = _tagged_frames(data, start)
    if tagged is not None:
        if len(runs) == 1 and tagged >= 0.99 * (n_frames - 1):
            return data[start:]
        first = _frame_bytes(data[start : start + 4])  # it counts too few, or there is damage: another takes its place
        runs[0], n_frames = runs[0][first:], max(tagged, n_frames - 1)
    return _tag(data[start : start + 4], n_frames) + b"".join(runs)


def promised_seconds(data: bytes) -> float:
    """Return the length of an MP3 by the tag in its first frame, in seconds; 0 if it has none."""
    n_frames = _tagged_frames(data, 0)
    if n_frames is None:
        return 0.0
    version, rate = data[1] >> 3 & 3, data[2] >> 2 & 3
    return n_frames * (1152 if version == 3 else 576) / _RATES[version][rate]


def adts_start(data: bytes) -> int | None:
    """Return where the first frame of a stream of AAC begins; None if the file is none."""
    begin = _sound_start(data)
    for found in re.finditer(rb"\xff[\xf0\xf1\xf8\xf9]", data[begin : begin + _SEARCHED]):
        at = start = begin + found.start()
        n = 0
        while n < _IN_A_ROW and (n_bytes := _adts_bytes(data[at : at + 6])):
            n, at = n + 1, at + n_bytes
        if n == _IN_A_ROW:
            return start
    return None


def _adts_bytes(head: bytes) -> int:
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    n_bytes = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return n_bytes if n_bytes > 7 else 0


def _next_run(data: bytes, begin: int, *, within: int | None = None) -> int | None:
    """Return where the next frames in a row begin."""
    stop = len(data) if within is None else begin + within
    for found in re.compile(rb"\xff[\xe2-\xff]").finditer(data, begin, stop):
        at = found.start()
        kind, n = data[at + 1] & 0xFE, 0
        while n < _IN_A_ROW and data[at + 1 : at + 2] and data[at + 1] & 0xFE == kind:
            n_bytes = _frame_bytes(data[at : at + 4])
            if not n_bytes:
                break
            n, at = n + 1, at + n_bytes
        if n == _IN_A_ROW:
            return found.start()
    return None


def _runs(data: bytes, start: int) -> tuple[list[bytes], int]:
    """Return the stretches of whole frames, and how many frames there are in all."""
    runs, n_frames, begin = [], 0, start
    while True:
        at = begin
        while n_bytes := _frame_bytes(data[at : at + 4]):
            n_frames, at = n_frames + 1, at + n_bytes
        runs.append(data[begin:at])
        following = _next_run(data, at)
        if following is None:
            return runs, n_frames
        begin = following


def _tagged_frames(data: bytes, start: int) -> int | None:
    """Return how many frames follow by the tag in the first frame; None if there is no tag."""
    found = re.compile(rb"(?:Xing|Info)...[\x01\x03\x05\x07\x09\x0b\x0d\x0f](.{4})", re.DOTALL).search(
        data, start, start + 200
    )
    return int.from_bytes(found[1]) if found else None


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
