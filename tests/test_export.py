"""A finished run's way out: its files, TensorFlow Lite, Classify, and the sealed fold."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from esc_core.config import TrainConfig
from esc_core.dataset import load_dataset
from esc_core.disk.files import write_json
from esc_core.errors import ModelError, TrainingError
from esc_core.features import clip_mel_power
from esc_core.inference import Predictor
from esc_core.inference.classify import classify_bytes, held_out_fold
from esc_core.inference.front_end import mel_input
from esc_core.measures.metrics import softmax
from esc_core.models import architecture
from esc_core.models.card import Calibration, Card
from esc_core.models.folder import model_path, read_card
from esc_core.models.installed import MODELS_DIR, find_model, list_models
from esc_core.training.finished import envelope as module
from esc_core.training.finished.envelope import open_envelope, opened
from esc_core.training.finished.export import card_file, keras_file, predictions_csv, tflite_bytes, use_in_classify
from esc_core.training.process.create import create_run
from esc_core.training.process.worker import work
from esc_core.training.runs.listing import rename, runs_dir
from esc_core.training.runs.run import Run
from tests.small_runs import NAMES, TINY, write_tones

SEALED = replace(TINY, val_fold=2, test_fold=4, n_epochs=12, no_mix_epochs=4, width=4, learning_rate=0.01)


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture(scope="module")
def finished(tones: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train once for all tests; a folder to be copied."""
    run = create_run(SEALED, tones, name="amber fox")
    work(run)
    return shutil.copytree(run.folder, tmp_path_factory.mktemp("finished") / run.id)


@pytest.fixture
def run(finished: Path) -> Run:
    """Put a copy of the finished run where runs are."""
    return Run(Path(shutil.copytree(finished, runs_dir() / finished.name)))


def interpret(data: bytes, inputs: Sequence[np.ndarray]) -> np.ndarray:
    """Logits of the LiteRT interpreter, shape (n, n_classes), for inputs of any length (n_mels, t, 1)."""
    interpreter = tf.lite.Interpreter(model_content=data, num_threads=2)
    (given,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    logits = []
    for one in inputs:
        interpreter.resize_tensor_input(given["index"], (1, *one.shape))
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], one[None])
        interpreter.invoke()
        logits.append(interpreter.get_tensor(answer["index"])[0])
    return np.array(logits)


