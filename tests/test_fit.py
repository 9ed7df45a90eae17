"""Training: seeded to the bit, whole label shares, a model without the optimiser's state, a run's folder."""

from __future__ import annotations

import json
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import soundfile as sf

from esc_core.config import FeatureConfig, TrainConfig, esc_home
from esc_core.dataset import Dataset, load_dataset
from esc_core.errors import ModelError, ParameterError, TrainingError
from esc_core.features import level_mel, log_mel
from esc_core.features.waveforms import clip_waveform
from esc_core.inference import Predictor, crop_frames
from esc_core.inference.certainty import is_sure
from esc_core.inference.front_end import mel_input
from esc_core.measures.metrics import softmax
from esc_core.training.data.batches import Batches, prefetched
from esc_core.training.data.inputs import Sounds, make_source, mean_and_std
from esc_core.training.data.splits import split_for
from esc_core.training.fit import fit as fit_module
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.evaluation import EpochReport, compile_forward, logits_of
from esc_core.training.fit.fit import fit
from esc_core.training.fit.steps import make_optimizer
from esc_core.training.runs.folder import RunFolder
from esc_core.training.runs.run import Run
from esc_core.training.timing.preparation import preparation_seconds
from tests.small_runs import train_run
from tests.zip_server import make_table

N_CLASSES = 3
N_FRAMES = 60
CONFIG = TrainConfig(
    width=2,
    n_epochs=2,
    batch_size=4,
    warmup_epochs=0,
    no_mix_epochs=0,
    dropout=0.1,
    augment=(
        {"name": "crop_stretch", "n_frames": 16, "rate": [0.8, 1.25]},
        {"name": "power_mix", "ratio": [0.0, 1.0]},
        {"name": "mel_gain", "gain_db": [-6.0, 6.0]},
    ),
    features=FeatureConfig(sr=8_000, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0),
)


