"""Scores made from a model's files: out of fold, clean and in a noisy room; models that answer together; 16 bits."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core.cli import main
from esc_core.dataset import Dataset, load_dataset
from esc_core.errors import ModelError
from esc_core.inference import Predictor
from esc_core.inference.calibration import HeldOut, calibrate
from esc_core.inference.evaluate import NOISY_ROOM, evaluate, held_out, out_of_fold_logits
from esc_core.inference.rescore import best_weight, rescore
from esc_core.measures.metrics import log_softmax, softmax
from esc_core.models.compact import compact, rounded
from esc_core.models.folder import read_card
from tests.small_model import LABELS, write_small_model

SR = 16_000


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Write thirty clips of noise bursts, two of each category in a fold; the colour is the category."""
    root = tmp_path_factory.mktemp("data")
    (root / "audio").mkdir()
    (root / "meta").mkdir()
    rng = np.random.default_rng(0)
    targets = {"dog": 0, "rooster": 1, "rain": 10}
    names = []
    for fold in range(1, 6):
        for width, category in zip((1, 4, 16), LABELS, strict=True):
            for copy in range(2):
                target = targets[category]
                names.append(f"{fold}-{1000 * fold + 10 * target + copy}-A-{target}.wav")
                y = np.convolve(rng.standard_normal(2 * SR), np.ones(width) / np.sqrt(width), mode="same")
                sf.write(root / "audio" / names[-1], 0.1 * y / y.std(), SR)
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    for i, name in enumerate(names):
        fold, recording, take, target = name.removesuffix(".wav").split("-")
        rows.append(f"{name},{fold},{target},{LABELS[i // 2 % 3]},True,{recording},{take}")
    (root / "meta" / "esc50.csv").write_text("\n".join(rows) + "\n")
    return load_dataset(root)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two small untrained models beside each other."""
    folder = tmp_path_factory.mktemp("models")
    write_small_model(folder / "first")
    write_small_model(folder / "second", width=3)
    return folder


def test_a_card_is_made_from_the_files(dataset: Dataset, models: Path, tmp_path: Path) -> None:
    """Each score is that of the network that held the clip's fold out; `evaluate` finds the same numbers again."""
    folder = shutil.copytree(models / "first", tmp_path / "first")
    card = rescore(folder, dataset)
    assert read_card(folder) == card
    predictor = Predictor(folder)
    for kind, chain in (("esc50", None), ("noisy_room", NOISY_ROOM)):
        scores, again = card.details["scores"][kind], evaluate(predictor, dataset, chain=chain)
        assert scores["fold_accuracy"] == list(again["fold_accuracy"].values())
        assert scores["mean"] == pytest.approx(again["accuracy"])
        assert scores["top_5"] == again["top_5"] == 1.0
    by_hand = predictor.predict(*sf.read(dataset.path(dataset.clips[7]), dtype="float32"), fold=2).probs
    probs = softmax(out_of_fold_logits(predictor, dataset)[7] / np.float32(card.calibration_of(2).temperature))
    np.testing.assert_allclose(probs, by_hand, atol=1e-4)
    noisy = out_of_fold_logits(predictor, dataset, chain=NOISY_ROOM)
    assert np.abs(noisy - out_of_fold_logits(predictor, dataset)).max() > 0.01
    np.testing.assert_array_equal(noisy, out_of_fold_logits(predictor, dataset, chain=NOISY_ROOM))


def test_other_data_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    """A model that does not know a category, or has not five networks, keeps its card."""
    write_small_model(tmp_path / "two", labels=("dog", "rooster"))
    before = (tmp_path / "two" / "card.json").read_bytes()
    with pytest.raises(ModelError, match="two does not know the category rain"):
        rescore(tmp_path / "two", dataset)
    assert (tmp_path / "two" / "card.json").read_bytes() == before


def three_folds(folder: Path, **details: object) -> Path:
    """Write a small model that has networks for folds 1, 2 and 3 only."""
    write_small_model(folder)
    path = folder / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"folds": [1, 2, 3]} | details))
    return folder


