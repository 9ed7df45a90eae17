"""Scores of a model on a data set, out of fold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import metrics
from esc_core.dataset import Dataset
from esc_core.dataset.faults import bad_sentence, some_readable, without_clips
from esc_core.dataset.provenance import data_name
from esc_core.dataset.remarks import fold_remarks
from esc_core.errors import DatasetError, ModelError
from esc_core.files import write_whole
from esc_core.inference.front_end import readable_waves
from esc_core.inference.predictor import Predictor
from esc_core.tables import csv_text

CLIPS_AT_ONCE = 64
"""Clips whose waveforms are held at a time: those of a fold would take hundreds of megabytes."""


def out_of_fold_probs(
    predictor: Predictor, dataset: Dataset, *, progress: Callable[[str], None] = lambda line: None
) -> np.ndarray:
    """Predict each clip by the one network that was not trained on its fold.

    Parameters
    ----------
    predictor : Predictor
        The model.
    dataset : Dataset
        Clips with ESC-50's folds.
    progress : callable, optional
        Receives a line per fold.

    Returns
    -------
    numpy.ndarray, shape (n_clips, n_labels), float32
        Calibrated probabilities over all the model's labels; NaN for a clip that can't be read.
    """
    probs = np.full((len(dataset.clips), len(predictor.card.labels)), np.nan, np.float32)
    for fold in sorted(set(dataset.folds.tolist())):
        chosen = np.flatnonzero(dataset.folds == fold)
        progress(f"fold {fold}: {len(chosen)} clips")
        for part in np.array_split(chosen, -(-len(chosen) // CLIPS_AT_ONCE)):
            paths = [dataset.path(dataset.clips[i]) for i in part]
            read, waves = readable_waves(paths, predictor.card.features.sr)
            if waves:
                probs[part[read]] = predictor.clip_probs(waves, fold=fold)
    return probs


def evaluate(
    predictor: Predictor,
    dataset: Dataset,
    *,
    predictions: Path | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Score a model out of fold, over all its labels.

    Parameters
    ----------
    predictor : Predictor
        The model.
    dataset : Dataset
        Clips with ESC-50's folds; it may hold some of the model's categories only.
    predictions : pathlib.Path, optional
        Where to write a table that `esc_core.scoring` reads: ``filename``, ``fold``, ``predicted``, and the
        probability of each category.
    progress : callable, optional
        Receives a line per fold.

    Returns
    -------
    dict
        ``accuracy``, ``top_5``, ``fold_accuracy`` by fold, ``n_clips``, ``n_unreadable`` (clips left out,
        since they can't be read), ``data``, and ``remarks``: what is odd about the folds, in sentences.

    Raises
    ------
    DatasetError
        If no clip can be read.
    ModelError
        If the data has a category that the model does not know.
    OSError
        If the table can't be written.
    """
    n_listed, remarks = len(dataset.clips), fold_remarks(dataset)
    dataset = without_clips(dataset, some_readable(dataset))
    labels = predictor.card.labels
    unknown = sorted(set(dataset.categories) - set(labels))
    if unknown:
        raise ModelError(f"{predictor.card.name} does not know the category {unknown[0]}")
    probs = out_of_fold_probs(predictor, dataset, progress=progress)
    damaged = [clip.filename for clip, row in zip(dataset.clips, probs, strict=True) if np.isnan(row[0])]
    dataset, probs = without_clips(dataset, damaged), probs[~np.isnan(probs[:, 0])]
    if not dataset.clips:
        raise DatasetError(bad_sentence(n_listed, n_listed))
    truth = np.array([labels.index(clip.category) for clip in dataset.clips])
    if predictions:
        write_whole(predictions, lambda file: file.write(_table(dataset, labels, probs).encode()))
    folds = sorted(set(dataset.folds.tolist()))
    return {
        "accuracy": metrics.accuracy(probs, truth),
        "top_5": metrics.top_k_accuracy(probs, truth, k=5),
        "fold_accuracy": {
            str(k): metrics.accuracy(probs[dataset.folds == k], truth[dataset.folds == k]) for k in folds
        },
        "n_clips": len(truth),
        "n_unreadable": n_listed - len(truth),
        "data": data_name(dataset),
        "remarks": remarks,
    }


def _table(dataset: Dataset, labels: tuple[str, ...], probs: np.ndarray) -> str:
    rows = (
        [clip.filename, clip.fold, labels[int(row.argmax())], *(f"{p:.4g}" for p in row)]
        for clip, row in zip(dataset.clips, probs, strict=True)
    )
    return csv_text(["filename", "fold", "predicted", *labels], rows)
