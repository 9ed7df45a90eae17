"""Pictures against arrays: cost and benefit of giving a network pictures of spectrograms as input.

    ESC50_DIR=… python -m benchmarks.pictures [--data DIR] [--out FOLDER] [--width 8] [--epochs 25] [--fold 1]

Clips, split, network, epochs, schedule, order and seed are the same; nothing is augmented; the last epoch counts. Only
the input differs, and both inputs hold the whole clip of 5 s:

- arrays: `log_mel`, bands × frames, one channel, kept as float32;
- pictures: the clip's spectrogram in dB below its peak, coloured with magma, scaled to 128 × 128 pixels, kept as PNG;
  decoded, three channels of 0–1.

The network normalises either by the mean and deviation of its training clips. The pictures are drawn with Pillow; a
matplotlib figure takes longer, and adds margins.

Both sides alternate, clip by clip and epoch by epoch, so that a busy machine slows both alike. The table goes to
standard output, and to FOLDER in the form of a study's tables: pictures.csv, pictures-clips.csv, pictures.json.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import PIL

from benchmarks.picture_routes import SIDE, TOP_DB, Inputs, Route, both_routes
from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.layout import recording_of
from esc_core.dataset.provenance import data_name
from esc_core.features import clip_mel_power, extract
from esc_core.measures.bootstrap import Difference, paired_difference
from esc_core.measures.metrics import accuracy
from esc_core.training.data.batches import Batches, prefetched
from esc_core.training.data.splits import Split, split_for
from esc_core.training.fit.steps import make_optimizer, train_step
from esc_core.training.record import macro_recall, this_machine
from esc_core.training.study.grid import Cell, Grid
from esc_core.training.study.results import Row, summarise
from esc_core.training.study.tables import write_results

QUESTION = "Pictures against arrays: what does a network gain or lose by looking at pictures of spectrograms?"

WARMUP_EPOCHS = 3

N_TIMED = 200
"""Clips whose inputs are made one by one, with a clock beside."""

BATCH_SIZE = 64
"""Held-out clips that a network is asked about at a time."""

NOTE = (
    "One fold and one seed, without augmentation: the figures compare two inputs and are the best of neither. "
    f"A picture has {SIDE} × {SIDE} RGB pixels and a range of {TOP_DB:g} dB; it is drawn, encoded and decoded with "
    f"Pillow {PIL.__version__}. A matplotlib figure takes longer, and adds margins. "
    "input_ms is the median time that a clip takes one core, from its file to the network's input; convert_ms is the "
    "part after the mel power, which both share. epoch_seconds is the median time of an epoch on the clock, "
    "epoch_core_seconds that of all cores together; both include decoding the pictures."
)


def input_milliseconds(dataset: Dataset, route: Route, features: FeatureConfig, clip: int) -> tuple[float, float]:
    """Make one input; return the time from the file on, and the part of it after the mel power.

    It is the processor's time of this thread, which does all of it; other programs do not disturb that.
    """
    began = time.thread_time()
    mel = clip_mel_power(dataset.path(dataset.clips[clip]), features)
    shared = time.thread_time()
    route.load(route.store(mel))
    done = time.thread_time()
    return 1000 * (done - began), 1000 * (done - shared)


def time_inputs(dataset: Dataset, routes: tuple[Route, ...], features: FeatureConfig) -> list[np.ndarray]:
    """Return each route's medians of `input_milliseconds`, over clips from all of the data set."""
    clips = range(0, len(dataset.clips), max(1, len(dataset.clips) // N_TIMED))[:N_TIMED]
    times: list[list[tuple[float, float]]] = [[] for _ in routes]
    for route in routes:
        input_milliseconds(dataset, route, features, 0)  # filters, window and colours are made the first time
    for n, clip in enumerate(clips):
        dataset.path(dataset.clips[clip]).read_bytes()  # into the system's cache, for both
        for i in (0, 1) if n % 2 else (1, 0):
            times[i].append(input_milliseconds(dataset, routes[i], features, clip))
    return [np.median(values, axis=0) for values in times]


class Training:
    """A route's network, trained an epoch at a time with the steps of `esc_core.training.fit.steps`."""

    def __init__(self, inputs: Inputs, labels: np.ndarray, *, n_classes: int, config: TrainConfig) -> None:
        import keras
        import tensorflow as tf

        from esc_core.models.mel_cnn import build_mel_cnn

        keras.utils.set_random_seed(config.seed)
        tf.config.experimental.enable_op_determinism()
        keras.config.set_dtype_policy(config.dtype)
        self.inputs, self.seconds, self.core_seconds = inputs, [], []
        self.batches = Batches(inputs, labels[inputs.train], n_classes=n_classes, config=config)
        self.shape = inputs.sound(0, 0).shape
        mean, std = inputs.mean_and_std()
        self.model = build_mel_cnn(
            n_mels=self.shape[0],
            n_channels=self.shape[2],
            n_classes=n_classes,
            width=config.width,
            dropout=config.dropout,
            mean=mean,
            std=std,
        )
        self.step = train_step(self.model, make_optimizer(config, self.batches.n_steps))

    def epoch(self, epoch: int) -> float:
        """Train for an epoch and return its mean loss, in nats."""
        import tensorflow as tf

        began, busy = time.perf_counter(), time.process_time()
        losses = [self.step(tf.constant(x), tf.constant(truth)) for x, truth in prefetched(self.batches.epoch(epoch))]
        loss = float(np.mean([float(loss) for loss in losses]))
        self.seconds.append(time.perf_counter() - began)
        self.core_seconds.append(time.process_time() - busy)
        return loss

    def logits(self, chosen: np.ndarray) -> np.ndarray:
        """Return the logits of any clips, shape (n, n_classes)."""
        parts = (self.inputs.inputs(chosen[i : i + BATCH_SIZE]) for i in range(0, len(chosen), BATCH_SIZE))
        return np.concatenate([np.asarray(self.model(np.stack(part), training=False)) for part in parts])


def settings(*, width: int, n_epochs: int, fold: int) -> TrainConfig:
    """Return what both routes are trained with; the chain takes each clip as it is."""
    features = FeatureConfig()
    return TrainConfig(
        width=width,
        val_fold=fold,
        n_epochs=n_epochs,
        warmup_epochs=min(WARMUP_EPOCHS, n_epochs - 1),
        no_mix_epochs=0,  # nothing is mixed: one cosine, to zero
        augment=({"name": "crop_stretch", "n_frames": features.clip_frames, "rate": 1.0},),
        n_copies=0,
        features=features,
    )


def compare(dataset: Dataset, config: TrainConfig, *, progress: Callable[[str], None]) -> tuple[Grid, list[Row]]:
    """Measure both routes.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : TrainConfig
        See `settings`.
    progress : callable
        Receives lines for people.

    Returns
    -------
    grid : Grid
        A cell for each route.
    rows : list of Row
        What was measured, and the predictions after the last epoch.
    """
    dataset, split = split_for(dataset, config)
    routes = both_routes(config.features)
    progress("timing the inputs")
    times = time_inputs(dataset, routes, config.features)
    progress("making the inputs")
    mels = extract(dataset, config.features).mel
    stored = [[route.store(mel) for mel in mels] for route in routes]
    sizes = [{"disk_bytes": round(np.mean([len(data) for data in clips]))} for clips in stored]
    n_classes = len(dataset.categories)
    trainings = [
        Training(Inputs(route, clips, split.train), dataset.labels, n_classes=n_classes, config=config)
        for route, clips in zip(routes, stored, strict=True)
    ]
    for epoch in range(1, config.n_epochs + 1):
        losses = [training.epoch(epoch) for training in trainings]
        lines = (
            f"{route.name} loss {loss:.3f}, {training.seconds[-1]:.1f} s, cores {training.core_seconds[-1]:.1f} s"
            for route, loss, training in zip(routes, losses, trainings, strict=True)
        )
        progress(f"epoch {epoch}/{config.n_epochs}: {'; '.join(lines)}")
    cells = tuple(Cell({"route": route.name}, config) for route in routes)
    rows = []
    for cell, training, (whole, own), size in zip(cells, trainings, times, sizes, strict=True):
        measured = {"input_ms": round(float(whole), 3), "convert_ms": round(float(own), 3), **size}
        rows.append(_row(cell, training, dataset, split, measured))
    return Grid("pictures", QUESTION, cells), rows


def _row(cell: Cell, training: Training, dataset: Dataset, split: Split, measured: dict[str, Any]) -> Row:
    from esc_core.models.layers import multiply_adds

    logits, labels = training.logits(split.val), dataset.labels[split.val]
    predicted = logits.argmax(axis=1)
    result = {
        "accuracy": accuracy(logits, labels),
        "macro_recall": macro_recall(labels, predicted, n_classes=len(dataset.categories)),
        "n_epochs": cell.config.n_epochs,
        "seconds": round(sum(training.seconds), 1),
        "epoch_seconds": _usual(training.seconds),
        "epoch_core_seconds": _usual(training.core_seconds),
        "dtype": cell.config.dtype,
        "n_train": len(split.train),
        "n_parameters": training.model.count_params(),
        "multiply_adds": multiply_adds(training.model, training.shape),
        **measured,
        "memory_bytes": training.inputs.sound(0, 0).nbytes,
        "data": data_name(dataset),
        "machine": this_machine(),
    }
    names = dataset.categories
    return Row(
        cell,
        result,
        tuple(dataset.clips[i].filename for i in split.val),
        tuple(names[i] for i in labels),
        tuple(names[i] for i in predicted),
    )


def _usual(seconds: list[float]) -> float:
    return round(float(np.median(seconds[1:] or seconds)), 2)  # the first epoch compiles


def difference(arrays: Row, pictures: Row) -> Difference:
    """Return pictures minus arrays, clip by clip."""
    right = [np.array(row.labels) == np.array(row.predicted) for row in (pictures, arrays)]
    return paired_difference(*right, [recording_of(name) for name in arrays.filenames])


def as_text(rows: list[Row]) -> str:
    """Return the table and the paired difference, for people."""
    lines = [
        "| route | accuracy | 95% interval | ms a clip, from its file | of these after mel power | bytes in memory | "
        "bytes on disk | s an epoch | of all cores | parameters | multiply-adds |",
        "|" + "---|" * 11,
    ]
    for row, summary in zip(rows, summarise(rows), strict=True):
        r, (low, high) = row.result, summary.interval
        lines.append(
            f"| {row.cell.levels['route']} | {r['accuracy']:.1%} | {low:.1%} to {high:.1%} | {r['input_ms']:.2f} | "
            f"{r['convert_ms']:.2f} | {r['memory_bytes']:,} | {r['disk_bytes']:,} | {r['epoch_seconds']:.1f} | "
            f"{r['epoch_core_seconds']:.1f} | {r['n_parameters']:,} | {r['multiply_adds']:,} |"
        )
    gap = difference(*rows)
    low, high = (100 * end for end in gap.interval)
    lines.append(
        f"pictures minus arrays: {100 * gap.accuracy:+.1f} points (95% interval {low:+.1f} to {high:+.1f}, by "
        f"recording; p = {gap.p:.2g}); only pictures right: {gap.only_first}, only arrays right: {gap.only_second}, of "
        f"{gap.n_clips} clips"
    )
    return "\n".join([*lines, NOTE])


def main() -> None:
    """Measure, print, and write the tables if a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("ESC50_DIR"), help="folder of ESC-50; else ESC50_DIR")
    parser.add_argument("--out", type=Path, help="folder for the tables")
    parser.add_argument("--width", type=int, default=8, help="channels of the network's first block")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--fold", type=int, default=1, help="fold that is held out")
    arguments = parser.parse_args()
    if not arguments.data:
        parser.error("--data or ESC50_DIR must name a folder of ESC-50")
    config = settings(width=arguments.width, n_epochs=arguments.epochs, fold=arguments.fold)
    dataset = load_dataset(arguments.data)
    grid, rows = compare(dataset, config, progress=lambda line: print(line, file=sys.stderr, flush=True))
    if arguments.out:
        options = f"--width {arguments.width} --epochs {arguments.epochs} --fold {arguments.fold}"
        command = f"python -m benchmarks.pictures --data DIR --out FOLDER {options}"
        write_results(arguments.out, grid, rows, command=command, note=NOTE)
    print(as_text(rows))


if __name__ == "__main__":
    main()
