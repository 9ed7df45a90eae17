"""A generator is trained by a run like any other: listed, stopped, resumed to the bit, damaged, refused elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esc_core.cli import main
from esc_core.config import GeneratorConfig
from esc_core.dataset import load_dataset
from esc_core.errors import ModelError, TrainingError
from esc_core.generate.generator import load_generator
from esc_core.generate.installed import find_generator, generators
from esc_core.generate.training.presets import PRESETS
from esc_core.generate.training.samples import read_samples, sampled_epochs
from esc_core.generate.training.train import train_generator
from esc_core.training.process import control
from esc_core.training.process.control import queue_again, submit
from esc_core.training.process.create import create_run
from esc_core.training.process.worker import work
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.heartbeat import StoppedError
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import Run
from tests.small_finished_run import write_run
from tests.small_generator import random_generator, write_generator_run
from tests.small_runs import NAMES, TINY, wait_until, write_tones

pytestmark = pytest.mark.timeout(900)  # TensorFlow compiles a step for each training, on a busy machine for minutes

SMALL = GeneratorConfig(
    n_epochs=3,
    batch_size=8,
    width=4,
    n_latent=4,
    show_every=2,
    augment=({"name": "crop_stretch", "n_frames": 16, "rate": 1.0},),
    features=TINY.features,
)


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


def weights(run: Run) -> dict[str, np.ndarray]:
    return load_generator(run.generator_file)._weights


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tones: Path) -> None:
    """Stopped after its first epoch and resumed, it has the same losses, samples and weights, to the bit."""
    whole, cut = create_run(SMALL, tones), create_run(SMALL, tones)
    work(whole, train=train_generator)

    def stop_early(line: str) -> None:
        if line.startswith("epoch 1/3"):
            cut.stop_file.touch()

    with pytest.raises(StoppedError):
        work(cut, train=train_generator, progress=stop_early)
    status = cut.status()
    assert (status.state, status.epoch, status.can_resume) == ("stopped", 1, True)
    queue_again(cut)
    work(cut, train=train_generator)
    assert cut.status().state == "done"
    losses = [
        [(row["epoch"], row["generator_loss"], row["critic_loss"]) for row in run.metrics()] for run in (whole, cut)
    ]
    assert losses[0] == losses[1]
    assert [row[0] for row in losses[0]] == [1, 2, 3]
    for name, values in weights(whole).items():
        assert np.array_equal(values, weights(cut)[name]), name
    assert sampled_epochs(whole) == sampled_epochs(cut) == [2, 3]
    first, second = (read_samples(run, 3) for run in (whole, cut))
    assert first
    assert second
    assert np.array_equal(first.log_mel, second.log_mel)
    card = load_generator(cut.generator_file).card
    assert (card.labels, card.val_fold, card.n_clips, card.epochs) == (NAMES, 5, 24, 3)
    assert whole.faults() == []


def test_its_worker_is_another_module_in_the_same_queue(tones: Path) -> None:
    """A submitted run is trained by a process of its own, is listed with its kind, and its generator is found."""
    run = submit(replace(SMALL, n_epochs=1), tones, name="amber fox")
    try:
        wait_until(lambda: run.status().state not in BUSY, what="the end", seconds=800)
    finally:
        for process in control._started:
            process.kill()
            process.wait()
        control._started.clear()
    assert run.status().state == "done", run.log()
    assert [one.kind for one in list_runs()] == ["generator"]
    assert list_runs(kind="classifier") == []
    assert generators()[0].name == "amber fox"
    assert find_generator("amber fox") == run.generator_file


def test_a_generator_hears_no_held_out_fold(tones: Path) -> None:
    """A preset leaves out the last fold; the card counts the clips of the others."""
    dataset = load_dataset(tones)
    for preset in PRESETS.values():
        config = preset.config(dataset)
        assert config.val_fold == 5
        assert set(config.categories or ()) <= set(NAMES)
    two = PRESETS["two-categories"].config(dataset)
    assert two.categories == ("dog", "rain")  # of different groups, unlike dog and rooster
    steps = two.n_epochs * (16 // min(two.batch_size, 16))
    assert steps == PRESETS["two-categories"].n_steps


def test_what_is_of_the_other_kind_is_refused(tones: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A classifier's command names a generator's run, and the other way round, before anything is queued."""
    generator = write_generator_run(replace(SMALL, n_epochs=4), tones, state="stopped")
    classifier = write_run(TINY, tones, state="stopped")
    with pytest.raises(TrainingError, match="trains a generator of sounds, not a classifier"):
        _ = generator.config
    assert main(["train", "--resume", generator.id]) == 1
    assert "not a classifier" in capsys.readouterr().err
    assert main(["generate", "train", "--resume", classifier.id]) == 1
    assert "not a generator" in capsys.readouterr().err
    assert [run.status().state for run in (generator, classifier)] == ["stopped", "stopped"]


