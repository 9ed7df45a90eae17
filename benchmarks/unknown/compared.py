"""The rules of a model on made sounds, and how many sounds get an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.unknown.measures import measured, negative_entropy
from benchmarks.unknown.rules import profiles_without
from benchmarks.unknown.said import Sounds
from esc_core.inference import Predictor, unknown
from esc_core.inference.certainty import is_sure

RELATED = (
    ("speech",),
    ("flute", "whistle", "sine tone", "sweep"),
    ("square wave", "saw wave", "synthesiser", "organ"),
    ("plucked strings", "piano"),
    ("drums", "heartbeat"),
    ("telephone keys", "modem"),
    ("white noise", "pink noise", "brown noise"),
)
"""Families of made sounds that are alike: a rule that learns from some is tested on the others."""


def rule_rows(
    model: str, sounds: Sounds, hears: dict[str, dict[str, np.ndarray]], says: dict[str, np.ndarray]
) -> Iterator[dict[str, Any]]:
    """Yield a row for each rule: the model's five networks, clean clips against the made sounds."""
    folds = sorted(set(sounds.folds.tolist()))
    known: dict[str, list[np.ndarray]] = {}
    other: dict[str, list[np.ndarray]] = {}
    for i, fold in enumerate(folds):
        own, rest = sounds.folds == fold, [j for j in range(len(folds)) if j != i]
        seen = np.concatenate([says["clean"][~own], says["room"][~own]])
        to_fit = says["to_fit"][rest]
        profiles = profiles_without(sounds, hears, fold)
        weights = unknown.fit_likeness(seen, to_fit.reshape(-1, seen.shape[1]))
        rules: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
            "highest probability": lambda p, s: p.max(axis=1),
            "entropy": lambda p, s: negative_entropy(p),
            "likeness": lambda p, s, w=weights: unknown.likeness(p, w),  # type: ignore[misc]
            "agreement": lambda p, s, b=profiles: unknown.agreement(p, s.astype(np.float32), b),  # type: ignore[misc]
        }
        for name, rule in rules.items():
            known.setdefault(name, []).append(rule(says["clean"][own], hears["clean"]["scores"][own]))
            other.setdefault(name, []).append(rule(says["made"][i], hears["made"]["scores"]))
        unheard = _unheard(sounds, seen, to_fit, says["made"][i], says["clean"][own])
        known.setdefault("likeness, to other families", []).append(unheard[0])
        other.setdefault("likeness, to other families", []).append(unheard[1])
    for name in known:
        yield {"model": model, "sounds": "made sounds", "rule": name, **measured(known[name], other[name])}


def _unheard(
    sounds: Sounds, seen: np.ndarray, to_fit: np.ndarray, made: np.ndarray, clips: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the likeness of clips and of made sounds, each group of families by weights that never met it.

    The values are ranks among the clips, so that those of several weights can be put together.
    """
    fit_families, families = (np.array([s.family for s in part]) for part in (sounds.to_fit, sounds.made))
    values = np.zeros(len(made))
    for group in RELATED:
        weights = unknown.fit_likeness(seen, to_fit[:, ~np.isin(fit_families, group)].reshape(-1, seen.shape[1]))
        inside = np.isin(families, group)
        reference = np.sort(unknown.likeness(clips, weights))
        values[inside] = np.searchsorted(reference, unknown.likeness(made[inside], weights)) / len(reference)
    return (np.arange(len(clips)) + 0.5) / len(clips), values


def answered(
    predictor: Predictor,
    sounds: Sounds,
    hears: dict[str, dict[str, np.ndarray]],
    says: dict[str, np.ndarray],
    rules: dict[str, Any],
) -> Iterator[str]:
    """Yield in words how many sounds get a sure answer: without the rule, and with it, without and with YAMNet."""
    for name in ("clean", "room", "made"):
        shares = []
        for i, fold in enumerate(predictor.folds):
            own = np.ones(len(sounds.made), bool) if name == "made" else sounds.folds == fold
            probs = says["made"][i] if name == "made" else says[name][own]
            correct = probs.argmax(axis=1) == (-1 if name == "made" else sounds.targets[own])
            sure = is_sure(probs, predictor.card.calibration_of(fold).not_sure_below)
            rule = _rule(rules[str(fold)], profiles_without(sounds, hears, fold))
            scores = hears[name]["scores"][own].astype(np.float32)
            for passed in (sure, sure & _passes(rule, probs, None), sure & _passes(rule, probs, scores)):
                shares.append((passed.mean(), (passed & ~correct).sum() / max(1, passed.sum())))
        means = np.reshape(shares, (-1, 3, 2)).mean(axis=0)
        for how, (share, wrong) in zip(("no rule", "without YAMNet", "with YAMNet"), means, strict=True):
            error = "" if name == "made" else f", of these {100 * wrong:.1f}% wrong"
            yield f"{predictor.card.name}: {name} sounds, {how}: {100 * share:.1f}% get a sure answer{error}"


def _rule(stored: dict[str, Any], profiles: np.ndarray) -> unknown.UnknownRule:
    thresholds = {key: stored[key] for key in unknown.THRESHOLDS}
    return unknown.UnknownRule(weights=np.array(stored["weights"]), profiles=profiles, **thresholds)


def _passes(rule: unknown.UnknownRule, probs: np.ndarray, scores: np.ndarray | None) -> np.ndarray:
    """Return which sounds the rule takes for known ones."""
    hears = [None] * len(probs) if scores is None else [unknown.Heard(row, ()) for row in scores]
    return np.array([not rule.is_unknown(p, heard) for p, heard in zip(probs, hears, strict=True)])
