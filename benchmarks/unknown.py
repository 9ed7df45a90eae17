"""Which rule knows that a sound is none of the fifty: on categories that were left out, and on sounds made here.

    ESC50_DIR=… YAMNET_DIR=… python -m benchmarks.unknown [--model NAME …] [--csv FILE] [--write] [--cache FOLDER]

Each clip is classified by the network that was not trained on its fold, as it is and in a noisy room. The rules are
compared by the area under the ROC curve (AUROC), and by the share of unknown sounds that pass where 90% of the known
clips do; each has a 95% interval, by a bootstrap over sounds. ``--write`` stores the rule in the models' cards, and the
profiles of YAMNet's scores in assets. It needs espeak-ng, for speech.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from benchmarks.made_sounds import SR, MadeSound, made_sounds
from esc_core import yamnet
from esc_core.augment import Compose
from esc_core.dataset import load_dataset
from esc_core.disk.files import write_json, write_whole
from esc_core.features.waveforms import clip_waveform
from esc_core.inference import Predictor, unknown
from esc_core.inference.certainty import is_sure
from esc_core.inference.evaluate import NOISY_ROOM, NOISY_ROOM_SEED
from esc_core.models.folder import card_path
from esc_core.models.installed import find_model

N_LEFT_OUT = 10
N_BOOTSTRAP = 500
TRUE_ACCEPTANCE = 0.9
DECIMALS = 4

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

Measure = dict[str, float]


# Measures.


def auroc(known: np.ndarray, other: np.ndarray) -> float:
    """Return the probability that a known sound, of values (n,), has a higher value than another one, of (m,)."""
    order = np.argsort(np.concatenate([known, other]), kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    return float((ranks[: len(known)].sum() - len(known) * (len(known) + 1) / 2) / len(known) / len(other))


def false_acceptance(known: np.ndarray, other: np.ndarray) -> float:
    """Return the share of other sounds that reach the threshold which 90% of the known ones reach."""
    return float((other >= np.quantile(known, 1 - TRUE_ACCEPTANCE)).mean())


def measured(known: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> Measure:
    """Return AUROC and false acceptance with intervals: means over several pairs of known and other values."""
    rng = np.random.default_rng(0)
    found: Measure = {}
    for name, measure in (("auroc", auroc), ("false_acceptance", false_acceptance)):
        draws = [
            np.mean([measure(rng.choice(a, len(a)), rng.choice(b, len(b))) for a, b in zip(known, other, strict=True)])
            for _ in range(N_BOOTSTRAP)
        ]
        found[name] = float(np.mean([measure(a, b) for a, b in zip(known, other, strict=True)]))
        found[f"{name}_low"], found[f"{name}_high"] = np.quantile(draws, [0.025, 0.975]).tolist()
    return found


# What models and YAMNet say about the sounds.


class Cache:
    """Arrays that take minutes to make, kept in a folder if one is named."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def __call__(self, name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return stored arrays, or make and store them."""
        if self.folder is None:
            return make()
        path = self.folder / f"{name}.npz"
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            arrays = make()
            write_whole(path, lambda file: np.savez_compressed(file, **arrays))
        with np.load(path) as stored:
            return {key: stored[key] for key in stored.files}


class Sounds:
    """The clips, clean and in a noisy room, and the made sounds.

    Parameters
    ----------
    folder : str
        Data set's folder.
    """

    def __init__(self, folder: str) -> None:
        self.dataset = load_dataset(folder)
        self.clips = self.dataset.clips
        self.folds = np.array([clip.fold for clip in self.clips])
        self.targets = np.array([clip.target for clip in self.clips])
        self.made: list[MadeSound] = list(made_sounds())
        self.to_fit: list[MadeSound] = list(made_sounds(to_fit=True))

    def waves(self, positions: Sequence[int], *, in_room: bool) -> Iterator[np.ndarray]:
        """Yield the waveforms of some clips, one at a time: all of them would take a gigabyte."""
        room = Compose.from_json([dict(step) for step in NOISY_ROOM])
        for i in positions:
            y = clip_waveform(self.dataset.path(self.clips[i]), SR)
            yield room(y, SR, np.random.default_rng([NOISY_ROOM_SEED, int(i)])).y if in_room else y


def heard(waves: Iterator[np.ndarray]) -> dict[str, np.ndarray]:
    """Return YAMNet's scores and its pooled embeddings of sounds, each (n, …)."""
    trunk = yamnet.load_trunk()
    scores, embeddings = [], []
    for y in waves:
        patches, classes = trunk.embed(y)
        scores.append(classes.max(axis=0))
        embeddings.append(np.concatenate([patches.mean(axis=0), patches.max(axis=0)]))
    return {"scores": np.array(scores, np.float16), "embeddings": np.array(embeddings, np.float16)}


def all_heard(sounds: Sounds, cache: Cache) -> dict[str, dict[str, np.ndarray]]:
    """Return what YAMNet hears in "clean", "room", "made" and "to_fit" sounds."""
    everything = range(len(sounds.clips))
    return {
        "made": cache("heard-made", lambda: heard(sound.y for sound in sounds.made)),
        "clean": cache("heard-clean", lambda: heard(sounds.waves(everything, in_room=False))),
        "room": cache("heard-room", lambda: heard(sounds.waves(everything, in_room=True))),
    }


