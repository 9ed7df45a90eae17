"""Runs as their workers leave them, written by hand: no process, no TensorFlow."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from esc_core.config import TrainConfig
from esc_core.dataset import load_dataset
from esc_core.disk.files import append_row, write_json
from esc_core.training.data.splits import split_for
from esc_core.training.process.create import create_run
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import Status


def write_run(config: TrainConfig, data: Path, *, state: str = "done", name: str | None = None, **status: Any) -> Run:
    """Write a run in a state; after every epoch one more of its validation clips is classified correctly."""
    run = create_run(config, data, name=name)
    dataset, split = split_for(load_dataset(data), config)
    labels = dataset.labels[split.val]
    n, n_classes = len(labels), len(dataset.categories)
    write_json(
        run.folder / "watched.json",
        {
            "filenames": [dataset.clips[i].filename for i in split.val],
            "labels": labels.tolist(),
            "categories": dataset.categories,
        },
    )
    for epoch in range(1, config.n_epochs + 1):
        right = n - config.n_epochs + epoch - 1
        predicted = [int(k) if i < right else int(k + 1) % n_classes for i, k in enumerate(labels)]
        scores = {"train_accuracy": 1.0, "val_loss": 0.5, "val_accuracy": right / n, "macro_recall": right / n}
        append_row(run.folder / "metrics.jsonl", {"epoch": epoch, "loss": 1.0, "seconds": float(epoch), **scores})
        confidence = [round(0.5 + 0.4 * i / n, 3) for i in range(n)]
        guesses = {"epoch": epoch, "predicted": predicted, "confidence": confidence}
        append_row(run.folder / "guesses.jsonl", guesses | {"calibrated": epoch == config.n_epochs})
    values = {"state": state, "epoch": config.n_epochs, "n_epochs": config.n_epochs, "accuracy": (n - 1) / n}
    written = replace(Status(macro_recall=(n - 1) / n, seconds=83.0), **{**values, **status})
    write_json(run.folder / "status.json", asdict(written))
    return run
