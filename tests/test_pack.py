"""Packing: five runs become one model, calibrated on other folds than its own, or nothing at all is written."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from esc_core.config import TrainConfig
from esc_core.dataset.categories import CATEGORIES
from esc_core.disk.files import write_json
from esc_core.errors import ModelError, ParameterError
from esc_core.inference.calibration import HeldOut, calibrate, clip_probs
from esc_core.models.card import Calibration, Card
from esc_core.models.folder import read_card
from esc_core.training.finished import pack as module
from esc_core.training.finished.pack import pack

LABELS = ["dog", "rooster"]
N = 100


def held_out(*, temperature: float, confidence: float = 0.8, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    """Logits that all say dog, and labels of which just that share are dogs once they are divided by `temperature`."""
    logits = np.tile(temperature * np.log([confidence, 1 - confidence]), (n, 1)).astype(np.float32)
    return logits, (np.arange(n) >= round(confidence * n)).astype(int)


def write_run(folder: Path, fold: int, *, temperature: float = 1.0, **settings: object) -> Path:
    """Write what a finished run of a fold leaves behind."""
    config = TrainConfig(val_fold=fold, **settings)
    logits, labels = held_out(temperature=temperature)
    (folder / "model").mkdir(parents=True)
    write_json(folder / "config.json", config.to_dict())
    (folder / "model" / f"fold{fold}.keras").write_bytes(f"weights of fold {fold}".encode())
    np.savez_compressed(folder / "val_logits.npz", logits=logits, labels=labels)
    details = {
        "data": "16 kHz, 8-bit copy",
        "clips": "whole",
        "accuracy": 0.7 + fold / 50,
        "n_train": 1600 - fold,
        "minutes_to_train": 7.5,
        "machine": "x86_64, 2 cores",
        "versions": {"keras": "3"},
    }
    card = Card(
        name=folder.name,
        input="log_mel",
        labels=tuple(LABELS),
        features=config.features,
        train_config=config,
        crop_frames=96,
        folds=(fold,),
        calibration={key: Calibration() for key in (str(fold), "deployment")},
        details=details,
    )
    write_json(folder / "model" / "card.json", card.to_dict())
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Write five runs of one recipe, not in the order of their folds."""
    return [write_run(tmp_path / f"run{fold}", fold, seed=fold) for fold in (3, 1, 5, 2, 4)]


def change(path: Path, **values: object) -> None:
    write_json(path, json.loads(path.read_text()) | values)


def test_five_runs_become_a_model(runs: list[Path], tmp_path: Path) -> None:
    """Each fold's weights lie under its number, and the card that is returned is the one that is read."""
    card = pack(runs, name="small", out=tmp_path / "models" / "small")
    assert read_card(tmp_path / "models" / "small") == card
    assert {path.name for path in (tmp_path / "models" / "small").iterdir()} == {
        "card.json",
        *(f"fold{fold}.keras" for fold in range(1, 6)),
    }
    for fold in range(1, 6):
        weights = (tmp_path / "models" / "small" / f"fold{fold}.keras").read_bytes()
        assert weights == f"weights of fold {fold}".encode()
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["small"]


def test_the_card_says_what_was_measured(runs: list[Path], tmp_path: Path) -> None:
    """Accuracies by fold, their means with and without the development fold, and what the runs say of themselves."""
    card = pack(runs, name="small", out=tmp_path / "small")
    scores = card.details["scores"]["own"]  # two categories are not ESC-50
    assert scores["fold_accuracy"] == [0.8] * 5
    assert scores["development_fold"] == 1
    assert scores["mean"] == pytest.approx(0.8)
    assert scores["mean_without_development_fold"] == pytest.approx(0.8)
    assert scores["top_5"] == 1.0
    assert scores["data"] == "16 kHz, 8-bit copy"
    assert card.mean_accuracy() == pytest.approx(0.8)
    assert (card.name, card.input, card.labels, card.folds) == ("small", "log_mel", tuple(LABELS), (1, 2, 3, 4, 5))
    assert card.crop_frames == next(s["n_frames"] for s in TrainConfig().augment if s["name"] == "crop_stretch")
    assert card.details["category_recall"] == {"dog": 1.0, "rooster": 0.0}
    assert card.details["seeds"] == [1, 2, 3, 4, 5]
    assert card.details["n_train"] == [1599, 1598, 1597, 1596, 1595]
    assert card.details["minutes_to_train"] == [7.5] * 5
    assert "CC BY-NC" in card.details["licence"]


