"""What version 0.1.0 wrote still opens and means the same; `tests/data/README.md` says how its files were made."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from benchmarks.mixes import plain_events
from esc_core import audio
from esc_core.augment import Compose
from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset import Clip, Dataset, load_dataset
from esc_core.errors import AudioError
from esc_core.features import extract
from esc_core.features.cache import unreadable_rows
from esc_core.features.waveforms import clip_waveform, extract_waveforms
from esc_core.inference import Predictor
from esc_core.models.folder import read_card
from esc_core.models.network import load_network
from esc_core.training.data.copies import make_copies
from esc_core.training.finished.envelope import opened
from esc_core.training.lessons.teach import lesson_curves
from esc_core.training.process.control import requeue
from esc_core.training.process.worker import work
from esc_core.training.record import held_out_probs
from esc_core.training.runs.run import Run
from esc_core.training.study.grid import read_grid
from esc_core.training.study.tables import finished_rows, read_tables
from tests.zip_server import HEADER

DATA = Path(__file__).parent / "data"

CONFIG = TrainConfig(
    width=2,
    val_fold=1,
    test_fold=5,
    n_epochs=3,
    batch_size=4,
    warmup_epochs=0,
    no_mix_epochs=1,
    dropout=0.1,
    augment=(
        {"name": "crop_stretch", "n_frames": 16, "rate": [0.8, 1.25]},
        {"name": "power_mix", "ratio": [0.0, 1.0]},
    ),
    n_copies=0,
    features=FeatureConfig(sr=8_000, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0),
)
"""The settings of the runs, by the names that they have today."""

NOWHERE = Path("/esc-sound-lab/written-before")
"""The data folder that the runs and the caches name."""

CHAIN = [{"name": "pitch_shift", "n_steps": [-2.0, 2.0]}, {"name": "gain", "gain_db": -3.0}]
"""What the copies were made with."""

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
"""Networks compute in single precision, in another order on each kind of processor."""

WITHOUT_OFFSET = {"rtol": 0, "atol": 5e-4}
"""A constant offset is subtracted today before a sound is classified, even one as small as that of noise."""


def write_tones(root: Path) -> Path:
    """Write the data set that everything was trained on: two categories, two recordings of each in a fold."""
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    t = np.arange(8_000 * 5) / 8_000
    rows = []
    for fold in range(1, 6):
        for target, category in enumerate(("dog", "rooster")):
            for i, take in enumerate("AB"):
                src_file = 100 * fold + 10 * target + i
                name = f"{fold}-{src_file}-{take}-{target}.wav"
                y = 0.3 * np.sin(2 * np.pi * (300 * 3**target + 10 * fold + 5 * i) * t)
                y += 0.02 * np.random.default_rng(src_file).standard_normal(t.size)
                sf.write(root / "audio" / name, np.round(y * 32767).astype(np.int16), 8_000)
                rows.append(f"{name},{fold},{target},{category},True,{src_file},{take}\n")
    (root / "meta" / "esc50.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture(scope="module")
def packed() -> Predictor:
    """Load the packed model once for all tests."""
    return Predictor(DATA / "models" / "tiny")


@pytest.fixture
def nowhere() -> Dataset:
    """Name two clips in a folder that does not exist, as the caches do: nothing can be computed from them."""
    clips = (Clip("1-100-A-0.wav", 1, 0, "dog", True, "100", "A"), Clip("1-101-B-0.wav", 1, 0, "dog", True, "101", "B"))
    return Dataset(NOWHERE, clips)


def run_of(name: str) -> Run:
    return Run(DATA / "runs" / name)


def answers() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((DATA / "predictions.json").read_text(encoding="utf-8"))
    return values


@pytest.mark.parametrize(
    ("name", "config"), [("finished", CONFIG), ("stopped", CONFIG), ("lesson", replace(CONFIG, test_fold=None))]
)
def test_settings_are_read_by_their_former_names(name: str, config: TrainConfig) -> None:
    """A config.json that says `settle_epochs` gives the settings that were meant."""
    text = (DATA / "runs" / name / "config.json").read_text(encoding="utf-8")
    assert "settle_epochs" in text
    assert run_of(name).config == config


def test_a_finished_run_tells_what_it_told() -> None:
    """State, name, curves, predictions of the validation clips, and the model's card."""
    run = run_of("finished")
    status, watched = run.status(), run.watched()
    assert (run.name, run.data_dir, run.lesson) == ("amber fox", NOWHERE, None)
    assert (status.state, status.epoch, status.n_epochs, status.accuracy) == ("done", 3, 3, 1.0)
    assert [row["epoch"] for row in run.metrics()] == [1, 2, 3]
    assert run.metrics()[-1]["loss"] == pytest.approx(0.3839529752731323)
    assert watched is not None
    assert watched.filenames == ("1-100-A-0.wav", "1-101-B-0.wav", "1-110-A-1.wav", "1-111-B-1.wav")
    assert run.confusion(run.guesses()[-1]).tolist() == [[2, 0], [0, 2]]
    card = read_card(run.model_dir)
    assert card.train_config == CONFIG
    assert card.details["accuracy"] == 1.0
    assert card.folds == (1,)


