"""The pages of an Ogg file: whether they are all there and whole, and the last one is marked as such (RFC 3533)."""

from __future__ import annotations

import zlib

_HEAD = 27
"""Bytes of a page's header before the table of its segments."""

_FIRST, _LAST = 2, 4
"""Bits of a page's flags: the first page of a stream, the last one."""

_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits in reverse: Ogg's checksum is that of zlib with all bits mirrored, and no start value."""


def ogg_fault(data: bytes) -> str | None:
    """Return what is wrong with the pages of an Ogg file.

    Parameters
    ----------
    data : bytes
        A file that begins with a page.

    Returns
    -------
    str or None
        "damaged" if pages are missing or changed, "cut short" if the end is missing, None if all is there.
    """
    at = 0
    following: dict[bytes, int] = {}
    open_streams: set[bytes] = set()
    while data[at : at + 4] == b"OggS" and len(data) >= at + _HEAD:
        n_segments = data[at + 26]
        end = at + _HEAD + n_segments + sum(data[at + _HEAD : at + _HEAD + n_segments])
        if end > len(data):
            return "cut short"
        flags, stream, number = data[at + 5], data[at + 14 : at + 18], int.from_bytes(data[at + 18 : at + 22], "little")
        if not _is_whole(data[at:end]) or not (flags & _FIRST or number == following.get(stream, number)):
            return "damaged"
        following[stream] = number + 1
        (open_streams.discard if flags & _LAST else open_streams.add)(stream)
        at = end
    if data.find(b"OggS", at) > at:
        return "damaged"
    return "cut short" if open_streams else None


def _is_whole(page: bytes) -> bool:
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_MIRROR)
    checksum = zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return checksum.to_bytes(4, "big").translate(_MIRROR) == page[22:26]
