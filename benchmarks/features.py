"""Features of a whole data set against the plain librosa loop, in the same run.

    ESC50_DIR=… python -m benchmarks.features

Both sides take turns on slices of the data, so that a busy machine slows both alike. The last line ends in the ratio.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np

from esc_core.config import FeatureConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.features import extract

SLICE = 200
"""Clips that one side computes before it is the other's turn."""


def plain_loop(dataset: Dataset, config: FeatureConfig) -> np.ndarray:
    """Compute as a notebook would: one clip after the other, all by librosa."""
    mels = []
    for clip in dataset.clips:
        y, sr = librosa.load(dataset.path(clip), sr=config.sr)
        y = librosa.util.fix_length(y, size=5 * config.sr)
        mels.append(
            librosa.feature.melspectrogram(
                y=y,
                sr=sr,
                n_fft=config.n_fft,
                hop_length=config.hop_length,
                n_mels=config.n_mels,
                fmin=config.fmin,
                fmax=config.fmax,
            )
        )
    return np.stack(mels)


def timed(function, *args, **kwargs):
    """Return a function's result and its duration in seconds."""
    began = time.perf_counter()
    result = function(*args, **kwargs)
    return result, time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    dataset, config = load_dataset(os.environ["ESC50_DIR"]), FeatureConfig()
    slices = [Dataset(dataset.root, dataset.clips[i : i + SLICE]) for i in range(0, len(dataset.clips), SLICE)]
    plain_loop(Dataset(dataset.root, dataset.clips[:2]), config)  # librosa compiles itself the first time
    ours, plain, worst = 0.0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for part in slices:
            for clip in part.clips:  # into the system's cache, for both sides
                dataset.path(clip).read_bytes()
            reference, seconds = timed(plain_loop, part, config)
            plain += seconds
            cache, seconds = timed(extract, part, config, folder=Path(folder))
            ours += seconds
            gap = np.abs(cache.mel - reference) / np.maximum(np.abs(reference), np.finfo(np.float32).tiny)
            worst = max(worst, float(gap.max()))
        extract(dataset, config, folder=Path(folder))
        reopened = min(timed(extract, dataset, config, folder=Path(folder))[1] for _ in range(5))
    n = len(dataset.clips)
    print(f"{n} clips, {os.cpu_count()} cores; largest relative difference {worst:.1e}")
    print(f"reopening the cache of all {n}: {1000 * reopened:.0f} ms")
    print(f"ours {ours:.1f} s, plain loop {plain:.1f} s: {plain / ours:.1f}x")


if __name__ == "__main__":
    main()
