"""Train the heads of the model ``yamnet``: ``python -m studies.yamnet_heads --data DIR``.

Each clip, and copies of it in rooms and noise, go through YAMNet's trunk once; the embeddings are kept in a cache. The
head of fold k is trained on the other four folds, and scored after its last step on fold k, clean and in the conditions
below. The recipe was chosen on fold 1. Temperature and threshold of a fold are chosen on the other four, on clean clips
and on the noisy room.
"""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from esc_core.audio import load
from esc_core.augment import Compose
from esc_core.cli.output import emit, say
from esc_core.config import FeatureConfig, TrainConfig, esc_home
from esc_core.dataset import Dataset, load_dataset
from esc_core.disk.files import read_arrays, write_json, write_whole
from esc_core.inference.calibration import HeldOut, calibrate
from esc_core.inference.certainty import RULE, coverage_and_error, is_sure
from esc_core.inference.evaluate import NOISY_ROOM
from esc_core.inference.rescore import DEVELOPMENT_FOLD
from esc_core.measures import metrics
from esc_core.models.card import Card
from esc_core.models.compact import compact, rounded
from esc_core.models.folder import card_path, model_path
from esc_core.models.installed import MODELS_DIR
from esc_core.models.licence import ESC50_LICENCE
from esc_core.yamnet import load_trunk
from esc_core.yamnet.heads import HeadConfig, pooled, train_head
from esc_core.yamnet.spectra import SR
from esc_core.yamnet.trunk import embedding_values

N_COPIES = 4
COPY = [
    {"name": "reverb", "rt60": [0.2, 0.9], "p": 0.6},
    {"name": "noise", "snr_db": [0.0, 30.0], "color": "pink", "p": 0.75},
]
"""Chain of the training clips' copies."""

_ROOM: dict[str, Any] = NOISY_ROOM[0]


def _noise(snr_db: float) -> dict[str, Any]:
    return {"name": "noise", "snr_db": snr_db, "color": "pink"}


CONDITIONS: dict[str, list[dict[str, Any]]] = {
    "clean": [],
    "room": [_ROOM],
    "room20": [_ROOM, _noise(20)],
    "room10": [_ROOM, _noise(10)],
    "noise10": [_noise(10)],
    "noise0": [_noise(0)],
}
"""What the held-out clips are scored in: a room of 0.4 s, and pink noise at so many dB."""

CONDITION_SEED = 900
FOLDS = (1, 2, 3, 4, 5)


def versions() -> dict[str, tuple[list[dict[str, Any]], int]]:
    """Return chain and seed of each version of the clips."""
    copies = {f"copy{i}": (COPY, i) for i in range(N_COPIES)}
    return {name: (chain, CONDITION_SEED + i) for i, (name, chain) in enumerate(CONDITIONS.items())} | copies


def embed_clips(dataset: Dataset, name: str, cache: Path) -> np.ndarray:
    """Return what heads read of one version of all clips, computed or from the cache.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    name : str
        A key of `versions`.
    cache : pathlib.Path
        Folder of embeddings; "e", shape (n_patches of all clips, 1024), int8, and "n", shape (n_clips,).

    Returns
    -------
    numpy.ndarray, shape (n_clips, 2048), float32
        `pooled` embeddings.
    """
    path = cache / f"{name}.npz"
    stored = read_arrays(path, "e", "n")
    if stored is None or len(stored["n"]) != len(dataset.clips):
        stored = _embed(dataset, *versions()[name])
        cache.mkdir(parents=True, exist_ok=True)
        arrays = stored
        write_whole(path, lambda file: np.savez(file, **arrays))
    parts = np.split(embedding_values(stored["e"]), np.cumsum(stored["n"])[:-1])
    return np.stack([pooled(part) for part in parts])


