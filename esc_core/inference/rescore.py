"""The scores and the calibration of a model, made from its files: on clean clips, and on clips in a noisy room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.dataset import Dataset
from esc_core.dataset.provenance import data_name
from esc_core.disk.files import reason, write_json
from esc_core.errors import ModelError
from esc_core.inference.calibration import HeldOut, calibrate
from esc_core.inference.certainty import FEW_ERRORS, FEW_ERRORS_RULE, coverage_and_error, is_sure
from esc_core.inference.evaluate import NOISY_ROOM, check_categories, held_out, out_of_fold_logits, out_of_fold_sure
from esc_core.inference.predictor import Predictor
from esc_core.measures import metrics
from esc_core.measures.metrics import log_softmax, softmax
from esc_core.models.card import WHOLE, Card
from esc_core.models.folder import card_path, read_card

DEVELOPMENT_FOLD = 1
"""Recipes, and the weights of models that answer together, are chosen on this fold; the others are the test."""

WEIGHTS = np.round(np.arange(0.0, 1.01, 0.05), 2)
"""Weights of the first of two models among which the best is chosen."""

Progress = Callable[[str], None]
"""Receives lines for people."""


def rescore(folder: Path, dataset: Dataset, *, progress: Progress = lambda line: None) -> Card:
    """Score and calibrate a model of several folds by its files, and write its card.

    Temperature and threshold of each fold's network are chosen on the other folds, on clean clips and on the same clips
    in `NOISY_ROOM`, so that no clip influences how its own answer is scaled; those of the mean of all networks are
    chosen on all of them.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder.
    dataset : Dataset
        Clips of all the model's categories, in its folds; clips of fold 0, which all networks heard, are left out.
    progress : callable, optional
        Receives a line per fold and condition.

    Returns
    -------
    Card
        As written.

    Raises
    ------
    ModelError
        If the model can't be used, is not of several folds, or its card can't be written; or if the data has other
        folds or categories.
    """
    card = read_card(folder)
    dataset = _checked(card, dataset)
    write_json(card_path(folder), replace(card, details=card.details | {"clips": WHOLE}).to_dict())
    predictor = Predictor(folder)
    clean = out_of_fold_logits(predictor, dataset, progress=progress)
    noisy = out_of_fold_logits(predictor, dataset, chain=NOISY_ROOM, progress=progress)
    card = scored(predictor.card, dataset, clean, noisy)
    _write(folder, card)
    if "unknown" in card.details:  # by its rule, which the new scale must be known for, fewer clips are answered
        card = _with_answers(card, folder, dataset, clean, noisy, progress)
        _write(folder, card)
    return card


def _checked(card: Card, dataset: Dataset) -> Dataset:
    """Return the clips that a model can be scored on; raise ModelError if its folds or categories are others."""
    if card.knows_none:
        raise ModelError(f"{card.name} was scored when it learnt; it can learn again, but not be scored again")
    if len(card.folds) < 2:
        raise ModelError(f"{card.name} is no model of several folds, of which each is calibrated on the others")
    dataset, _ = held_out(card, dataset)
    check_categories(card, dataset)
    if dataset.fold_numbers != card.folds:
        has, needs = (", ".join(map(str, folds)) for folds in (card.folds, dataset.fold_numbers))
        raise ModelError(f"{card.name} has networks that held out folds {has}, and the data has folds {needs}")
    return dataset


def _with_answers(
    card: Card, folder: Path, dataset: Dataset, clean: np.ndarray, noisy: np.ndarray, progress: Progress
) -> Card:
    """Return a card that says how many clips are answered where sounds of no category are not."""
    predictor, truth = Predictor(folder), _truth(card, dataset)
    shares = {}
    for kind, logits, chain in (("clean", clean, None), ("noisy_room", noisy, NOISY_ROOM)):
        sure = out_of_fold_sure(predictor, dataset, chain=chain, progress=progress)
        coverage, error = coverage_and_error(sure, logits.argmax(axis=1) == truth)
        shares[kind] = {"coverage": coverage, "error": error}
    before = card.details["not_sure"]
    not_sure = before | shares["clean"] | {"noisy_room": before["noisy_room"] | shares["noisy_room"]}
    return replace(card, details=card.details | {"not_sure": not_sure})


def join(folders: Sequence[Path], out: Path, dataset: Dataset, *, progress: Progress = lambda line: None) -> Card:
    """Make a model of two that answer together, with the weight that is best on the development fold.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Two model folders, which lie beside `out`.
    out : pathlib.Path
        The new model folder.
    dataset : Dataset
        Clips of all categories, in ESC-50's folds.
    progress : callable, optional
        Receives a line per fold and condition.

    Returns
    -------
    Card
        As written: the log probabilities of both, weighted.

    Raises
    ------
    ModelError
        As from `rescore`, or if the models don't fit each other.
    """
    first, second = (read_card(folder) for folder in folders)
    logits = []
    if first.folds != second.folds:
        raise ModelError(f"{first.name} and {second.name} have other folds, so they can't answer together")
    dataset = _checked(first, _checked(second, dataset))
    for folder, card in zip(folders, (first, second), strict=True):
        scale = np.array([card.calibration_of(int(fold)).temperature for fold in dataset.folds], np.float32)[:, None]
        predictor = Predictor(folder)  # once: loading the networks takes seconds
        logits.append(
            [
                log_softmax(out_of_fold_logits(predictor, dataset, chain=chain, progress=progress) / scale)
                for chain in (None, NOISY_ROOM)
            ]
        )
    weight = best_weight(logits, first, dataset)
    members = {first.name: weight, second.name: round(1 - weight, 2)}
    card = _joined_card(out.name, first, second, members)
    clean, noisy = (weight * logits[0][i] + (1 - weight) * logits[1][i] for i in (0, 1))
    card = scored(card, dataset, clean, noisy)
    _write(out, card)
    return card


def best_weight(logits: Sequence[Sequence[np.ndarray]], card: Card, dataset: Dataset) -> float:
    """Choose the weight of the first of two models by the development fold, clean and in the noisy room.

    Parameters
    ----------
    logits : sequence of two sequences of two numpy.ndarray, shape (n_clips, n_classes)
        Log probabilities of each model: of clean clips, and of clips in the noisy room.
    card : Card
        For the order of the labels.
    dataset : Dataset
        The clips.

    Returns
    -------
    float
        The weight of least negative log-likelihood, which tells more of 400 clips than their accuracy does.
    """
    chosen = dataset.folds == DEVELOPMENT_FOLD
    truth = _truth(card, dataset)[chosen]
    losses = [
        np.mean(
            [
                metrics.negative_log_likelihood(softmax(weight * a[chosen] + (1 - weight) * b[chosen]), truth)
                for a, b in zip(*logits, strict=True)
            ]
        )
        for weight in WEIGHTS
    ]
    return float(WEIGHTS[int(np.argmin(losses))])


def _joined_card(name: str, first: Card, second: Card, members: dict[str, float]) -> Card:
    heard = [card.heard for card in (first, second) if card.needs_trunk] or [first.heard]
    trunk = [card.details["trunk"] for card in (first, second) if card.needs_trunk]
    return Card(
        name=name,
        input="together",
        labels=first.labels,
        features=first.features,
        train_config=first.train_config,
        crop_frames=first.crop_frames,
        folds=first.folds,
        calibration={},
        details={
            "members": members,
            "heard": heard[0],
            **({"trunk": trunk[0]} if trunk else {}),
            "clips": WHOLE,
            "note": "Two models answer together: the weighted mean of their log probabilities. The weight was chosen "
            f"on fold {DEVELOPMENT_FOLD}.",
            "seeds": first.details.get("seeds", []),
            "licence": second.details.get("licence", first.details.get("licence", "")),
        },
    )


def scored(card: Card, dataset: Dataset, clean: np.ndarray, noisy: np.ndarray) -> Card:
    """Return a card with calibration and scores.

    Parameters
    ----------
    card : Card
        What is known of the model.
    dataset : Dataset
        The clips.
    clean, noisy : numpy.ndarray, shape (n_clips, n_classes)
        Logits of each clip, by the network that was not trained on its fold: as it is, and in the noisy room.

    Returns
    -------
    Card
        With new calibration and scores.
    """
    truth, folds = _truth(card, dataset), dataset.folds
    parts = {
        k: HeldOut(logits=clean[folds == k], labels=truth[folds == k], degraded=noisy[folds == k]) for k in card.folds
    }
    calibration = {
        str(k): calibrate([part for other, part in parts.items() if other != k], max_error=FEW_ERRORS)
        for k in card.folds
    }
    calibration["deployment"] = calibrate(list(parts.values()), max_error=FEW_ERRORS)
    scale = np.array([calibration[str(fold)].temperature for fold in folds], np.float32)[:, None]
    below = np.array([calibration[str(fold)].not_sure_below for fold in folds])
    probs, noisy_probs = softmax(clean / scale), softmax(noisy / scale)
    recalls = metrics.recall(truth, probs.argmax(axis=1), n_classes=len(card.labels))
    kind = "own" if "own" in card.details.get("scores", {}) else "esc50"
    details: dict[str, Any] = {
        "scores": {
            kind: _scores(probs, truth, dataset),
            "noisy_room": _scores(noisy_probs, truth, dataset) | {"chain": list(NOISY_ROOM)},
        },
        "category_recall": {name: round(float(r), 4) for name, r in zip(card.labels, recalls, strict=True) if r == r},
        "not_sure": {
            "rule": FEW_ERRORS_RULE,
            **_sureness(probs, truth, below),
            "noisy_room": _sureness(noisy_probs, truth, below),
        },
    }
    return replace(card, calibration=calibration, details=card.details | details)


def _truth(card: Card, dataset: Dataset) -> np.ndarray:
    return np.array([card.labels.index(clip.category) for clip in dataset.clips])


def _scores(probs: np.ndarray, truth: np.ndarray, dataset: Dataset) -> dict[str, Any]:
    correct = probs.argmax(axis=1) == truth
    by_fold = {fold: float(correct[dataset.folds == fold].mean()) for fold in dataset.fold_numbers}
    return {
        "data": data_name(dataset),
        "fold_accuracy": list(by_fold.values()),
        "development_fold": DEVELOPMENT_FOLD,
        "mean": float(np.mean(list(by_fold.values()))),
        "mean_without_development_fold": float(np.mean([by_fold[k] for k in by_fold if k != DEVELOPMENT_FOLD])),
        "top_5": metrics.top_k_accuracy(probs, truth, k=5),
        "epoch": "last",
    }


def _sureness(probs: np.ndarray, truth: np.ndarray, below: np.ndarray) -> dict[str, float]:
    sure = is_sure(probs, below)
    coverage, error = coverage_and_error(sure, probs.argmax(axis=1) == truth)
    return {
        "coverage": coverage,
        "error": error,
        "expected_calibration_error": metrics.expected_calibration_error(probs, truth),
    }


def _write(folder: Path, card: Card) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(card_path(folder), card.to_dict())
    except OSError as error:
        raise ModelError(f"{folder} can't be written: {reason(error)}") from error
