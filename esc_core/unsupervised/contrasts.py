"""A data set → networks trained without labels, one for each fold that is held out: trained, resumed, stored."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from esc_core.config import FeatureConfig, TrainConfig
from esc_core.config.training import DTYPES
from esc_core.dataset import Dataset
from esc_core.disk.files import read_json, write_bytes, write_json
from esc_core.errors import ModelError, TrainingError
from esc_core.features import extract
from esc_core.features.cache import unreadable_rows
from esc_core.models.compact import compact
from esc_core.training.data.splits import Split, fold_split
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.dtype import fastest_dtype
from esc_core.training.fit.memory import keep_memory
from esc_core.unsupervised.contrastive import contrast
from esc_core.unsupervised.views import VIEWS

N_EPOCHS = 80
"""Passes over the training clips of the usual recipe."""


def contrastive_config(*, val_fold: int, n_epochs: int = N_EPOCHS, seed: int = 0) -> TrainConfig:
    """Return the usual recipe.

    Parameters
    ----------
    val_fold : int
        The fold that the network never hears.
    n_epochs : int
        Passes over the other folds.
    seed : int
        Seed of weights, order and views.

    Returns
    -------
    TrainConfig
        Large batches, since all other clips of a batch are what a clip must not be like.
    """
    return TrainConfig(
        val_fold=val_fold,
        n_epochs=n_epochs,
        seed=seed,
        batch_size=128,
        warmup_epochs=min(5, n_epochs - 1),
        no_mix_epochs=0,
        weight_decay=0.01,
        dtype="auto",
        augment=VIEWS,
        n_copies=0,
    )


@dataclass(frozen=True)
class Contrasted:
    """What a training without labels left.

    Attributes
    ----------
    path : pathlib.Path
        The network, a ``.keras`` file.
    losses : tuple of float
        Mean loss of each epoch that this call trained, in nats.
    seconds : float
        Time that this call took, preparation apart.
    """

    path: Path
    losses: tuple[float, ...]
    seconds: float


def network_path(folder: Path, fold: int) -> Path:
    """Return the file of the network that has not heard a fold; it need not exist."""
    return folder / f"fold{fold}.keras"


def train_without_labels(
    dataset: Dataset, config: TrainConfig, folder: Path, *, progress: Callable[[str], None] = lambda line: None
) -> Contrasted:
    """Train the network that has not heard one fold, or go on with it, and store it.

    Parameters
    ----------
    dataset : Dataset
        The clips; of their table only folds and recordings are used.
    config : TrainConfig
        Recipe, see `contrastive_config`; "auto" as dtype is measured, or what the training began with.
    folder : pathlib.Path
        Receives the network, its recipe and, until it is done, the checkpoint.
    progress : callable, optional
        Receives lines for people.

    Returns
    -------
    Contrasted
        The network and its losses.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    TrainingError
        If there are no clips to train on, the training began with other settings, or it diverged.
    OSError
        If the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keep_memory()
    mel, split = _sounds(dataset, config.val_fold, config.features)
    path = network_path(folder, config.val_fold)
    checkpoint, recipe = Checkpoint(path.with_suffix(".checkpoint")), path.with_suffix(".json")
    if checkpoint.tidy():
        progress("the checkpoint is damaged and was set aside; training starts at its first epoch")
    if config.dtype == "auto":
        began_with = read_json(recipe).get("train_config", {}).get("dtype") if checkpoint.epoch() else None
        config = replace(config, dtype=began_with if began_with in DTYPES else fastest_dtype(config))
    if checkpoint.epoch() and read_json(recipe).get("train_config") != config.to_dict():
        raise TrainingError(f"the training in {folder} began with other settings: name another folder, or use these")
    write_json(recipe, {"train_config": config.to_dict()})
    losses, began = [], time.monotonic()

    def on_epoch(epoch: int, loss: float) -> None:
        losses.append(loss)
        progress(f"epoch {epoch} of {config.n_epochs}: loss {loss:.3f}, {time.monotonic() - began:.0f} s")

    encoder = contrast(mel, split.train, config, on_epoch=on_epoch, checkpoint=checkpoint)
    seconds = time.monotonic() - began
    encoder.save(path)
    compact(path)
    write_json(recipe, {"train_config": config.to_dict(), "n_clips": len(split.train), "seconds": seconds})
    checkpoint.path.unlink(missing_ok=True)
    return Contrasted(path, tuple(losses), seconds)


MOST_BYTES = 10_000_000
"""Most that the networks of all folds may take when they are shipped."""


def pack_networks(folder: Path, target: Path, *, folds: Sequence[int]) -> int:
    """Copy the networks of all folds, with their recipes, to where they are shipped.

    Their weights are rounded already: `train_without_labels` stores them so, see `esc_core.models.compact`.

    Parameters
    ----------
    folder : pathlib.Path
        Folder that `train_without_labels` wrote, once for each fold.
    target : pathlib.Path
        Receives the same files.
    folds : sequence of int
        The folds.

    Returns
    -------
    int
        Bytes of all networks.

    Raises
    ------
    ModelError
        If a network is missing, they were trained by different recipes, or they are larger than `MOST_BYTES`.
    OSError
        If the target can't be written.
    """
    paths = [network_path(folder, fold) for fold in folds]
    missing = [path.name for path in paths if not path.is_file() or path.with_suffix(".checkpoint").exists()]
    if missing:
        raise ModelError(f"{', '.join(missing)} in {folder}: not trained to the end; the command `contrast` goes on")
    recipes = [read_json(path.with_suffix(".json")) for path in paths]
    # each has its fold, and the precision that was the fastest when it began
    apart = {"val_fold": 0, "dtype": ""}
    if len({json.dumps({**recipe.get("train_config", {}), **apart}) for recipe in recipes}) > 1:
        raise ModelError(f"the networks in {folder} were trained by different recipes")
    size = sum(path.stat().st_size for path in paths)
    if size > MOST_BYTES:
        raise ModelError(f"the networks in {folder} take {size / 1e6:.1f} MB, and may take {MOST_BYTES / 1e6:.0f} MB")
    target.mkdir(parents=True, exist_ok=True)
    for path, recipe in zip(paths, recipes, strict=True):
        write_bytes(target / path.name, path.read_bytes())
        write_json((target / path.name).with_suffix(".json"), recipe)
    return size


def _sounds(dataset: Dataset, fold: int, features: FeatureConfig) -> tuple[np.ndarray, Split]:
    mel = extract(dataset, features).mel
    unreadable = [dataset.clips[i].filename for i in unreadable_rows(mel)]
    return mel, fold_split(dataset, val_fold=fold, unreadable=unreadable)
