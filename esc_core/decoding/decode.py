"""Untrusted bytes → y, sr, in a child process with limits of time and memory, which is kept for the next files.

Decoders are C code: a hostile file may crash them, hang them, or make them take all memory. So they run in a child
process, `esc_core.decoding.decoder`. It replies with JSON and samples, which are checked here, so that a file that
takes over the decoder gets no further. There are a few children, which files take in turns: while one hangs until its
time is over, the next file is decoded by another.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import re
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import PurePath
from typing import IO, Any, cast

import numpy as np

from esc_core.children import start_child
from esc_core.config import CONTAINERS, AudioLimits, environment
from esc_core.decoding.decoder import receive_header, send
from esc_core.decoding.reader import Decoded, need
from esc_core.errors import AudioError
from esc_core.words import duration

FILES_PER_CHILD = 50
"""Files after which a child is replaced, so that memory leaks don't add up."""

START_SECONDS = 60.0
"""Longest time until a child is ready: usually 0.3 s, but many seconds on a busy machine that has just started."""

_MAX_REMARKS = 10

# Errors here that a dead child, or one with a false reply, may cause.
_NONSENSE = (OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


def decode(data: bytes, *, name: str = "", limits: AudioLimits = AudioLimits()) -> Decoded:  # noqa: B008 - frozen
    """Decode an untrusted sound file; of threads that call it at the same time, a few are served at once, in turns.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        Name of the file. Only its ending is used, in the text of an error.
    limits : AudioLimits
        The caps on size, length, channels, rate, time and memory.

    Returns
    -------
    Decoded
        The sound at the file's sampling rate, mixed down to one channel.

    Raises
    ------
    AudioError
        If the file is empty, unreadable, damaged from its beginning, or outside the caps; if the sound is silent, or
        holds values that are no finite numbers; if the decoder crashed, or took too much time or memory. The message is
        one sentence without the file's name.
    """
    need(len(data) > 0, "The file is empty (0 bytes).")
    limits.check_size(len(data))
    ending = PurePath(name).suffix
    return _decoders.decode(data, ending if re.fullmatch(r"\.\w{1,8}", ending) else "", limits)


# The parent's side.


class _ChildDiedError(Exception):
    """The child ended before its reply, or its reply is invalid."""


class _Child:
    """One decoder process; a failed exchange ends it."""

    def __init__(self) -> None:
        # one thread for each library, since the stacks of threads count as address space
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.n_files = 0
        self.process = start_child(
            "esc_core.decoding.decoder",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # decoders print warnings, and a full pipe would block them
            variables=one_thread,
        )
        self._requests = cast(IO[bytes], self.process.stdin)
        self._replies = cast(io.BufferedReader, self.process.stdout)
        with self._deadline(START_SECONDS, "The decoder did not start in time, so no sound file can be read."):
            receive_header(self._replies)

    def ask(self, data: bytes, ending: str, limits: AudioLimits) -> Decoded:
        """Send a file to the child and receive its sound."""
        self.n_files += 1
        most = duration(limits.decode_seconds)
        with self._deadline(limits.decode_seconds, f"Decoding this file takes too long; at most {most} is allowed."):
            send(self._requests, {"size": len(data), "ending": ending, "limits": asdict(limits)}, data)
            header = receive_header(self._replies)
            if "error" not in header:
                return self._receive_sound(header, limits)
        if header.get("spent"):
            self.stop()
        raise AudioError(str(header["error"])[:500])

    def stop(self) -> None:
        """End the process and close its pipes."""
        self.process.kill()
        self.process.wait()
        for pipe in (self._requests, self._replies):
            with contextlib.suppress(OSError):  # closing flushes what a dead child did not take
                pipe.close()

    def _receive_sound(self, header: dict[str, Any], limits: AudioLimits) -> Decoded:
        sr, n_channels, n_frames = (int(header[key]) for key in ("sr", "n_channels", "n_frames"))
        sane = limits.min_sr <= sr <= limits.max_sr and 1 <= n_channels <= limits.max_channels
        if not sane or not 0 < n_frames <= limits.longest(sr) * sr or header["format"] not in CONTAINERS:
            raise ValueError("reply outside the caps")
        y = np.empty(n_frames, np.float32)
        if self._replies.readinto(y.data.cast("B")) < y.nbytes:
            raise EOFError
        remarks = tuple(str(remark)[:500] for remark in list(header["remarks"])[:_MAX_REMARKS])
        return Decoded(y, sr, n_channels, header["format"], remarks)

    @contextlib.contextmanager
    def _deadline(self, seconds: float, sentence: str) -> Iterator[None]:
        # Killing the child ends a read or write that waits for it, on every system; `select` takes no pipes on Windows.
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self.process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except BaseException as error:  # KeyboardInterrupt too: half a reply may be in the pipe
            self.stop()
            need(not expired.is_set(), sentence)
            if isinstance(error, _NONSENSE):
                raise _ChildDiedError from error
            raise
        finally:
            timer.cancel()


class _Decoder:
    """A child and its replacements; one thread uses it at a time, which `_Decoders` sees to."""

    def __init__(self) -> None:
        self._child: _Child | None = None

    def decode(self, data: bytes, ending: str, limits: AudioLimits) -> Decoded:
        """Decode in the child; a new one tries again if the child died that had decoded other files before."""
        while True:
            child = self._ready_child()
            try:
                return child.ask(data, ending, limits)
            except _ChildDiedError:
                if child.n_files == 1:
                    raise AudioError("The decoder crashed on this file, so it can't be used.") from None

    def stop(self) -> None:
        """End the child, if there is one."""
        if self._child:
            self._child.stop()
        self._child = None

    def _ready_child(self) -> _Child:
        if self._child and (self._child.n_files >= FILES_PER_CHILD or self._child.process.poll() is not None):
            self.stop()
        if self._child is None:
            try:
                self._child = _Child()
            except (OSError, _ChildDiedError):
                raise AudioError("The decoder can't be started, so no sound file can be read.") from None
            atexit.unregister(self.stop)  # one registration, however many children
            atexit.register(self.stop)
        return self._child


class _Decoders:
    """The decoders that are there; who comes first is served first, and the one that was used last is used again."""

    def __init__(self) -> None:
        self.all: list[_Decoder] = []
        self._free: list[_Decoder] = []
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    def decode(self, data: bytes, ending: str, limits: AudioLimits) -> Decoded:
        """Wait for a decoder, and have it decode."""
        decoder = self._take()
        try:
            return decoder.decode(data, ending, limits)
        finally:
            with self._changed:
                self._free.append(decoder)
                self._changed.notify_all()

    def stop(self) -> None:
        """End all children; no thread may be decoding."""
        for decoder in self.all:
            decoder.stop()

    def _take(self) -> _Decoder:
        most, me = environment.DECODERS.value(), object()
        with self._changed:
            self._waiting.append(me)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is me and (self._free or len(self.all) < most))
                if self._free:
                    return self._free.pop()
                self.all.append(_Decoder())
                return self.all[-1]
            finally:  # of Ctrl-C, too: who is gone holds up nobody
                self._waiting.remove(me)
                self._changed.notify_all()


_decoders = _Decoders()
