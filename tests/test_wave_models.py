"""Models on waveforms, from runs to a packed model to answers: the same sounds in training and afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core.audio import load
from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.features.waveforms import level_wave
from esc_core.inference import Predictor, crop_frames
from esc_core.inference.evaluate import evaluate, out_of_fold_probs
from esc_core.inference.front_end import wave_input
from esc_core.measures.loudness import without_offset
from esc_core.measures.metrics import softmax
from esc_core.models.folder import read_card
from esc_core.training.finished.pack import pack
from tests.small_model import write_small_model
from tests.small_runs import train_run
from tests.zip_server import make_table

SR = 16_000


def sound(seconds: float, *, sr: int = SR, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(round(seconds * sr))).astype(np.float32)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """Write and load a small untrained model on waveforms."""
    folder = tmp_path_factory.mktemp("models") / "small"
    write_small_model(folder, model="wave_cnn")
    return Predictor(folder)


def by_hand(predictor: Predictor, y: np.ndarray, fold: int) -> np.ndarray:
    """Probabilities of one network for a levelled waveform, without the Predictor."""
    import keras

    model = keras.saving.load_model(predictor.folder / f"fold{fold}.keras", compile=False)
    return softmax(np.asarray(model(level_wave(y, SR)[None, :, None], training=False)))[0]


def test_a_waveform_as_the_network_takes_it() -> None:
    """Levelled and whole; one that is shorter than a training crop lies in the middle of silence."""
    y = np.array([0, 3, -3, 3, -3, 0], np.float32)
    assert wave_input(np.tile(y[1:3], SR), SR, least=10)[:, 0].tolist() == [1, -1] * SR
    assert wave_input(np.tile(y[1:3], 2), SR, least=9)[:, 0].tolist() == [0, 0, 1, -1, 1, -1, 0, 0, 0]


def test_the_window_is_that_of_the_last_crop() -> None:
    """In frames, to the nearest; a crop of changing length is none."""
    assert crop_frames([{"name": "random_crop", "seconds": 1.5}]) == 60
    twice = [{"name": "random_crop", "seconds": 2.0}, {"name": "speed"}, {"name": "random_crop", "seconds": 1.0}]
    assert crop_frames(twice) == 40
    assert crop_frames(twice, features=FeatureConfig(sr=44_100, n_fft=2048, hop_length=441)) == 100
    assert crop_frames([{"name": "random_crop", "seconds": [1.0, 2.0]}]) == 0


@pytest.mark.parametrize(("seconds", "sr"), [(5.0, SR), (0.3, SR), (2.0, 44_100), (7.0, SR)])
def test_sounds_of_any_length_and_rate(predictor: Predictor, seconds: float, sr: int) -> None:
    """Probabilities that sum to one, and a timeline beyond a clip's length."""
    predictor.load()
    prediction = predictor.predict(sound(seconds, sr=sr), sr)
    assert prediction.probs.sum() == pytest.approx(1, abs=1e-5)
    assert (prediction.timeline is not None) == (seconds > 5)
    assert prediction.log_mel.shape[0] == 64  # for eyes; the network never sees it


def test_each_network_hears_the_levelled_waveform(predictor: Predictor) -> None:
    """Its own answer, whatever the level and the padding."""
    y = sound(3)
    padded = np.concatenate([np.zeros(SR // 2, np.float32), 0.01 * y, np.zeros(SR // 2, np.float32)])
    for fold in (1, 4):
        np.testing.assert_allclose(predictor.predict(y, SR, fold=fold).probs, by_hand(predictor, y, fold), atol=1e-4)
        quiet = predictor.predict(padded, SR, fold=fold)
        np.testing.assert_allclose(quiet.probs, by_hand(predictor, y, fold), atol=1e-3)


def test_a_long_recording(predictor: Predictor) -> None:
    """Each window of the timeline is the answer to that piece, levelled on its own."""
    y = np.concatenate([sound(4), 0.5 * sound(4, seed=1)])
    timeline = predictor.predict(y, SR, fold=2).timeline
    assert timeline is not None
    assert timeline.window_seconds == pytest.approx(1.5)
    for i in (0, 5, len(timeline.times) - 2):
        first = round((timeline.times[i] - 0.75) * SR)
        expected = by_hand(predictor, without_offset(y, SR)[first : first + 24_000], 2)
        np.testing.assert_allclose(timeline.probs[i], expected, atol=1e-3)


def test_silence_is_nothing(predictor: Predictor) -> None:
    """As for every model."""
    assert predictor.predict(np.zeros(SR, np.float32), SR).nothing


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Write nine tones in noise, in three folds; the pitch is the category."""
    root = tmp_path / "data"
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    names = [f"{fold}-{100 * fold + target}-A-{target}.wav" for fold in range(1, 4) for target in range(3)]
    rng = np.random.default_rng(0)
    for i, name in enumerate(names):
        t = np.arange(8_000 * 5) / 8_000
        y = 0.3 * np.sin(2 * np.pi * 300 * 3 ** (i % 3) * t) + 0.01 * rng.standard_normal(t.size)
        sf.write(root / "audio" / name, y, 8_000)
    (root / "meta" / "esc50.csv").write_bytes(make_table(names))
    return load_dataset(root)


def test_from_runs_to_answers(dataset: Dataset, tmp_path: Path) -> None:
    """The runs of all folds become a model with their out-of-fold answers, which names a file's sound."""
    runs = []
    for fold in dataset.fold_numbers:
        config = TrainConfig(
            model="wave_cnn",
            width=1,
            val_fold=fold,
            n_epochs=1,
            batch_size=4,
            warmup_epochs=0,
            no_mix_epochs=0,
            augment=({"name": "noise"}, {"name": "random_crop", "seconds": 0.5}, {"name": "between_class"}),
            n_copies=1,
            features=FeatureConfig(sr=8_000, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0),
        )
        runs.append(tmp_path / f"run{fold}")
        train_run(config, dataset, runs[-1])
    card = pack(runs, name="small", out=tmp_path / "small")
    assert (card.input, card.crop_frames, card.crop_samples) == ("waveform", 20, 4_000)
    assert read_card(tmp_path / "small") == card
    predictor = Predictor(tmp_path / "small")
    probs = out_of_fold_probs(predictor, dataset)
    for fold, run in enumerate(runs, start=1):
        with np.load(run / "val_logits.npz") as held_out:
            logits = held_out["logits"] / card.calibration_of(fold).temperature
        np.testing.assert_allclose(probs[dataset.folds == fold], softmax(logits), atol=1e-3)
        assert json.loads((run / "config.json").read_text())["n_copies"] == 1
    scores = evaluate(predictor, dataset)
    assert scores["n_clips"] == 9
    y, sr = load(dataset.path(dataset.clips[4]))
    answer = predictor.predict(y, sr, fold=2)
    np.testing.assert_allclose(answer.probs, probs[4], atol=1e-3)
