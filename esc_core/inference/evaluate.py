"""Scores of a model on a data set, out of fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.augment import Compose
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.faults import bad_sentence, some_readable, without_clips
from esc_core.dataset.own.names import is_background
from esc_core.dataset.provenance import data_name
from esc_core.dataset.remarks import fold_remarks
from esc_core.disk.files import write_whole
from esc_core.disk.tables import csv_text
from esc_core.errors import DatasetError, ModelError
from esc_core.inference.front_end import readable_waves
from esc_core.inference.predictor import Predictor
from esc_core.inference.recognise import known_clip
from esc_core.measures import metrics
from esc_core.measures.metrics import softmax
from esc_core.models.card import Card
from esc_core.words import counted

CLIPS_AT_ONCE = 64
"""Clips whose waveforms are held at a time: those of a fold would take hundreds of megabytes."""


NOISY_ROOM: tuple[dict[str, Any], ...] = (
    {"name": "reverb", "rt60": 0.4},
    {"name": "noise", "snr_db": 10, "color": "pink"},
)
"""Chain of a noisy room: reverberation of 0.4 s, and pink noise 10 dB below the active part."""

NOISY_ROOM_SEED = 903
"""With the clip's number it seeds what the chain draws."""


def out_of_fold_logits(
    predictor: Predictor,
    dataset: Dataset,
    *,
    chain: Sequence[dict[str, Any]] | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> np.ndarray:
    """Return each clip's logits, by the one network that was not trained on its fold.

    Parameters
    ----------
    predictor : Predictor
        The model.
    dataset : Dataset
        Clips with the model's folds, from `held_out`.
    chain : sequence of dict, optional
        What is done to each clip first, such as `NOISY_ROOM`.
    progress : callable, optional
        Receives a line per fold.

    Returns
    -------
    numpy.ndarray, shape (n_clips, ``card.n_outputs``), float32
        Logits over all the model's labels; NaN for a clip that can't be read.
    """
    logits = np.full((len(dataset.clips), predictor.card.n_outputs), np.nan, np.float32)
    for fold, read, waves in _parts(predictor, dataset, chain, progress):
        logits[read] = predictor.clip_logits(waves, fold=fold)[0]
    return logits


def out_of_fold_sure(
    predictor: Predictor,
    dataset: Dataset,
    *,
    chain: Sequence[dict[str, Any]] | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> np.ndarray:
    """Return which clips are answered, shape (n_clips,), bool: neither "not sure" nor none of the categories.

    See `out_of_fold_logits` for the parameters. A clip that can't be read is not answered.
    """
    sure = np.zeros(len(dataset.clips), bool)
    for fold, read, waves in _parts(predictor, dataset, chain, progress):
        sure[read] = predictor.clip_answers(waves, fold=fold)[1]
    return sure


def _parts(
    predictor: Predictor,
    dataset: Dataset,
    chain: Sequence[dict[str, Any]] | None,
    progress: Callable[[str], None],
) -> Iterator[tuple[int, np.ndarray, list[np.ndarray]]]:
    """Yield the clips in parts: their fold, the positions of those that can be read, and their waveforms."""
    sr, augment = predictor.card.features.sr, Compose.from_json(chain or ())
    for fold in sorted(set(dataset.folds.tolist())):
        chosen = np.flatnonzero(dataset.folds == fold)
        progress(f"fold {fold}: {len(chosen)} clips" + (" in a noisy room" if chain else ""))
        for part in np.array_split(chosen, -(-len(chosen) // CLIPS_AT_ONCE)):
            read, waves = readable_waves([dataset.path(dataset.clips[i]) for i in part], sr)
            if chain:
                seeds = [[NOISY_ROOM_SEED, int(i)] for i in part[read]]
                waves = [augment(y, sr, np.random.default_rng(s)).y for y, s in zip(waves, seeds, strict=True)]
            if waves:
                yield fold, part[read], waves


def out_of_fold_probs(
    predictor: Predictor,
    dataset: Dataset,
    *,
    chain: Sequence[dict[str, Any]] | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> np.ndarray:
    """Return the calibrated probabilities, shape (n_clips, n_labels); see `out_of_fold_logits`."""
    logits = out_of_fold_logits(predictor, dataset, chain=chain, progress=progress)
    temperatures = [predictor.card.calibration_of(int(fold)).temperature for fold in dataset.folds]
    return softmax(logits / np.array(temperatures, np.float32)[:, None])[:, : len(predictor.card.labels)]


def held_out(card: Card, dataset: Dataset) -> tuple[Dataset, list[str]]:
    """Return the clips that some network of a model held out.

    Parameters
    ----------
    card : Card
        The model's card.
    dataset : Dataset
        Clips with any folds.

    Returns
    -------
    dataset : Dataset
        These clips, each with the fold of that network. A model of other data than ESC-50 knows by the ids of a clip
        and of its recording's other clips which one that is: the folds of a growing data set are dealt again, and
        recordings are joined. In other data than ESC-50, a clip of ESC-50 has the fold that it has there.
    left_out : list of str
        Sentences on the others.

    Raises
    ------
    ModelError
        If there is no such clip.
    """
    sounds = [clip for clip in dataset.clips if not (card.knows_none and is_background(clip.category))]
    folds = [_held_out_fold(card, dataset, clip) for clip in sounds]
    clips = tuple(replace(clip, fold=fold) for clip, fold in zip(sounds, folds, strict=True) if fold)
    if not clips:
        raise ModelError(f"no network of {card.name} held out a clip of this data, so nothing can be scored")
    sentences = []
    if n := len(dataset.clips) - len(sounds):
        sentences.append(f"{counted(n, 'clip of the background is', 'clips of the background are')} left out.")
    if n := len(sounds) - len(clips):
        sentences.append(f"{counted(n, 'clip is', 'clips are')} left out, which no network of {card.name} held out.")
    return replace(dataset, clips=clips), sentences


def _held_out_fold(card: Card, dataset: Dataset, clip: Clip) -> int | None:
    """Return the fold of the network that held out a clip, and all of its recording; 0 or None if none did."""
    if card.has_own_folds:
        return card.fold_of(clip.clip_id, siblings=dataset.sibling_ids(clip))
    if dataset.official or dataset.synthetic:
        return clip.fold
    known = known_clip(dataset.path(clip))
    return card.fold_of(known) if known else clip.fold


def check_categories(card: Card, dataset: Dataset) -> None:
    """Raise ModelError if the data has a category that the model does not know."""
    unknown = sorted(set(dataset.categories) - set(card.labels))
    if unknown:
        raise ModelError(f"{card.name} does not know the category {unknown[0]}")


def evaluate(
    predictor: Predictor,
    dataset: Dataset,
    *,
    chain: Sequence[dict[str, Any]] | None = None,
    predictions: Path | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Score a model out of fold, over all its labels.

    Parameters
    ----------
    predictor : Predictor
        The model.
    dataset : Dataset
        Clips with the model's folds, of all or some of its categories; see `held_out` for those that are left out.
    chain : sequence of dict, optional
        What is done to each clip first, such as `NOISY_ROOM`.
    predictions : pathlib.Path, optional
        Where to write a table that `esc_core.scoring` reads: ``filename``, ``fold``, ``predicted``, and the
        probability of each category.
    progress : callable, optional
        Receives a line per fold.

    Returns
    -------
    dict
        ``accuracy``, ``top_5``, ``fold_accuracy`` by fold, ``n_clips``, ``n_unreadable`` (clips left out,
        since they can't be read), ``data``, and ``remarks``: what is odd about the folds, and what was left out.

    Raises
    ------
    DatasetError
        If no clip can be read.
    ModelError
        If the data has a category or a fold that the model does not know.
    OSError
        If the table can't be written.
    """
    remarks = fold_remarks(dataset)
    dataset, left_out = held_out(predictor.card, dataset)
    n_listed = len(dataset.clips)
    dataset = without_clips(dataset, some_readable(dataset))
    labels = predictor.card.labels
    check_categories(predictor.card, dataset)
    probs = out_of_fold_probs(predictor, dataset, chain=chain, progress=progress)
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
        "remarks": [*remarks, *left_out],
    }


def _table(dataset: Dataset, labels: tuple[str, ...], probs: np.ndarray) -> str:
    rows = (
        [clip.filename, clip.fold, labels[int(row.argmax())], *(f"{p:.4g}" for p in row)]
        for clip, row in zip(dataset.clips, probs, strict=True)
    )
    return csv_text(["filename", "fold", "predicted", *labels], rows)