def test_an_opened_envelope_stays_open() -> None:
    """The score of the sealed fold, as it was told once."""
    envelope = opened(run_of("finished"))
    assert envelope is not None
    assert (envelope.fold, envelope.accuracy) == (5, 1.0)
    assert len(envelope.filenames) == len(envelope.predicted) == len(envelope.confidence) == 4


def test_a_finished_run_predicts_what_it_predicted(tones: Path) -> None:
    """Its weights give the answers that it stored: it classified five crops of a clip, and so it does still."""
    run = run_of("finished")
    before = held_out_probs(run)
    waves = [clip_waveform(tones / "audio" / name, CONFIG.features.sr) for name in before.filenames]
    assert len(waves) == 4
    np.testing.assert_allclose(Predictor(run.model_dir).clip_probs(waves), before.probs, **WITHOUT_OFFSET)


def test_a_stopped_run_goes_on(tones: Path, tmp_path: Path) -> None:
    """From its checkpoint, not from the start: its first epoch stays, and it ends as the run that never stopped."""
    folder = shutil.copytree(DATA / "runs" / "stopped", tmp_path / "stopped")
    (folder / "model").mkdir(exist_ok=True)  # a repository holds no empty folders
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(about | {"data_dir": str(tones)}), encoding="utf-8")
    run = Run(folder)
    status, before = run.status(), run.metrics()
    assert (status.state, status.epoch, status.can_resume) == ("stopped", 1, True)
    requeue(run, status)
    result = work(run)
    assert (result.epochs, run.status().state) == (3, "done")
    assert run.metrics()[:1] == before
    assert [row["epoch"] for row in run.metrics()] == [1, 2, 3]
    resumed, uninterrupted = (
        load_network(path / "model" / "fold1.keras") for path in (folder, DATA / "runs" / "finished")
    )
    for weights, others in zip(resumed.get_weights(), uninterrupted.get_weights(), strict=True):
        # six steps of AdamW, which lets a last bit grow where a gradient is nearly zero
        np.testing.assert_allclose(weights, others, atol=5e-3)


def test_a_lesson_shows_its_curves() -> None:
    """Both arms with all their epochs."""
    run = run_of("lesson")
    without, augmented = lesson_curves(run)
    assert (run.lesson, run.status().state) == ("augmentation", "done")
    assert [arm.name for arm in (without, augmented)] == ["without", "with"]
    assert [row["accuracy"] for row in without.rows] == [1.0, 1.0, 1.0]
    assert [row["accuracy"] for row in augmented.rows] == [0.5, 0.5, 0.5]
    assert (augmented.n_train, augmented.n_test, augmented.siblings) == (16, 4, 0)