def test_runs_that_classified_crops_are_packed(tmp_path: Path) -> None:
    """Version 0.2.0 stored five crops of each clip; a temperature changes the mean of their probabilities."""
    folders = [write_run(tmp_path / f"run{fold}", fold, temperature=0.5) for fold in range(1, 6)]
    for folder in folders:
        card = json.loads((folder / "model" / "card.json").read_text())
        del card["clips"]
        (folder / "model" / "card.json").write_text(json.dumps(card))
        with np.load(folder / "val_logits.npz") as stored:
            logits, labels = np.repeat(stored["logits"][:, None], 5, axis=1), stored["labels"]
        if folder == folders[2]:
            # one crop is sure of the first category, four lean to the second: at 1 the first wins, at 0.5 the second
            logits[0] = [[10.0, 0.0], *4 * [[0.0, 0.3]]]
            assert clip_probs(HeldOut(logits=logits[:1], labels=labels[:1]), 1.0)[0, 0] > 0.5
        np.savez_compressed(folder / "val_logits.npz", logits=logits, labels=labels)
    card = pack(folders, name="small", out=tmp_path / "small")
    assert card.calibration["3"].temperature == pytest.approx(0.5, abs=0.021)
    assert card.details["scores"]["own"]["fold_accuracy"] == [0.8, 0.8, 0.79, 0.8, 0.8]
    assert not card.whole_clips


def test_runs_of_both_kinds_are_not_mixed(runs: list[Path], tmp_path: Path) -> None:
    """One run that was scored on crops does not fit four that were scored on whole clips."""
    card = json.loads((runs[0] / "model" / "card.json").read_text())
    del card["clips"]
    (runs[0] / "model" / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="the runs differ in more than fold and seed"):
        pack(runs, name="small", out=tmp_path / "small")


def test_only_all_of_esc50_is_scored_as_esc50(runs: list[Path], tmp_path: Path) -> None:
    """Fifty categories of real clips are; the same of synthetic sounds are not, and have no conditions."""
    for run in runs:
        logits, labels = held_out(temperature=1.0)
        fifty = np.pad(logits, ((0, 0), (0, len(CATEGORIES) - 2)), constant_values=-30.0)
        np.savez_compressed(run / "val_logits.npz", logits=fifty, labels=labels)
    for real in (True, False):
        for run in runs:
            about = json.loads((run / "model" / "card.json").read_text())
            labels = {"labels": list(CATEGORIES), "synthetic": not real}
            (run / "model" / "card.json").write_text(json.dumps(about | labels))
        card = pack(runs, name="small", out=tmp_path / f"small-{real}")
        assert list(card.details["scores"]) == ["esc50" if real else "own"]
        assert card.mean_accuracy() == pytest.approx(0.8)
        assert ("CC BY-NC" in card.details["licence"]) == real
        assert card.seen_in_training("1-1-A-0") is False


def test_not_sure_is_counted_out_of_fold(runs: list[Path], tmp_path: Path) -> None:
    """A fifth of the answers is wrong at a confidence of 0.8, so none is sure at a tenth: the threshold lies above."""
    card = pack(runs, name="small", out=tmp_path / "small")
    assert {c.not_sure_below for c in card.calibration.values()} <= {0.8, 0.81}
    assert card.details["not_sure"]["coverage"] == 0.0
    assert card.details["not_sure"]["error"] == 0.0
    assert card.details["not_sure"]["expected_calibration_error"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.5])
def test_calibration_finds_the_temperature(temperature: float) -> None:
    """Logits that were multiplied by it are divided by it."""
    logits, labels = held_out(temperature=temperature)
    assert calibrate([HeldOut(logits=logits, labels=labels)]).temperature == pytest.approx(temperature)


