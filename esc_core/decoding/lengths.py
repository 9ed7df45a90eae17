"""The length in the header of a WAV, RF64, W64, AIFF, CAF or AU file against what the file holds.

Programs that write into a pipe can't know the size of the sound when they write the header: they leave 0, or a number
that no file reaches. Files that were cut promise more than they hold. In both cases the true size is put into the
header, so that whoever reads the file next reads it to its end.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_LEAST_MARK = 1_000_000_000
"""Least size in bytes that means "up to the end" where the file is smaller: sox, ffmpeg and arecord write 2**31 or
2**32 less their header, rounded to whole frames; others a round number."""

_MOST_TAIL = 8
"""Bytes after the last chunk that do no harm: padding."""


@dataclass(frozen=True)
class Length:
    """What a file's header says about its length.

    Attributes
    ----------
    data : bytes
        The file, with the true size in its header.
    factor : float or None
        Promised length relative to the length that is there: 1 if they agree, None if the header leaves it open.
    """

    data: bytes
    factor: float | None = 1.0


@dataclass(frozen=True)
class _Chunks:
    """How a container lays out its chunks: a tag, a size, and the content; `lead` bytes come before the sound."""

    first: int
    head: str
    data_tag: bytes
    align: int = 2
    size_counts_head: bool = False
    lead: int = 0


_GUID_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_RIFF = _Chunks(12, "<4sI", b"data")
_KINDS = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"RIFX": _Chunks(12, ">4sI", b"data"),
    b"FORM": _Chunks(12, ">4sI", b"SSND", lead=8),
    b"caff": _Chunks(8, ">4sq", b"data", align=1, lead=4),
    b"riff": _Chunks(40, "<16sQ", b"data" + _GUID_TAIL, align=8, size_counts_head=True),
}
_FORMS = {b"RIFF": (b"WAVE",), b"RF64": (b"WAVE",), b"RIFX": (b"WAVE",), b"FORM": (b"AIFF", b"AIFC")}

_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
"""What the description of a whole ASF file begins with."""


def mend_length(data: bytes) -> Length:
    """Compare the length in a file's header with what is there, and mend it.

    Parameters
    ----------
    data : bytes
        A sound file. Containers other than the ones above come back as they are.

    Returns
    -------
    Length
        The file to read, and how far its header was wrong.
    """
    if data[:4] == b".snd" and len(data) >= 12:
        (begin,) = struct.unpack(">I", data[4:8])
        return _mended(data, size_at=8, form=">I", begin=begin, chunks=None)
    chunks = _KINDS.get(data[:4])
    if chunks is None or data[8:12] not in _FORMS.get(data[:4], (data[8:12],)):
        return Length(data)
    at = _find(data, chunks)
    if at is None:
        return Length(data)
    n_head = struct.calcsize(chunks.head)
    n_tag = len(chunks.data_tag)
    size_at, form = at + n_tag, chunks.head[0] + chunks.head[-1]
    if data[:4] == b"RF64" and data[12:16] == b"ds64" and data[size_at : size_at + 4] == b"\xff" * 4:
        size_at, form = 28, "<Q"  # the true size is in a chunk of its own
    return _mended(data, size_at=size_at, form=form, begin=at + n_head, chunks=chunks)


def asf_seconds(data: bytes) -> float:
    """Return the length in seconds that the header of a WMA file (ASF) gives; 0 if it leaves it open.

    FFmpeg changes it where the file's size does not fit.
    """
    at = data[:65_536].find(_ASF_PROPERTIES)
    if at < 0 or len(data) < at + 92:
        return 0.0
    ticks, preroll_ms, flags = struct.unpack_from("<Q8xQI", data, at + 64)
    return 0.0 if flags & 1 else max(0.0, ticks / 1e7 - preroll_ms / 1e3)


def _find(data: bytes, chunks: _Chunks) -> int | None:
    """Return where the chunk with the sound begins."""
    n_head, at = struct.calcsize(chunks.head), chunks.first
    while at + n_head <= len(data):
        tag, size = struct.unpack(chunks.head, data[at : at + n_head])
        if tag == chunks.data_tag:
            return at
        at = _after(at, size, chunks)
    return None


def _after(at: int, size: int, chunks: _Chunks) -> int:
    n_head = struct.calcsize(chunks.head)
    size = max(0, size - n_head if chunks.size_counts_head else size)
    return at + n_head + size + -size % chunks.align


def _mended(data: bytes, *, size_at: int, form: str, begin: int, chunks: _Chunks | None) -> Length:
    (claim,) = struct.unpack_from(form, data, size_at)
    extra = struct.calcsize(chunks.head) if chunks and chunks.size_counts_head else 0
    held, size = len(data) - begin, claim - extra
    if held <= 0:
        return Length(data)
    if 0 < size <= held and (held - size <= size or _is_chain(data, begin + size, chunks)):
        return Length(data)
    if size == 0 and _is_chain(data, begin, chunks):
        return Length(data)  # there is no sound, but a title or the like
    mended = bytearray(data)
    struct.pack_into(form, mended, size_at, held + extra)
    _mend_totals(mended, held)
    is_open = size <= 0 or (size > held and size >= _LEAST_MARK)
    lead = chunks.lead if chunks else 0
    return Length(bytes(mended), None if is_open else (size - lead) / max(1, held - lead))


def _is_chain(data: bytes, at: int, chunks: _Chunks | None) -> bool:
    """Return whether chunks follow one another from here to the end of the file."""
    if chunks is None:
        return False
    n_head, at = struct.calcsize(chunks.head), at + -at % min(chunks.align, 2)
    while at + n_head <= len(data):
        tag, size = struct.unpack(chunks.head, data[at : at + n_head])
        if not all(32 <= byte < 127 for byte in tag[:4]):
            return False
        at = _after(at, size, chunks)
    return -chunks.align < len(data) - at <= _MOST_TAIL


def _mend_totals(mended: bytearray, held: int) -> None:
    """Put the size of the whole file where its container repeats it."""
    kind, total = bytes(mended[:4]), len(mended) - 8
    if kind == b"RF64":
        struct.pack_into("<Q", mended, 20, total)
    elif kind == b"riff":
        struct.pack_into("<Q", mended, 16, total + 8)
    elif kind in (b"RIFF", b"RIFX", b"FORM"):
        struct.pack_into("<I" if kind == b"RIFF" else ">I", mended, 4, min(total, 2**32 - 1))
    if kind == b"FORM":
        _mend_frames(mended, held - 8)


def _mend_frames(mended: bytearray, n_bytes: int) -> None:
    """Put the number of frames into an AIFF file's description of uncompressed sound."""
    chunks = _Chunks(12, ">4sI", b"COMM")
    at = _find(bytes(mended[:65_536]), chunks)
    if at is not None and at + 16 <= len(mended):
        n_channels, n_bits = struct.unpack_from(">H4xH", mended, at + 8)
        frame = n_channels * ((n_bits + 7) // 8)
        if frame and mended[8:12] == b"AIFF":
            struct.pack_into(">I", mended, at + 10, n_bytes // frame)
