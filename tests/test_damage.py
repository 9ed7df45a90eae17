"""Damaged files of ESC_HOME: told, made again where that is possible, and none hides another run or model."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from esc_core.config import esc_home
from esc_core.dataset import dataset_dir, find_dataset
from esc_core.disk.files import write_json
from esc_core.errors import DatasetError, ModelError, TrainingError
from esc_core.models.folder import model_path, read_card
from esc_core.models.installed import damaged_models, own_models_dir
from esc_core.models.network import load_network
from esc_core.training.finished.envelope import opened
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.process import control
from esc_core.training.process.control import requeue
from esc_core.training.process.worker import work
from esc_core.training.runs.listing import find_run, list_runs, rename
from esc_core.training.runs.run import Run
from tests.damage import (
    OTHER_RUN,
    RUNS,
    WAYS,
    Case,
    damaged,
    library_problems,
    make_caches,
    page_problems,
    resumable,
    write_home,
)
from tests.test_written_before import write_tones

TOLD = {
    "run.json": "run.json is damaged, and what it says is left out.",
    "status.json": "status.json is damaged, and what it says is left out.",
    "watched.json": "watched.json is damaged, and what it says is left out.",
    "envelope.json": "envelope.json is damaged, and what it says is left out.",
    "metrics.jsonl": "metrics.jsonl is damaged: 1 line is left out.",
    "guesses.jsonl": "guesses.jsonl is damaged: 1 line is left out.",
}
"""What is told of a finished run if the first byte of a file is wrong."""

PAGE_CASES = [
    (f"runs/{RUNS['finished']}/metrics.jsonl", "a wrong byte"),
    (f"runs/{RUNS['finished']}/guesses.jsonl", "a value of another kind"),
    (f"runs/{RUNS['finished']}/watched.json", "a list"),
    (f"runs/{RUNS['stopped']}/status.json", "numbers that are none"),
    (f"runs/{RUNS['lesson']}/lesson.jsonl", "a value of another kind"),
    (f"runs/{RUNS['finished']}/run.json", "a folder"),
    ("models/tiny/card.json", "a value of another kind"),
    ("step_seconds.json", "a value of another kind"),
    ("data_folder.txt", "random bytes"),
]
"""A few of the cases of `benchmarks.damage`, with pages."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    """Write the home once: the home, the data, and the files that can be damaged."""
    folder = tmp_path_factory.mktemp("damage")
    home, data = folder / "home", write_tones(folder / "tones")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESC_HOME", str(home))
        return home, data, write_home(home, data)


@pytest.fixture
def home(written: tuple[Path, Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use that home, and start no process."""
    monkeypatch.setenv("ESC_HOME", str(written[0]))
    monkeypatch.setattr(control, "start_worker", lambda run: None)
    monkeypatch.setattr("ui.frame.starter._start", lambda root: SimpleNamespace(poll=lambda: None))
    monkeypatch.setattr("ui.runs.measuring.measure", lambda name, config, dataset: False)
    return written[0]


def test_an_undamaged_home_has_no_fault(home: Path, written: tuple[Path, Path, list[str]]) -> None:
    """Otherwise the tests below would prove nothing."""
    assert [run.faults() for run in list_runs()] == [[], [], [], []]
    assert (len(list_runs()), damaged_models()) == (4, {})
    assert len(written[2]) > 30


def test_any_file_damaged_in_any_way(home: Path, written: tuple[Path, Path, list[str]]) -> None:
    """The library raises nothing but sentences, and lists all other runs and models."""
    found = {}
    for i, file in enumerate(written[2]):
        for j, way in enumerate(WAYS):
            case = Case(file, way, seed=i + j)
            if file.startswith(("runs/", "models/")):
                with damaged(home, case):
                    if problems := library_problems(case):
                        found[str(case)] = problems
    assert found == {}


@pytest.mark.parametrize("seed", range(40))
def test_other_values_in_what_a_run_holds(home: Path, written: tuple[Path, Path, list[str]], seed: int) -> None:
    """Values of another kind and wrong bytes at seeded positions, for each text file of a run and of a model."""
    for file in written[2]:
        if file.startswith(("runs/", "models/")) and file.endswith((".json", ".jsonl")):
            case = Case(file, ("a wrong byte", "a value of another kind")[seed % 2], seed)
            with damaged(home, case):
                assert library_problems(case) == [], case


@pytest.mark.parametrize(("file", "way"), PAGE_CASES)
def test_pages_bear_it(home: Path, file: str, way: str) -> None:
    """No page ends on an exception, and the list of runs holds the others."""
    case = Case(file, way, seed=1)
    with damaged(home, case):
        assert page_problems(case) == []


@pytest.mark.parametrize("name", TOLD)
def test_damage_is_told(home: Path, name: str) -> None:
    """One sentence names the file; the other run has none."""
    run = find_run(RUNS["finished"])
    data = (run.folder / name).read_bytes()
    (run.folder / name).write_bytes(b"\xff" + data[1:])
    try:
        faults, other = run.faults(), find_run(OTHER_RUN).faults()
        left = len(run.metrics()), len(run.guesses()), opened(run) is None
    finally:
        (run.folder / name).write_bytes(data)
    assert (faults[0], other) == (TOLD[name], [])
    whole = len(run.metrics()), len(run.guesses()), opened(run) is None
    lost = {"metrics.jsonl": (1, 0, False), "guesses.jsonl": (0, 1, False), "envelope.json": (0, 0, True)}
    assert tuple(a - b for a, b in zip(whole[:2], left[:2], strict=True)) == lost.get(name, (0, 0, False))[:2]
    assert left[2] == lost.get(name, (0, 0, False))[2]