def test_a_damaged_run_is_told(tones: Path) -> None:
    """A bad line of its losses is named, its status is concluded, and other samples stay readable."""
    run = write_generator_run(replace(SMALL, n_epochs=4), tones)
    with run.metrics_file.open("a") as file:
        file.write('{"epoch": 5, "loss": 1.0, "seconds": 2.0}\n')
    run.samples_after(2).write_bytes(b"no archive")
    assert run.faults() == ["metrics.jsonl is damaged: 1 line is left out."]
    assert [row["epoch"] for row in run.metrics()] == [1, 2, 3, 4]
    assert read_samples(run, 2) is None
    assert read_samples(run, 4) is not None
    run.status_file.unlink()
    assert (run.written().state, run.written().epoch) == ("done", 4)


def test_a_preset_needs_what_can_be_split(tones: Path) -> None:
    """Categories that the data lacks are refused, and nothing is written."""
    with pytest.raises(TrainingError, match="no category 'car_horn'"):
        create_run(replace(SMALL, categories=("dog", "car_horn")), tones)
    assert list_runs() == []


def test_samples_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """WAV files of one category, and of a walk; an unknown category is named with those that are known."""
    path = tmp_path / "made.npz"
    random_generator(("dog", "rain"), features=TINY.features).save(path)
    line = ["generate", "sample", "--generator", str(path), "--category", "rain", "--count", "2"]
    assert main([*line, "--out", str(tmp_path / "a")]) == 0
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == ["rain-seed0-01.wav", "rain-seed0-02.wav"]
    assert main([*line, "--to", "dog", "--out", str(tmp_path / "b")]) == 0
    assert (tmp_path / "b" / "rain-to-dog-seed0-02.wav").is_file()
    # a walk begins at the first sound of its seed
    first = [
        (tmp_path / folder).joinpath(name).read_bytes()
        for folder, name in (("a", "rain-seed0-01.wav"), ("b", "rain-to-dog-seed0-01.wav"))
    ]
    assert first[0] == first[1]
    assert "an approximation (Griffin-Lim)" in capsys.readouterr().err
    assert main([*line[:4], "--category", "cow", "--out", str(tmp_path / "c")]) == 1
    assert "it knows dog, rain" in capsys.readouterr().err
    with pytest.raises(ModelError, match="there is no generator 'none'"):
        find_generator("none")


def test_a_shipped_generator_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By that of its file and by that for people, in the shell and in the list; what is no generator is not listed."""
    monkeypatch.setattr("esc_core.generate.installed.GENERATORS_DIR", tmp_path)
    path = tmp_path / "esc10-short.npz"
    random_generator(("dog", "rain"), features=TINY.features).save(path)
    (tmp_path / "README.md").write_text("what lies here")
    assert [(one.key, one.name, one.shipped) for one in generators()] == [
        ("esc10-short", "ESC-10, short training", True)
    ]
    assert find_generator("esc10-short") == find_generator("ESC-10, short training") == path
    line = ["generate", "sample", "--generator", "esc10-short", "--category", "rain", "--count", "1"]
    assert main([*line, "--out", str(tmp_path / "made")]) == 0
    assert [file.name for file in (tmp_path / "made").iterdir()] == ["rain-seed0-01.wav"]
