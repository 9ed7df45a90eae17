"""How well a clip of ESC-50 is recognised by its sound, and whether anything else is taken for one.

    ESC50_DIR=… ESC10_DIR=… python -m benchmarks.recognition [--write]

The fingerprints of the 2000 clips of ESC50_DIR are compared with

- every clip of ESC10_DIR, best a copy in another format, as it is and after conversions: its own clip must be found;
- every clip of ESC50_DIR, its own recording left out: nothing should be found, unless one sound was uploaded twice.

Beside it, in the same run, the same by the bytes of the file (MD5). With --write the fingerprints go to assets/.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from esc_core import audio
from esc_core.config import ASSETS_DIR
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.known import original_md5
from esc_core.features import extract, mel_power
from esc_core.inference.recognise import FEATURES, Fingerprints, fingerprint, match

N_CONVERTED = 100
"""Clips that are converted; each takes a while."""


def _through(y: np.ndarray, sr: int, *, kind: str, subtype: str | None = None) -> np.ndarray:
    file = io.BytesIO()
    soundfile.write(file, y, sr, format=kind, subtype=subtype)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


def _noisy(y: np.ndarray, sr: int) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal(y.size)
    return y + noise * np.sqrt(np.mean(y**2)) * 10 ** (-20 / 20)


CONVERSIONS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "MP3": lambda y, sr: _through(y, sr, kind="MP3"),
    "Ogg Vorbis": lambda y, sr: _through(y, sr, kind="OGG"),
    "8 bit": lambda y, sr: _through(y, sr, kind="WAV", subtype="PCM_U8"),
    "a tenth as loud": lambda y, sr: 0.1 * y,
    "60 ms later": lambda y, sr: np.concatenate([np.zeros(round(0.06 * sr)), y])[: y.size],
    "white noise, 20 dB below": _noisy,
    "nothing above 3.4 kHz": lambda y, sr: audio.resample(
        audio.resample(y, orig_sr=sr, target_sr=6_800), orig_sr=6_800, target_sr=sr
    ),
}


def found_share(clips: Dataset, known: np.ndarray, ids: list[str], change: Callable | None) -> tuple[int, int, int]:
    """Return how many clips are recognised, how many of them as another, and how many were asked."""
    step = max(1, len(clips.clips) // N_CONVERTED) if change else 1
    asked = clips.clips[::step]
    right = wrong = 0
    for clip in asked:
        y, sr = audio.load(clips.path(clip))
        if change:
            y = np.asarray(change(y, sr), np.float32)
        found = match(mel_power(audio.resample(y, orig_sr=sr, target_sr=FEATURES.sr), FEATURES), Fingerprints.of(known))
        right += found.same and ids[found.nearest] == clip.clip_id
        wrong += found.same and ids[found.nearest] != clip.clip_id
    return right, wrong, len(asked)


def same_bytes(clips: Dataset) -> int:
    """Return how many files are, byte for byte, an original."""
    originals = set(original_md5().values())
    paths = (clips.path(clip) for clip in clips.clips)
    return sum(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() in originals for path in paths)


def main() -> None:
    """Measure, print, and write the fingerprints if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("ESC50_DIR"), help="folder of ESC-50; else ESC50_DIR")
    parser.add_argument("--others", default=os.environ.get("ESC10_DIR"), help="folder of ESC-10; else ESC10_DIR")
    parser.add_argument("--write", action="store_true", help="write assets/esc50-fingerprints.npz")
    arguments = parser.parse_args()
    if not arguments.data or not arguments.others:
        parser.error("ESC50_DIR and ESC10_DIR must name folders of ESC-50 and ESC-10")
    dataset, others = load_dataset(arguments.data), load_dataset(arguments.others)
    mel = extract(dataset, FEATURES).mel
    known = np.stack([fingerprint(clip) for clip in mel])
    ids = [clip.clip_id for clip in dataset.clips]
    if arguments.write:
        write(ASSETS_DIR / "esc50-fingerprints.npz", ids, known)
    print(f"by bytes: {same_bytes(others)} of {len(others.clips)}")
    for name, change in {"as it is": None, **CONVERSIONS}.items():
        right, wrong, n = found_share(others, known, ids, change)
        print(f"{name}: {right} of {n}, taken for another: {wrong}", flush=True)
    recordings = np.array([clip.src_file for clip in dataset.clips])
    began, times = time.thread_time(), 0
    twins = []
    for i, clip in enumerate(dataset.clips):
        other = np.flatnonzero(recordings != clip.src_file)
        found = match(mel[i], Fingerprints.of(known[other]))
        times += 1
        if found.same:
            twins.append(f"{clip.clip_id} like {ids[other[found.nearest]]} ({found.agreement:.2f})")
    print(f"clips like one of another recording: {len(twins)} of {times}: {'; '.join(twins)}")
    print(f"a comparison with all: {1000 * (time.thread_time() - began) / times:.1f} ms of processor time")


def write(path: Path, ids: list[str], known: np.ndarray) -> None:
    """Write the fingerprints as the app reads them."""
    signs = np.packbits(known > 0, axis=None), np.packbits(known == 0, axis=None)
    np.savez_compressed(path, clip_id=np.array(ids), shape=np.array(known.shape), more=signs[0], same=signs[1])
    print(f"wrote {path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