def test_a_status_is_concluded_from_the_other_files(home: Path) -> None:
    """A run with a card is done and has the score of its last row; one without is interrupted and can go on."""
    finished, stopped = find_run(RUNS["finished"]), resumable()
    whole, epoch = finished.status(), stopped.status().epoch
    with damaged(home, Case(f"runs/{finished.id}/status.json", "half")):
        status = finished.status()
        assert (status.state, status.epoch, status.n_epochs) == ("done", 3, 3)
        assert status.accuracy == pytest.approx(whole.accuracy)
    with damaged(home, Case(f"runs/{stopped.id}/status.json", "null")):
        status = stopped.status()
        assert (status.state, status.epoch, status.can_resume) == ("interrupted", epoch, True)


def test_a_run_without_its_data_folder(home: Path) -> None:
    """It is named by its folder; neither resuming nor renaming loses what the damaged file may still hold."""
    run = resumable()
    with damaged(home, Case(f"runs/{run.id}/run.json", "half")) as path:
        before = path.read_bytes()
        assert run.name == run.id
        with pytest.raises(TrainingError, match=r"the data folder of .* is not known: run\.json is damaged"):
            control.resume(run)
        with pytest.raises(TrainingError, match=r"can't be renamed: its run\.json is damaged"):
            rename(run, "blue crab")
        assert path.read_bytes() == before


@pytest.mark.parametrize("way", WAYS)
def test_caches_are_made_again(home: Path, written: tuple[Path, Path, list[str]], way: str) -> None:
    """Whatever happened to the file of a cache, the next reader gets the values that were computed at first."""
    fresh = make_caches(written[1])
    for file in written[2]:
        if file.startswith(("features/", "copies/", "overview/")):
            with damaged(home, Case(file, way, seed=2)):
                for expected, array in zip(fresh, make_caches(written[1]), strict=True):
                    np.testing.assert_allclose(array, expected, rtol=1e-4)  # a table keeps six figures


@pytest.mark.parametrize("values", [{"name": None}, {"labels": [None]}, {"folds": []}, {"input": 3}, {"licence": 3},
                                    {"scores": {"own": {}}}, {"not_sure": 1}, {"category_recall": {"dog": "x"}},
                                    {"crop_frames": 1e999}], ids=str)  # fmt: skip
def test_a_card_with_values_that_it_cannot_have(tmp_path: Path, home: Path, values: dict) -> None:
    """It is damaged, and the sentence names the model and the value."""
    shutil.copytree(own_models_dir() / "tiny", tmp_path / "tiny")
    card = read_card(tmp_path / "tiny").to_dict()
    write_json(tmp_path / "tiny" / "card.json", card | values)
    with pytest.raises(ModelError, match="the card of tiny is damaged"):
        read_card(tmp_path / "tiny")
    assert len(damaged_models(tmp_path)) == 1


@pytest.mark.parametrize("way", ["empty", "half", "one byte short", "random bytes", "a wrong byte", "null"])
def test_a_damaged_network(home: Path, way: str) -> None:
    """It is told in a sentence; a wrong byte in a weight is noticed by the checksum of the zip."""
    file = "models/tiny/fold1.keras"
    with damaged(home, Case(file, way, seed=5)), pytest.raises(ModelError, match=r"fold1\.keras is damaged"):
        load_network(model_path(own_models_dir() / "tiny", 1))


@pytest.mark.parametrize(
    "names", [("metrics.jsonl", "guesses.jsonl", "watched.json", "status.json"), ("checkpoint.npz",)], ids="-".join
)
def test_a_damaged_run_is_resumed(home: Path, names: tuple[str, ...]) -> None:
    """It ends with all its epochs; a damaged checkpoint is set aside, and training starts at the first epoch."""
    folder = shutil.copytree(resumable().folder, esc_home() / "runs" / "20260101-000009-damaged")
    run, again = Run(folder), names == ("checkpoint.npz",)
    try:
        for name in names:
            data = (folder / name).read_bytes()
            (folder / name).write_bytes(b"\xff" + data[1 : len(data) // 2])
        (folder / ".checkpoint.npz.1.2").touch()
        warning = "checkpoint.npz is damaged: the run can only start at its first epoch again."
        assert (warning in run.faults()) == again
        requeue(run, run.status())
        lines: list[str] = []
        assert work(run, progress=lines.append).epochs == 3
        assert [row["epoch"] for row in run.metrics()] == ([1, 2, 3] if again else [2, 3])
        assert (run.faults(), Checkpoint(run.checkpoint_file).epoch(), run.status().state) == ([], 3, "done")
        left = [path.name for path in folder.iterdir() if path.name.endswith(".damaged") or path.name[0] == "."]
        assert left == (["checkpoint.npz.damaged"] if again else [])
        assert any("was set aside" in line for line in lines) == again
    finally:
        shutil.rmtree(folder)


def test_a_damaged_choice_of_data_is_told(home: Path) -> None:
    """It is reported as no data set, whatever its bytes; an empty one is no choice."""
    for way in ("random bytes", "half", "null"):
        with damaged(home, Case("data_folder.txt", way, seed=3)), pytest.raises(DatasetError, match="layout"):
            find_dataset()
    for way in ("empty", "a folder"):
        with damaged(home, Case("data_folder.txt", way)):
            assert dataset_dir() is None
