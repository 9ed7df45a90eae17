"""Cards: they are read as they were written, and a damaged or incomplete one gets its sentence."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from esc_core.config import FeatureConfig, TrainConfig
from esc_core.errors import ModelError
from esc_core.models import ARCHITECTURES, architecture, with_usual_chain
from esc_core.models.card import Calibration, Card
from esc_core.models.folder import model_path, read_card
from esc_core.models.installed import find_model, list_models

KEYS = [*"12345", "deployment"]


def make_card(name: str) -> Card:
    return Card(
        name=name,
        input="log_mel",
        labels=("dog", "rooster"),
        features=FeatureConfig(n_mels=32),
        train_config=TrainConfig(width=8, features=FeatureConfig(n_mels=32)),
        crop_frames=96,
        folds=(1, 2, 3, 4, 5),
        calibration={key: Calibration(0.5 + i / 10, i / 10) for i, key in enumerate(KEYS)},
        details={
            "scores": {"esc50": {"data": "16 kHz, 8-bit copy", "fold_accuracy": [0.9, 0.8, 0.7, 0.8, 0.8]}},
            "licence": "CC BY-NC 3.0 – mit Namensnennung",
        },
    )


def write_model(folder: Path, **changes: Any) -> Card:
    """Write a card, with some values changed or (None) left out, beside five files that stand for weights."""
    folder.mkdir(parents=True)
    card = make_card(folder.name)
    values = card.to_dict() | changes
    text = json.dumps({key: value for key, value in values.items() if value is not None})
    (folder / "card.json").write_text(text, encoding="utf-8")
    for fold in card.folds:
        model_path(folder, fold).write_bytes(b"weights")
    return card


def test_there_and_back(tmp_path: Path) -> None:
    """Everything that a card says is read as it was written."""
    card = write_model(tmp_path / "small")
    assert read_card(tmp_path / "small") == card


def test_a_card_of_an_older_version(tmp_path: Path) -> None:
    """Its settings name the epochs without mixing as version 0.1.0 did; they mean the same."""
    card = write_model(tmp_path / "small")
    settings = card.to_dict()["train_config"]
    former = {"no_mix_epochs": "settle_epochs", "no_mix_learning_rate": "settle_learning_rate"}
    old = {former.get(name, name): value for name, value in settings.items()}
    assert set(former.values()) < set(old)
    write_model(tmp_path / "old" / "small", train_config=old)
    assert read_card(tmp_path / "old" / "small") == card


def test_calibration_of_whoever_answers(tmp_path: Path) -> None:
    """A fold's model has its own, the mean of all that of the deployment."""
    card = make_card("small")
    assert card.calibration_of(1) == Calibration(0.5, 0.0)
    assert card.calibration_of(5) == Calibration(0.9, 0.4)
    assert card.calibration_of(None) == Calibration(1.0, 0.5)


def test_events_of_an_older_card() -> None:
    """It has one threshold for clips and for events."""
    assert Calibration(1.0, 0.5).event_threshold == 0.5
    assert Calibration(1.0, 0.5, 0.7).event_threshold == 0.7


def test_mean_accuracy() -> None:
    """Over the five folds; None for a model that has no such score."""
    card = make_card("small")
    assert card.mean_accuracy() == pytest.approx(0.8)
    assert replace(card, details={}).mean_accuracy() is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": None}, "the card of small is damaged: 'labels'"),
        ({"labels": 3}, "the card of small is damaged: 'int' object is not iterable"),
        ({"feature_config": {"sr": 16_000, "hop": 3}}, "FeatureConfig has no setting of this name, got 'hop'"),
        ({"feature_config": {"sr": 16}}, "sr must be in [4000, 192000] Hz, got 16"),
        ({"train_config": {"width": 0}}, "width must be in [1, 128], got 0"),
        ({"train_config": [1]}, "TrainConfig must be an object of settings, got [1]"),
        ({"crop_frames": "many"}, "is damaged: invalid literal"),
        ({"temperature": {}, "not_sure_below": {}}, "the card of small is damaged: no temperature of 1"),
        ({"temperature": dict.fromkeys("12345", 1.0)}, "the card of small is damaged: no temperature of deployment"),
        ({"not_sure_below": {"1": 0.5}}, "the card of small is damaged: '2'"),
        ({"temperature": dict.fromkeys(KEYS, "hot")}, "is damaged: could not convert string to float"),
        ({"temperature": dict.fromkeys(KEYS)}, "the card of small is damaged: "),
        ({"temperature": [1, 2]}, "the card of small is damaged: "),
    ],
)
def test_a_damaged_card(tmp_path: Path, changes: dict, message: str) -> None:
    """The message names the model and what is wrong."""
    write_model(tmp_path / "small", **changes)
    with pytest.raises(ModelError, match=re.escape(message)):
        read_card(tmp_path / "small")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"card"', b"\xff\xfe"], ids=repr)
