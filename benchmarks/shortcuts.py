"""What silence and bandwidth alone give away: two cues that say more of the recordist than of the sound.

    ESC50_DIR=… python -m benchmarks.shortcuts [--data DIR] [--out FOLDER]

No network listens. From each clip a handful of figures are taken, and a clip of the held-out fold gets the category
that most of its 15 nearest training clips have; all five folds in turn. Each figure counts by its rank among the
training clips, so that seconds and hertz weigh the same.

- silence: the share that is digital silence (padding), and the seconds within 40 dB of the loudest moment;
- bandwidth: the two frequencies, in Hz, below which 1% and above which 1% of the clip's power lie;
- both of them.

Chance is 2%. What a model reaches beyond these figures, it must have heard. The table goes to standard output, and to
FOLDER in the form of a study's tables: shortcuts.csv, shortcuts-clips.csv, shortcuts.json.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import audio
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.provenance import data_name
from esc_core.features.overview import sound_stats
from esc_core.scoring.score import FOLDS
from esc_core.training.data.splits import fold_split
from esc_core.training.record import macro_recall, this_machine
from esc_core.training.study.tables import write_tables

QUESTION = "What do silence and bandwidth alone give away?"

COMMAND = "python -m benchmarks.shortcuts --data DIR --out FOLDER"

NEIGHBOURS = 15
"""Training clips that vote; chosen beforehand, not on a held-out fold."""

OUTSIDE = 0.01
"""Share of the power that lies below the lower edge of the band, and as much above the upper one."""

CUES = {
    "silence": ("silence", "active_seconds"),
    "bandwidth": ("lower", "upper"),
    "both": ("silence", "active_seconds", "lower", "upper"),
}
"""Figures by cue."""


def band_edges(y: np.ndarray, sr: int) -> tuple[float, float]:
    """Return the frequencies between which all but 2% of a sound's power lie.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    sr : int
        Its rate in Hz.

    Returns
    -------
    tuple of float
        Lower and upper edge in Hz; both 0 for silence.
    """
    power = np.square(np.abs(np.fft.rfft(y - y.mean()))).cumsum()
    if power[-1] <= 0:
        return 0.0, 0.0
    lower, upper = np.searchsorted(power, power[-1] * np.array([OUTSIDE, 1 - OUTSIDE]))
    return float(lower * sr / y.size), float(upper * sr / y.size)


def figures(dataset: Dataset, wanted: tuple[str, ...]) -> np.ndarray:
    """Measure every clip.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    wanted : tuple of str
        Names of figures, as in `CUES`.

    Returns
    -------
    numpy.ndarray, shape (n_clips, n_figures), float64
        In the order of ``dataset.clips``.
    """
    rows = []
    for clip in dataset.clips:
        y, sr = audio.load(dataset.path(clip))
        stats, (lower, upper) = sound_stats(y, sr), band_edges(y, sr)
        known = {"silence": stats.silence, "active_seconds": stats.active_seconds, "lower": lower, "upper": upper}
        rows.append([known[name] for name in wanted])
    return np.array(rows)


def nearest(train: np.ndarray, labels: np.ndarray, test: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Let the nearest training clips vote.

    Parameters
    ----------
    train, test : numpy.ndarray, shape (n, n_figures), float64
        Figures of training clips and of those to name.
    labels : numpy.ndarray, shape (n_train,), int
        Categories of the training clips.
    n_classes : int
        Number of categories.

    Returns
    -------
    numpy.ndarray, shape (n_test,), int
        Category of each; of equally many votes, those of nearer clips win.
    """
    ranks = [np.sort(column) for column in train.T]

    def place(values: np.ndarray) -> np.ndarray:
        # the middle of equal values: most clips have no digital silence at all
        columns = zip(ranks, values.T, strict=True)
        return np.stack(
            [(np.searchsorted(r, v, "left") + np.searchsorted(r, v, "right")) / (2 * len(r)) for r, v in columns],
            axis=1,
        )

    distance = np.abs(place(test)[:, None] - place(train)[None]).sum(axis=2)
    near = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
    votes = np.zeros((len(test), n_classes))
    for rank, column in enumerate(near.T):
        # a whole vote each; the rest only decides between equals
        np.add.at(votes, (np.arange(len(test)), labels[column]), 1 + 1e-3 / (1 + rank))
    return votes.argmax(axis=1)


def measure(dataset: Dataset) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Name every clip from each cue, out of fold.

    Parameters
    ----------
    dataset : Dataset
        The clips.

    Returns
    -------
    cells, clips : list of dict
        A row a cue and fold; a row a cue and clip.
    """
    every = figures(dataset, CUES["both"])
    cells, clips = [], []
    for cue, wanted in CUES.items():
        chosen = every[:, [CUES["both"].index(name) for name in wanted]]
        for fold in FOLDS:
            began = time.perf_counter()
            split = fold_split(dataset, val_fold=fold)
            train, test = split.train, split.val
            named = nearest(chosen[train], dataset.labels[train], chosen[test], n_classes=len(dataset.categories))
            place = {"cue": cue, "fold": fold, "seed": 0}
            right = dataset.labels[test]
            cells.append(
                place
                | {
                    "accuracy": float((named == right).mean()),
                    "macro_recall": macro_recall(right, named, n_classes=len(dataset.categories)),
                    "seconds": round(time.perf_counter() - began, 2),
                    "n_train": len(train),
                    "data": data_name(dataset),
                    "machine": this_machine(),
                }
            )
            clips += [
                place
                | {
                    "filename": dataset.clips[i].filename,
                    "category": dataset.categories[dataset.labels[i]],
                    "predicted": dataset.categories[guess],
                }
                for i, guess in zip(test, named, strict=True)
            ]
    return cells, clips


def about(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the tables say of themselves; nothing is trained, so there is no epoch."""
    return {"question": QUESTION, "n_cells": len(cells), "n_done": len(cells), "settings": {}, "epoch": None}


def main() -> None:
    """Measure, write the tables if a folder is named, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("ESC50_DIR"), help="folder of ESC-50; else ESC50_DIR")
    parser.add_argument("--out", type=Path, help="folder for the tables")
    arguments = parser.parse_args()
    if not arguments.data:
        parser.error("--data or ESC50_DIR must name a folder of ESC-50")
    print("measuring the clips", file=sys.stderr)
    cells, clips = measure(load_dataset(arguments.data))
    print("| cue | " + " | ".join(f"fold {fold}" for fold in FOLDS) + " |\n" + "|---" * (1 + len(FOLDS)) + "|")
    for cue in CUES:
        print(f"| {cue} | " + " | ".join(f"{c['accuracy']:.1%}" for c in cells if c["cue"] == cue) + " |")
    if arguments.out:
        write_tables(arguments.out, "shortcuts", cells, clips, about=about(cells), command=COMMAND)


if __name__ == "__main__":
    main()
