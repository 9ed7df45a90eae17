"""Batches of augmented clips, drawn from cached inputs in a background thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from esc_core.augment import Compose
from esc_core.config import TrainConfig
from esc_core.training.data.balance import clip_shares, epoch_clips
from esc_core.training.data.chains import split_chain
from esc_core.training.data.inputs import Source


class Batches:
    """Augmented training batches.

    Parameters
    ----------
    source : Source
        The training clips.
    labels : numpy.ndarray, shape (n,), int
        Their positions among the categories.
    n_classes : int
        Number of categories.
    config : TrainConfig
        Chain, batch size, and seed; mixing is left out of the last `no_mix_epochs` epochs.
    """

    def __init__(self, source: Source, labels: np.ndarray, *, n_classes: int, config: TrainConfig) -> None:
        self.source, self.labels, self.config = source, labels, config
        self.one_hot = np.eye(n_classes, dtype=np.float32)
        self.chain = split_chain(config)[1]
        self.first_no_mix = config.n_epochs - config.no_mix_epochs + 1
        self.indices = epoch_clips(labels, balance=config.balance)
        self.n_steps = steps_per_epoch(labels, config)
        self.shares = clip_shares(labels) if config.balance == "sampling" else None

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of one epoch; seed and epoch alone decide them.

        Parameters
        ----------
        epoch : int
            From 1.

        Yields
        ------
        x : numpy.ndarray, shape (batch, n_mels, t, 1) or (batch, n, 1), float32
            `log_mel` or waveforms of augmented clips.
        truth : numpy.ndarray, shape (batch, n_classes), float32
            Labels; shared where sounds were mixed.
        """
        rng = np.random.default_rng([self.config.seed, epoch])
        n = self.source.n_clips
        order = rng.permutation(self.indices) if self.shares is None else rng.choice(n, n, p=self.shares)
        size = min(self.config.batch_size, len(order))
        chain = self.chain if epoch < self.first_no_mix else self.chain.unmixed()
        for step in range(self.n_steps):
            yield self._batch(order[step * size : (step + 1) * size], chain, rng)

    def _batch(self, indices: np.ndarray, chain: Compose, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        examples, targets, n = [], [], self.source.n_clips
        for i in indices:
            j = int(rng.integers(n) if self.shares is None else rng.choice(n, p=self.shares))
            example, lam = self.source.example(int(i), j, chain, rng)
            examples.append(example)
            targets.append(lam * self.one_hot[self.labels[i]] + (1 - lam) * self.one_hot[self.labels[j]])
        return self.source.batch(examples), np.stack(targets).astype(np.float32)


def steps_per_epoch(labels: np.ndarray, config: TrainConfig) -> int:
    """Return the number of batches per epoch, given the labels of the training clips; an incomplete one is left out."""
    return max(1, len(epoch_clips(labels, balance=config.balance)) // config.batch_size)


def prefetched(batches: Iterator[Any], *, ahead: int = 4) -> Iterator[Any]:
    """Run an iterator in a thread of its own, a few items ahead.

    Parameters
    ----------
    batches : iterator
        Source of the items; its errors are raised here.
    ahead : int
        Items kept ready.

    Yields
    ------
    object
        The items, in order.
    """
    ready: queue.Queue[tuple[str, Any]] = queue.Queue(ahead)
    stop = threading.Event()

    def put(item: tuple[str, Any]) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def produce() -> None:
        try:
            for batch in batches:
                put(("batch", batch))
            put(("end", None))
        except Exception as error:  # handed to the consumer, which raises it
            put(("error", error))

    threading.Thread(target=produce, daemon=True).start()
    try:
        while (item := ready.get())[0] == "batch":
            yield item[1]
        if item[0] == "error":
            raise item[1]
    finally:
        stop.set()
