"""Processes that corrupt clips beside the network; each is this module, which loads no TensorFlow."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from esc_core import audio
from esc_core.children import start_child
from esc_core.config import CLIP_SECONDS
from esc_core.errors import AudioError, EscError, ModelError
from esc_core.features.waveforms import clip_waveform
from esc_core.inference import Predictor
from esc_core.robustness.suite import SR, corrupt

AHEAD = 64
"""Clips that are made before the network asks for them: 20 MB."""

_HEADER = struct.Struct("<iB")
_GOOD, _NOTHING, _UNREADABLE, _FAILED = range(4)
_ENDED = "a process that corrupts clips ended unexpectedly"


@dataclass(frozen=True)
class Made:
    """A corrupted clip.

    Attributes
    ----------
    y : numpy.ndarray, shape (5 * sr,), float32
        Waveform at the model's rate; None if the clip, or the one behind it, can't be read.
    nothing : bool
        Whether the model calls it nothing but a quiet background.
    """

    y: np.ndarray | None
    nothing: bool = False


def corrupted_clips(
    model: Path,
    sr: int,
    cells: Sequence[tuple[str, int]],
    clips: Sequence[tuple[Path, Path]],
    *,
    n_workers: int | None = None,
) -> Generator[Made]:
    """Corrupt clips in processes of their own, each cell for all clips before the next.

    Parameters
    ----------
    model : pathlib.Path
        Folder of the model, whose rule of "nothing" is asked.
    sr : int
        Rate in Hz of its input.
    cells : sequence of tuple
        Corruptions and severities.
    clips : sequence of tuple of pathlib.Path
        Each clip, and the one that is heard behind it.
    n_workers : int, optional
        Number of processes; one per core if left out.

    Yields
    ------
    Made
        All clips at the first corruption and severity, all at the second, and so on.

    Raises
    ------
    EscError
        If a process fails.
    """
    n = n_workers or os.cpu_count() or 1
    job = {"model": str(model), "sr": sr, "cells": list(cells), "clips": [list(map(str, pair)) for pair in clips]}
    # BLAS would start threads of its own in each of them
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    children = [
        start_child("esc_core.robustness.worker", **pipes, variables=one_thread, own_session=False) for _ in range(n)
    ]
    ready: queue.Queue[Made | EscError] = queue.Queue(AHEAD)
    over = threading.Event()
    reader = threading.Thread(target=_read, args=(children, job, len(cells) * len(clips), ready, over), daemon=True)
    reader.start()
    try:
        for _ in range(len(cells) * len(clips)):
            made = ready.get()
            if isinstance(made, EscError):
                raise made
            yield made
    finally:
        over.set()
        for child in children:
            child.kill()
        reader.join()
        for child in children:
            with child:  # closes the pipes and waits for its end
                pass


def _read(
    children: list[subprocess.Popen[bytes]],
    job: dict[str, Any],
    n_tasks: int,
    ready: queue.Queue[Made | EscError],
    over: threading.Event,
) -> None:
    """Hand out the job, and pass on what the children make, task by task in turn."""
    made: Made | EscError
    with contextlib.suppress(OSError):  # a child that ended at once: its missing answer shows it
        for start, child in enumerate(children):
            _hand_over(child, job | {"start": start, "step": len(children)})
    for task in range(n_tasks):
        try:
            made = _answer(children[task % len(children)], task, round(CLIP_SECONDS * job["sr"]))
        except (OSError, ValueError):
            made = ModelError(_ENDED)
        while not over.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(made, timeout=0.2)
                break
        if over.is_set() or isinstance(made, EscError):
            return


def _hand_over(child: subprocess.Popen[bytes], job: dict[str, Any]) -> None:
    if child.stdin:
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.flush()  # and left open: its end tells the child that the parent is gone


def _answer(child: subprocess.Popen[bytes], task: int, n: int) -> Made | EscError:
    pipe: IO[bytes] | None = child.stdout
    data = pipe.read(_HEADER.size + 4 * n) if pipe else b""
    if len(data) < _HEADER.size + 4 * n:
        return ModelError(_ENDED)
    number, status = _HEADER.unpack_from(data)
    if status == _FAILED:
        return ModelError(data[_HEADER.size :].rstrip(b"\0").decode())
    if number != task:
        return ModelError(_ENDED)
    y = None if status == _UNREADABLE else np.frombuffer(data, "<f4", offset=_HEADER.size)
    return Made(y, nothing=status == _NOTHING)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def _made(job: dict[str, Any], task: int, predictor: Predictor) -> tuple[int, np.ndarray]:
    """Return the status and the samples of a task."""
    cell, clip = divmod(task, len(job["clips"]))
    (corruption, severity), (path, second) = job["cells"][cell], job["clips"][clip]
    try:
        y = clip_waveform(path, SR)
        behind = clip_waveform(second, SR) if corruption == "background" else y
    except AudioError:
        return _UNREADABLE, np.zeros(round(CLIP_SECONDS * job["sr"]), "<f4")
    y = corrupt(y, corruption, severity, clip_id=Path(path).stem, second=lambda: behind)
    y = audio.resample(y, orig_sr=SR, target_sr=job["sr"])
    return (_NOTHING if predictor.is_nothing(y, job["sr"]) else _GOOD), y


def main() -> None:
    """Make every n-th clip of a job that comes as one line of JSON on standard input."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    n = round(CLIP_SECONDS * job["sr"])
    try:
        predictor = Predictor(job["model"])
        for task in range(job["start"], len(job["cells"]) * len(job["clips"]), job["step"]):
            status, y = _made(job, task, predictor)
            _send(_HEADER.pack(task, status) + y.astype("<f4", copy=False).tobytes())
    except EscError as error:
        _send(_HEADER.pack(0, _FAILED) + str(error).encode()[: 4 * n].ljust(4 * n, b"\0"))
    except BrokenPipeError:  # the parent is gone
        pass


def _send(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
