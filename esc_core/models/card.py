"""The card of a model folder, with all that is needed to use and judge its networks, and the folders of all models."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from esc_core.config import ASSETS_DIR, FOLD_NUMBERS, FeatureConfig, TrainConfig, esc_home, require
from esc_core.errors import EscError, ModelError, ParameterError
from esc_core.files import parse_json
from esc_core.stored import Kind, count, fits, flag, list_of, maybe, name, number, share, table_of, text

MODELS_DIR = ASSETS_DIR / "models"

INPUTS = ("log_mel", "waveform", "embedding", "together")
"""What networks take: spectrograms, waveforms, YAMNet's embeddings; or the answers of other models."""

ESC50_ONLY = "ESC-50 only"
"""What a network has heard in training, unless its card says more."""

WHOLE = "whole"
"""What a card says of a model that classifies a clip in one pass over its active part."""

SYNTHETIC_ONLY = "synthetic sounds only"
"""The same for a network that was trained on the starter sounds."""

MAX_FRAMES = 100_000
"""Longest window, in frames; a larger number comes from damage."""


@dataclass(frozen=True)
class Calibration:
    """How logits become probabilities, and when to say "not sure".

    Attributes
    ----------
    temperature : float
        Divisor of the logits before the softmax.
    not_sure_below : float
        Threshold of the highest probability; below it the answer is "not sure".
    event_below : float or None
        The same for a single window of a long recording, which is wrong more often than the mean over a clip's windows;
        None in older cards, which have one threshold for both.
    """

    temperature: float = 1.0
    not_sure_below: float = 0.0
    event_below: float | None = None

    @property
    def event_threshold(self) -> float:
        """Lowest probability at which a window makes an event."""
        return self.not_sure_below if self.event_below is None else self.event_below


@dataclass(frozen=True)
class Card:
    """``card.json``: everything about a model but its weights.

    Attributes
    ----------
    name : str
        Folder name.
    input : str
        One of `INPUTS`.
    labels : tuple of str
        Categories in the order of the logits.
    features : FeatureConfig
        Model input.
    train_config : TrainConfig
        How it was trained; `val_fold` is each model's own fold.
    crop_frames : int
        Frames per window of a long recording; for waveforms, as many hops.
    folds : tuple of int
        Each has a network that held it out, ``fold{k}.keras``.
    calibration : dict
        `Calibration` by fold, and "deployment" for the mean of all.
    details : dict
        Scores, data, minutes, machine, versions, licence, as stored.
    """

    name: str
    input: str
    labels: tuple[str, ...]
    features: FeatureConfig
    train_config: TrainConfig
    crop_frames: int
    folds: tuple[int, ...]
    calibration: dict[str, Calibration]
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def members(self) -> dict[str, float]:
        """Models that answer together, by name, each with its weight; empty for a model with networks of its own."""
        members: dict[str, float] = self.details.get("members", {})
        return members

    @property
    def needs_trunk(self) -> bool:
        """Whether it can only be used with YAMNet's trunk, which is no part of this project."""
        return bool(self.details.get("trunk"))

    @property
    def knows_none(self) -> bool:
        """Whether its networks have one more logit, the last: that a sound is none of the labels."""
        return bool(self.details.get("none"))

    @property
    def n_outputs(self) -> int:
        """Logits of its networks: one for each label, and perhaps that of "none"."""
        return len(self.labels) + self.knows_none

    def fold_of(self, clip_id: str) -> int | None:
        """Return the fold whose network was not trained on a clip.

        Parameters
        ----------
        clip_id : str
            File stem. A model of one's own sounds has its own folds; the others have ESC-50's, with which ids begin.

        Returns
        -------
        int or None
            None where all networks answer together: none was trained on the clip, or all were, which
            `seen_in_training` knows.
        """
        own: dict[str, int] | None = self.details.get("own_folds")
        if own is not None or self.knows_none:
            return (own or {}).get(clip_id)
        return int(clip_id[0]) if clip_id[:1].isdecimal() and int(clip_id[0]) in self.folds else None

    @property
    def heard(self) -> str:
        """What its networks have heard in training: "ESC-50 only", or what came before."""
        return str(self.details.get("heard", SYNTHETIC_ONLY if self.details.get("synthetic") else ESC50_ONLY))

    @property
    def whole_clips(self) -> bool:
        """Whether its networks were scored on whole clips; those of version 0.2.0 and before, on five crops of each."""
        return self.input == "embedding" or self.details.get("clips") == WHOLE

    @property
    def crop_samples(self) -> int:
        """Samples per window, at the features' rate."""
        return self.crop_frames * self.features.hop_length

    def calibration_of(self, fold: int | None) -> Calibration:
        """Return the calibration of a fold's network, chosen without that fold; for None, that of the mean of all."""
        return self.calibration["deployment" if fold is None else str(fold)]

    def seen_in_training(self, clip_id: str, *, synthetic: bool = False) -> bool:
        """Return whether a model of one split was trained on a clip.

        Parameters
        ----------
        clip_id : str
            File stem, such as ``1-100032-A-0``.
        synthetic : bool
            Whether the clip is of the starter set, whose ids stand for other sounds.

        Returns
        -------
        bool
            False for the shipped models of five folds, in which each clip has a network that held it out.
        """
        return synthetic == self.details.get("synthetic", False) and clip_id in self.details.get("trained_on", ())

    def scores(self) -> dict[str, Any] | None:
        """Return the scores over five folds, on ESC-50 or on the data it was trained on; None if there are none."""
        scores: dict[str, dict[str, Any]] = self.details.get("scores", {})
        return scores.get("esc50", scores.get("own"))

    def mean_accuracy(self) -> float | None:
        """Return the five-fold mean accuracy on the data it was trained on, 0–1; None if it was not measured."""
        scores = self.scores()
        return sum(scores["fold_accuracy"]) / len(scores["fold_accuracy"]) if scores else None

    def to_dict(self) -> dict[str, Any]:
        """Return the card as plain JSON values."""
        return {
            "name": self.name,
            "input": self.input,
            "labels": list(self.labels),
            "feature_config": self.features.to_dict(),
            "train_config": self.train_config.to_dict(),
            "crop_frames": self.crop_frames,
            "folds": list(self.folds),
            "temperature": {key: c.temperature for key, c in self.calibration.items()},
            "not_sure_below": {key: c.not_sure_below for key, c in self.calibration.items()},
            "event_below": {key: c.event_below for key, c in self.calibration.items() if c.event_below is not None},
            **self.details,
        }


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


