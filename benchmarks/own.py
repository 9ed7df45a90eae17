"""How well own categories are learnt in seconds: eight categories of ESC-50, from a few samples of each.

    YAMNET_DIR=… python -m benchmarks.own --data DIR [--base yamnet|mel_cnn] [--fold 5] [--draws 10] [--sizes 8 …]

Each draw takes eight categories and, of each, samples from other folds than the tested one, of different recordings
where there are. The clips of the tested fold are classified as they are and in the noisy room. The settings were chosen
on fold 1; fold 5 is the test. The base ``mel_cnn`` has been trained on these very categories, so its numbers say
nothing about new ones; its network that has not heard the clips of the tested fold is taken. At the end one learning is
timed, beside one plain mel spectrogram of the same samples.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from esc_core import audio
from esc_core.augment import Compose
from esc_core.dataset import Dataset, load_dataset
from esc_core.features import mel_power
from esc_core.inference.evaluate import NOISY_ROOM, NOISY_ROOM_SEED
from esc_core.training.quick.bases import Base, best_base, load_base
from esc_core.training.quick.regression import fit, one_blas_thread
from esc_core.training.quick.samples import with_copies

N_CATEGORIES = 8
SIZES = (1, 2, 4, 8, 16)


class Embedded:
    """Embeddings of clips, computed once."""

    def __init__(self, dataset: Dataset, base: Base) -> None:
        self.dataset, self.base = dataset, base
        self._train: dict[int, np.ndarray] = {}
        self._test: dict[int, np.ndarray] = {}

    def wave(self, i: int) -> np.ndarray:
        """Return a clip's waveform, shape (n,)."""
        return audio.load(self.dataset.path(self.dataset.clips[i]), sr=self.base.card.features.sr)[0]

    def train(self, i: int) -> np.ndarray:
        """Return a clip and its copies, shape (1 + n_copies, d)."""
        if i not in self._train:
            self._train[i] = with_copies(self.wave(i), self.base, seed=[0, i])
        return self._train[i]

    def test(self, i: int) -> np.ndarray:
        """Return a clip as it is and in the noisy room, shape (2, d)."""
        if i not in self._test:
            y, sr = self.wave(i), self.base.card.features.sr
            noisy = Compose.from_json(NOISY_ROOM)(y, sr, np.random.default_rng([NOISY_ROOM_SEED, i])).y
            self._test[i] = np.stack([self.base.vector(y), self.base.vector(noisy)])
        return self._test[i]


def draw(dataset: Dataset, fold: int, seed: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return, of each drawn category, the positions of its training clips in random order, and of its test clips."""
    rng = np.random.default_rng(seed)
    recordings = np.array([clip.src_file for clip in dataset.clips])
    free = ~np.isin(recordings, recordings[dataset.folds == fold])
    train, test = [], []
    for category in rng.choice(len(dataset.categories), N_CATEGORIES, replace=False):
        own = rng.permutation(np.flatnonzero((dataset.labels == category) & free))
        first = np.zeros(len(own), bool)
        first[np.unique(recordings[own], return_index=True)[1]] = True
        train.append(np.concatenate([own[first], own[~first]]))
        test.append(np.flatnonzero((dataset.labels == category) & (dataset.folds == fold)))
    return train, test


def accuracies(embedded: Embedded, fold: int, seed: int, sizes: list[int]) -> np.ndarray:
    """Return the accuracy of one draw, shape (n_sizes, 2): as they are, and in the noisy room."""
    train, test = draw(embedded.dataset, fold, seed)
    x = np.stack([embedded.test(i) for own in test for i in own])
    truth = np.repeat(np.arange(len(test)), [len(own) for own in test])
    found = []
    for n in sizes:
        rows = [embedded.train(i) for own in train for i in own[:n]]
        targets = np.repeat(np.arange(len(train)), [len(rows[0]) * len(own[:n]) for own in train])
        kernel, bias = fit(np.concatenate(rows), targets, n_classes=len(train))
        found.append(((x @ kernel + bias).argmax(axis=2) == truth[:, None]).mean(axis=0))
    return np.stack(found)


def timed(embedded: Embedded, fold: int) -> tuple[float, float]:
    """Return the seconds of one learning of 5 categories with 10 samples each, and of one mel of each sample."""
    train, _ = draw(embedded.dataset, fold, 0)
    chosen = [i for own in train[:5] for i in own[:10]]
    base, targets = embedded.base, np.repeat(np.arange(5), 10)
    began = time.perf_counter()
    for i in chosen:
        mel_power(embedded.wave(i), base.card.features)
    plain = time.perf_counter() - began
    began = time.perf_counter()
    rows = np.concatenate([with_copies(embedded.wave(i), base, seed=[1, i]) for i in chosen])
    for _ in range(5):  # as many heads as folds
        fit(rows, np.repeat(targets, len(rows) // len(chosen)), n_classes=5)
    return time.perf_counter() - began, plain


def main() -> None:
    """Print the mean of the draws for each size, and the time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of ESC-50")
    parser.add_argument("--base", default=best_base(), help="network that has heard other sounds")
    parser.add_argument("--fold", type=int, default=5, help="tested fold")
    parser.add_argument("--draws", type=int, default=10, help="draws of eight categories")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="samples a category")
    arguments = parser.parse_args()
    base = load_base(arguments.base, fold=arguments.fold)
    if base.name != "yamnet":
        print(f"{base.name} has heard these categories: the numbers say nothing about new ones")
    embedded = Embedded(load_dataset(arguments.data), base)
    with one_blas_thread():
        sizes = list(arguments.sizes)
        found = np.stack([accuracies(embedded, arguments.fold, seed, sizes) for seed in range(arguments.draws)])
        for n, (clean, noisy) in zip(sizes, found.mean(axis=0), strict=True):
            print(f"{n:2} samples a category: {clean:.3f} clean, {noisy:.3f} in the noisy room")
        seconds, plain = timed(embedded, arguments.fold)
    print(f"5 categories with 10 samples learnt in {seconds:.1f} s; one mel of each takes {plain:.1f} s")


if __name__ == "__main__":
    main()
