"""The decoder's child process: a sound file's bytes on standard input, mono samples on standard output.

`esc_core.decoding.decode` starts it, gives it its limits, and checks what it answers. It imports neither librosa nor
TensorFlow.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import signal
import struct
import sys
from typing import IO, Any

import numpy as np
import soundfile

from esc_core.config import AudioLimits
from esc_core.decoding.mpeg import tells_length, with_length
from esc_core.errors import AudioError
from esc_core.words import duration

FORMATS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3", "AIFF"})
"""Containers that are read, by libsndfile's names. It knows more, but each of them is one more way in."""

BLOCK_FRAMES = 16_384
"""Frames that are decoded and mixed down at a time."""

WHOLE_SHARE = 0.99
"""Share of the promised sound that makes a file whole: sloppy writers miscount by a few frames."""

MAX_SAMPLE = 1e10
"""Largest sample, full scale being 1: 32-bit integers stored as floats pass, and powers can't overflow."""

SILENT_RANGE = 2.0**-24
"""Range of samples that counts as silence: half a step at 24 bits."""

# Sizes that programs give the data of a WAV file that they stream: "up to the end".
_OPEN_SIZES = frozenset({0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF})

_MAX_HEADER = 65_536  # bytes of JSON


def need(ok: bool, sentence: str) -> None:
    """Raise AudioError with a sentence unless a condition holds."""
    if not ok:
        raise AudioError(sentence)


# A message, either way: the length of its JSON, the JSON, and then bytes whose number the JSON tells.


def send(pipe: IO[bytes], header: dict[str, Any], body: Any = b"") -> None:
    """Write a message."""
    head = json.dumps(header).encode()
    pipe.write(struct.pack("!I", len(head)) + head)
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes], n_bytes: int) -> bytes:
    """Read that many bytes, or raise EOFError."""
    data = pipe.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError
    return data


def receive_header(pipe: IO[bytes]) -> dict[str, Any]:
    """Read the JSON of a message."""
    (n_bytes,) = struct.unpack("!I", receive(pipe, 4))
    return dict(json.loads(receive(pipe, min(n_bytes, _MAX_HEADER))))


class _Stream(soundfile.SoundFile):
    """A sound file that is read straight on: FLAC of unknown length fails when soundfile seeks after each block."""

    def seekable(self) -> bool:
        return False


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a C library prints must not end up among the answers
    send(answers, {})
    with contextlib.suppress(EOFError):  # the parent has gone
        while True:
            request = receive_header(sys.stdin.buffer)
            _answer(request, receive(sys.stdin.buffer, request["size"]), answers)


def _answer(request: dict[str, Any], data: bytes, answers: IO[bytes]) -> None:
    limits = AudioLimits(**request["limits"])
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit, macOS may refuse it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.decode_memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    if hasattr(signal, "alarm"):  # the parent keeps time, but it may be gone
        signal.alarm(math.ceil(limits.decode_seconds) + 1)
    try:
        y, file = _read(data, request["ending"], limits)
    except AudioError as error:
        send(answers, {"error": str(error)})
    except MemoryError:
        sentence = f"Decoding this file takes too much memory; at most {limits.decode_memory / 1e9:g} GB is allowed."
        send(answers, {"error": sentence, "spent": True})
    else:
        header = {"sr": file.samplerate, "n_channels": file.channels, "format": file.format, "n_frames": len(y)}
        send(answers, header, y.data.cast("B"))
    if hasattr(signal, "alarm"):
        signal.alarm(0)


def _read(data: bytes, ending: str, limits: AudioLimits) -> tuple[np.ndarray, _Stream]:
    """Check what the header says, then what is there: headers lie."""
    file = _open(data, ending, limits)
    promised, most = _promised_seconds(data, file), duration(limits.max_seconds)
    too_long = f"long; at most {most} can be used."
    need(promised <= limits.max_seconds, f"The sound is {duration(promised)} {too_long}")
    y = _mix_down(file, int(limits.max_seconds * file.samplerate))
    seconds = len(y) / file.samplerate
    length = duration(seconds)
    need(seconds <= limits.max_seconds, f"The sound is more than {most} {too_long}")
    cut_short = f"The file is cut short: it promises {duration(promised)} of sound and holds {length}."
    need(seconds >= WHOLE_SHARE * promised, cut_short)
    need(len(y) > 0, "The file has a header but no sound, as if it was cut short.")
    needed = f"at least {duration(limits.min_seconds)} is needed"
    need(seconds >= limits.min_seconds, f"The sound is {length} long; {needed}.")
    value = f"{' of the mixed channels' * (file.channels > 1)} is {round(float(y[0]), 6) + 0.0:g}"
    need(np.ptp(y) > SILENT_RANGE, f"The sound is silent: every sample{value}.")
    return y, file