def spectrograms(n: int = 15) -> tuple[np.ndarray, np.ndarray]:
    """Mel power of noise with one loud row, whose place is the category."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % N_CLASSES
    mel = rng.uniform(0.5, 1.5, (n, 16, N_FRAMES)) * 1e-3
    mel[np.arange(n), 3 + 5 * labels] *= 1_000
    return mel.astype(np.float32), labels


def whole_clips() -> list[np.ndarray]:
    """Return the held-out clips as the network takes them."""
    return [mel_input(mel, least=crop_frames(CONFIG.augment)) for mel in spectrograms()[0][12:]]


def trained(config: TrainConfig) -> tuple[keras.Model, np.ndarray]:
    mel, labels = spectrograms()
    return fit(mel, labels, np.arange(12), np.arange(12, 15), n_classes=N_CLASSES, config=config)


@pytest.fixture(scope="module")
def first() -> tuple[keras.Model, np.ndarray]:
    """Train once for all tests that need a trained model."""
    return trained(CONFIG)


def batches(config: TrainConfig = CONFIG, *, n: int = 15) -> Batches:
    mel, labels = spectrograms(n)
    return Batches(make_source(Sounds(mel), np.arange(n), config), labels, n_classes=N_CLASSES, config=config)


def test_batches_are_model_input() -> None:
    """Log-mel crops with a channel at the end, and label shares that sum to one."""
    made = list(batches().epoch(1))
    assert len(made) == 15 // 4
    for x, y in made:
        assert (x.shape, x.dtype) == ((4, 16, 16, 1), np.float32)
        assert (y.shape, y.dtype) == ((4, N_CLASSES), np.float32)
        assert np.isfinite(x).all()
        np.testing.assert_allclose(y.sum(axis=1), 1, atol=1e-6)
    shares = np.concatenate([y for _, y in made])
    assert ((shares > 0.01) & (shares < 0.99)).any()


def test_an_epoch_is_decided_by_seed_and_number() -> None:
    """The same epoch has the same batches, also from another object; another epoch or seed has others."""

    def content(config: TrainConfig, epoch: int) -> bytes:
        return b"".join(x.tobytes() + y.tobytes() for x, y in batches(config).epoch(epoch))

    made = batches()
    again = [b"".join(x.tobytes() + y.tobytes() for x, y in made.epoch(epoch)) for epoch in (2, 1, 2)]
    assert again[0] == again[2] == content(CONFIG, 2)
    assert again[1] == content(CONFIG, 1) != again[0]
    assert content(replace(CONFIG, seed=1), 1) != again[1]


def test_an_epoch_uses_each_clip_at_most_once() -> None:
    """Without a mixture the labels of an epoch are those of different clips."""
    plain = replace(CONFIG, augment=CONFIG.augment[:1])
    shares = np.concatenate([y for _, y in batches(plain, n=12).epoch(1)])
    assert shares.sum(axis=0).tolist() == [4, 4, 4]
    assert set(shares.ravel().tolist()) == {0.0, 1.0}


def test_the_last_epochs_are_not_mixed() -> None:
    """In the final epochs the network gets whole labels only; before, mixed ones."""
    no_mix = replace(CONFIG, n_epochs=5, no_mix_epochs=2)
    whole = [set(np.concatenate([y for _, y in batches(no_mix).epoch(e)]).ravel()) == {0, 1} for e in range(1, 6)]
    assert whole == [False, False, False, True, True]


def test_fewer_clips_than_a_batch() -> None:
    """All of them make one."""
    made = list(batches(replace(CONFIG, batch_size=64)).epoch(1))
    assert [x.shape[0] for x, _ in made] == [15]


def test_prefetching_keeps_order_and_errors() -> None:
    """Items come as they were made, then what went wrong is raised where they are used."""

    def items() -> Iterator[int]:
        yield from range(20)
        raise RuntimeError("no more")

    seen: list[int] = []
    with pytest.raises(RuntimeError, match="no more"):
        seen.extend(prefetched(items(), ahead=2))
    assert seen == list(range(20))
    assert list(prefetched(iter(()))) == []


def test_prefetching_ends_with_its_user() -> None:
    """Whoever stops half-way leaves no thread behind that waits for ever."""
    before = set(threading.enumerate())
    made = prefetched(iter(range(1000)), ahead=2)
    assert next(made) == 0
    (thread,) = set(threading.enumerate()) - before
    made.close()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_mean_and_deviation() -> None:
    """Over all bands and frames of clips of different lengths."""
    clips = [log_mel(level_mel(m)[:, :n]) for m, n in zip(spectrograms(3)[0], (5, 20, 60), strict=True)]
    values = np.concatenate([x.ravel() for x in clips]).astype(np.float64)
    assert mean_and_std(clips) == pytest.approx((values.mean(), values.std()), rel=1e-5)


def test_the_same_seed_trains_the_same_model(first: tuple[keras.Model, np.ndarray]) -> None:
    """To the bit: logits of the held-out clips and every weight; another seed differs."""
    model, logits = first
    assert (logits.shape, logits.dtype) == ((3, N_CLASSES), np.float32)
    again_model, again_logits = trained(CONFIG)
    assert again_logits.tobytes() == logits.tobytes()
    for one, other in zip(model.get_weights(), again_model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.abs(trained(replace(CONFIG, seed=1))[1] - logits).max() > 1e-3


def test_the_logits_are_those_of_the_held_out_clips(first: tuple[keras.Model, np.ndarray]) -> None:
    """Of each whole, by the model of the last epoch, in the order that was asked for."""
    model, logits = first
    clips = whole_clips()
    np.testing.assert_array_equal(logits_of(compile_forward(model), clips), logits_of(model, clips))
    np.testing.assert_allclose(logits_of(model, clips), logits, atol=1e-5)
    np.testing.assert_allclose([np.asarray(model(clip[None]))[0] for clip in clips], logits, atol=1e-5)


def test_a_saved_model_is_weights_only(first: tuple[keras.Model, np.ndarray], tmp_path: Path) -> None:
    """It holds no optimiser's state, three times the weights, and gives the same logits once it is loaded."""
    model, logits = first
    model.save(tmp_path / "weights.keras")
    with zipfile.ZipFile(tmp_path / "weights.keras") as archive:
        archive.extract("model.weights.h5", tmp_path)
    sizes: list[int] = []
    with h5py.File(tmp_path / "model.weights.h5") as weights:
        assert "optimizer" not in weights
        weights.visititems(lambda name, item: sizes.append(item.size) if isinstance(item, h5py.Dataset) else None)
    assert sum(sizes) < 1.1 * model.count_params()
    loaded = keras.saving.load_model(tmp_path / "weights.keras", compile=False)
    np.testing.assert_array_equal(logits_of(loaded, whole_clips()), logits_of(model, whole_clips()))
    np.testing.assert_allclose(logits_of(loaded, whole_clips()), logits, atol=1e-5)


def test_it_learns() -> None:
    """A loud row is a category: the loss falls, also without mixing, and all held-out clips are correct."""
    mel, labels = spectrograms(30)
    reports: list[EpochReport] = []
    config = replace(CONFIG, width=4, n_epochs=25, no_mix_epochs=5, learning_rate=0.01, no_mix_learning_rate=0.005)
    _, logits = fit(
        mel, labels, np.arange(24), np.arange(24, 30), n_classes=N_CLASSES, config=config, on_epoch=reports.append
    )
    assert (logits.argmax(axis=1) == labels[24:]).all()
    assert [report.epoch for report in reports] == list(range(1, 26))
    assert [r.epoch for r in reports if r.val_accuracy is not None] == list(range(1, 26))
    assert (reports[-1].train_accuracy, reports[-1].val_loss < 0.3) == (1.0, True)
    assert reports[-1].val_accuracy == 1.0
    assert reports[-1].loss < 0.5 * reports[0].loss
    assert not np.isnan([report.loss for report in reports]).any()


