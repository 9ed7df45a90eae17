"""Runs of all folds, one per fold, joined into a model folder with its calibration and its card."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import TrainConfig
from esc_core.config.paths import INSTALLED
from esc_core.dataset.categories import CATEGORIES
from esc_core.disk.files import parse_json, read_arrays, reason, write_json
from esc_core.errors import EscError, ModelError
from esc_core.inference import crop_frames
from esc_core.inference.calibration import HeldOut, calibrate, clip_probs, held_out_fits
from esc_core.inference.certainty import RULE, coverage_and_error, is_sure
from esc_core.inference.rescore import DEVELOPMENT_FOLD
from esc_core.measures import metrics
from esc_core.models import architecture
from esc_core.models.card import Calibration, Card
from esc_core.models.compact import compact as compact_file
from esc_core.models.folder import card_path, model_path, read_card
from esc_core.models.installed import MODELS_DIR, own_models_dir, plain_name
from esc_core.models.licence import weights_licence
from esc_core.training.runs.folder import RunFolder

OFFICIAL_FOLDS = [1, 2, 3, 4, 5]
"""Folds of the data of runs whose card does not say them: those of version 0.2.0 and before are of ESC-50."""

_CARD_KEYS = ("labels", "data", "accuracy", "n_train", "minutes_to_train", "machine", "versions")


@dataclass(frozen=True, kw_only=True)
class _Fold(HeldOut):
    folder: RunFolder
    config: TrainConfig
    card: dict[str, Any]


def pack(runs: Sequence[Path], *, name: str, out: Path | None = None, compact: bool = False) -> Card:
    """Join runs of one recipe, one for each fold of the data, into a model folder.

    Temperature and "not sure" threshold of each fold's model are chosen on the other models' held-out folds, so that
    no clip influences how its own prediction is scaled; those of the mean of all are chosen on all folds.

    Parameters
    ----------
    runs : sequence of pathlib.Path
        Run folders that held out all folds of the data, each once, in any order: for ESC-50 folds 1–5.
    name : str
        Name of the model.
    out : pathlib.Path, optional
        The folder to write. If left out: ``assets/models/NAME`` in a checkout, ``ESC_HOME/models/NAME`` where the
        library is installed.
    compact : bool
        Round the weights to 16 bits and compress them; the scores are those before, until the model is rescored.

    Returns
    -------
    Card
        The card, as written.

    Raises
    ------
    ModelError
        If runs are missing or differ in anything but fold and seed, or the folder exists or can't be written.
    ParameterError
        If the name is not a plain folder name.
    """
    out = out or (own_models_dir() if INSTALLED else MODELS_DIR) / plain_name(name)
    if out.exists():
        raise ModelError(f"{out} exists already; remove it or choose another name")
    read = sorted((_read(Path(run)) for run in runs), key=lambda run: run.config.val_fold)
    _check(read)
    card = _card(name, read)
    try:
        _write(out, card, read, smaller=compact)
    except OSError as error:
        raise ModelError(f"{out} can't be written: {reason(error)}") from error
    return card


def _write(out: Path, card: Card, runs: list[_Fold], *, smaller: bool) -> None:
    temporary = out.with_name(f".{out.name}-packing")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        for run in runs:
            path = model_path(temporary, run.config.val_fold)
            shutil.copy(model_path(run.folder.model_dir, run.config.val_fold), path)
            if smaller:
                compact_file(path)
        write_json(card_path(temporary), card.to_dict())
        temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _read(path: Path) -> _Fold:
    folder = RunFolder(path)
    try:
        config = TrainConfig.from_dict(parse_json(folder.config_file.read_bytes()))
        card = parse_json(folder.card_file.read_bytes())
        read_card(folder.model_dir)
    except (OSError, ValueError, EscError) as error:
        raise ModelError(f"{path} is not a finished run: {error}") from error
    if missing := [key for key in _CARD_KEYS if key not in card]:
        raise ModelError(f"{path} is not a finished run: it lacks {missing[0]}")
    held_out = read_arrays(folder.logits_file, "logits", "labels")
    if held_out is None or not held_out_fits(held_out["logits"], held_out["labels"], n_classes=len(card["labels"])):
        raise ModelError(f"{path} is not a finished run: {folder.logits_file.name} is missing or damaged")
    return _Fold(folder=folder, config=config, card=card, logits=held_out["logits"], labels=held_out["labels"])


def _check(runs: list[_Fold]) -> None:
    folds = [run.config.val_fold for run in runs]
    wanted = runs[0].card.get("data_folds", OFFICIAL_FOLDS) if runs else OFFICIAL_FOLDS
    if folds != wanted or len(folds) < 2:
        raise ModelError(f"a run for each fold of the data is needed, folds {wanted}; got folds {folds}")

    def recipe(run: _Fold) -> Any:
        config = run.config.to_dict()
        del config["val_fold"], config["seed"]
        about = (run.card.get(key) for key in ("labels", "data", "synthetic", "clips", "data_folds"))
        return config, *about

    if any(recipe(run) != recipe(runs[0]) for run in runs):
        raise ModelError("the runs differ in more than fold and seed; only one recipe can be packed")
    # runs of version 0.2.0 and before don't know it
    if len({run.card["data_state"] for run in runs if "data_state" in run.card}) > 1:
        raise ModelError("the data has changed between the runs, and its folds with it; train all folds again")


def _card(name: str, runs: list[_Fold]) -> Card:
    calibration = {str(run.config.val_fold): calibrate([r for r in runs if r is not run]) for run in runs}
    probs = np.concatenate([clip_probs(run, calibration[str(run.config.val_fold)].temperature) for run in runs])
    labels = np.concatenate([run.labels for run in runs])
    calibration["deployment"] = calibrate(runs)
    config, first = runs[0].config, runs[0].card
    folds = tuple(run.config.val_fold for run in runs)
    synthetic = bool(first.get("synthetic", False))
    whole = not synthetic and set(first["labels"]) == set(CATEGORIES)
    return Card(
        name=name,
        input=architecture(config.model).input,
        labels=tuple(first["labels"]),
        features=config.features,
        train_config=config,
        crop_frames=crop_frames(config.augment, features=config.features),
        folds=folds,
        calibration=calibration,
        details={
            "scores": {"esc50" if whole else "own": _scores(runs, probs, labels)},
            "synthetic": synthetic,
            **({"clips": first["clips"]} if "clips" in first else {}),
            **_clip_folds(runs),
            "category_recall": _recalls(runs, probs, labels),
            "not_sure": _not_sure(runs, calibration, probs, labels),
            "note": "Each score is of the one model that was not trained on the fold. The mean of all, which "
            "classifies new sounds, has no cross-validated score of its own.",
            "seeds": [run.config.seed for run in runs],
            "n_train": [run.card["n_train"] for run in runs],
            "minutes_to_train": [run.card["minutes_to_train"] for run in runs],
            "machine": first["machine"],
            "versions": first["versions"],
            # runs of version 0.2.0 and before have no remarks
            "remarks": list(dict.fromkeys(remark for run in runs for remark in run.card.get("remarks", ()))),
            "licence": first.get("licence", weights_licence(synthetic=synthetic, official=True)),
        },
    )


def _clip_folds(runs: list[_Fold]) -> dict[str, Any]:
    """Return which network held out each clip, for other data than ESC-50, and which clips all of them have heard."""
    details: dict[str, Any] = {}
    if all("own_folds" in run.card for run in runs):
        details["own_folds"] = {clip: fold for run in runs for clip, fold in run.card["own_folds"].items()}
        recordings = {clip: name for run in runs for clip, name in run.card.get("recordings", {}).items()}
        details |= {"recordings": recordings} if recordings else {}
    if heard := set.intersection(*(set(run.card.get("trained_on", ())) for run in runs)):
        details["trained_on"] = sorted(heard)
    return details


def _scores(runs: list[_Fold], probs: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    folds = np.concatenate([np.full(len(run.labels), run.config.val_fold) for run in runs])
    correct = probs.argmax(axis=1) == labels
    fold_accuracy = [float(correct[folds == run.config.val_fold].mean()) for run in runs]
    return {
        "data": runs[0].card["data"],
        "fold_accuracy": fold_accuracy,
        "development_fold": DEVELOPMENT_FOLD,
        "mean": float(np.mean(fold_accuracy)),
        "mean_without_development_fold": float(
            np.mean([a for run, a in zip(runs, fold_accuracy, strict=True) if run.config.val_fold != DEVELOPMENT_FOLD])
        ),
        "top_5": metrics.top_k_accuracy(probs, labels, k=5),
        "epoch": "last",
    }


def _not_sure(
    runs: list[_Fold], calibration: dict[str, Calibration], probs: np.ndarray, labels: np.ndarray
) -> dict[str, Any]:
    sure = np.concatenate([_sure(run, calibration[str(run.config.val_fold)]) for run in runs])
    coverage, error = coverage_and_error(sure, probs.argmax(axis=1) == labels)
    return {
        "rule": RULE,
        "coverage": coverage,
        "error": error,
        "expected_calibration_error": metrics.expected_calibration_error(probs, labels),
    }


def _sure(run: _Fold, calibration: Calibration) -> np.ndarray:
    return is_sure(clip_probs(run, calibration.temperature), calibration.not_sure_below)


def _recalls(runs: list[_Fold], probs: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    names = runs[0].card["labels"]
    values = metrics.recall(labels, probs.argmax(axis=1), n_classes=len(names))
    # a category without clips has none
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True) if value == value}
