"""The rule of a model: fitted without each fold, and stored."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from benchmarks.unknown.said import Sounds
from esc_core.disk.files import write_json, write_whole
from esc_core.inference import unknown
from esc_core.models.folder import card_path
from esc_core.models.installed import find_model

DECIMALS = 4


def fitted(sounds: Sounds, hears: dict[str, dict[str, np.ndarray]], says: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the rule as a card holds it, by fold: from the other four, and from all for the mean of the networks."""
    left_out = {str(fold): fold for fold in sorted(set(sounds.folds.tolist()))} | {"deployment": 0}
    return {key: _fitted_without(fold, sounds, hears, says) for key, fold in left_out.items()}


def _fitted_without(
    fold: int, sounds: Sounds, hears: dict[str, dict[str, np.ndarray]], says: dict[str, np.ndarray]
) -> dict[str, Any]:
    others = sounds.folds != fold
    networks = [i for i, k in enumerate(sorted(set(sounds.folds.tolist()))) if k != fold]
    known = np.concatenate([says["clean"][others], says["room"][others]])
    weights = unknown.fit_likeness(known, says["to_fit"][networks].reshape(-1, known.shape[1])).round(DECIMALS)
    values = unknown.likeness(known, weights)
    return {
        "agreement_below": round(unknown.threshold_for(_agreements(fold, sounds, hears, says)), DECIMALS),
        "weights": weights.tolist(),
        "likeness_below": round(unknown.threshold_for(values), DECIMALS),
        "likeness_alone_below": round(unknown.threshold_for(values, share=unknown.KNOWN_SHARE_ALONE), DECIMALS),
    }


def profiles_without(sounds: Sounds, hears: dict[str, dict[str, np.ndarray]], *folds: int) -> np.ndarray:
    """Return the profiles of all categories, shape (50, 521), from the clips outside some folds."""
    train = ~np.isin(sounds.folds, folds)
    return unknown.profiles_of(hears["clean"]["scores"][train].astype(np.float32), sounds.targets[train])


def _agreements(
    without: int, sounds: Sounds, hears: dict[str, dict[str, np.ndarray]], says: dict[str, np.ndarray]
) -> np.ndarray:
    """Return the agreement of clean and noisy clips outside a fold, each by profiles without its own fold."""
    found = []
    for fold in sorted(set(sounds.folds.tolist()) - {without}):
        profiles = profiles_without(sounds, hears, fold)
        own = sounds.folds == fold
        for name in ("clean", "room"):
            found.append(unknown.agreement(says[name][own], hears[name]["scores"][own].astype(np.float32), profiles))
    return np.concatenate(found)


def write_rule(model: str, rules: dict[str, Any]) -> None:
    """Store a model's rule in its card."""
    path = card_path(find_model(model))
    write_json(path, {**json.loads(path.read_bytes()), "unknown": rules})


def write_profiles(sounds: Sounds, hears: dict[str, dict[str, np.ndarray]]) -> None:
    """Store the profiles of YAMNet's scores, those without each fold and those of all."""
    arrays = {str(fold): profiles_without(sounds, hears, fold) for fold in range(1, 6)}
    arrays["deployment"] = profiles_without(sounds, hears)
    small = {key: value.astype(np.float16) for key, value in arrays.items()}
    write_whole(unknown.PROFILES, lambda file: np.savez_compressed(file, **small))