@pytest.mark.parametrize("where", ["loss", "logits"])
def test_diverged_training_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Values that are no numbers end it with a sentence, before they reach the curves or the checkpoint."""
    mel, labels = spectrograms()
    if where == "loss":
        monkeypatch.setattr(fit_module, "train_epoch", lambda step, batches, on_step: float("nan"))
    else:
        mel[13] = np.nan  # held out, so that the loss is a number
    reports: list[EpochReport] = []
    checkpoint = Checkpoint(tmp_path / "checkpoint.npz")
    with pytest.raises(TrainingError, match="the training diverged in epoch 1: its values are no longer numbers"):
        fit(
            mel,
            labels,
            np.arange(12),
            np.arange(12, 15),
            n_classes=N_CLASSES,
            config=CONFIG,
            on_epoch=reports.append,
            checkpoint=checkpoint,
        )
    assert (reports, checkpoint.epoch(), list(tmp_path.iterdir())) == ([], 0, [])


def test_no_number_is_sure() -> None:
    """A network that diverged is never sure, whatever the threshold."""
    assert not is_sure(np.full((3, 2), np.nan), 0.0).any()


def test_training_can_be_stopped() -> None:
    """It ends after the step that says so, without another epoch."""
    mel, labels = spectrograms()
    steps: list[tuple[int, int]] = []
    reports: list[EpochReport] = []

    def on_step(epoch: int, step: int) -> bool:
        steps.append((epoch, step))
        return step < 2

    everything = np.arange(12)
    fit(
        mel,
        labels,
        everything,
        np.arange(12, 15),
        n_classes=N_CLASSES,
        config=CONFIG,
        on_epoch=reports.append,
        on_step=on_step,
    )
    assert steps == [(1, 1), (1, 2)]
    assert reports == []


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            {"augment": ({"name": "mel_gain"},)},
            ParameterError,
            "the chain must hold a crop_stretch step, got ..mel_gain",
        ),
        ({"augment": ({"name": "crop_stretch"}, {"name": "echo"})}, ParameterError, "name must be one of"),
        ({"model": "resnet"}, ModelError, "no model is called 'resnet'"),
    ],
)
def test_what_cannot_be_trained(tmp_path: Path, dataset: Dataset, settings: dict, error: type, message: str) -> None:
    """It is refused before anything is computed or written, so that the folder can be used with other settings."""
    config, lines = replace(CONFIG, **settings), []
    with pytest.raises(error, match=message):
        trained(config)
    with pytest.raises(error, match=message):
        train_run(config, dataset, tmp_path / "run", lines)
    assert lines == []
    assert not (tmp_path / "run").exists()


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Write fifteen tones, three to a fold; the pitch is the category. One recording lies in folds 1 and 2."""
    root = tmp_path / "data"
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    names = [f"{fold}-{100 * fold + target}-A-{target}.wav" for fold in range(1, 6) for target in range(3)]
    names[5] = "2-102-B-2.wav"
    rng = np.random.default_rng(0)
    for i, name in enumerate(names):
        t = np.arange(8_000 * 5) / 8_000
        y = 0.3 * np.sin(2 * np.pi * 300 * 3 ** (i % 3) * t) + 0.01 * rng.standard_normal(t.size)
        sf.write(root / "audio" / name, y, 8_000)
    (root / "meta" / "esc50.csv").write_bytes(make_table(names))
    return load_dataset(root)


def test_a_run_remembers_what_its_preparation_took(tmp_path: Path, dataset: Dataset) -> None:
    """The next is expected to take as long besides its steps; reading the clips counts while they are not cached."""
    began = time.monotonic()
    result = train_run(CONFIG, dataset, tmp_path / "runs" / "one")
    wall = time.monotonic() - began
    chosen, split = split_for(dataset, CONFIG)
    overhead = preparation_seconds(CONFIG, chosen, split.train)
    assert overhead is not None
    assert 0 < overhead < wall
    assert result.seconds < wall
    shutil.rmtree(esc_home() / "features")
    assert (preparation_seconds(CONFIG, chosen, split.train) or 0.0) > overhead