def test_a_model_of_three_folds(dataset: Dataset, tmp_path: Path) -> None:
    """Scored on data of three folds; what lies in fold 0 is left out, which every network heard."""
    folder = three_folds(tmp_path / "three")
    clips = tuple(replace(clip, fold=clip.fold % 4) for clip in dataset.clips if clip.fold < 5)
    data = replace(dataset, clips=clips)
    card = rescore(folder, data)
    scores, again = card.details["scores"]["esc50"], evaluate(Predictor(folder), data)
    assert list(again["fold_accuracy"]) == ["1", "2", "3"]
    assert scores["fold_accuracy"] == list(again["fold_accuracy"].values())
    assert scores["mean_without_development_fold"] == pytest.approx(np.mean(scores["fold_accuracy"][1:]))
    assert (again["n_clips"], again["remarks"][-1]) == (18, "6 clips are left out, which no network of three held out.")
    with pytest.raises(
        ModelError, match="three has networks that held out folds 1, 2, 3, and the data has folds 1, 2, 3, 4, 5"
    ):
        rescore(folder, dataset)
    with pytest.raises(ModelError, match="three has no network that held out fold 4"):
        evaluate(Predictor(folder), dataset)


def test_a_model_of_other_data_knows_its_clips_by_their_ids(dataset: Dataset, tmp_path: Path) -> None:
    """Whatever folds they have by now; one that came later was held out by nobody."""
    first, second, third, *_ = (clip.clip_id for clip in dataset.clips)
    card = read_card(three_folds(tmp_path / "three", own_folds={first: 3, second: 1}))
    held, sentences = held_out(card, dataset)
    assert [(clip.clip_id, clip.fold) for clip in held.clips] == [(first, 3), (second, 1)]
    assert sentences == ["28 clips are left out, which no network of three held out."]
    with pytest.raises(ModelError, match="no network of three held out a clip of this data"):
        held_out(card, replace(dataset, clips=dataset.clips[3:]))
    quick = replace(card, details=card.details | {"none": True})
    room = replace(dataset.clips[0], category="Room tone")
    held, sentences = held_out(quick, replace(dataset, clips=(room, dataset.clips[1])))
    assert [clip.clip_id for clip in held.clips] == [second]
    assert sentences == ["1 clip of the background is left out."]
    assert third not in held.by_id


def test_what_can_not_be_scored_again(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="one is no model of several folds"):
        rescore(three_folds(tmp_path / "one", folds=[2]), dataset)
    with pytest.raises(ModelError, match="quick was scored when it learnt"):
        rescore(three_folds(tmp_path / "quick", none=True), dataset)


def test_the_threshold_heeds_the_noisy_room() -> None:
    """Clean clips are all correct at 0.8; in the room a third is wrong at 0.7: an answer needs more."""
    labels = np.zeros(300, int)
    clean = np.tile(np.log([0.8, 0.1, 0.1]), (300, 1)).astype(np.float32)
    noisy = np.tile(np.log([0.9, 0.05, 0.05]), (300, 1)).astype(np.float32)
    noisy[:100] = np.log([0.2, 0.7, 0.1])
    alone = calibrate([HeldOut(logits=clean, labels=labels)])
    assert alone.not_sure_below == 0
    both = calibrate([HeldOut(logits=clean, labels=labels, degraded=noisy)])
    probs = softmax(noisy / np.float32(both.temperature)).max(axis=1)
    sure = probs >= both.not_sure_below
    assert sure.sum() == 200
    assert sure[100:].all()