def test_a_fold_has_no_say_in_its_own_scale(tmp_path: Path) -> None:
    """Fold 2 is far too sure of itself: the other folds' scales follow it, its own does not."""
    same = [write_run(tmp_path / "a" / str(fold), fold) for fold in range(1, 6)]
    odd = [write_run(tmp_path / "b" / str(fold), fold, temperature=1.9 if fold == 2 else 1.0) for fold in range(1, 6)]
    before, after = pack(same, name="a", out=tmp_path / "packed_a"), pack(odd, name="b", out=tmp_path / "packed_b")
    assert {c.temperature for c in before.calibration.values()} == {1.0}
    assert after.calibration["2"] == before.calibration["2"]
    for key in ("1", "3", "4", "5", "deployment"):
        assert after.calibration[key].temperature > 1.1
    assert after.calibration["deployment"].temperature < after.calibration["1"].temperature


@pytest.mark.parametrize("folds", [(1, 2, 3, 4), (1, 2, 3, 4, 4), (1, 1, 2, 3, 4, 5)])
def test_each_fold_once(tmp_path: Path, folds: tuple[int, ...]) -> None:
    """The message lists the folds that came."""
    runs = [write_run(tmp_path / str(i), fold) for i, fold in enumerate(folds)]
    message = f"a run for each fold of the data is needed, folds [1, 2, 3, 4, 5]; got folds {sorted(folds)}"
    with pytest.raises(ModelError, match=re.escape(message)):
        pack(runs, name="small", out=tmp_path / "small")
    assert not (tmp_path / "small").exists()


def of_other_data(folder: Path, fold: int, *, data_folds: list[int]) -> Path:
    """Write a run on data of one's own: two clips to a fold, and one that is always trained on."""
    run = write_run(folder / str(fold), fold)
    heard = [f"clip-{k}-{i}" for k in data_folds if k != fold for i in "ab"] + ["only-door"]
    held_out = {f"clip-{fold}-{i}": fold for i in "ab"}
    change(
        run / "model" / "card.json", data_folds=data_folds, trained_on=heard, own_folds=held_out, licence="yours",
        recordings={name: name[:-2] for name in [*held_out, *heard]},
    )  # fmt: skip
    return run


def test_other_data_has_other_folds(tmp_path: Path) -> None:
    """Its card says which; a clip is known by its id, and what all networks heard is no test."""
    folds = [1, 2, 7]
    card = pack([of_other_data(tmp_path, k, data_folds=folds) for k in (7, 1, 2)], name="ours", out=tmp_path / "ours")
    assert read_card(tmp_path / "ours") == card
    assert card.folds == (1, 2, 7)
    assert (tmp_path / "ours" / "fold7.keras").read_bytes() == b"weights of fold 7"
    assert [card.fold_of(name) for name in ("clip-1-a", "clip-7-b", "only-door", "1-100032-A-0")] == [1, 7, None, None]
    assert card.seen_in_training("only-door")
    assert not card.seen_in_training("clip-1-a")
    assert card.details["recordings"]["clip-7-b"] == "clip-7"
    assert (card.fold_of("new", siblings=["clip-7-a"]), card.fold_of("clip-1-a", siblings=["clip-7-a"])) == (7, None)
    assert len(card.scores()["fold_accuracy"]) == 3
    assert card.scores()["mean_without_development_fold"] == pytest.approx(np.mean(card.scores()["fold_accuracy"][1:]))
    assert card.details["licence"] == "yours"


def test_a_run_for_each_fold_of_other_data(tmp_path: Path) -> None:
    runs = [of_other_data(tmp_path, k, data_folds=[1, 2, 3]) for k in (1, 2)]
    with pytest.raises(ModelError, match=r"needed, folds \[1, 2, 3\]; got folds \[1, 2\]"):
        pack(runs, name="ours", out=tmp_path / "ours")


def test_data_that_changed_between_the_runs(tmp_path: Path) -> None:
    """Its folds were dealt again, so all networks may have heard a clip; runs that do not say it are taken."""
    runs = [of_other_data(tmp_path, k, data_folds=[1, 2, 3]) for k in (1, 2, 3)]
    for run, state in zip(runs, ("before", "before", "after"), strict=True):
        change(run / "model" / "card.json", data_state=state)
    with pytest.raises(ModelError, match="the data has changed between the runs"):
        pack(runs, name="ours", out=tmp_path / "ours")
    change(runs[2] / "model" / "card.json", data_state="before")
    assert pack(runs, name="ours", out=tmp_path / "ours").folds == (1, 2, 3)