def test_no_card_in_the_file(tmp_path: Path, text: str | bytes) -> None:
    """A file that holds something else is a damaged card, whatever it holds."""
    write_model(tmp_path / "small")
    (tmp_path / "small" / "card.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match="the card of small is damaged: "):
        read_card(tmp_path / "small")


def test_missing_files(tmp_path: Path) -> None:
    """Without its card a folder is no model; without a network the first missing one is named."""
    with pytest.raises(ModelError, match=r"^small has no readable card\.json$"):
        read_card(tmp_path / "small")
    write_model(tmp_path / "small")
    model_path(tmp_path / "small", 3).unlink()
    model_path(tmp_path / "small", 5).unlink()
    with pytest.raises(ModelError, match=r"^small lacks fold3\.keras$"):
        read_card(tmp_path / "small")


def test_listing(tmp_path: Path) -> None:
    """All whole models by name; a damaged one and a folder of another kind are passed over."""
    for name in ("wide", "damaged", "narrow"):
        write_model(tmp_path / name)
    (tmp_path / "damaged" / "card.json").write_text("{")
    (tmp_path / "pictures").mkdir()
    assert [card.name for card in list_models(tmp_path)] == ["narrow", "wide"]
    assert list_models(tmp_path / "nowhere") == []


def test_finding(tmp_path: Path) -> None:
    """By its name only: a path is no name, and the message lists what there is."""
    with pytest.raises(ModelError, match=r"^no model is called 'wide'; there are: none$"):
        find_model("wide", tmp_path)
    for name in ("wide", "narrow"):
        write_model(tmp_path / name)
    assert find_model("wide", tmp_path) == tmp_path / "wide"
    for name in ("deep", "../wide", str(tmp_path / "wide"), ""):
        with pytest.raises(ModelError, match=rf"^no model is called {re.escape(repr(name))}; there are: narrow, wide$"):
            find_model(name, tmp_path)


def test_models_of_sets_are_there_for_who_may_open_the_sets(tmp_path: Path) -> None:
    """Nobody else finds them; of one name, each has its own, without the key that opens the set."""
    write_model(tmp_path / "models" / "bells")
    sets = [tmp_path / "own" / key for key in ("1" * 32, "2" * 32)]
    for folder in sets:
        write_model(folder / "models" / "bells")
    write_model(sets[0] / "models" / "keys")
    plain = tmp_path / "models"
    assert [card.name for card in list_models(plain)] == ["bells"]
    with pytest.raises(ModelError, match="no model is called 'keys'; there are: bells"):
        find_model("keys", plain)
    assert find_model("keys", plain, sets=sets) == sets[0] / "models" / "keys"
    names = [card.name for card in list_models(plain, sets=sets)]
    assert (len(set(names)), names[0], names[2]) == (4, "bells", "keys")
    assert [find_model(name, plain, sets=sets) for name in names if name.startswith("bells-")] == [
        folder / "models" / "bells" for folder in sets
    ]
    assert not any("111" in name or "222" in name for name in names)


def test_architectures() -> None:
    """Each is registered under its own name with texts for people; the message for an unknown one lists them."""
    assert all(architecture(name).name == name for name in ARCHITECTURES)
    assert len({entry.title for entry in ARCHITECTURES.values()}) == len(ARCHITECTURES)
    assert all(entry.summary.endswith(".") and entry.filters for entry in ARCHITECTURES.values())
    with pytest.raises(ModelError, match=r"^no model is called 'resnet'; there are mel_cnn"):
        architecture("resnet")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_usual_chains(name: str) -> None:
    """Settings without a chain get the network's, which holds its crop; a chain that is given stays."""
    entry = architecture(name)
    settings = with_usual_chain({"model": name, "width": 4})
    assert TrainConfig.from_dict(settings) == TrainConfig(model=name, width=4, augment=entry.chain)
    assert with_usual_chain({"model": name, "augment": []})["augment"] == []
    own = [{"name": "polarity"}]
    crop = [step for step in entry.chain if step["name"] == entry.crop]
    assert entry.with_crop(own) == own + crop
    assert len(crop) == 1
    assert entry.with_crop(own + crop) == own + crop


def test_usual_chain_of_no_network() -> None:
    """Without a network it is the default's; an unknown one is refused, and what is no name is left to TrainConfig."""
    assert TrainConfig.from_dict(with_usual_chain({})) == TrainConfig()
    with pytest.raises(ModelError, match="no model is called 'resnet'"):
        with_usual_chain({"model": "resnet"})
    assert with_usual_chain({"model": ["mel_cnn"]}) == {"model": ["mel_cnn"]}


def test_one_of_two_models_with_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped one is meant everywhere; a copy of one's own that took its name is not offered as if it were that."""
    monkeypatch.setenv("ESC_HOME", str(tmp_path))
    shipped = find_model("mel_cnn")
    write_model(tmp_path / "models" / "mel_cnn", labels=["mine", "other"])
    write_model(tmp_path / "models" / "own")
    assert find_model("mel_cnn") == shipped
    listed = [(card.name, len(card.labels)) for card in list_models()]
    assert [one for one in listed if one[0] in ("mel_cnn", "own")] == [("mel_cnn", 50), ("own", 2)]


@pytest.mark.parametrize(
    ("details", "heard", "needs_trunk"),
    [
        ({}, "ESC-50 only", False),
        ({"synthetic": True}, "synthetic sounds only", False),
        ({"heard": "AudioSet before", "trunk": "YAMNet"}, "AudioSet before", True),
    ],
)
def test_what_it_has_heard(tmp_path: Path, details: dict[str, Any], heard: str, needs_trunk: bool) -> None:
    """Its own data and no other, unless the card says more."""
    write_model(tmp_path / "small", **details)
    card = read_card(tmp_path / "small")
    assert (card.heard, card.needs_trunk) == (heard, needs_trunk)