def test_two_models_answer_together(
    dataset: Dataset, models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the weighted mean of their log probabilities, fold by fold and over all; the card holds members and weight.

    The command line rescores, joins and evaluates models by their names.
    """
    folder = Path(shutil.copytree(models, tmp_path / "home" / "models"))
    monkeypatch.setenv("ESC_HOME", str(tmp_path / "home"))
    data = ["--data", str(dataset.root)]
    assert main(["models", "rescore", "first", *data]) == 0
    assert "in a noisy room: " in capsys.readouterr().out
    rescore(folder / "second", dataset)
    assert main(["models", "join", "first", "second", "--name", "both", "--json", *data]) == 0
    card = read_card(folder / "both")
    assert json.loads(capsys.readouterr().out) == card.to_dict()
    assert (card.name, list(card.members)) == ("both", ["first", "second"])
    assert sum(card.members.values()) == pytest.approx(1)
    y = sf.read(dataset.path(dataset.clips[3]), dtype="float32")[0]
    both, members = Predictor(folder / "both"), [Predictor(folder / name) for name in card.members]
    total = 0
    for member, weight in zip(members, card.members.values(), strict=True):
        scale = np.float32(member.card.calibration_of(1).temperature)
        total = total + weight * log_softmax(member.clip_logits([y], fold=1)[0] / scale)
    expected = softmax(total / np.float32(card.calibration_of(1).temperature))[0]
    np.testing.assert_allclose(both.predict(y, SR, fold=1).probs, expected, atol=1e-4)
    alone = [both.predict(y, SR, fold=fold) for fold in range(1, 6)]
    assert len({answer.probs.tobytes() for answer in alone}) == 5
    assert both.predict(np.tile(y, 3)[: 6 * SR], SR).timeline is not None
    assert card.details["scores"]["esc50"]["fold_accuracy"] == list(evaluate(both, dataset)["fold_accuracy"].values())
    assert main(["evaluate", "--model", "both", "--noisy-room", "--json", *data]) == 0
    noisy = card.details["scores"]["noisy_room"]["mean"]
    assert json.loads(capsys.readouterr().out)["accuracy"] == pytest.approx(noisy)
    assert main(["models", "join", "first", "second", "--name", "../both", *data]) == 1
    assert "name must be that of a plain folder" in capsys.readouterr().err


@pytest.mark.parametrize(("good", "weight"), [(0, 1.0), (1, 0.0)])
def test_the_weight_is_that_of_the_development_fold(dataset: Dataset, models: Path, good: int, weight: float) -> None:
    """All of it goes to the model that is right on fold 1, although the other is right on the other folds."""
    truth = np.array([LABELS.index(clip.category) for clip in dataset.clips])
    right = log_softmax(5 * np.eye(3)[truth])
    wrong = log_softmax(5 * np.eye(3)[(truth + 1) % 3])
    first = dataset.folds[:, None] == 1
    on_first, elsewhere = np.where(first, right, wrong), np.where(first, wrong, right)
    pair = [on_first, elsewhere] if good == 0 else [elsewhere, on_first]
    assert best_weight([[x, x] for x in pair], read_card(models / "first"), dataset) == weight


def test_a_member_that_does_not_fit(models: Path, tmp_path: Path) -> None:
    """One that is gone, or has other labels, makes the model unusable, in one sentence."""
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    about = json.loads((folder / "first" / "card.json").read_text())
    joined = about | {"name": "both", "input": "together", "members": {"first": 0.5, "second": 0.5}}
    (folder / "both").mkdir()
    (folder / "both" / "card.json").write_text(json.dumps(joined))
    assert Predictor(folder / "both").folds == (1, 2, 3, 4, 5)
    second = json.loads((folder / "second" / "card.json").read_text())
    (folder / "second" / "card.json").write_text(json.dumps(second | {"labels": ["dog", "rain", "rooster"]}))
    with pytest.raises(ModelError, match="both can't be used: its member second does not belong to it"):
        Predictor(folder / "both")
    shutil.rmtree(folder / "second")
    with pytest.raises(ModelError, match="both lacks its member second"):
        read_card(folder / "both")
    for members in ({"../first": 1.0}, {}, {"first": 2.0}):
        (folder / "both" / "card.json").write_text(json.dumps(joined | {"members": members}))
        with pytest.raises(ModelError, match="the card of both is damaged"):
            read_card(folder / "both")


def test_weights_in_sixteen_bits(models: Path, tmp_path: Path) -> None:
    """Rounded to 11 bits whatever their size, in half the space, with nearly the same logits."""
    values = np.array([1.0, -3e-7, 12345.678, 0.0, 1 / 3], np.float32)
    np.testing.assert_allclose(rounded(values), values, rtol=2**-11)
    assert (rounded(values).view(np.uint32) & 0xFFF == 0).all()
    folder = Path(shutil.copytree(models / "first", tmp_path / "first"))
    y = 0.1 * np.random.default_rng(0).standard_normal(SR).astype(np.float32)
    before, size = Predictor(folder).clip_logits([y]), (folder / "fold1.keras").stat().st_size
    for fold in range(1, 6):
        compact(folder / f"fold{fold}.keras")
    after = Predictor(folder).clip_logits([y])
    assert 0 < np.abs(after - before).max() < 0.01 * np.abs(before).max()
    assert (folder / "fold1.keras").stat().st_size < 0.5 * size
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", *(f"fold{k}.keras" for k in range(1, 6))]
