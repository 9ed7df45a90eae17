"""The quality of the starter set: how fast it is made, how lifelike it is to a model, and how well it can be learnt.

Run with ``python -m benchmarks.starter``. The shipped model has heard real recordings only, so its names for the
synthetic sounds tell how lifelike they are. The small network is trained here, on folds 2–5, and scored on fold 1
after its last epoch.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from esc_core.audio import load
from esc_core.config import ASSETS_DIR, TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.starter import make_starter_set
from esc_core.inference import Predictor
from tests.small_runs import train_run

SMALL = TrainConfig(width=8, n_epochs=14, no_mix_epochs=4, warmup_epochs=2, learning_rate=4e-3)
"""A network of 78 k parameters, and as many epochs as about a minute allows."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ESC_HOME"] = folder
        dataset = making(Path(folder) / "starter")
        naming(dataset)
        learning(dataset, Path(folder) / "run")


def making(root: Path) -> Dataset:
    """Make the set, and time the reading of it for comparison."""
    start = time.perf_counter()
    dataset = load_dataset(make_starter_set(root))
    made = time.perf_counter() - start
    start = time.perf_counter()
    for clip in dataset.clips:
        load(dataset.path(clip))
    read = time.perf_counter() - start
    n = len(dataset.clips)
    print(f"made: {n} clips of {len(dataset.categories)} categories in {made:.1f} s (limit 20 s), "
          f"{made / read:.1f} times reading them back")  # fmt: skip
    return dataset


def naming(dataset: Dataset) -> None:
    """Print the shipped model's accuracy on the sounds, by category."""
    predictor = Predictor(ASSETS_DIR / "models" / "mel_cnn")
    hits: dict[str, list[tuple[bool, bool]]] = {}
    called: dict[str, list[str]] = {}
    for clip in dataset.clips:
        top = [name for name, _ in predictor.predict(*load(dataset.path(clip))).top(5)]
        hits.setdefault(clip.category, []).append((top[0] == clip.category, clip.category in top))
        called.setdefault(clip.category, []).append(top[0])
    print("\nthe shipped model, which knows real recordings only, names the synthetic ones:")
    print(f"  {'category':18} {'top 1':>6} {'top 5':>6}  most often called")
    for category, rows in sorted(hits.items(), key=lambda item: -np.mean(item[1], axis=0)[1]):
        names = called[category]
        top1, top5 = np.mean(rows, axis=0)
        print(f"  {category:18} {top1:6.0%} {top5:6.0%}  {max(set(names), key=names.count)}")
    top1, top5 = np.mean([row for rows in hits.values() for row in rows], axis=0)
    good = sum(np.mean(rows, axis=0)[1] >= 0.5 for rows in hits.values())
    print(f"lifelike: top-1 {top1:.1%}, top-5 {top5:.1%} (chance 2% and 10%); {good} of {len(hits)} categories are in "
          f"the top 5 for at least half of their clips (aim: half of the categories)")  # fmt: skip


def learning(dataset: Dataset, out: Path) -> None:
    """Train a small network on folds 2–5, as a class would."""
    result = train_run(SMALL, dataset, out)
    chance = 1 / len(dataset.categories)
    print(f"\nlearnt: {result.accuracy:.1%} on fold 1 after {result.epochs} epochs, {result.seconds:.0f} s of training")
    print(f"(chance {chance:.1%}; synthetic starter sounds, seed {SMALL.seed}, last epoch)")


if __name__ == "__main__":
    sys.exit(main())