def _embed(dataset: Dataset, chain: list[dict[str, Any]], seed: int) -> dict[str, np.ndarray]:
    trunk, augment = load_trunk(), Compose.from_json(chain)
    embeddings = []
    for i, clip in enumerate(dataset.clips):
        y, _ = load(dataset.path(clip), sr=SR)
        if chain:
            y = augment(y, SR, np.random.default_rng([seed, i])).y
        embeddings.append(trunk.embed_quantised(y)[0])
    return {"e": np.concatenate(embeddings), "n": np.array([len(part) for part in embeddings])}


def training_clips(dataset: Dataset, fold: int) -> np.ndarray:
    """Return which clips a head may see: none of the fold, and none whose recording lies in it, shape (n_clips,)."""
    recordings = {clip.src_file for clip in dataset.clips if clip.fold == fold}
    return np.array([clip.src_file not in recordings for clip in dataset.clips])


def train_fold(fold: int, dataset: Dataset, features: dict[str, np.ndarray], out: Path) -> dict[str, np.ndarray]:
    """Train and store the head that holds out a fold, and return its logits of that fold in each condition."""
    targets = np.array([clip.target for clip in dataset.clips])
    inside = training_clips(dataset, fold)
    outside = np.array([clip.fold == fold for clip in dataset.clips])
    training = ["clean", *(f"copy{i}" for i in range(N_COPIES))]
    x = np.concatenate([features[name][inside] for name in training])
    head = train_head(x, np.tile(targets[inside], len(training)), n_classes=int(targets.max()) + 1)
    for layer in head.layers:
        layer.set_weights([rounded(weights) for weights in layer.get_weights()])
    head.save(model_path(out, fold))
    compact(model_path(out, fold))
    hidden, logits = (head.get_layer(name).get_weights() for name in ("hidden", "logits"))
    return {
        name: np.maximum(features[name][outside] @ hidden[0] + hidden[1], 0) @ logits[0] + logits[1]
        for name in CONDITIONS
    }


def fold_logits(
    fold: int, dataset: Dataset, features: dict[str, np.ndarray], out: Path, cache: Path
) -> dict[str, np.ndarray]:
    """Return the logits of a fold, by condition; its head is trained unless it is there, by the same recipe."""
    path, recipe = cache / f"logits-fold{fold}.npz", repr((HeadConfig(), N_COPIES, COPY))
    stored = read_arrays(path, "recipe", *CONDITIONS)
    if stored is None or str(stored["recipe"]) != recipe or not model_path(out, fold).is_file():
        stored = train_fold(fold, dataset, features, out) | {"recipe": np.array(recipe)}
        arrays = stored
        write_whole(path, lambda file: np.savez(file, **arrays))
    return {name: stored[name] for name in CONDITIONS}


