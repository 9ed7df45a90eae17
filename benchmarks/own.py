"""How well own categories are learnt in seconds: eight categories of ESC-50, from a few samples of each.

    ESC50_DIR=… YAMNET_DIR=… python -m benchmarks.own [--base yamnet|mel_cnn | --networks FOLDER] [--time]
    ESC50_DIR=… python -m benchmarks.own --configs FOLDER

Each of ten draws takes eight categories and, of each, up to 16 samples from folds 1–4, of different recordings where
there are. The clips of fold 5 are classified as they are and in the noisy room. The settings were chosen on fold 1;
fold 5 is the test. A category has the same samples in each draw. What takes minutes, the embeddings, is kept below
ESC_HOME, so that a second run takes seconds.

The base ``mel_cnn`` has been trained on these very categories, so its numbers say nothing about new ones. Honest
numbers without YAMNet's trunk need networks that have never heard the categories of a draw. ``--configs FOLDER`` writes
the settings of five, each without the ten categories of one of `left_out_sets`; ``python -m esc_core train --data DIR
--val-fold 5 --config FOLDER/leave-1.json --out FOLDER/leave-1`` trains each (five minutes of one core), and
``--networks FOLDER`` asks them. ``--time`` times one learning beside one plain mel spectrogram of the same samples.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.unknown.left_out import left_out_sets
from esc_core import audio
from esc_core.augment import Compose
from esc_core.config import TrainConfig, esc_home
from esc_core.dataset import Dataset, load_dataset
from esc_core.disk.files import write_json, write_whole
from esc_core.errors import ModelError
from esc_core.features import mel_power
from esc_core.inference.evaluate import NOISY_ROOM, NOISY_ROOM_SEED
from esc_core.models.folder import model_path
from esc_core.training.quick.bases import BASES, Base, best_base, load_base, open_base
from esc_core.training.quick.regression import fit, one_blas_thread
from esc_core.training.quick.samples import COPY, N_COPIES, with_copies

N_DRAWS, N_CATEGORIES = 10, 8
SIZES = (1, 2, 4, 8, 16)
TEST_FOLD = 5


@dataclass(frozen=True)
class Draw:
    """What one draw learns and is tested on.

    Attributes
    ----------
    base : Base
        What it learns on.
    train, test : tuple of numpy.ndarray, shape (n,), int
        Of each category, the positions of its training clips in the order in which they are taken, and of its test
        clips.
    """

    base: Base
    train: tuple[np.ndarray, ...]
    test: tuple[np.ndarray, ...]


class Embedded:
    """Embeddings of clips, each computed once and kept in a folder."""

    def __init__(self, dataset: Dataset, folder: Path) -> None:
        self.dataset, self.folder = dataset, folder

    def train(self, i: int, base: Base) -> np.ndarray:
        """Return a clip and its copies, shape (1 + n_copies, d)."""
        return self._kept("train", i, base, lambda: with_copies(self.wave(i, base), base, seed=[0, i]))

    def test(self, i: int, base: Base) -> np.ndarray:
        """Return a clip as it is and in the noisy room, shape (2, d)."""

        def make() -> np.ndarray:
            y = self.wave(i, base)
            noisy = Compose.from_json(NOISY_ROOM)(
                y, base.card.features.sr, np.random.default_rng([NOISY_ROOM_SEED, i])
            ).y
            return np.stack([base.vector(y), base.vector(noisy)])

        return self._kept("test", i, base, make)

    def wave(self, i: int, base: Base) -> np.ndarray:
        """Return a clip's waveform, shape (n,)."""
        return audio.load(self.dataset.path(self.dataset.clips[i]), sr=base.card.features.sr)[0]

    def _kept(self, kind: str, i: int, base: Base, make: Callable[[], np.ndarray]) -> np.ndarray:
        path = self.folder / f"{base.name}-{_mark(base)}" / f"{self.dataset.clips[i].clip_id}-{kind}.npy"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            x = make()
            write_whole(path, lambda file: np.save(file, x))
        return np.asarray(np.load(path))


def _mark(base: Base) -> str:
    """Return what changes with the network and with the copies, so that nothing stale is read."""
    return f"{zlib.crc32(json.dumps([base.card.to_dict(), COPY, N_COPIES, NOISY_ROOM]).encode()):08x}"


def draw(dataset: Dataset, base: Base, seed: int, among: Sequence[int]) -> Draw:
    """Draw eight of some categories; a category has the same clips in every draw."""
    recordings = np.array([clip.src_file for clip in dataset.clips])
    tested = dataset.folds == TEST_FOLD
    free = ~np.isin(recordings, recordings[tested])
    train, test = [], []
    for category in np.random.default_rng(seed).choice(among, N_CATEGORIES, replace=False):
        mine = dataset.labels == category
        own = np.random.default_rng([7, int(category)]).permutation(np.flatnonzero(mine & free))
        first = np.zeros(len(own), bool)
        first[np.unique(recordings[own], return_index=True)[1]] = True
        train.append(np.concatenate([own[first], own[~first]]))
        test.append(np.flatnonzero(mine & tested))
    return Draw(base, tuple(train), tuple(test))


