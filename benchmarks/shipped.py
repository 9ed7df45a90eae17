"""The shipped models next to each other on the same clips, as they are and in a noisy room.

    ESC50_DIR=… YAMNET_DIR=… python -m benchmarks.shipped [--data DIR] [--model NAME …] [--out FOLDER]

Each clip is classified by the network that was not trained on its fold. Scores go to standard output, and to FOLDER in
the form of a study's tables: shipped.csv, shipped-clips.csv, shipped.json. Their levels are MODEL and MODEL-room. About
two minutes per model on two cores.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.provenance import data_name
from esc_core.inference import Predictor
from esc_core.inference.evaluate import NOISY_ROOM, check_categories, out_of_fold_probs
from esc_core.models.installed import MODELS_DIR, find_model, list_models
from esc_core.training.record import macro_recall, this_machine
from esc_core.training.study.tables import write_tables

QUESTION = "What does hearing AudioSet first bring?"

COMMAND = "python -m benchmarks.shipped --data DIR --out FOLDER"

ROOMS = {"": None, "-room": NOISY_ROOM}
"""What is done to each clip, by the end of the level's name."""


def measure(model: str, dataset: Dataset) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Classify every clip by a model, out of fold.

    Parameters
    ----------
    model : str
        Name of a shipped model.
    dataset : Dataset
        ESC-50.

    Returns
    -------
    cells, clips : list of dict
        A row per level and fold; a row per level and clip.
    """
    predictor = Predictor(find_model(model))
    check_categories(predictor.card, dataset)
    labels, cells, clips = predictor.card.labels, [], []
    truth = np.array([labels.index(clip.category) for clip in dataset.clips])
    for room, chain in ROOMS.items():
        began = time.perf_counter()
        probs = out_of_fold_probs(predictor, dataset, chain=chain, progress=lambda line: print(line, file=sys.stderr))
        predicted, seconds = probs.argmax(axis=1), (time.perf_counter() - began) / len(set(dataset.folds.tolist()))
        for fold in sorted(set(dataset.folds.tolist())):
            key = {"model": f"{model}{room}", "fold": fold, "seed": 0}
            own = np.flatnonzero(dataset.folds == fold)
            recall = macro_recall(truth[own], predicted[own], n_classes=len(labels))
            cells.append(
                key
                | {"accuracy": float((predicted[own] == truth[own]).mean()), "macro_recall": recall}
                | {"seconds": round(seconds, 1), "data": data_name(dataset), "machine": this_machine()}
            )
            clips += [
                key | {"filename": c.filename, "category": c.category, "predicted": labels[predicted[i]]}
                for i, c in zip(own, (dataset.clips[i] for i in own), strict=True)
            ]
    return cells, clips


def main() -> None:
    """Measure, print, and write the tables if a folder is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("ESC50_DIR"), help="folder of ESC-50; else ESC50_DIR")
    parser.add_argument("--model", nargs="*", help="models to compare (default: all shipped ones)")
    parser.add_argument("--out", type=Path, help="folder for the tables")
    arguments = parser.parse_args()
    if not arguments.data:
        parser.error("--data or ESC50_DIR must name a folder of ESC-50")
    dataset = load_dataset(arguments.data)
    cells: list[dict[str, Any]] = []
    clips: list[dict[str, Any]] = []
    for model in arguments.model or [card.name for card in list_models(MODELS_DIR)]:
        of_model = measure(model, dataset)
        cells, clips = cells + of_model[0], clips + of_model[1]
        for room in ROOMS:
            shares = [cell["accuracy"] for cell in of_model[0] if cell["model"] == f"{model}{room}"]
            print(f"{model}{room}: {np.mean(shares):.4f}  " + " ".join(f"{share:.4f}" for share in shares), flush=True)
    if arguments.out:
        about = {"question": QUESTION, "n_cells": len(cells), "n_done": len(cells), "settings": {}}
        write_tables(arguments.out, "shipped", cells, clips, about=about, command=COMMAND)


if __name__ == "__main__":
    main()