def make_card(
    dataset: Dataset, folds: np.ndarray, targets: np.ndarray, logits: dict[int, dict[str, np.ndarray]]
) -> Card:
    """Return the card of the five heads, with their scores.

    Parameters
    ----------
    dataset : Dataset
        ESC-50.
    folds, targets : numpy.ndarray, shape (n_clips,), int
        Of each clip.
    logits : dict
        By fold and condition, of the fold's clips.
    """
    labels = {k: targets[folds == k] for k in FOLDS}
    held_out = {k: HeldOut(logits=logits[k]["clean"], labels=labels[k], degraded=logits[k]["room10"]) for k in FOLDS}
    calibration = {str(k): calibrate([held_out[other] for other in FOLDS if other != k]) for k in FOLDS}
    calibration["deployment"] = calibrate(list(held_out.values()))
    order = np.concatenate([labels[k] for k in FOLDS])
    clean = {k: softmax(logits[k]["clean"] / calibration[str(k)].temperature, axis=1) for k in FOLDS}
    probs = np.concatenate(list(clean.values()))
    sure = np.concatenate([is_sure(clean[k], calibration[str(k)].not_sure_below) for k in FOLDS])
    coverage, error = coverage_and_error(sure, probs.argmax(axis=1) == order)
    accuracy = {c: [float((logits[k][c].argmax(axis=1) == labels[k]).mean()) for k in FOLDS] for c in CONDITIONS}
    names = tuple(category for _, category in sorted({clip.target: clip.category for clip in dataset.clips}.items()))
    recalls = metrics.recall(order, probs.argmax(axis=1), n_classes=len(names))
    config = HeadConfig()
    return Card(
        name="yamnet",
        input="embedding",
        labels=names,
        features=FeatureConfig(),
        train_config=TrainConfig(augment=COPY, n_copies=N_COPIES, batch_size=config.batch_size),
        crop_frames=96,
        folds=FOLDS,
        calibration=calibration,
        details={
            "heard": "AudioSet before: two million clips from YouTube",
            "trunk": "YAMNet",
            "scores": {
                "esc50": {
                    "data": "16 kHz, 8-bit copy",
                    "fold_accuracy": accuracy["clean"],
                    "development_fold": DEVELOPMENT_FOLD,
                    "mean": float(np.mean(accuracy["clean"])),
                    "mean_without_development_fold": float(np.mean(accuracy["clean"][1:])),
                    "top_5": metrics.top_k_accuracy(probs, order, k=5),
                    "epoch": "last",
                }
            },
            "conditions": accuracy,
            "category_recall": {name: round(float(value), 4) for name, value in zip(names, recalls, strict=True)},
            "not_sure": {
                "rule": RULE,
                "coverage": coverage,
                "error": error,
                "expected_calibration_error": metrics.expected_calibration_error(probs, order),
            },
            "note": "Each score is of the one head that was not trained on the fold. The mean of all five, which "
            "classifies new sounds, has no cross-validated score of its own.",
            "head": {
                "n_hidden": config.n_hidden,
                "n_steps": config.n_steps,
                "learning_rate": config.learning_rate,
                "weight_decay": config.weight_decay,
                "mixup_alpha": config.mixup_alpha,
                "dropout": [config.input_dropout, config.dropout],
            },
            "seeds": list(config.seeds),
            "n_train": [int(training_clips(dataset, k).sum()) for k in FOLDS],
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "versions": {name: version(name) for name in ("tensorflow", "keras", "numpy", "librosa")},
            "licence": f"{ESC50_LICENCE} YAMNet, on whose embeddings they were trained, is under the Apache License "
            "2.0 and is not included.",
        },
    )


def main() -> None:
    """Train the heads and write the model folder."""
    parser = argparse.ArgumentParser(prog="python -m studies.yamnet_heads", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of ESC-50")
    parser.add_argument("--fold", type=int, choices=FOLDS, help="train one fold only, and write no card")
    parser.add_argument("--out", type=Path, default=MODELS_DIR / "yamnet", metavar="DIR", help="model folder to write")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="folder of embeddings (default: below ESC_HOME)")
    arguments = parser.parse_args()
    dataset = load_dataset(arguments.data)
    cache = arguments.cache or esc_home() / "features" / "yamnet"
    features = {name: embed_clips(dataset, name, cache) for name in versions()}
    folds = np.array([clip.fold for clip in dataset.clips])
    targets = np.array([clip.target for clip in dataset.clips])
    arguments.out.mkdir(parents=True, exist_ok=True)
    logits = {}
    for k in [arguments.fold] if arguments.fold else FOLDS:
        logits[k] = fold_logits(k, dataset, features, arguments.out, cache)
        scores = {name: float((z.argmax(axis=1) == targets[folds == k]).mean()) for name, z in logits[k].items()}
        say(f"fold {k}: {scores}")
    if not arguments.fold:
        card = make_card(dataset, folds, targets, logits)
        write_json(card_path(arguments.out), card.to_dict())
        emit({name: round(float(np.mean(values)), 4) for name, values in card.details["conditions"].items()})


if __name__ == "__main__":
    main()