@pytest.mark.parametrize("setting", [{"width": 8}, {"n_epochs": 50}, {"augment": [{"name": "crop_stretch"}]}])
def test_one_recipe_only(runs: list[Path], tmp_path: Path, setting: dict) -> None:
    """Any setting but fold and seed must agree."""
    change(runs[2] / "config.json", **setting)
    with pytest.raises(ModelError, match="the runs differ in more than fold and seed"):
        pack(runs, name="small", out=tmp_path / "small")


@pytest.mark.parametrize("said", [{"labels": ["rooster", "dog"]}, {"data": "original, 44.1 kHz, 16-bit"}])
def test_one_data_set_only(runs: list[Path], tmp_path: Path, said: dict) -> None:
    """So must the labels and the data."""
    change(runs[2] / "model" / "card.json", **said)
    with pytest.raises(ModelError, match="the runs differ in more than fold and seed"):
        pack(runs, name="small", out=tmp_path / "small")


@pytest.mark.parametrize(
    "name", ["config.json", "model/card.json", "model/fold5.keras", "val_logits.npz"], ids=lambda name: name
)
def test_an_unfinished_run(runs: list[Path], tmp_path: Path, name: str) -> None:
    """Without any of its files, a run is not finished, and the message names it."""
    (runs[2] / name).unlink()
    with pytest.raises(ModelError, match=r"run5 is not a finished run: "):
        pack(runs, name="small", out=tmp_path / "small")
    assert not (tmp_path / "small").exists()


@pytest.mark.parametrize("name", ["config.json", "model/card.json", "val_logits.npz"])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_file_cut_short(runs: list[Path], tmp_path: Path, name: str, share: float) -> None:
    """Half a file, or an empty one, gets the sentence of a missing one."""
    data = (runs[2] / name).read_bytes()
    (runs[2] / name).write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelError, match=r"run5 is not a finished run: "):
        pack(runs, name="small", out=tmp_path / "small")


def test_a_card_without_its_score(runs: list[Path], tmp_path: Path) -> None:
    """A value that is missing is named."""
    card = json.loads((runs[2] / "model" / "card.json").read_text())
    del card["accuracy"]
    write_json(runs[2] / "model" / "card.json", card)
    with pytest.raises(ModelError, match=r"run5 is not a finished run: it lacks accuracy"):
        pack(runs, name="small", out=tmp_path / "small")


def test_an_existing_folder_is_left_alone(runs: list[Path], tmp_path: Path) -> None:
    """Nothing is overwritten, and nothing is added."""
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "card.json").write_text("mine")
    with pytest.raises(ModelError, match=r"small exists already; remove it or choose another name"):
        pack(runs, name="small", out=tmp_path / "small")
    assert [path.read_text() for path in (tmp_path / "small").iterdir()] == ["mine"]


def test_no_half_written_folder(runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up at the third network leaves neither the folder nor a temporary one."""
    copied: list[Path] = []

    def copy(source: Path, target: Path) -> None:
        copied.append(target)
        if len(copied) == 3:
            raise OSError(28, "No space left on device")
        shutil.copyfile(source, target)

    monkeypatch.setattr(module.shutil, "copy", copy)
    with pytest.raises(ModelError, match=r"small can't be written: the disk is full"):
        pack(runs, name="small", out=tmp_path / "models" / "small")
    assert list((tmp_path / "models").iterdir()) == []
    monkeypatch.undo()
    pack(runs, name="small", out=tmp_path / "models" / "small")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["small"]


@pytest.mark.parametrize("name", ["", ".", "..", "../small", "a/b", ".hidden"])
def test_a_name_is_no_path(runs: list[Path], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model's folder lies among the models."""
    monkeypatch.setattr(module, "MODELS_DIR", tmp_path / "models")
    with pytest.raises(ParameterError, match=f"name must be that of a plain folder, got {re.escape(repr(name))}"):
        pack(runs, name=name)
    assert not (tmp_path / "models").exists()


def test_the_shipped_models_are_the_default_place(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name alone is a folder among them."""
    monkeypatch.setattr(module, "MODELS_DIR", tmp_path / "models")
    card = pack(runs, name="small")
    assert read_card(tmp_path / "models" / "small") == card