def test_a_packed_model_answers_as_before(tones: Path, packed: Predictor) -> None:
    """The same probabilities and the same "not sure", by the mean of all five models and by each of them."""
    stored = answers()
    assert packed.card.mean_accuracy() == pytest.approx(stored["mean_accuracy"])
    assert packed.card.train_config.no_mix_epochs == 1
    y, sr = audio.load(tones / "audio" / stored["clip"])
    y = y[: 2 * sr]
    for fold in (None, 1, 2, 3, 4, 5):
        prediction, expected = packed.predict(y, sr, fold=fold), stored["predictions"][str(fold)]
        np.testing.assert_allclose(prediction.probs, expected["probs"], **WITHOUT_OFFSET)
        assert (prediction.not_sure, prediction.threshold) == (expected["not_sure"], expected["threshold"])


def test_a_long_recording_has_the_same_windows(tones: Path, packed: Predictor) -> None:
    """The same windows have an answer, with the thresholds of the old card; the rule of events is a newer one."""
    stored = answers()
    y, sr = audio.load(tones / "audio" / stored["clip"])
    prediction = packed.predict(np.tile(y[: 2 * sr], 4), sr)
    expected = stored["predictions"]["long"]
    np.testing.assert_allclose(prediction.probs, expected["probs"], **WITHOUT_OFFSET)
    assert prediction.timeline is not None
    sure = plain_events(prediction.timeline, packed.card.calibration_of(None).event_threshold)
    assert [(event.start, event.end, event.category) for event in sure] == [
        (pytest.approx(start), pytest.approx(end), category) for start, end, category in expected["events"]
    ]


def test_a_study_does_not_train_again() -> None:
    """Its plan finds both cells in the tables, with the settings that they were trained with."""
    grid = read_grid(DATA / "study" / "tiny.toml")
    tables = read_tables(DATA / "study", "tiny")
    assert tables is not None
    assert "settle_epochs" in json.dumps(tables.about["settings"])
    assert len(tables.clips) == 8
    rows = finished_rows(DATA / "study", grid, data="8 kHz, 16-bit copy")
    assert sorted(rows) == sorted(cell.id for cell in grid.cells)
    assert {cell: row.result["accuracy"] for cell, (row,) in rows.items()} == {
        "with-fold1-seed0": 0.5,
        "without-fold1-seed0": 1.0,
    }


def test_caches_are_made_again(nowhere: Dataset, tmp_path: Path) -> None:
    """Decoding has changed since, so nothing is taken from them; here are no clips from which to make them again."""
    for name in ("features", "copies"):
        shutil.copytree(DATA / name, tmp_path / name)
    before = {path: path.read_bytes() for path in tmp_path.glob("*/*.npy")}
    assert len(before) == 3
    mel = extract(nowhere, CONFIG.features, folder=tmp_path / "features").mel
    waveforms = extract_waveforms(nowhere, 4_000, folder=tmp_path / "features")
    for array in (mel, waveforms):
        assert list(unreadable_rows(array)) == list(range(len(nowhere.clips)))
    with pytest.raises(AudioError, match="the file is missing"):
        make_copies(
            nowhere,
            np.arange(2),
            Compose.from_json(CHAIN),
            CONFIG.features,
            kind="log_mel",
            n_copies=1,
            seed=0,
            folder=tmp_path / "copies",
        )
    assert before.items() <= {path: path.read_bytes() for path in tmp_path.glob("*/*.npy")}.items()


def test_stored_features_are_those_of_today(tones: Path) -> None:
    """What is computed today from the same clips is what was computed then."""
    dataset = load_dataset(tones)
    [stored] = (np.load(path) for path in (DATA / "features").iterdir() if np.load(path).dtype == np.float32)
    np.testing.assert_allclose(extract(dataset, CONFIG.features).mel[:2], stored, rtol=1e-4, atol=1e-6)
