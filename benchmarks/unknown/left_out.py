"""The rules on categories that no network has heard: heads on YAMNet, each trained without ten of the fifty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.unknown.measures import measured, negative_entropy
from benchmarks.unknown.said import Sounds
from esc_core.inference import unknown

N_LEFT_OUT = 10

PENALTY = 300.0
"""Of half the squared weights, against the sum of the losses, for embeddings with a variance of 1 in each number."""


def left_out_sets() -> list[np.ndarray]:
    """Return five sets of ten targets, drawn once: together all fifty."""
    return np.split(np.random.default_rng(15).permutation(50), 50 // N_LEFT_OUT)


def leave_ten_out(sounds: Sounds, hears: dict[str, dict[str, np.ndarray]]) -> Iterator[dict[str, Any]]:
    """Yield a row for each rule: heads on YAMNet, trained on 40 categories in folds 1–4, tested on fold 5."""
    values: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for left_out in left_out_sets():
        left = np.isin(sounds.targets, left_out)
        train, test = (sounds.folds != 5) & ~left, sounds.folds == 5
        for rule, value in _head_rules(sounds, hears, train).items():
            clean, made = value(hears["clean"]), value(hears["made"])
            values.setdefault(rule, []).append((clean[test & ~left], clean[test & left], made))
    for rule, parts in values.items():
        known, others, made = zip(*parts, strict=True)
        for what, other in (("left-out categories", others), ("made sounds", made)):
            yield {"model": "heads on YAMNet, 40 categories", "sounds": what, "rule": rule, **measured(known, other)}


def _head_rules(
    sounds: Sounds, hears: dict[str, dict[str, np.ndarray]], train: np.ndarray
) -> dict[str, Callable[[dict[str, np.ndarray]], np.ndarray]]:
    """Return what each rule says about sounds, higher for known ones, from the training clips alone."""
    x = hears["clean"]["embeddings"][train].astype(np.float32)
    labels = np.unique(sounds.targets[train], return_inverse=True)[1]
    mean, std = x.mean(axis=0), x.std(axis=0) + 0.1
    head = LogisticRegression(C=1 / PENALTY, max_iter=60).fit((x - mean) / std, labels)
    nearest = _directions((x - mean) / std)
    profiles = unknown.profiles_of(hears["clean"]["scores"][train].astype(np.float32), sounds.targets[train])

    def embedding(of: dict[str, np.ndarray]) -> np.ndarray:
        return np.asarray((of["embeddings"].astype(np.float32) - mean) / std)

    def logits(of: dict[str, np.ndarray]) -> np.ndarray:
        return np.asarray(head.decision_function(embedding(of)))

    def probs(of: dict[str, np.ndarray]) -> np.ndarray:
        return np.asarray(head.predict_proba(embedding(of)))

    def cosines(of: dict[str, np.ndarray]) -> np.ndarray:
        return unknown.agreement(np.eye(len(profiles))[:, None], of["scores"].astype(np.float32), profiles).T

    return {
        "highest probability": lambda of: probs(of).max(axis=1),
        "entropy": lambda of: negative_entropy(probs(of)),
        "energy": lambda of: np.log(np.exp(logits(of)).sum(axis=1)),
        "distance in the embedding": lambda of: np.sort(_directions(embedding(of)) @ nearest.T, axis=1)[:, -5],
        "YAMNet's scores alone": lambda of: cosines(of).max(axis=1),
        "agreement": lambda of: unknown.agreement(probs(of), of["scores"].astype(np.float32), profiles),
    }


def _directions(x: np.ndarray) -> np.ndarray:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