def test_a_run_is_a_folder(tmp_path: Path, dataset: Dataset) -> None:
    """Settings, state, curves, model and held-out logits, which all agree, each under its declared name."""
    out, lines = tmp_path / "runs" / "one", []
    result = train_run(CONFIG, dataset, out, lines)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == {
        "config.json",
        "notes.json",
        "status.json",
        "metrics.jsonl",
        "val_logits.npz",
        "model/fold1.keras",
        "run.json",
        "watched.json",
        "guesses.jsonl",
        "checkpoint.npz",
        "log.txt",
        "worker.lock",
        "model/card.json",
    }
    read = {name: json.loads((out / name).read_text()) for name in ("config.json", "status.json", "model/card.json")}
    assert TrainConfig.from_dict(read["config.json"]) == CONFIG
    assert read["status.json"].items() >= {"state": "done", "epoch": 2, "n_epochs": 2, "error": None}.items()
    rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]
    scores = {"val_accuracy", "val_loss", "train_accuracy", "macro_recall"}
    assert all(row.keys() == {"epoch", "loss", "seconds", "core_seconds", *scores} for row in rows)
    (guesses,) = Run(out).guesses()[-1:]
    with np.load(out / "val_logits.npz") as held_out:
        assert held_out["filenames"].tolist() == [clip.filename for clip in dataset.clips[:3]]
        assert held_out["labels"].tolist() == [0, 1, 2]
        card = read["model/card.json"]
        probs = softmax(held_out["logits"] / card["temperature"]["1"])
    accuracy = (probs.argmax(axis=1) == [0, 1, 2]).mean()
    assert [given.calibrated for given in Run(out).guesses()] == [False, True]
    np.testing.assert_allclose(guesses.confidence, probs.max(axis=1), rtol=1e-5)
    predictor = Predictor(out / "model")
    waves = [clip_waveform(dataset.path(clip), predictor.card.features.sr) for clip in dataset.clips[:3]]
    classified = [predictor.clip_probs([y])[0] for y in waves]
    np.testing.assert_allclose(guesses.confidence, np.max(classified, axis=1), atol=1e-4)  # one clip, one probability
    assert (guesses.predicted == [0, 1, 2]).mean() == pytest.approx(accuracy)
    assert result.accuracy == card["accuracy"] == rows[-1]["val_accuracy"] == pytest.approx(accuracy)
    assert (result.epochs, result.seconds > 0) == (2, True)
    assert card["labels"] == ["category_0", "category_1", "category_2"]
    assert (card["n_train"], card["n_left_out"]) == (11, 1)
    assert card["data"] == "data, 8 kHz, 16-bit"
    assert card["trained_on"] == sorted(clip.clip_id for clip in dataset.clips[3:] if clip.src_file != "102")
    assert keras.saving.load_model(out / "model" / "fold1.keras", compile=False).output_shape == (None, 3)
    assert lines[0].startswith("1 of 12 training clips is left out")
    assert len(lines) == 4  # also the features, and two epochs
    assert "epoch 2/2: loss" in lines[-1]

    declared = {name for name in dir(RunFolder) if name.endswith(("_file", "_dir"))}
    absent = {name for name in declared if not getattr(Run(out), name).exists()}
    assert absent == {"stop_file", "lesson_file", "envelope_file", "generator_file", "samples_dir"}

    with pytest.raises(TrainingError, match=r"one holds a run already; name another folder"):
        train_run(CONFIG, dataset, out)
    assert json.loads((out / "status.json").read_text()) == read["status.json"]


def test_a_run_that_cannot_be_written(tmp_path: Path, dataset: Dataset) -> None:
    """A file in the place of its folder is a sentence."""
    (tmp_path / "runs").touch()
    with pytest.raises(TrainingError, match=r"the folder .*one can't be made: Not a directory"):
        train_run(CONFIG, dataset, tmp_path / "runs" / "one")


def test_the_rate_warms_up_and_falls() -> None:
    """Linearly to its peak, then by a cosine to zero; the final epochs without mixing have a schedule of their own."""
    config = replace(
        CONFIG, n_epochs=10, warmup_epochs=2, no_mix_epochs=4, learning_rate=0.1, no_mix_learning_rate=0.01
    )

    def rates(*, no_mix: bool) -> list[float]:
        schedule = make_optimizer(config, 5, no_mix=no_mix)._learning_rate
        return [float(schedule(step)) for step in (range(21) if no_mix else range(31))]

    mixed, unmixed = rates(no_mix=False), rates(no_mix=True)
    np.testing.assert_allclose(mixed[:11], np.linspace(0, 0.1, 11), atol=1e-7)
    np.testing.assert_allclose(mixed[20], 0.05, atol=1e-7)
    np.testing.assert_allclose(unmixed[:6], np.linspace(0, 0.01, 6), atol=1e-7)
    assert max(mixed) == pytest.approx(0.1)
    assert mixed[-1] == pytest.approx(0, abs=1e-7)
    assert max(unmixed) == pytest.approx(0.01)
    assert unmixed[-1] == pytest.approx(0, abs=1e-7)
