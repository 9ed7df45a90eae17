"""The folder of a model: its networks, and its card, read and checked."""

from __future__ import annotations

from pathlib import Path

from esc_core.config import FOLD_NUMBERS, FeatureConfig, TrainConfig
from esc_core.disk.files import parse_json
from esc_core.disk.stored import Kind, count, fits, flag, list_of, maybe, name, number, share, table_of, text
from esc_core.errors import EscError, ModelError
from esc_core.models.card import INPUTS, Calibration, Card

MAX_FRAMES = 100_000
"""Longest window, in frames; a larger number comes from damage."""

_FIELDS = (
    "name",
    "input",
    "labels",
    "feature_config",
    "train_config",
    "crop_frames",
    "folds",
    "temperature",
    "not_sure_below",
    "event_below",
)


def model_path(folder: Path, fold: int) -> Path:
    """Return the path of the network that held out a fold."""
    return folder / f"fold{fold}.keras"


def card_path(folder: Path) -> Path:
    """Return the path of a model folder's card."""
    return folder / "card.json"


def read_card(folder: Path) -> Card:
    """Read and check ``card.json``.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder.

    Returns
    -------
    Card
        Its card.

    Raises
    ------
    ModelError
        If the card or a weights file is missing, or a value is wrong.
    """
    path = card_path(folder)
    try:
        values = parse_json(path.read_bytes())
        events = {key: float(value) for key, value in values.get("event_below", {}).items()}
        card = Card(
            name=values["name"],
            input=values["input"],
            labels=tuple(values["labels"]),
            features=FeatureConfig.from_dict(values["feature_config"]),
            train_config=TrainConfig.from_dict(values["train_config"]),
            crop_frames=int(values["crop_frames"]),
            folds=tuple(values["folds"]),
            calibration={
                key: Calibration(float(t), float(values["not_sure_below"][key]), events.get(key))
                for key, t in values["temperature"].items()
            },
            details={key: value for key, value in values.items() if key not in _FIELDS},
        )
    except OSError as error:
        raise ModelError(f"{folder.name} has no readable card.json") from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, EscError) as error:
        raise ModelError(f"the card of {folder.name} is damaged: {error}") from error
    _check(folder, card)
    uncalibrated = [key for key in (*map(str, card.folds), "deployment") if key not in card.calibration]
    if uncalibrated:
        raise ModelError(f"the card of {folder.name} is damaged: no temperature of {uncalibrated[0]}")
    missing = [fold for fold in card.folds if not model_path(folder, fold).is_file()]
    if missing and not card.members:
        raise ModelError(f"{card.name} lacks {model_path(folder, missing[0]).name}")
    if absent := [member for member in card.members if not card_path(folder.parent / member).is_file()]:
        raise ModelError(f"{card.name} lacks its member {absent[0]}")
    return card


_SCORES = {
    "fold_accuracy": lambda value: value != [] and list_of(share)(value),
}
_PACKED_SCORES = {
    "data": text,
    **dict.fromkeys(("mean", "mean_without_development_fold", "top_5"), share),
    "development_fold": count,
}
_UNKNOWN = {
    **dict.fromkeys(("agreement_below", "likeness_below", "likeness_alone_below"), number),
    "weights": list_of(number),
}
_DETAILS: dict[str, Kind] = {
    "scores": table_of(lambda value: fits(value, _SCORES, optional=_PACKED_SCORES)),
    "not_sure": lambda value: fits(value, {"coverage": share, "error": share}),
    "category_recall": table_of(maybe(share)),
    "accuracy": share,
    **dict.fromkeys(("synthetic", "none"), flag),
    "own_folds": table_of(count),
    "trained_on": list_of(text),
    "recordings": table_of(text),
    "members": lambda value: table_of(share)(value) and all(name(key) and Path(key).name == key for key in value),
    **dict.fromkeys(("data", "licence", "note", "heard", "trunk", "clips"), text),
    "seeds": list_of(count),
    "unknown": table_of(lambda value: fits(value, _UNKNOWN)),
    "date": lambda value: text(value) and value[:4].isdecimal(),
}
"""What those details of a card must be that pages show; a card may lack them."""


def _check(folder: Path, card: Card) -> None:
    """Raise ModelError if a value of a card is of another kind than it must be."""
    calibrations = [value for c in card.calibration.values() for value in (c.temperature, c.not_sure_below)]
    checks = {
        "name": name(card.name),
        "input": card.input in INPUTS and (card.input == "together") == bool(card.members),
        "labels": card.labels != () and all(map(name, card.labels)) and len(set(card.labels)) == len(card.labels),
        "crop_frames": 1 <= card.crop_frames <= MAX_FRAMES,
        "folds": card.folds != () and all(count(fold) and fold in FOLD_NUMBERS for fold in card.folds),
        "temperature": all(map(number, calibrations)) and all(c.temperature > 0 for c in card.calibration.values()),
        **{key: kind(card.details[key]) for key, kind in _DETAILS.items() if key in card.details},
    }
    wrong = next((key for key, good in checks.items() if not good), None)
    if wrong:
        raise ModelError(f"the card of {folder.name} is damaged: {wrong} has a value that it can't have")