def test_tflite_gives_the_same_logits(run: Run) -> None:
    """As Keras does, for clips and for sounds of other lengths; labels and card travel in the file."""
    data = tflite_bytes(run.model_dir)
    card = read_card(run.model_dir)
    rng, n_frames = np.random.default_rng(0), card.features.clip_frames
    sounds = [rng.normal(-4, 2, (16, t, 1)).astype(np.float32) for t in (n_frames, n_frames // 3, n_frames)]
    model = keras.saving.load_model(keras_file(run), compile=False)
    expected = [np.asarray(model(x[None], training=False))[0] for x in sounds]
    np.testing.assert_allclose(interpret(data, sounds), expected, atol=1e-4)
    with zipfile.ZipFile(io.BytesIO(data)) as attached:
        assert attached.read("labels.txt").decode().splitlines() == list(NAMES)
        assert json.loads(attached.read("card.json")) == json.loads(card_file(run).read_text())


def test_tflite_of_mixed_precision(tmp_path: Path) -> None:
    """It is in float32, with the weights of the network."""
    config = TrainConfig(width=2, dtype="mixed_bfloat16")
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = architecture("mel_cnn").build(config, n_classes=3, mean=-4.0, std=2.0)
    finally:
        keras.config.set_dtype_policy("float32")
    tmp_path.joinpath("mixed").mkdir()
    model.save(model_path(tmp_path / "mixed", 1))
    same = {"1": Calibration(), "deployment": Calibration()}
    card = Card("mixed", "log_mel", NAMES, config.features, config, 96, (1,), same)
    write_json(tmp_path / "mixed" / "card.json", card.to_dict())
    sounds = np.random.default_rng(0).normal(-4, 2, (2, 64, 201, 1)).astype(np.float32)
    plain = architecture("mel_cnn").build(replace(config, dtype="float32"), n_classes=3, mean=-4.0, std=2.0)
    plain.set_weights(model.get_weights())
    expected = np.asarray(plain(sounds, training=False))
    np.testing.assert_allclose(interpret(tflite_bytes(tmp_path / "mixed"), sounds), expected, atol=1e-4)


@pytest.mark.real_data
def test_tflite_names_100_real_clips_like_keras(esc10_dir: Path) -> None:
    """The shipped model of fold 1 in the LiteRT interpreter, on every fourth clip of ESC-10."""
    folder = find_model("mel_cnn")
    card, dataset = read_card(folder), load_dataset(esc10_dir)
    paths = [dataset.path(clip) for clip in dataset.clips[::4]]
    mels = [clip_mel_power(path, card.features) for path in paths]
    inputs = [mel_input(mel, least=card.crop_frames) for mel in mels]
    lite = softmax(interpret(tflite_bytes(folder, fold=1), inputs) / card.calibration_of(1).temperature)
    ours = Predictor(folder).mel_probs(mels, fold=1)
    assert len(ours) == 100
    assert (lite.argmax(axis=1) == ours.argmax(axis=1)).all()
    np.testing.assert_allclose(lite, ours, atol=1e-3)


def test_predictions_as_a_table(run: Run) -> None:
    """A row a validation clip, with probabilities that sum to one and say what was predicted."""
    rows = list(csv.DictReader(io.StringIO(predictions_csv(run))))
    assert list(rows[0]) == ["filename", "fold", "category", "predicted", *NAMES]
    clips = {clip.filename: clip for clip in load_dataset(run.data_dir).clips if clip.fold == 2}
    assert {row["filename"] for row in rows} == set(clips)
    for row in rows:
        assert (row["fold"], row["category"]) == ("2", clips[row["filename"]].category)
        probs = {name: float(row[name]) for name in NAMES}
        assert sum(probs.values()) == pytest.approx(1, abs=1e-5)
        assert max(probs, key=probs.__getitem__) == row["predicted"]
    right = np.mean([row["category"] == row["predicted"] for row in rows])
    assert right == pytest.approx(run.status().accuracy)


def test_use_in_classify(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found under its name, answers, and knows which clips it was trained on; twice is once."""
    assert use_in_classify(run) == use_in_classify(run) == "amber-fox"
    assert [card.name for card in list_models()][-1] == "amber-fox"
    predictor = Predictor(find_model("amber-fox"))
    dataset = load_dataset(run.data_dir)
    clip = next(clip for clip in dataset.clips if clip.fold == 2)
    answer = classify_bytes(predictor, dataset.path(clip).read_bytes(), name="unknown.wav")
    assert answer.prediction.labels == NAMES
    seen = {clip.fold for clip in dataset.clips if predictor.card.seen_in_training(clip.clip_id)}
    assert seen == {1, 3, 5}
    assert sum(predictor.card.seen_in_training(clip.clip_id) for clip in dataset.clips) == 18
    assert not predictor.card.seen_in_training(clip.clip_id, synthetic=True)
    # a clip of ESC-50 that it was trained on: no network held it out
    assert (held_out_fold(predictor.card, "2-1-A-0"), held_out_fold(predictor.card, "3-1-A-0")) == (2, None)
    assert held_out_fold(predictor.card, None) is None
    known = classify_bytes(predictor, dataset.path(clip).read_bytes(), name="3-100018-A-18.wav")
    assert (known.known_as, known.prediction.fold) == ("3-100018-A-18", None)


def test_a_name_that_is_taken(run: Run, finished: Path) -> None:
    """Neither a shipped model nor another run's is replaced."""
    assert (MODELS_DIR / "mel_cnn").is_dir()
    rename(run, "mel_cnn")
    assert use_in_classify(run) == "mel_cnn-2"
    rename(run, "../ü/..")
    assert use_in_classify(run) == "ü"
    other = Run(Path(shutil.copytree(finished, run.folder.with_name("other"))))
    rename(other, "ü")
    assert use_in_classify(other) == "ü-2"


def test_an_unfinished_run_has_nothing_to_give(tones: Path) -> None:
    """The sentence says why."""
    run = create_run(SEALED, tones)
    for export in (keras_file, card_file, predictions_csv, use_in_classify):
        with pytest.raises(TrainingError, match="only a finished run has a model"):
            export(run)
    with pytest.raises(TrainingError, match="its envelope can be opened once it is done"):
        open_envelope(run)
    with pytest.raises(ModelError, match="no model is called 'amber-fox'"):
        find_model("amber-fox")


def test_the_envelope_is_opened_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sealed fold is scored by the run's model; the second time the first answer is remembered."""
    assert opened(run) is None
    envelope = open_envelope(run)
    dataset = load_dataset(run.data_dir)
    clips = [clip for clip in dataset.clips if clip.fold == 4]
    assert envelope.filenames == tuple(clip.filename for clip in clips)
    predictor = Predictor(run.model_dir)
    for clip, guess in zip(clips, envelope.predicted, strict=True):
        answer = classify_bytes(predictor, dataset.path(clip).read_bytes(), name="unknown.wav")
        assert answer.prediction.probs.argmax() == guess
    assert envelope.labels == tuple(NAMES.index(clip.category) for clip in clips)
    assert envelope.accuracy == np.mean(np.equal(envelope.predicted, envelope.labels))
    assert envelope.interval[0] <= envelope.accuracy <= envelope.interval[1]
    monkeypatch.setattr(module, "_score", lambda run: pytest.fail("scored again"))
    assert open_envelope(run) == opened(run) == envelope


def test_an_envelope_opened_by_two(run: Run) -> None:
    """The first answer counts, also for the one that was slower."""
    first = open_envelope(run)
    assert module._remember(run, replace(first, opened_at=0.0)) == first


def test_a_run_without_an_envelope(tones: Path) -> None:
    """It says so."""
    with pytest.raises(TrainingError, match="has no sealed test fold"):
        open_envelope(create_run(TINY, tones))