def accuracies(embedded: Embedded, drawn: Draw, sizes: Sequence[int]) -> np.ndarray:
    """Return the accuracy of one draw, shape (n_sizes, 2): as they are, and in the noisy room."""
    x = np.stack([embedded.test(i, drawn.base) for own in drawn.test for i in own])
    truth = np.repeat(np.arange(len(drawn.test)), [len(own) for own in drawn.test])
    found = []
    for n in sizes:
        rows = [embedded.train(i, drawn.base) for own in drawn.train for i in own[:n]]
        targets = np.repeat(np.arange(len(drawn.train)), [len(rows[0]) * len(own[:n]) for own in drawn.train])
        kernel, bias = fit(np.concatenate(rows), targets, n_classes=len(drawn.train))
        found.append(((x @ kernel + bias).argmax(axis=2) == truth[:, None]).mean(axis=0))
    return np.stack(found)


def left_out_draws(dataset: Dataset, networks: Path) -> list[Draw]:
    """Return two draws for each network of a folder, of categories that it has never heard.

    Raises
    ------
    ModelError
        If a run is missing or damaged, or has heard a category that it should not have.
    """
    draws = []
    for k, targets in enumerate(left_out_sets(), start=1):
        folder = networks / f"leave-{k}" / "model"
        if not model_path(folder, TEST_FOLD).is_file():
            raise ModelError(f"{networks} has no run leave-{k} that held out fold {TEST_FOLD}")
        base = open_base(folder, fold=TEST_FOLD)
        names = {clip.category for clip in dataset.clips if clip.target in targets}
        if known := names & set(base.card.labels):
            raise ModelError(f"leave-{k} has heard {min(known)}, so that this is no new category for it")
        among = [i for i, name in enumerate(dataset.categories) if name in names]
        base = replace(base, name=f"leave-{k}")
        draws += [draw(dataset, base, seed, among) for seed in (2 * k, 2 * k + 1)]
    return draws


LEFT_OUT_CHAIN: tuple[dict[str, Any], ...] = (
    {"name": "reverb", "rt60": [0.2, 0.8], "p": 0.5},
    {"name": "noise", "snr_db": [0.0, 30.0], "color": "pink", "p": 0.5},
    *TrainConfig().augment,
)
"""Rooms and noise, as the shipped networks heard, before the usual chain."""


def write_configs(dataset: Dataset, folder: Path) -> None:
    """Write the settings of a network for each of `left_out_sets`, which has heard the other categories alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for k, targets in enumerate(left_out_sets(), start=1):
        known = {clip.category for clip in dataset.clips if clip.target not in targets}
        config = TrainConfig(
            val_fold=TEST_FOLD,
            width=24,
            n_epochs=40,
            no_mix_epochs=8,
            n_copies=3,
            augment=LEFT_OUT_CHAIN,
            dtype="auto",
            categories=tuple(name for name in dataset.categories if name in known),
        )
        write_json(folder / f"leave-{k}.json", config.to_dict())


def timed(embedded: Embedded, drawn: Draw) -> tuple[float, float]:
    """Return the seconds of one learning of 5 categories with 10 samples each, and of one mel of each sample."""
    base, targets = drawn.base, np.repeat(np.arange(5), 10)
    waves = [embedded.wave(i, base) for own in drawn.train[:5] for i in own[:10]]
    began = time.perf_counter()
    for y in waves:
        mel_power(y, base.card.features)
    plain = time.perf_counter() - began
    began = time.perf_counter()
    rows = np.concatenate([with_copies(y, base, seed=[1, i]) for i, y in enumerate(waves)])
    for _ in range(5):  # as many heads as folds
        fit(rows, np.repeat(targets, len(rows) // len(waves)), n_classes=5)
    return time.perf_counter() - began, plain


def main() -> None:
    """Print the mean of the draws for each size, and the time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own", description=__doc__)
    parser.add_argument("--base", choices=BASES, help="network that has heard other sounds")
    parser.add_argument("--networks", type=Path, metavar="FOLDER", help="runs without the categories that are drawn")
    parser.add_argument("--time", action="store_true", help="time one learning, too")
    parser.add_argument("--configs", type=Path, metavar="FOLDER", help="only write the settings of such runs")
    arguments = parser.parse_args()
    dataset = load_dataset(os.environ["ESC50_DIR"])
    if arguments.configs:
        write_configs(dataset, arguments.configs)
        return
    embedded = Embedded(dataset, esc_home() / "benchmarks" / "own")
    if arguments.networks:
        draws = left_out_draws(dataset, arguments.networks)
    else:
        base = load_base(arguments.base or best_base(), fold=TEST_FOLD)
        if base.name != "yamnet":
            print(f"{base.name} has heard these categories: the numbers say nothing about new ones")
        draws = [draw(dataset, base, seed, range(len(dataset.categories))) for seed in range(N_DRAWS)]
    found = []
    with one_blas_thread():
        for i, drawn in enumerate(draws, start=1):
            found.append(accuracies(embedded, drawn, SIZES))
            print(f"draw {i} of {len(draws)}", file=sys.stderr, flush=True)
        mean, spread = np.mean(found, axis=0), np.std(found, axis=0, ddof=1)
        for n, (clean, noisy), (a, b) in zip(SIZES, mean, spread, strict=True):
            print(f"{n:2} samples a category: {clean:.3f} ± {a:.3f} clean, {noisy:.3f} ± {b:.3f} in the noisy room")
        if arguments.time:
            seconds, plain = timed(embedded, draws[0])
            print(f"5 categories with 10 samples learnt in {seconds:.1f} s; one mel of each takes {plain:.1f} s")


if __name__ == "__main__":
    main()
