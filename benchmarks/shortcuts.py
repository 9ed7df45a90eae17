"""What silence and bandwidth alone give away: two cues that describe the recording more than the sound.

    ESC50_DIR=… python -m benchmarks.shortcuts [--data DIR] [--out FOLDER]

There is no network. Each clip has a few figures, and a clip of the held-out fold gets the most frequent category of its
15 nearest training clips; each of the five folds is held out once. Figures are replaced by their ranks among the
training clips, so that seconds and hertz have the same weight.

- silence: the share that is digital silence (padding), and the seconds within 40 dB of the loudest moment;
- bandwidth: the two frequencies, in Hz, below which 1% and above which 1% of the clip's power lie;
- both of them.

Chance is 2%. A model's accuracy beyond that of these figures must come from the sound. The table goes to standard
output, and to FOLDER in the form of a study's tables: shortcuts.csv, shortcuts-clips.csv, shortcuts.json.
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
"""Training clips that vote; chosen in advance, not on a held-out fold."""

OUTSIDE = 0.01
"""Share of the power below the lower edge of the band, and the same share above the upper edge."""

CUES = {
    "silence": ("silence", "active_seconds"),
    "bandwidth": ("lower", "upper"),
    "both": ("silence", "active_seconds", "lower", "upper"),
}
"""Figures of each cue."""


def band_edges(y: np.ndarray, sr: int) -> tuple[float, float]:
    """Return the frequencies between which 98% of a sound's power lie.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    sr : int
        Sample rate in Hz.

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
    """Classify clips by a vote of their nearest training clips.

    Parameters
    ----------
    train, test : numpy.ndarray, shape (n, n_figures), float64
        Figures of the training clips and of the clips to classify.
    labels : numpy.ndarray, shape (n_train,), int
        Categories of the training clips.
    n_classes : int
        Number of categories.

    Returns
    -------
    numpy.ndarray, shape (n_test,), int
        Target of each clip; on a tie, the votes of nearer clips win.
    """
    ranks = [np.sort(column) for column in train.T]

    def rank_of(values: np.ndarray) -> np.ndarray:
        # equal values have their mean rank: most clips have no digital silence at all
        columns = zip(ranks, values.T, strict=True)
        return np.stack(
            [(np.searchsorted(r, v, "left") + np.searchsorted(r, v, "right")) / (2 * len(r)) for r, v in columns],
            axis=1,
        )

    distance = np.abs(rank_of(test)[:, None] - rank_of(train)[None]).sum(axis=2)
    near = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
    votes = np.zeros((len(test), n_classes))
    for rank, column in enumerate(near.T):
        # a whole vote each; the rest only breaks ties
        np.add.at(votes, (np.arange(len(test)), labels[column]), 1 + 1e-3 / (1 + rank))
    return votes.argmax(axis=1)


def measure(dataset: Dataset) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Classify every clip by each cue, out of fold.

    Parameters
    ----------
    dataset : Dataset
        The clips.

    Returns
    -------
    cells, clips : list of dict
        A row per cue and fold; a row per cue and clip.
    """
    every = figures(dataset, CUES["both"])
    cells, clips = [], []
    for cue, wanted in CUES.items():
        chosen = every[:, [CUES["both"].index(name) for name in wanted]]
        for fold in FOLDS:
            began = time.perf_counter()
            split = fold_split(dataset, val_fold=fold)
            train, test = split.train, split.val
            predicted = nearest(chosen[train], dataset.labels[train], chosen[test], n_classes=len(dataset.categories))
            key = {"cue": cue, "fold": fold, "seed": 0}
            labels = dataset.labels[test]
            cells.append(
                key
                | {
                    "accuracy": float((predicted == labels).mean()),
                    "macro_recall": macro_recall(labels, predicted, n_classes=len(dataset.categories)),
                    "seconds": round(time.perf_counter() - began, 2),
                    "n_train": len(train),
                    "data": data_name(dataset),
                    "machine": this_machine(),
                }
            )
            clips += [
                key
                | {
                    "filename": dataset.clips[i].filename,
                    "category": dataset.categories[dataset.labels[i]],
                    "predicted": dataset.categories[guess],
                }
                for i, guess in zip(test, predicted, strict=True)
            ]
    return cells, clips


def about(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the description of the tables; nothing is trained, so there is no epoch."""
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