def own_models_dir() -> Path:
    """Return the folder of the models that were trained here; it may not exist yet."""
    return esc_home() / "models"


def model_cards(folder: Path | None = None) -> list[Path]:
    """Return the paths of all cards: of the shipped models, then of those trained here, each by name.

    Of two models with one name, only the first is there: `find_model` and the menu of models mean the same one.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Only the models in this folder.

    Returns
    -------
    list of pathlib.Path
        Every ``card.json``.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in ([folder] if folder else _model_folders()) for path in _cards_in(folder)):
        found.setdefault(path.parent.name, path)
    return list(found.values())


def _model_folders() -> list[Path]:
    try:
        return [MODELS_DIR, own_models_dir()]
    except ParameterError:  # ESC_HOME can't be a path, which the pages say
        return [MODELS_DIR]


def _cards_in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob(f"[!.]*/{card_path(Path()).name}"))
    except OSError:  # not ours to read
        return []


def list_models(folder: Path | None = None) -> list[Card]:
    """Return the cards of all models, or of those in a folder, by name; `damaged_models` has the damaged ones.

    A model has its folder's name here, by which `find_model` finds it.
    """
    cards = []
    for path in model_cards(folder):
        try:
            cards.append(replace(read_card(path.parent), name=path.parent.name))
        except ModelError:
            continue
    return cards


def damaged_models(folder: Path | None = None) -> list[str]:
    """Return why models can't be used, a sentence for each."""
    problems = []
    for path in model_cards(folder):
        try:
            read_card(path.parent)
        except ModelError as error:
            problems.append(str(error))
    return problems


def plain_name(name: str) -> str:
    """Return the name of a model; raise ParameterError if it is not that of a plain folder."""
    plain = name != "" and Path(name).name == name and not name.startswith(".")
    require(plain, "name must be that of a plain folder", name)
    return name


def find_model(name: str, folder: Path | None = None) -> Path:
    """Return the folder of a model by its name.

    Raises
    ------
    ModelError
        If there is none of this name; the message lists the names there are.
    """
    folders = {path.parent.name: path.parent for path in model_cards(folder)}
    if name not in folders:
        raise ModelError(f"no model is called {name!r}; there are: {', '.join(sorted(folders)) or 'none'}")
    return folders[name]
