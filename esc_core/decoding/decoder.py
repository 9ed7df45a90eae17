"""The decoder's child process: a sound file's bytes on standard input, mono samples on standard output.

`esc_core.decoding.decode` starts it, sends its limits, and checks its replies. It imports neither librosa nor
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

from esc_core.config import CONTAINER_NAMES, CONTAINERS, AudioLimits
from esc_core.decoding.mpeg import tells_length, with_length
from esc_core.errors import AudioError
from esc_core.words import duration

BLOCK_FRAMES = 16_384
"""Frames that are decoded and mixed down at a time."""

WHOLE_SHARE = 0.99
"""Share of the length in the header that makes a file whole: some programs miscount by a few frames."""

MAX_SAMPLE = 1e10
"""Largest sample, relative to full scale: 32-bit integers stored as floats pass, and powers can't overflow."""

SILENT_RANGE = 2.0**-24
"""Largest range of samples that counts as silence: half a step at 24 bits."""

# Sizes in the header of a WAV file that was written as a stream: they mean "up to the end".
_OPEN_SIZES = frozenset({0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF})

_MAX_HEADER = 65_536  # bytes of JSON


def need(ok: bool, sentence: str) -> None:
    """Raise AudioError with a sentence unless a condition holds."""
    if not ok:
        raise AudioError(sentence)


# A message, in either direction: the length of its JSON, the JSON, and then as many bytes as the JSON says.


def send(pipe: IO[bytes], header: dict[str, Any], body: Any = b"") -> None:
    """Write a message."""
    head = json.dumps(header).encode()
    pipe.write(struct.pack("!I", len(head)) + head)
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes], n_bytes: int) -> bytes:
    """Read exactly `n_bytes`, or raise EOFError."""
    data = pipe.read(n_bytes)
    if len(data) < n_bytes:
        raise EOFError
    return data


def receive_header(pipe: IO[bytes]) -> dict[str, Any]:
    """Read the JSON of a message."""
    (n_bytes,) = struct.unpack("!I", receive(pipe, 4))
    return dict(json.loads(receive(pipe, min(n_bytes, _MAX_HEADER))))


class _Stream(soundfile.SoundFile):
    """A sound file that is read without seeking: FLAC of unknown length fails when soundfile seeks after each block."""

    def seekable(self) -> bool:
        return False


def _serve() -> None:
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a C library prints must not get into the replies
    send(replies, {})
    with contextlib.suppress(EOFError):  # the parent has ended
        while True:
            request = receive_header(sys.stdin.buffer)
            _reply(request, receive(sys.stdin.buffer, request["size"]), replies)


def _reply(request: dict[str, Any], data: bytes, replies: IO[bytes]) -> None:
    limits = AudioLimits(**request["limits"])
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit, macOS may refuse it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.decode_memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    if hasattr(signal, "alarm"):  # the parent measures the time, but it may have ended
        signal.alarm(math.ceil(limits.decode_seconds) + 1)
    try:
        y, file = _read(data, request["ending"], limits)
    except AudioError as error:
        send(replies, {"error": str(error)})
    except MemoryError:
        sentence = f"Decoding this file takes too much memory; at most {limits.decode_memory / 1e9:g} GB is allowed."
        send(replies, {"error": sentence, "spent": True})
    else:
        header = {"sr": file.samplerate, "n_channels": file.channels, "format": file.format, "n_frames": len(y)}
        send(replies, header, y.data.cast("B"))
    if hasattr(signal, "alarm"):
        signal.alarm(0)


def _read(data: bytes, ending: str, limits: AudioLimits) -> tuple[np.ndarray, _Stream]:
    """Check the header, then the sound itself, since a header can be wrong."""
    file = _open(data, ending, limits)
    promised, most = _promised_seconds(data, file), duration(limits.max_seconds)
    limits.check_longest(promised)
    y = _mix_down(file, int(limits.max_seconds * file.samplerate))
    seconds = len(y) / file.samplerate
    too_long = f"The sound is more than {most} long; at most {most} can be used."  # read up to there, and no further
    need(seconds <= limits.max_seconds, too_long)
    cut_short = f"The file is cut short: it promises {duration(promised)} of sound and holds {duration(seconds)}."
    need(seconds >= WHOLE_SHARE * promised, cut_short)
    need(len(y) > 0, "The file has a header but no sound, as if it was cut short.")
    limits.check_shortest(seconds)
    value = f"{' of the mixed channels' * (file.channels > 1)} is {round(float(y[0]), 6) + 0.0:g}"
    need(np.ptp(y) > SILENT_RANGE, f"The sound is silent: every sample{value}.")
    return y, file


def _open(data: bytes, ending: str, limits: AudioLimits) -> _Stream:
    file = None
    with contextlib.suppress(soundfile.SoundFileError):
        file = _Stream(io.BytesIO(data))
        if file.format == "MP3" and (tagged := with_length(data)) is not data:
            file = _Stream(io.BytesIO(tagged))
    if file is None or file.format not in CONTAINERS:
        reason = f"it is damaged, or is not {CONTAINER_NAMES}"
        raise AudioError(f"This {f'{ending} file'.strip()} can't be read as sound: {reason}.")
    limits.check_header(n_channels=file.channels, sr=file.samplerate)
    return file


def _promised_seconds(data: bytes, file: _Stream) -> float:
    """Return the length of the sound by its header, in seconds; 0 if the header is not reliable."""
    if file.format in ("WAV", "WAVEX", "AIFF") and (claim := _chunk_seconds(data, file.samplerate)):
        return claim
    # of an MP3 whose frames had to be counted nobody knows whether it was cut off
    known = file.frames < 2**62 and (file.format != "MP3" or tells_length(data))
    return file.frames / file.samplerate if known else 0.0


def _chunk_seconds(data: bytes, sr: int) -> float:
    """Return the length in the header of a WAV or AIFF file that was cut short, in seconds; 0 if the file is whole.

    libsndfile gives the length of what is there, as if the file was whole.
    """
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
    """Return the mean of the channels, read block by block, up to one frame more than allowed."""
    y = np.empty(min(file.frames, max_frames + 1), np.float32)  # only pages that are written take memory
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
