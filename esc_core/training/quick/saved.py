"""What was learnt → a model folder, which everything that classifies reads like any other."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from esc_core.config import TrainConfig
from esc_core.disk.files import disk_is_full, read_json, reason, write_json
from esc_core.errors import ModelError
from esc_core.models.card import WHOLE, Card
from esc_core.models.folder import card_path, model_path
from esc_core.models.installed import MODELS_DIR, own_models_dir, plain_name
from esc_core.training.quick.head import KNOWN_SHARE, as_network
from esc_core.training.quick.learn import LEAST_SURE, Learnt
from esc_core.training.quick.samples import COPY, N_COPIES
from esc_core.training.record import this_machine
from esc_core.words import counted, percent

RULE = (
    f"the lowest threshold from {percent(LEAST_SURE)} on at which few answers to held-out samples are wrong, chosen on "
    "the other folds"
)


def save(learnt: Learnt, folder: str | Path) -> Card:
    """Write a model folder, whole or not at all.

    Parameters
    ----------
    learnt : Learnt
        From `learn`.
    folder : str or pathlib.Path
        The folder to write; its name is the model's. One that was learnt from the same data is replaced.

    Returns
    -------
    Card
        As written.

    Raises
    ------
    ModelError
        If the folder holds another model, or can't be written.
    """
    folder = Path(folder)
    if folder.exists() and read_json(card_path(folder)).get("learnt_from") != learnt.data_key:
        raise ModelError(f"there is another model called {folder.name} already; choose another name")
    card = card_of(learnt, folder.name)
    temporary = folder.with_name(f".{folder.name}-learning")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for fold, head in learnt.heads.items():
            as_network(head, learnt.base).save(model_path(temporary, fold))
        write_json(card_path(temporary), card.to_dict())
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    except OSError as error:
        if disk_is_full(error):
            raise ModelError(f"The disk ran out of space for {folder.name}; nothing was kept") from error
        raise ModelError(f"the model {folder.name} can't be stored: {reason(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return card


def own_model_folder(name: str) -> Path:
    """Return where a model of one's own is stored that everybody may use: ``ESC_HOME/models/NAME``.

    One that learnt from a set of one's own is stored in its `OwnSet.models_dir`.

    Raises
    ------
    ModelError
        If a shipped model has this name.
    ParameterError
        If it is not the name of a plain folder.
    """
    if (MODELS_DIR / plain_name(name)).exists():
        raise ModelError(f"there is a shipped model called {name}; choose another name")
    return own_models_dir() / name


def card_of(learnt: Learnt, name: str) -> Card:
    """Return the card that a model of this name would have: what was learnt, its scores, and what it has heard."""
    base, scores = learnt.base.card, learnt.scores
    always = [clip_id for clip_id in learnt.recordings if clip_id not in learnt.clip_folds]
    tested: dict[str, Any] = {"trained_on": always} if always else {}
    if scores:
        tested |= {
            "own_folds": learnt.clip_folds,
            "recordings": learnt.recordings,
            "scores": {"own": {"data": learnt.data, "fold_accuracy": list(scores.fold_accuracy.values())}},
            "accuracy": scores.accuracy,
            "category_recall": {key: value for key, value in scores.recall.items() if value is not None},
            "not_sure": {"rule": RULE, "coverage": scores.answered, "error": scores.wrong},
        }
    return Card(
        name=name,
        input=base.input,
        labels=learnt.categories,
        features=base.features,
        train_config=TrainConfig(features=base.features, augment=COPY, n_copies=N_COPIES, seed=learnt.seed),
        crop_frames=base.crop_frames,
        folds=tuple(sorted(learnt.heads)),
        calibration=learnt.calibration,
        details={
            "heard": f"{base.heard}; then own sounds: {counted(len(learnt.clip_ids), 'sample', 'samples')}",
            **({"trunk": base.details["trunk"]} if base.needs_trunk else {}),
            "clips": WHOLE,
            "none": True,
            "base": learnt.base.name,
            "learnt_from": learnt.data_key,
            "data": learnt.data,
            **tested,
            "none_rule": f"{percent(KNOWN_SHARE)} of held-out samples pass it, as they are and in rooms and noise",
            "n_train": len(learnt.clip_ids),
            "minutes_to_train": round(learnt.seconds / 60, 3),
            "remarks": list(learnt.remarks),
            "result": learnt.result.to_dict(),
            "note": "Learnt from own sounds in seconds. Each score is of the head that had not heard the recording."
            if scores
            else "Learnt from own sounds in seconds, and not tested: there are too few recordings.",
            "machine": this_machine(),
            "versions": {package: version(package) for package in ("tensorflow", "keras", "numpy", "librosa")},
            "licence": f"The own sounds are yours. The network that had heard other sounds: {base.details['licence']}",
        },
    )