def said(predictor: Predictor, sounds: Sounds) -> dict[str, np.ndarray]:
    """Return a model's probabilities: of clips (n, n_classes) out of fold, of made sounds (n_folds, m, n_classes)."""
    folds = predictor.folds
    out = {}
    for name in ("clean", "room"):
        out[name] = np.zeros((len(sounds.clips), len(predictor.card.labels)), np.float32)
        for fold in folds:
            own = np.flatnonzero(sounds.folds == fold)
            out[name][own] = predictor.clip_probs(list(sounds.waves(own, in_room=name == "room")), fold=fold)
    for name, made in (("made", sounds.made), ("to_fit", sounds.to_fit)):
        out[name] = np.stack([predictor.clip_probs([sound.y for sound in made], fold=fold) for fold in folds])
    return out


# Leave ten out: categories that no network has heard.


def left_out_sets() -> list[np.ndarray]:
    """Return five sets of ten targets, drawn once: together all fifty."""
    return np.split(np.random.default_rng(15).permutation(50), 50 // N_LEFT_OUT)


def logistic_regression(x: np.ndarray, labels: np.ndarray, *, penalty: float = 300.0) -> np.ndarray:
    """Return weights (n_features + 1, n_classes) of a multinomial logistic regression, the constant last."""
    classes = int(labels.max()) + 1
    x1, target = np.hstack([x, np.ones((len(x), 1), x.dtype)]), np.eye(classes, dtype=x.dtype)[labels]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(-1, classes).astype(x.dtype)
        log_p = log_softmax(x1 @ w, axis=1)
        gradient = x1.T @ (np.exp(log_p) - target)
        gradient[:-1] += penalty * w[:-1]
        return float(-(log_p * target).sum() + penalty / 2 * (w[:-1] ** 2).sum()), gradient.ravel().astype(float)

    start = np.zeros((x.shape[1] + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return np.asarray(found.x.reshape(-1, classes))


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
    w = logistic_regression((x - mean) / std, labels)
    nearest = _directions((x - mean) / std)
    profiles = unknown.profiles_of(hears["clean"]["scores"][train].astype(np.float32), sounds.targets[train])

    def embedding(of: dict[str, np.ndarray]) -> np.ndarray:
        return np.asarray((of["embeddings"].astype(np.float32) - mean) / std)

    def logits(of: dict[str, np.ndarray]) -> np.ndarray:
        return np.asarray(embedding(of) @ w[:-1] + w[-1])

    def probs(of: dict[str, np.ndarray]) -> np.ndarray:
        return np.exp(log_softmax(logits(of), axis=1))

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


def negative_entropy(probs: np.ndarray) -> np.ndarray:
    """Return the sum of p log p, shape (n,), 0 for one sure category."""
    return np.asarray((probs * np.log(probs + 1e-9)).sum(axis=-1))


# The rule of a model, made and measured.


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


def write_rule(model: str, rules: dict[str, Any]) -> None:
    """Store a model's rule in its card."""
    import json

    path = card_path(find_model(model))
    write_json(path, {**json.loads(path.read_bytes()), "unknown": rules})


def write_profiles(sounds: Sounds, hears: dict[str, dict[str, np.ndarray]]) -> None:
    """Store the profiles of YAMNet's scores, those without each fold and those of all."""
    arrays = {str(fold): profiles_without(sounds, hears, fold) for fold in range(1, 6)}
    arrays["deployment"] = profiles_without(sounds, hears)
    small = {key: value.astype(np.float16) for key, value in arrays.items()}
    write_whole(unknown.PROFILES, lambda file: np.savez_compressed(file, **small))


def _print(row: dict[str, Any]) -> None:
    names = {"AUROC": "auroc", "false acceptance": "false_acceptance"}
    shown = (f"{name} {row[k]:.3f} ({row[f'{k}_low']:.3f} to {row[f'{k}_high']:.3f})" for name, k in names.items())
    print(f"{row['model']}: {row['sounds']}, {row['rule']}: {', '.join(shown)}", flush=True)


def main() -> None:
    """Measure, print, and store what was asked for."""
    parser = argparse.ArgumentParser(description="Compare the rules that know unknown sounds.")
    parser.add_argument("--model", nargs="*", default=["mel_cnn"], help="models to ask (default: mel_cnn)")
    parser.add_argument("--csv", type=Path, help="write the table to this file")
    parser.add_argument("--cache", type=Path, help="folder for what takes minutes to compute")
    parser.add_argument("--write", action="store_true", help="store the rule in the cards, and the profiles in assets")
    arguments = parser.parse_args()
    sounds, cache = Sounds(os.environ["ESC50_DIR"]), Cache(arguments.cache)
    hears = all_heard(sounds, cache)
    rows = []
    for row in leave_ten_out(sounds, hears):
        rows.append(row)
        _print(row)
    for model in arguments.model:
        predictor = Predictor(find_model(model))
        says = cache(f"said-{model}", lambda predictor=predictor: said(predictor, sounds))  # type: ignore[misc]
        for row in rule_rows(model, sounds, hears, says):
            rows.append(row)
            _print(row)
        rules = fitted(sounds, hears, says)
        print(*answered(predictor, sounds, hears, says, rules), sep="\n", flush=True)
        if arguments.write:
            write_rule(model, rules)
    if arguments.write:
        write_profiles(sounds, hears)
    if arguments.csv:
        with arguments.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()} for row in rows)


if __name__ == "__main__":
    main()
