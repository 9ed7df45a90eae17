"""The decoder's child process: a sound file's bytes on standard input, mono samples on standard output.

`esc_core.decoding.decode` starts it, sends its limits, and checks its replies. It imports neither librosa nor
TensorFlow.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import struct
import sys
from typing import IO, Any

import numpy as np

from esc_core.config import AudioLimits
from esc_core.decoding.reader import Decoded, need, read
from esc_core.errors import AudioError

SILENT_RANGE = 2.0**-24
"""Largest range of samples that counts as silence: half a step at 24 bits."""

_MAX_HEADER = 65_536  # bytes of JSON


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
        sound = _decode(data, request["ending"], limits)
    except AudioError as error:
        send(replies, {"error": str(error)})
    except MemoryError:
        sentence = f"Decoding this file takes too much memory; at most {limits.decode_memory / 1e9:g} GB is allowed."
        send(replies, {"error": sentence, "spent": True})
    else:
        header = {"sr": sound.sr, "n_channels": sound.n_channels, "format": sound.format, "n_frames": len(sound.y)}
        send(replies, header | {"remarks": sound.remarks}, sound.y.data.cast("B"))
    if hasattr(signal, "alarm"):
        signal.alarm(0)


def _decode(data: bytes, ending: str, limits: AudioLimits) -> Decoded:
    """Read a file, and refuse what is too short or silent."""
    sound = read(data, ending=ending, limits=limits)
    need(len(sound.y) > 0, "The file has a header but no sound, as if it was cut short.")
    limits.check_shortest(len(sound.y) / sound.sr)
    value = f"{' of the mixed channels' * (sound.n_channels > 1)} is {round(float(sound.y[0]), 6) + 0.0:g}"
    need(np.ptp(sound.y) > SILENT_RANGE, f"The sound is silent: every sample{value}.")
    return sound


if __name__ == "__main__":
    _serve()
