"""A data set of tones and the settings of runs that take seconds, for tests of everything around a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf

from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset import Dataset
from esc_core.training.process.create import create_run
from esc_core.training.process.worker import work
from esc_core.training.record import RunResult
from tests.zip_server import HEADER

NAMES = ("dog", "rooster", "rain")

TINY = TrainConfig(
    width=2,
    n_epochs=4,
    batch_size=4,
    warmup_epochs=0,
    no_mix_epochs=1,
    dropout=0.1,
    augment=(
        {"name": "crop_stretch", "n_frames": 16, "rate": [0.8, 1.25]},
        {"name": "power_mix", "ratio": [0.0, 1.0]},
    ),
    n_copies=0,
    features=FeatureConfig(sr=8_000, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0),
)
"""Four epochs that are over in a moment, once TensorFlow is loaded."""

ENDLESS = 5_000
"""Epochs of a run that is there to be stopped or killed."""


def write_tones(root: Path, *, per_fold: int = 2) -> Path:
    """Write recordings of two clips in each fold; the pitch is the category."""
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    rng = np.random.default_rng(0)
    rows = []
    for fold in range(1, 6):
        for target, category in enumerate(NAMES):
            for i in range(per_fold):
                src_file = f"{100 * fold + 10 * target + i // 2}"
                name = f"{fold}-{src_file}-{'AB'[i % 2]}-{target}.wav"
                t = np.arange(8_000 * 5) / 8_000
                y = 0.3 * np.sin(2 * np.pi * 300 * 3**target * t) + 0.02 * rng.standard_normal(t.size)
                sf.write(root / "audio" / name, y, 8_000)
                rows.append(f"{name},{fold},{target},{category},True,{src_file},{'AB'[i % 2]}\n")
    (root / "meta" / "esc50.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    return root


def train_run(config: TrainConfig, dataset: Dataset, out: Path, lines: list[str] | None = None) -> RunResult:
    """Train in this process, as the command line does; its progress lines are added to `lines`."""
    run = create_run(config, dataset.root, out=out)
    return work(run, progress=(lines if lines is not None else []).append)


def wait_until(true: Callable[[], object], *, what: str, seconds: float = 300.0) -> float:
    """Wait until something is true, with a time-out for slow machines, and return the seconds that it took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)
    return time.monotonic() - began
