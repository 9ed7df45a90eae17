"""Augmented copies of the training clips, made once in several processes and kept on disk.

Pitch shift, time stretch or rooms are too slow for every step of training. Each process is this module, run by
`make_copies` with a job on its command line; it imports neither TensorFlow nor the app.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.augment import Compose
from esc_core.children import start_child
from esc_core.config import CLIP_SECONDS, FeatureConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.errors import AudioError, EscError, TrainingError
from esc_core.features import mel_power
from esc_core.features.cache import data_key, open_array, reopen_array, temporary_array
from esc_core.features.waveforms import clip_waveform, five_seconds, to_pcm

VERSION = 2
"""Version of `one_copy`; raise it when its samples change, as by other decoding, so that copies are made again."""

KEPT = 4
"""Files kept, the most recently used; each chain or seed has a file of its own, of up to a gigabyte."""


def make_copies(
    dataset: Dataset,
    train: np.ndarray,
    chain: Compose,
    features: FeatureConfig,
    *,
    kind: str,
    n_copies: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    n_workers: int | None = None,
    folder: Path | None = None,
) -> np.ndarray:
    """Make augmented copies of the training clips, or reopen those made before.

    A copy is made of a training clip and, where a step asks for a background, of other training clips: no held-out
    clip is ever read.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the training clips.
    chain : Compose
        Steps on waveforms.
    features : FeatureConfig
        Rate, and how spectrograms are made.
    kind : str
        "log_mel" to store mel power, "waveform" to store waveforms.
    n_copies : int
        Copies of each clip.
    seed : int
        Together with the clip's name and the copy's number it seeds what is drawn.
    progress : callable, optional
        Called with copies done and copies in all; what it raises ends the work.
    n_workers : int, optional
        Processes; one per core if left out.
    folder : pathlib.Path, optional
        Folder of the files; ``ESC_HOME/copies`` if left out.

    Returns
    -------
    numpy.ndarray, shape (n_copies, n_train, n_mels, t) float32 or (n_copies, n_train, 5 * sr) int16
        Memory-mapped mel power or waveforms (see `esc_core.features.waveforms.from_pcm`), in the order of `train`.

    Raises
    ------
    AudioError
        If a clip can't be read or changed.
    DatasetError
        If the disk is full or can't be written.
    TrainingError
        If a process fails.
    """
    job = _job(dataset, train, chain, features, kind=kind, n_copies=n_copies, seed=seed)
    path = _path(dataset, job, folder)
    mel = kind == "log_mel"
    row = (features.n_mels, features.clip_frames) if mel else (int(CLIP_SECONDS * features.sr),)
    shape, dtype = (n_copies, len(train), *row), "<f4" if mel else "<i2"
    copies = open_array(path, shape=shape, dtype=dtype)
    if copies is None:
        _make(path, job, shape, dtype, n_workers=n_workers or os.cpu_count() or 1, progress=progress)
        copies = reopen_array(path, shape=shape, dtype=dtype)
    _forget(path)
    return copies


def copies_path(
    dataset: Dataset,
    train: np.ndarray,
    chain: Compose,
    features: FeatureConfig,
    *,
    kind: str,
    n_copies: int,
    seed: int,
    folder: Path | None = None,
) -> Path:
    """Return the file of the copies that `make_copies` makes of the same arguments; it need not exist."""
    return _path(dataset, _job(dataset, train, chain, features, kind=kind, n_copies=n_copies, seed=seed), folder)


def _job(
    dataset: Dataset,
    train: np.ndarray,
    chain: Compose,
    features: FeatureConfig,
    *,
    kind: str,
    n_copies: int,
    seed: int,
) -> dict[str, Any]:
    return {
        "folder": str((dataset.root / "audio").resolve()),
        "files": [dataset.clips[i].filename for i in train],
        "chain": chain.to_json(),
        "features": features.to_dict(),
        "kind": kind,
        "seed": seed,
        "n_copies": n_copies,
    }


def _path(dataset: Dataset, job: dict[str, Any], folder: Path | None) -> Path:
    settings = {key: job[key] for key in job if key != "folder"}
    return (folder or esc_home() / "copies") / f"{data_key(dataset, VERSION, settings)}.npy"


def _make(
    path: Path,
    job: dict[str, Any],
    shape: tuple[int, ...],
    dtype: str,
    *,
    n_workers: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    n_copies, n_clips = shape[:2]
    with temporary_array(path, shape=shape, dtype=dtype) as temporary:
        done = 0
        # closed at once, whatever progress raises: the processes write to a file that is about to be deleted
        with contextlib.closing(_copying(job | {"out": str(temporary)}, n_workers)) as made:
            for done, _ in enumerate(made, start=1):
                if progress:
                    progress(done, n_copies * n_clips)
        if done != n_copies * n_clips:
            raise TrainingError("a process that makes augmented copies ended unexpectedly")


def _forget(used: Path) -> None:
    """Mark a file as used, and delete the least recently used ones; a process that has one open keeps it."""
    with contextlib.suppress(OSError):
        os.utime(used)  # never creates it: another run may have deleted it meanwhile
    ages = {}
    for path in used.parent.glob("*.npy"):
        with contextlib.suppress(OSError):
            if not path.name.startswith("."):
                ages[path] = path.stat().st_mtime
    for path in sorted(ages, key=lambda path: -ages[path])[KEPT:]:
        with contextlib.suppress(OSError):
            path.unlink()


def _copying(job: dict[str, Any], n_workers: int) -> Generator[None]:
    """Run a job in several processes; yield once for each copy that is made."""
    # BLAS would start threads of its own in each of them
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    children = [
        start_child("esc_core.training.data.copies", **pipes, variables=one_thread, own_session=False)
        for _ in range(n_workers)
    ]
    lines: queue.Queue[str | None] = queue.Queue()
    parts = [job | {"start": number, "step": n_workers} for number in range(n_workers)]
    threads = [
        threading.Thread(target=_hand_over, args=(part, child, lines), daemon=True)
        for part, child in zip(parts, children, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield from _count(lines, n_workers)
    finally:
        for child in children:
            child.kill()
        for thread, child in zip(threads, children, strict=True):
            thread.join()
            with child:  # closes the pipes and waits for its end
                pass


def _hand_over(job: dict[str, Any], child: subprocess.Popen[bytes], lines: queue.Queue[str | None]) -> None:
    """Give a child its job, and pass on the lines that it prints; None follows the last one."""
    try:
        if child.stdin and child.stdout:
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()  # and left open: its end tells the child that the parent is gone
            for line in child.stdout:
                lines.put(line.decode())
    except OSError:
        pass  # the child ended at once; the count of lines shows it
    finally:
        lines.put(None)


def _count(lines: queue.Queue[str | None], n_running: int) -> Generator[None]:
    while n_running:
        line = lines.get()
        if line is None:
            n_running -= 1
        elif line != "done\n":
            raise AudioError(line.strip())
        else:
            yield None


def one_copy(
    files: list[Path],
    i: int,
    number: int,
    chain: Compose,
    features: FeatureConfig,
    *,
    kind: str,
    seed: int,
) -> np.ndarray:
    """Make one copy of one clip.

    Parameters
    ----------
    files : list of pathlib.Path
        The training clips.
    i : int
        Which of them.
    number : int
        Which copy, from 0.
    chain, features, kind, seed
        As in `make_copies`.

    Returns
    -------
    numpy.ndarray
        A row of what `make_copies` returns.
    """
    # seeded by the clip's name, so that a copy depends neither on the other clips nor on the process that makes it
    rng = np.random.default_rng([seed, zlib.crc32(files[i].name.encode()), number])
    y = clip_waveform(files[i], features.sr)
    second = lambda: clip_waveform(files[int(rng.integers(len(files)))], features.sr)  # noqa: E731
    y = five_seconds(chain(y, features.sr, rng, second=second, features=features).y, features.sr)
    return mel_power(y, features) if kind == "log_mel" else to_pcm(y)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    """Make every n-th copy of a job that comes as one line of JSON on standard input."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    files = [Path(job["folder"]) / name for name in job["files"]]
    chain, features = Compose.from_json(job["chain"]), FeatureConfig.from_dict(job["features"])
    out = np.load(job["out"], mmap_mode="r+")
    try:
        for row in range(job["start"], job["n_copies"] * len(files), job["step"]):
            number, i = divmod(row, len(files))
            out[number, i] = one_copy(files, i, number, chain, features, kind=job["kind"], seed=job["seed"])
            print("done", flush=True)
        out.flush()
    except EscError as error:
        print(error, flush=True)


if __name__ == "__main__":
    main()