def _open(data: bytes, ending: str, limits: AudioLimits) -> _Stream:
    file = None
    with contextlib.suppress(soundfile.SoundFileError):
        file = _Stream(io.BytesIO(data))
        if file.format == "MP3" and (told := with_length(data)) is not data:
            file = _Stream(io.BytesIO(told))
    if file is None or file.format not in FORMATS:
        reason = "it is damaged, or not one of WAV, FLAC, Ogg, MP3, and AIFF"
        raise AudioError(f"This {f'{ending} file'.strip()} can't be read as sound: {reason}.")
    channels, sr = file.channels, file.samplerate
    need(
        channels <= limits.max_channels,
        f"The sound has {channels} channels; at most {limits.max_channels} can be used.",
    )
    rates = f"{limits.min_sr:,} to {limits.max_sr:,} Hz can be used"
    need(limits.min_sr <= sr <= limits.max_sr, f"The sampling rate is {sr:,} Hz; {rates}.")
    return file


def _promised_seconds(data: bytes, file: _Stream) -> float:
    """Length of the sound by its header, in seconds; 0 if it says nothing reliable."""
    if file.format in ("WAV", "WAVEX", "AIFF") and (claim := _chunk_seconds(data, file.samplerate)):
        return claim
    # An MP3 that was cut off does not know it where its frames had to be counted.
    known = file.frames < 2**62 and (file.format != "MP3" or tells_length(data))
    return file.frames / file.samplerate if known else 0.0


def _chunk_seconds(data: bytes, sr: int) -> float:
    """Length that a WAV or AIFF file claims but lacks, which libsndfile overlooks; 0 if it is whole."""
    order = "<" if data[:4] == b"RIFF" else ">"
    at, byte_rate, n_frames = 12, 0, 0
    while at + 8 <= len(data):
        tag, size, inside = struct.unpack(order + "4sI12s", data[at : at + 20].ljust(20, b"\0"))
        if tag == b"fmt ":
            (byte_rate,) = struct.unpack(order + "8xI", inside)
        elif tag == b"COMM":
            (n_frames,) = struct.unpack(">2xI6x", inside)
        elif tag in (b"data", b"SSND"):
            whole = size in _OPEN_SIZES or len(data) - at - 8 >= WHOLE_SHARE * size
            return 0.0 if whole else size / byte_rate if byte_rate else n_frames / sr
        at += 8 + size + size % 2
    return 0.0


def _mix_down(file: _Stream, max_frames: int) -> np.ndarray:
    """Mean of the channels, block by block, up to one frame too many."""
    y = np.empty(min(file.frames, max_frames + 1), np.float32)  # only pages that are used take memory
    block = np.empty((BLOCK_FRAMES, file.channels), np.float32)
    weights = np.full(file.channels, 1 / file.channels, np.float32)  # a dot product: `mean` is eight times as slow here
    n = 0
    while n < len(y):
        try:
            got = file.read(out=block[: len(y) - n])
        except soundfile.SoundFileError:
            beyond = duration(n / file.samplerate)
            raise AudioError(f"The file is damaged or cut short: it can't be read beyond {beyond}.") from None
        if not len(got):
            break
        mixed = np.dot(got, weights, out=y[n : n + len(got)])
        usable = np.abs(mixed) <= MAX_SAMPLE  # false for NaN
        first = int(np.argmin(usable))
        where = duration((n + first) / file.samplerate)
        rule = f"every sample must be a finite number up to {MAX_SAMPLE:g}"
        need(bool(usable.all()), f"The sample at {where} is {mixed[first]:g}; {rule}.")
        n += len(got)
    return y[:n]


if __name__ == "__main__":
    _serve()
