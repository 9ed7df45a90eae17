"""Sound files that nobody would write: every kind that is read, changed and stitched together by a seed."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import cache

import numpy as np

from tests.bad_audio import encode, long_vorbis, ogg_pages, sealed, tone, wav
from tests.recordings import recorded

LARGEST = 20 * 2**20
"""Bytes of the largest mutant: the cap on uploads."""

USUAL = 400_000
"""Bytes of the largest mutant but for one in `ONE_IN`, so that most files are quick."""

ONE_IN = 200

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)

RIFF_MARKS = tuple(re.findall(b"....", b"fmt datafactLISTds64cue smplid3 bextPEAK"))
RIFF_HEADS = (b"RIFF\xff\xff\xff\x7fWAVE", b"RIFX\x7f\xff\xff\xffWAVE", b"RF64\xff\xff\xff\xffWAVE")
OTHER_MARKS = tuple(re.findall(b"....", b"moovtrakmdiaminfstblstsdstszstcosttsmdatCOMMSSNDudtadesc"))
OTHER_HEADS = (b"FORM\x7f\xff\xff\xffAIFF", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", b"caff\0\1\0\0")

Mutation = Callable[[bytes, np.random.Generator], bytes]


@cache
def seeds() -> dict[str, bytes]:
    """Return name with ending → a whole file of each container and coding that is read, and a few that are hostile."""
    stereo = tone(0.4, n_channels=2)
    stored = {
        **{f"{subtype.lower()}.wav": ("WAV", subtype) for subtype in
           ("PCM_16", "PCM_24", "PCM_U8", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610")},
        "plain.rf64": ("RF64", "PCM_16"), "wavex.wav": ("WAVEX", "FLOAT"), "plain.w64": ("W64", "PCM_16"),
        "plain.flac": ("FLAC", "PCM_16"), "deep.flac": ("FLAC", "PCM_24"),
        "vorbis.ogg": ("OGG", "VORBIS"), "opus.opus": ("OGG", "OPUS"), "plain.mp3": ("MP3", None),
        "plain.aiff": ("AIFF", "PCM_16"), "float.aiff": ("AIFF", "FLOAT"), "ima.aifc": ("AIFF", "IMA_ADPCM"),
        "plain.caf": ("CAF", "PCM_16"), "alac.caf": ("CAF", "ALAC_16"), "plain.au": ("AU", "PCM_16"),
    }  # fmt: skip
    files = {}
    for name, (kind, subtype) in stored.items():
        sr = 48_000 if subtype == "OPUS" else 8_000 if subtype == "GSM610" else 44_100
        files[name] = encode(tone(0.5, sr=sr), sr=sr, kind=kind, subtype=subtype)
        if subtype not in ("IMA_ADPCM", "MS_ADPCM", "GSM610", "OPUS"):
            files[f"stereo-{name}"] = encode(stereo, kind=kind, subtype=subtype)
    for name, (container, codec, sr) in {
        "memo.m4a": ("ipod", "aac", 48_000), "lossless.m4a": ("ipod", "alac", 48_000),
        "film.mov": ("mov", "aac", 44_100),
        "phone.3gp": ("3gp", "libopencore_amrnb", 8_000), "memo.amr": ("amr", "libopencore_amrnb", 8_000),
        "stream.aac": ("adts", "aac", 48_000), "browser.webm": ("webm", "libopus", 48_000),
        "matroska.webm": ("matroska", "flac", 48_000), "windows.wma": ("asf", "wmav2", 44_100),
        "ffmpeg.caf": ("caf", "alac", 48_000), "flac.oga": ("ogg", "flac", 48_000),
        "ulaw.au": ("au", "pcm_mulaw", 8_000),
    }.items():  # fmt: skip
        files[name] = recorded(container, codec, sr=sr, seconds=0.5)
    files["video.mp4"] = recorded("mp4", "aac", video=True, seconds=0.5)
    files["two.m4a"] = recorded("ipod", "aac", n_tracks=2, seconds=0.5)
    files["bomb.ogg"] = long_vorbis(40)
    files["open.ogg"] = long_vorbis(40, with_length=False)
    files["channels.wav"] = wav(bytes(20_000), n_channels=1000)
    files["fast.wav"] = encode(tone(0.3, sr=384_000), sr=384_000)
    return files


def mutant(number: int, *, seed: int = 0) -> tuple[str, bytes]:
    """Return the name and the bytes of a file; the same numbers give the same file, whatever was made before."""
    rng = np.random.default_rng([seed, number])
    names = list(seeds())
    name = names[number % len(names)]
    data = seeds()[name]
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        mutations = GENTLE if rng.random() < 0.6 else ROUGH
        data = mutations[rng.integers(len(mutations))](data, rng)
    if data[:4] == b"OggS" and rng.random() < 0.7:
        data = b"".join(map(sealed, ogg_pages(data[:USUAL])))  # otherwise a page with a wrong byte is skipped
    if number % ONE_IN == ONE_IN - 1:  # after the mutations, for what is small can become large in many ways
        data = (data or b"\0") * max(1, LARGEST // max(1, len(data)))
        return name, data[:LARGEST]
    return name, data[:USUAL]


def _flipped_bits(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 3, 10, 100])):
        if changed:
            changed[rng.integers(len(changed))] ^= 1 << rng.integers(8)
    return bytes(changed)


def _flipped_head(data: bytes, rng: np.random.Generator) -> bytes:
    n = int(rng.choice([32, 64, 256, 1024]))
    return _flipped_bits(data[:n], rng) + data[n:]


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data) + 1))
    return data[at:] if rng.random() < 0.2 else data[:at]


def _extreme_field(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        size = int(rng.choice([1, 2, 4, 8]))
        room = min(len(changed), int(rng.choice([64, 256, 4096]))) - size
        if room > 0:
            at = int(rng.integers(room))
            value = EXTREMES[rng.integers(len(EXTREMES))] % 256**size
            changed[at : at + size] = value.to_bytes(size, "little" if rng.random() < 0.5 else "big")
    return bytes(changed)


def _repeated(data: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(int(at) for at in rng.integers(len(data) + 1, size=2))
    times = int(rng.choice([2, 3, 10, 100]))
    return data[:end] + (data[start:end] * times)[:USUAL] + data[end:]


def _swapped(data: bytes, rng: np.random.Generator) -> bytes:
    a, b, c = sorted(int(at) for at in rng.integers(len(data) + 1, size=3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _spliced(data: bytes, rng: np.random.Generator) -> bytes:
    other = list(seeds().values())[rng.integers(len(seeds()))]
    head, tail = int(rng.integers(len(data) + 1)), int(rng.integers(len(other) + 1))
    if rng.random() < 0.5:
        head = min(head, int(rng.choice([4, 12, 44, 100, 400])))  # the head of one kind, the body of another
    return data[:head] + other[tail:] if rng.random() < 0.5 else data[:head] + other


def _random_behind_the_mark(data: bytes, rng: np.random.Generator) -> bytes:
    kept = int(rng.choice([4, 8, 12, 16, 44, 200]))
    return data[:kept] + rng.bytes(int(rng.choice([0, 10, 1_000, 30_000])))


def _random_block(data: bytes, rng: np.random.Generator) -> bytes:
    at, n = int(rng.integers(len(data) + 1)), int(rng.choice([4, 64, 2_000]))
    filling = bytes(n) if rng.random() < 0.3 else b"\xff" * n if rng.random() < 0.3 else rng.bytes(n)
    return data[:at] + filling + data[at + (n if rng.random() < 0.5 else 0) :]


def _chunks(data: bytes, rng: np.random.Generator) -> bytes:
    """Write the beginning of a RIFF, RIFX, AIFF or MP4 file and parts of random kinds and sizes, one in the other."""
    is_riff = rng.random() < 0.5
    marks, heads = (RIFF_MARKS, RIFF_HEADS) if is_riff else (OTHER_MARKS, OTHER_HEADS)
    made = heads[rng.integers(len(heads))]
    for _ in range(rng.integers(1, 40)):
        mark, body = marks[rng.integers(len(marks))], data[: int(rng.integers(200))]
        size = len(body) if rng.random() < 0.6 else int(EXTREMES[rng.integers(len(EXTREMES))]) % 2**32
        made += (
            mark + struct.pack("<I", size) + body if is_riff else struct.pack(">I", (size + 8) % 2**32) + mark + body
        )
    return made


GENTLE: tuple[Mutation, ...] = (_flipped_bits, _flipped_head, _cut, _extreme_field)
"""Most of a file stays, so that it comes far into a decoder."""

ROUGH: tuple[Mutation, ...] = (_repeated, _swapped, _spliced, _random_behind_the_mark, _random_block, _chunks)
