"""Learning in seconds: the fit, the rule of "none", groups across folds, and the model folder that comes of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from esc_core import cli
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.own import NewSound, create
from esc_core.dataset.own.names import is_background
from esc_core.dataset.provenance import state_of
from esc_core.errors import ModelError, ParameterError, TrainingError
from esc_core.inference import Predictor
from esc_core.inference.classify import held_out_fold, was_trained_on
from esc_core.inference.unknown import NoneRule, rule_of
from esc_core.models.card import Card
from esc_core.models.folder import read_card
from esc_core.models.installed import list_models
from esc_core.models.network import load_network
from esc_core.training.quick import compared, learn, save
from esc_core.training.quick import samples as samples_module
from esc_core.training.quick.background import MADE_REMARK
from esc_core.training.quick.bases import Base, load_base
from esc_core.training.quick.head import KNOWN_SHARE, Head, as_network, fit_head, remembered, unit
from esc_core.training.quick.learn import LEAST_SURE, Learnt, _clip_folds
from esc_core.training.quick.regression import fit
from esc_core.training.quick.result import NO_TEST, from_dict
from esc_core.training.quick.samples import Samples, loudest_part
from esc_core.training.quick.saved import own_model_folder
from esc_core.training.quick.scores import draw, learning_curve
from esc_core.training.runs.run import Run
from esc_core.words import percent
from tests.small_runs import TINY, train_run

SR = 16_000
CATEGORIES = ("kettle", "keys", "bell")
HERTZ = {"kettle": 300.0, "keys": 1200.0, "bell": 4000.0}


def tone(hertz: float, seconds: float, seed: int, sr: int = SR) -> np.ndarray:
    """Return a tone with its octave, each of another length and pitch by its seed."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * sr)) / sr
    pitch = hertz * rng.uniform(0.9, 1.1)
    y = np.sin(2 * np.pi * pitch * time) + 0.3 * np.sin(4 * np.pi * pitch * time)
    return (0.2 * y * np.exp(-time) + 1e-3 * rng.standard_normal(time.size)).astype(np.float32)


def own_set(folder: Path, *, n: int = 6, n_folds: int = 2, background: bool = False) -> Dataset:
    """Write a set of three categories, 0.3 to 10 s long; each two samples that follow each other are one recording."""
    (folder / "audio").mkdir(parents=True)
    clips = []
    names = [*CATEGORIES, "background"] if background else list(CATEGORIES)
    for target, category in enumerate(names):
        for i in range(n):
            recording = i // 2
            clip = Clip(
                f"{category}{i}.wav",
                1 + recording % max(1, n_folds),
                target,
                category,
                False,
                f"{category}r{recording}",
                "A",
            )
            seconds = (0.3, 1.0, 2.0, 0.5, 10.0, 1.5)[i % 6]
            y = tone(HERTZ.get(category, 0.0), seconds, 10 * target + i)
            soundfile.write(folder / "audio" / clip.filename, y, SR, subtype="PCM_16")
            clips.append(clip if n_folds else replace(clip, fold=0))
    return Dataset(folder, tuple(clips))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return own_set(tmp_path_factory.mktemp("own") / "set")


@pytest.fixture(scope="module")
def learnt(dataset: Dataset) -> Learnt:
    return learn(dataset, base="mel_cnn")


