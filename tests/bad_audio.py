"""Bad files as untrusted input, each with the sentence that it must get."""

from __future__ import annotations

import io
import re
import struct

import numpy as np
import soundfile

SR = 44_100


def tone(seconds: float = 1.0, *, sr: int = SR, freq: float = 440.0, n_channels: int = 1) -> np.ndarray:
    """Sine of peak 0.5, shape (n, n_channels); each channel is an octave above the one before."""
    t = np.arange(round(seconds * sr))[:, None] / sr
    return 0.5 * np.sin(2 * np.pi * freq * 2.0 ** np.arange(n_channels) * t)


def encode(y: np.ndarray, *, sr: int = SR, kind: str = "WAV", subtype: str | None = None) -> bytes:
    """Encode samples, in blocks, because libsndfile crashes on a long Ogg that is written at once."""
    buffer = io.BytesIO()
    n_channels = 1 if y.ndim == 1 else y.shape[1]
    with soundfile.SoundFile(buffer, "w", sr, n_channels, format=kind, subtype=subtype) as file:
        for at in range(0, len(y), 4096):
            file.write(y[at : at + 4096])
    return buffer.getvalue()


def wav(payload: bytes, *, sr: int = SR, n_channels: int = 1, size: int | None = None) -> bytes:
    """16-bit WAV by hand; its header may claim any rate, channels, and `size` of the payload in bytes."""
    size, frame = len(payload) if size is None else size, 2 * n_channels
    form = struct.pack("<HHIIHH", 1, n_channels, sr, sr * frame % 2**32, frame, 16)
    riff = struct.pack("<4sI8sI", b"RIFF", min(size + 36, 2**32 - 1), b"WAVEfmt ", len(form))
    return riff + form + struct.pack("<4sI", b"data", size) + payload


def long_vorbis(n_pages: int, *, sr: int = SR, with_length: bool = True) -> bytes:
    """Vorbis that decodes to 261,120 frames of stereo silence for each page of 537 bytes.

    Without `with_length`, no page gives the length of the sound so far.
    """
    short = ogg_pages(encode(np.zeros((SR, 2)), kind="OGG", subtype="VORBIS"))
    serial = short[0][14:18]
    start = short[0][:40] + struct.pack("<I", sr) + short[0][44:]  # the rate in the identification header
    # A packet of one byte is a long, silent block of 1024 new frames.
    body = bytes([255]) + b"\x01" * 255 + b"\x0e" * 255
    pages = [sealed(start), *short[1:-1]]
    for i in range(n_pages):
        flags = 4 if i == n_pages - 1 else 0
        frames = 261_120 * (i + 1) if with_length else -1
        head = struct.pack("<4sBBq4sII", b"OggS", 0, flags, frames, serial, len(short) - 1 + i, 0)
        pages.append(sealed(head + body))
    return b"".join(pages)


def ogg_pages(data: bytes) -> list[bytes]:
    """Part an Ogg file into its pages."""
    pages, at = [], 0
    while at + 27 <= len(data):
        n_segments = data[at + 26]
        end = at + 27 + n_segments + sum(data[at + 27 : at + 27 + n_segments])
        pages.append(data[at:end])
        at = end
    return pages


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        crc = value << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
        table.append(crc)
    return table


_CRC = _crc_table()


def sealed(page: bytes) -> bytes:
    """Put the checksum of an Ogg page in its place."""
    crc = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC[crc >> 24 ^ byte]
    return page[:22] + struct.pack("<I", crc) + page[26:]


def _with_sample(value: float) -> bytes:
    y = tone()
    y[SR // 2] = value
    return encode(y, subtype="FLOAT")


def bad_files() -> dict[str, tuple[bytes, str]]:
    """Return file name → bytes, and a regular expression for the sentence; made in about half a second."""
    whole = encode(tone(5))
    unreadable = r"This \.wav file can't be read as sound: .* W64 or AU\."
    five_minutes = r"at most 5 minutes can be used\."
    finite = r"every sample must be a finite number up to 1e\+10\."
    return {
        "empty.wav": (b"", r"The file is empty \(0 bytes\)\."),
        "too_big.wav": (bytes(20 * 2**20 + 1), r"The file has 20\.1 MB; at most 20 MB can be used\."),
        "text.wav": (b"This is no sound.\n" * 200, unreadable),
        "cut_header.wav": (whole[:30], r"This \.wav file can't be read as sound: it is damaged or cut short\."),
        "cut_short.wav": (whole[: 44 + 2 * SR // 10], r"The sound is 0\.1 s long; at least 0\.25 s is needed\."),
        "cut_short.flac": (
            encode(tone(5), kind="FLAC")[:3_000],
            r"The file is damaged or cut short: it can't be read beyond 0(\.[01]\d*)? s\.",
        ),
        "channels.wav": (
            wav(bytes(200_000), n_channels=1000),
            r"The sound has 1000 channels; at most 64 can be used\.",
        ),
        "rate.wav": (
            wav(bytes(200_000), sr=2_000_000_000),
            r"The sampling rate is 2,000,000,000 Hz; 1,000 to 768,000 Hz can be used\.",
        ),
        "nan.wav": (_with_sample(np.nan), r"The sample at 0\.5 s is nan; " + finite),
        "infinite.wav": (_with_sample(-np.inf), r"The sample at 0\.5 s is -inf; " + finite),
        "huge.wav": (_with_sample(1e30), r"The sample at 0\.5 s is 1e\+30; " + finite),
        "ten_hours.ogg": (long_vorbis(552, sr=4_000), "The sound is 10 hours long; " + five_minutes),
        "bomb.ogg": (long_vorbis(670), "The sound is 66 minutes 8 s long; " + five_minutes),
        "tenth.wav": (encode(tone(0.1)), r"The sound is 0\.1 s long; at least 0\.25 s is needed\."),
        "silence.wav": (encode(np.zeros(SR)), r"The sound is silent: every sample is 0\."),
        "constant.wav": (encode(np.full(SR, 0.25)), r"The sound is silent: every sample is 0\.25\."),
    }


def matches(sentence: str, pattern: str) -> bool:
    """Whether the pattern describes the whole sentence."""
    return re.fullmatch(pattern, sentence) is not None