@pytest.fixture(scope="module")
def folder(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "ours"
    save(learnt, folder)
    return folder


def made_samples(n: int = 8, *, n_classes: int = 3, d: int = 20, n_folds: int = 2) -> Samples:
    """Return samples with one high number a category, in pairs of one recording."""
    rng = np.random.default_rng(0)
    targets = np.repeat(np.arange(n_classes), n)
    x = rng.uniform(0, 0.3, (len(targets), 4, d))
    x[np.arange(len(targets)), :, targets] += 2
    recordings = np.array([f"r{i // 2}" for i in range(len(targets))])
    folds = 1 + np.arange(len(targets)) // 2 % n_folds
    background = rng.uniform(0, 0.3, (3, 4, d))
    background[..., -1] += 2
    names = tuple(f"c{i}" for i in range(n_classes))
    ids = tuple(f"s{i}" for i in range(len(targets)))
    of = dict(zip(ids, recordings.tolist(), strict=True))
    return Samples(
        names, x.astype(np.float32), targets, folds, recordings, ids, background.astype(np.float32), (), of, ()
    )  # fmt: skip


def test_the_least_penalised_loss() -> None:
    """At the minimum the gradient is 0: what the penalty pulls is what the errors pull."""
    rng = np.random.default_rng(1)
    x, targets = rng.standard_normal((30, 5)).astype(np.float32), np.repeat([0, 1, 2], [20, 6, 4])
    penalty = 1e-2
    kernel, bias = fit(x, targets, n_classes=3, penalty=penalty)
    scale = np.sqrt(x.var(axis=0).sum())
    logits = x @ kernel + bias
    probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    share = (1 / 3 / np.array([20, 6, 4]))[targets][:, None]
    error = share * (probs - np.eye(3)[targets])
    centred = (x - x.mean(axis=0)) / scale
    np.testing.assert_allclose(centred.T @ error, -penalty * kernel * scale, atol=2e-4)
    np.testing.assert_allclose(error.sum(axis=0), 0, atol=2e-4)


def test_more_numbers_than_samples_are_no_other_problem() -> None:
    """Numbers that are always the same change no logit, however many they are."""
    rng = np.random.default_rng(2)
    x, targets = rng.standard_normal((12, 6)), np.tile([0, 1, 2], 4)
    wide = np.hstack([x, np.ones((12, 50))])
    (kernel, bias), (wide_kernel, wide_bias) = fit(x, targets, n_classes=3), fit(wide, targets, n_classes=3)
    np.testing.assert_allclose(x @ kernel + bias, wide @ wide_kernel + wide_bias, atol=0.05)


def test_a_category_without_a_sample_is_never_the_guess() -> None:
    x = np.eye(4, dtype=np.float32)
    kernel, bias = fit(x, np.array([0, 0, 2, 2]), n_classes=3)
    assert (x @ kernel + bias).argmax(axis=1).tolist() == [0, 0, 2, 2]


@pytest.mark.parametrize(
    ("category", "expected"), [("background", True), ("Room tone", True), ("None", True), ("wind", False)]
)
def test_which_category_is_the_background(category: str, expected: bool) -> None:
    assert is_background(category) is expected


def test_the_loudest_five_seconds() -> None:
    y = np.zeros(10 * SR, np.float32)
    y[6 * SR : 7 * SR] = 0.5
    part = loudest_part(y, SR)
    assert (part.size, float(np.sum(part))) == (5 * SR, 0.5 * SR)
    assert loudest_part(y[:100], SR).size == 100


def test_none_of_these_is_what_is_far_or_like_the_background() -> None:
    """A sample of its own category passes; a new direction, and the background, are none."""
    made = made_samples()
    head = replace(fit_head(made.x, made.targets, made.background, n_classes=3, seed=0), near=0.95)
    far = np.zeros(20, np.float32)
    far[10] = 2
    logits = head.logits(np.stack([made.x[0, 0], far, made.background[0, 0]]))
    assert logits.argmax(axis=1).tolist() == [0, 3, 3]
    assert head.likeness(made.x[0, 0]) == pytest.approx(1)
    assert head.likeness(far) < 0.3


def test_remembered_samples_are_shared_out_among_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many: of each category alike, and samples before their copies."""
    monkeypatch.setattr("esc_core.training.quick.head.MOST_REMEMBERED", 6)
    x = np.arange(40, dtype=np.float32).reshape(10, 4, 1)
    kept = remembered(x, np.repeat([0, 1], [8, 2]), seed=0)[:, 0] / 4
    assert len(kept) == 6
    assert sorted(kept[kept >= 8].tolist()) == [8, 8.25, 9]
    assert all(value == int(value) for value in kept[kept < 8])


def test_the_network_says_what_the_arrays_say(learnt: Learnt) -> None:
    """Layer by layer the same logits, for sounds of any length."""
    head, rng = learnt.heads[1], np.random.default_rng(3)
    network = as_network(head, learnt.base)
    body = learnt.base.open_network()
    for n in (40, 200):
        x = rng.uniform(-8, 0, (2, 64, n, 1)).astype(np.float32)
        vectors = np.sqrt(body(x, training=False).numpy())
        np.testing.assert_allclose(network(x, training=False).numpy(), head.logits(vectors), atol=2e-3)


def test_no_recording_is_on_both_sides() -> None:
    made = made_samples()
    for k in made.tested_folds:
        inside = set(made.recordings[made.training(k)])
        assert inside
        assert not inside & set(made.recordings[made.folds == k])
    assert made.training(0).all()


def test_a_recording_in_two_folds_trains_in_neither() -> None:
    """As in a folder whose folds somebody else dealt."""
    made = made_samples()
    crossing = replace(made, recordings=np.array(["same" if i in (0, 2) else r for i, r in enumerate(made.recordings)]))
    assert (crossing.folds[0], crossing.folds[2]) == (1, 2)
    assert not crossing.training(2)[0]
    assert not crossing.training(1)[2]


def test_few_samples_are_drawn_from_many_recordings() -> None:
    made = made_samples()
    few = draw(made, np.arange(24), 4, seed=1)
    assert np.bincount(made.targets[few]).tolist() == [4, 4, 4]
    assert len(set(made.recordings[few])) == 12
    assert len(draw(made, np.arange(24), 99, seed=1)) == 24


def test_the_learning_curve_ends_with_all_samples() -> None:
    """Sizes double; what is held out stays, and categories that differ clearly are learnt from one sample."""
    curve = learning_curve(made_samples(), seed=0)
    assert [point.n for point in curve] == [1, 2, 4]
    assert [point.accuracy for point in curve] == [1, 1, 1]
    assert curve[0].interval[1] == 1
    assert 0 < curve[0].interval[0] < 1


def test_three_categories_are_learnt(learnt: Learnt, dataset: Dataset) -> None:
    """Three tones, 18 samples in 9 recordings and two folds: all held-out ones are scored, nearly all are correct."""
    scores = learnt.scores
    assert scores is not None
    assert (learnt.categories, sorted(learnt.heads), scores.n) == (CATEGORIES, [1, 2], 18)
    assert scores.accuracy >= 0.8
    assert scores.accuracy == pytest.approx(np.trace(scores.confusion) / 18)
    assert scores.confusion.sum(axis=1).tolist() == [6, 6, 6]
    assert len(scores.mistakes) == 18 - scores.correct.sum()
    assert scores.curve[-1].n == 4
    assert learnt.clip_folds == {clip.clip_id: clip.fold for clip in dataset.clips}
    assert learnt.recordings == {clip.clip_id: clip.src_file for clip in dataset.clips}
    by_id = dataset.by_id
    assert scores.categories == tuple(by_id[name].category for name in scores.ids)
    assert learnt.remarks == (MADE_REMARK,)
    assert all(own.not_sure_below >= LEAST_SURE for own in learnt.calibration.values())
    stored = json.loads(json.dumps(learnt.result.to_dict()))
    assert stored["n_held_out"] == 18


def test_the_result_comes_back_from_the_card(folder: Path, learnt: Learnt, dataset: Dataset) -> None:
    """All that the page shows; a damaged one does not."""
    stored = read_card(folder).details["result"]
    again = from_dict(stored)
    assert again is not None
    assert again.to_dict() == learnt.result.to_dict()
    assert again.sentence == learnt.result.sentence
    assert again.learnt_from == state_of(dataset)
    assert state_of(replace(dataset, clips=dataset.clips[1:])) != again.learnt_from
    dealt = tuple(replace(clip, fold=3 - clip.fold) for clip in dataset.clips)
    assert state_of(replace(dataset, clips=dealt)) != again.learnt_from
    damages = (
        {"n_held_out": 17},
        {"confusion": [[1]]},
        {"categories": ["kettle"]},
        {"accuracy": None},
        {"curve": [[1]]},
        {"interval": [0.5]},
        {"held_out": {}},
        {"mistakes": [{"clip_id": "a", "category": "kettle", "taken_for": "whale", "prob": 0.5}]},
    )
    assert [from_dict(stored | damage) for damage in damages] == [None] * len(damages)
    assert from_dict(None) is None


def test_what_no_test_held_out_has_been_heard(learnt: Learnt, tmp_path: Path) -> None:
    """Also in a model that was tested: the recording of fold 0 is in the training of each head."""
    first = learnt.clip_ids[0]
    of = learnt.recordings
    folds = {name: fold for name, fold in learnt.clip_folds.items() if of[name] != of[first]}
    card = save(replace(learnt, clip_folds=folds), tmp_path / "partly")
    assert (held_out_fold(card, None, name=f"{first}.wav"), was_trained_on(card, None, name=f"{first}.wav")) == (
        None,
        True,
    )
    assert not was_trained_on(card, None, name=f"{next(iter(folds))}.wav")
    assert not was_trained_on(card, None, name="")


def test_the_command_learns_a_set_by_its_name(dataset: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    """Or its key, or its folder; the model lies with the set, and `predict` finds it; errors are one sentence."""
    ours = create("Our school")
    for name in CATEGORIES:
        ours.add_category(name)
    for clip in dataset.clips:
        y, sr = soundfile.read(dataset.path(clip), dtype="float32")
        ours.add_sample(y, sr, category=clip.category, title=clip.clip_id, source="file", group=clip.src_file)
    quick = ["train", "--quick", "--base", "mel_cnn", "--name", "school"]
    assert cli.main([*quick, "--data", "Our school"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(
        r"\d+% of 18 held-out samples are correctly classified \(95% interval .*; chance: 33%\)\. "
        r"Model 'school' was learnt in \d+ s\n",
        out,
    )
    assert "listening to the samples: 18 of 18" in err
    assert [path.name for path in ours.models_dir.iterdir()] == ["school"]
    assert not own_model_folder("school").exists()
    sound = ours.path(ours.samples[0])
    assert cli.main(["predict", str(sound), "--model", "school", "--json"]) == 0
    assert {guess["category"] for guess in json.loads(capsys.readouterr().out)[0]["top"]} == set(CATEGORIES)
    for data in (ours.key, str(ours.folder)):
        assert cli.main([*quick, "--data", data, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["n_samples"] == 18
    assert cli.main(["evaluate", "--model", "school", "--data", "Our school", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_clips"] == 18
    assert cli.main([*quick, "--data", "Their school"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: there is no data set Their school; ")
    with pytest.raises(SystemExit):
        cli.main([*quick, "--data", "Our school", "--epochs", "3"])
    assert "--quick makes a model and no run; it takes no --epochs" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["train", "--data", "x", "--val-fold", "1", "--name", "y"])
    assert "--name and --base belong to --quick" in capsys.readouterr().err


def test_near_lets_held_out_samples_of_other_folds_pass(learnt: Learnt, dataset: Dataset) -> None:
    """The threshold of a head is the one that 95% of the other fold's samples and copies pass."""
    made = samples_module.embedded(dataset, learnt.base, seed=0)
    other = made.folds == 2
    passed = learnt.heads[2].least_near(made.x[other]) >= learnt.heads[1].near
    assert passed.mean() == pytest.approx(KNOWN_SHARE, abs=1 / passed.size)


def test_the_same_seed_learns_the_same(learnt: Learnt, dataset: Dataset) -> None:
    again = learn(dataset, base="mel_cnn")
    np.testing.assert_array_equal(again.heads[1].kernel, learnt.heads[1].kernel)
    other = learn(dataset, base="mel_cnn", seed=1)
    assert not np.array_equal(other.heads[1].kernel, learnt.heads[1].kernel)


def test_learning_again_listens_to_new_samples_only(dataset: Dataset, learnt: Learnt) -> None:
    before = samples_module._vectors.cache_info().misses
    learn(dataset, base="mel_cnn")
    assert samples_module._vectors.cache_info().misses == before


def test_the_card_says_what_it_is(folder: Path, learnt: Learnt) -> None:
    card = read_card(folder)
    assert (card.labels, card.input, card.folds, card.n_outputs) == (CATEGORIES, "log_mel", (1, 2), 4)
    assert card.heard == "ESC-50 only; then own sounds: 18 samples"
    assert learnt.scores is not None
    assert card.mean_accuracy() == pytest.approx(np.mean(list(learnt.scores.fold_accuracy.values())))
    assert isinstance(rule_of(card, None), NoneRule)
    assert [one.name for one in list_models(folder.parent)] == ["ours"]
    assert str(folder) not in (folder / "card.json").read_text()


def test_a_sample_is_answered_by_the_head_that_had_not_heard_it(folder: Path, learnt: Learnt, dataset: Dataset) -> None:
    """By the name of its file; a clip of ESC-50, and any other sound, by all heads together."""
    predictor = Predictor(folder)
    for clip in dataset.clips[::5]:
        assert held_out_fold(predictor.card, None, name=f"/somewhere/{clip.filename}") == clip.fold
    assert held_out_fold(predictor.card, "1-100032-A-0") is None
    assert held_out_fold(predictor.card, None, name="2 birds.wav") is None
    scores = learnt.scores
    assert scores is not None
    clips = [clip for clip in dataset.clips if soundfile.info(dataset.path(clip)).duration <= 5]
    hits = []
    for clip in clips:
        y, sr = soundfile.read(dataset.path(clip), dtype="float32")
        prediction = predictor.predict(y, sr, fold=clip.fold)
        hits.append(prediction.top(1)[0][0] == clip.category)
        assert prediction.probs.shape == (3,)
    said = dict(zip(scores.ids, scores.correct.tolist(), strict=True))
    assert hits == [said[clip.clip_id] for clip in clips]


def test_a_sound_of_no_category_is_none(folder: Path) -> None:
    """White noise is unlike three tones: no answer, for one sound, for many, and no event of a long recording."""
    predictor = Predictor(folder)
    noise = (0.1 * np.random.default_rng(5).standard_normal(3 * SR)).astype(np.float32)
    prediction = predictor.predict(noise, SR)
    assert (prediction.unknown, prediction.not_sure, prediction.nothing) == (True, True, False)
    assert prediction.probs.sum() < 0.5
    probs, sure = predictor.clip_answers([noise])
    np.testing.assert_allclose(probs[0], prediction.probs, atol=1e-5)
    assert sure.tolist() == [False]
    long = predictor.predict(np.tile(noise, 3), SR)
    assert long.timeline is not None
    assert (long.unknown, long.timeline.events) == (True, ())


def test_a_model_of_fifty_keeps_its_folds() -> None:
    """ESC-50's ids begin with the fold; a name that begins with another digit or a letter means none."""
    card = Card(
        "m",
        "log_mel",
        ("a",),
        load_base("mel_cnn").card.features,
        load_base("mel_cnn").card.train_config,
        9,
        (1, 3),
        {},
    )
    assert [card.fold_of(name) for name in ("3-1-A-0", "2-1-A-0", "dog", "")] == [3, None, None, None]


def test_learning_again_replaces_the_model_and_no_other(folder: Path, learnt: Learnt) -> None:
    save(learnt, folder)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["ours"]
    with pytest.raises(ModelError, match="there is another model called ours already"):
        save(replace(learnt, data_key="another"), folder)
    assert read_card(folder).details["learnt_from"] == learnt.data_key


def test_the_name_of_a_shipped_model_is_taken() -> None:
    with pytest.raises(ModelError, match="there is a shipped model called mel_cnn"):
        own_model_folder("mel_cnn")
    with pytest.raises(ParameterError, match="plain folder"):
        own_model_folder("../ours")


def test_too_few_recordings_for_a_test(tmp_path: Path) -> None:
    """No false test: one head that has heard all, no score, and a sentence; room tone is no category."""
    dataset = own_set(tmp_path / "set", n=3, n_folds=0, background=True)
    found = learn(dataset, base="mel_cnn")
    assert (found.scores, sorted(found.heads), found.categories) == (None, [1], CATEGORIES)
    assert found.remarks == (NO_TEST,)
    assert found.result.sentence == NO_TEST
    save(found, tmp_path / "untested")
    card = read_card(tmp_path / "untested")
    assert (card.mean_accuracy(), card.seen_in_training("bell1")) == (None, True)
    assert card.fold_of("bell1") is None
    y = tone(HERTZ["bell"], 2, 99)
    assert Predictor(tmp_path / "untested").predict(y, SR).top(1)[0][0] == "bell"


def test_a_room_is_heard_in_its_recordings() -> None:
    """No head learns from the room tone of a recording that it is tested on; what was made is of no recording."""
    found = made_samples(n=4)
    rooms = ("tone-a", "tone-b")
    in_fold = dict(zip(found.recordings.tolist(), found.folds.tolist(), strict=True))
    first = next(name for name, fold in in_fold.items() if fold == 1)
    found = replace(
        found, background_ids=rooms, recording_of=found.recording_of | {"tone-a": first, "tone-b": "a room alone"}
    )
    assert found.background_for(1).tolist() == [False, True, True]
    assert found.background_for(2).tolist() == [True, True, True]
    assert found.background_for(0).tolist() == [True, True, True]
    assert _clip_folds(found) == dict(zip(found.ids, found.folds.tolist(), strict=True)) | {"tone-a": 1}


def test_a_category_of_one_recording_is_told(tmp_path: Path) -> None:
    dataset = own_set(tmp_path / "set", n=4)
    one = tuple(replace(clip, src_file="b", fold=1) if clip.category == "bell" else clip for clip in dataset.clips)
    found = learn(replace(dataset, clips=one), base="mel_cnn")
    assert found.scores is not None
    assert found.scores.recall["bell"] == 0
    assert any("All samples of bell come from one recording" in remark for remark in found.remarks)


def test_one_category_is_refused_and_a_bad_file_is_not(tmp_path: Path) -> None:
    dataset = own_set(tmp_path / "set", n=4)
    dataset.path(dataset.clips[0]).write_bytes(b"no sound")
    found = learn(dataset, base="mel_cnn")
    assert len(found.clip_ids) == 11
    assert found.remarks[0].startswith("1 of 12 clips can't be read")
    only = replace(dataset, clips=tuple(clip for clip in dataset.clips if clip.category == "bell"))
    with pytest.raises(
        TrainingError, match="at least two categories need a sample that can be read; only bell has one"
    ):
        learn(only, base="mel_cnn")
    with pytest.raises(ParameterError, match="base must be one of yamnet, mel_cnn"):
        learn(dataset, base="ears")


def test_what_hearing_other_sounds_before_brings(learnt: Learnt) -> None:
    """Sample by sample, on those that both held out."""
    scores = learnt.scores
    assert scores is not None
    worse = dict.fromkeys(scores.ids[:12], False)
    gap = compared.difference(learnt.result, worse)
    assert (gap.n_clips, gap.accuracy) == (12, pytest.approx(scores.correct[:12].mean()))
    share = percent(float(scores.correct[:12].mean()))
    assert compared.sentence(learnt.result, worse).startswith(
        f"Of the same 12 held-out samples, {share} are correct when learnt in seconds, and 0% when trained from "
        "scratch. Hearing other sounds before helps here: +"
    )
    same = dict(zip(scores.ids, scores.correct.tolist(), strict=True))
    assert "before helps here is open: +0.0 points" in compared.sentence(learnt.result, same)
    with pytest.raises(TrainingError, match="no sample was held out by both"):
        compared.difference(learnt.result, {"other": True})


def test_from_scratch_on_the_same_set(folder: Path, dataset: Dataset, tmp_path: Path) -> None:
    """A sample is not compared once it is of another category, or once either way has heard of its recording."""
    ours = create("Ours")
    for name in CATEGORIES:
        ours.add_category(name)
    sounds = [(clip, *soundfile.read(dataset.path(clip), dtype="float32")) for clip in dataset.clips]
    ours.add_samples(
        [
            NewSound(
                y=y, sr=sr, category=clip.category, title="", source="file", group=clip.src_file, sample_id=clip.clip_id
            )
            for clip, y, sr in sounds
        ]
    )
    before, like, run = ours.dataset(), read_card(folder), Run(tmp_path / "run")
    train_run(replace(TINY, n_epochs=2, val_fold=1), before, run.folder)
    held = {clip.clip_id: clip for clip in before.clips if clip.fold == 1}
    assert set(compared.correct_from_scratch([run], before, like=like)) == set(held)
    moved, joined = (next(name for name, c in held.items() if c.category == of) for of in ("kettle", "keys"))
    ours.move([moved], "bell")
    other = next(clip.src_file for clip in before.clips if clip.category == "keys" and clip.fold == 2)
    ours.merge_groups([held[joined].src_file, other])
    gone = {moved, *(name for name, clip in held.items() if clip.src_file == held[joined].src_file)}
    assert len(gone) == 3
    assert set(compared.correct_from_scratch([run], ours.dataset(), like=like)) == set(held) - gone


@pytest.mark.real_data
def test_yamnet_learns_alike(
    esc10_dir: Path, yamnet_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On real clips: two categories and a model on embeddings, whose head any number of patches fits."""
    from esc_core.dataset import load_dataset

    monkeypatch.setenv("YAMNET_DIR", str(yamnet_dir))
    whole = load_dataset(esc10_dir)
    few = [clip for clip in whole.clips if clip.category in ("dog", "rain") and clip.fold in (1, 2)][:24]
    found = learn(replace(whole, clips=tuple(few)), base="yamnet")
    assert found.scores is not None
    assert found.scores.accuracy >= 0.9
    save(found, tmp_path / "ours")
    card = read_card(tmp_path / "ours")
    assert (card.input, card.needs_trunk) == ("embedding", True)
    network, base = load_network(tmp_path / "ours" / "fold1.keras"), load_base("yamnet")
    x = np.random.default_rng(0).uniform(0, 2, (1, 3, 1024)).astype(np.float32)
    vector = np.sqrt(np.concatenate([x[0].mean(axis=0), x[0].max(axis=0)]))
    np.testing.assert_allclose(network(x).numpy()[0], found.heads[1].logits(vector), atol=1e-3)
    assert isinstance(base, Base)


def test_unit_length() -> None:
    np.testing.assert_allclose(unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0, 0]])
    assert isinstance(Head(np.zeros((2, 2)), np.zeros(2), np.eye(2)).near, float)
