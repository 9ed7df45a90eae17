"""Studies: the grid, a real scheduler with two workers, one of which is killed, and the tables."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, Scheduler

from esc_core.config import MEL_CHAIN, WAVE_CHAIN, TrainConfig
from esc_core.dataset.layout import recording_of
from esc_core.errors import EscError, ParameterError, TrainingError
from esc_core.training.fit.fit import check_trainable
from esc_core.training.lessons.lessons import lesson_config
from esc_core.training.process.create import create_run
from esc_core.training.runs.listing import list_runs, runs_dir
from esc_core.training.runs.queue import runs_before
from esc_core.training.runs.run import Run
from esc_core.training.study.grid import COLUMNS, read_grid
from esc_core.training.study.results import as_markdown
from esc_core.training.study.study import run_study, study_dir
from esc_core.training.study.tables import finished_rows, read_tables, write_results
from tests.small_results import write_some
from tests.small_runs import TINY, wait_until, write_tones

ROOT = Path(__file__).resolve().parent.parent

GRID = """
name = "tiny"
question = "Does mixing help?"
folds = [1, 2]
[settings]
width = 2
n_epochs = 4
batch_size = 4
warmup_epochs = 0
no_mix_epochs = 1
dtype = "float32"
n_copies = 0
[settings.features]
sr = 8000
n_fft = 256
hop_length = 200
n_mels = 16
fmax = 4000.0
[factors.mixing.without]
augment = [{name = "crop_stretch", n_frames = 16, rate = [0.8, 1.25]}]
[factors.mixing.with]
augment = [{name = "crop_stretch", n_frames = 16, rate = [0.8, 1.25]}, {name = "power_mix", ratio = [0.0, 1.0]}]
"""

THIRD = """
[factors.mixing.nothing]
augment = [{name = "crop_stretch", n_frames = 16, rate = [1.0, 1.0]}]
"""

N_EPOCHS = 120
"""Enough that a run can be killed in the middle."""


def write_grid(folder: Path, text: str = GRID) -> Path:
    path = folder / "grid.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


def test_cells_are_every_combination(tmp_path: Path) -> None:
    """Two levels on two folds: four cells, fold by fold, with the settings of each level."""
    grid = read_grid(write_grid(tmp_path))
    assert [cell.id for cell in grid.cells] == [
        "without-fold1-seed0",
        "with-fold1-seed0",
        "without-fold2-seed0",
        "with-fold2-seed0",
    ]
    assert grid.factors == ("mixing",)
    assert [len(cell.config.augment) for cell in grid.cells] == [1, 2, 1, 2]
    assert {cell.config.features for cell in grid.cells} == {TINY.features}


def test_tables_that_have_no_place(tones: Path, tmp_path: Path) -> None:
    """The folder at fault is named before anything is trained, and a plan may begin with a byte order mark."""
    (tmp_path / "grid.toml").write_text(GRID, encoding="utf-8-sig")
    (tmp_path / "file").touch()
    message = f"the folder {tmp_path / 'file' / 'tables'} can't be made: Not a directory"
    with pytest.raises(TrainingError, match=f"^{re.escape(message)}$"):
        run_study(read_grid(tmp_path / "grid.toml"), tones, out=tmp_path / "file" / "tables")
    assert list_runs() == []


def test_factors_cross_and_chains_lose_steps(tmp_path: Path) -> None:
    """Models × chains; a waveform model has its own usual chain; `without` names steps to leave out."""
    text = """
    folds = [1]
    seeds = [0, 1]
    [factors.model.mel]
    [factors.model.wave]
    model = "wave_cnn"
    [factors.budget.small]
    n_epochs = 20
    [factors.budget.large]
    n_epochs = 80
    """
    grid = read_grid(write_grid(tmp_path, text))
    assert grid.name == "grid"
    assert len({cell.id for cell in grid.cells}) == len(grid.cells) == 8
    chains = {cell.levels["model"]: cell.config.augment for cell in grid.cells}
    assert chains == {"mel": MEL_CHAIN, "wave": WAVE_CHAIN}
    [cell] = read_grid(write_grid(tmp_path, 'folds = [1]\n[factors.a.b]\nwithout = ["freq_mask", "time_mask"]')).cells
    assert [step["name"] for step in cell.config.augment] == [
        step["name"] for step in MEL_CHAIN if not step["name"].endswith("_mask")
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("nonsense", "is not valid TOML"),
        ("[factors.a.b]\nepochs = 3", "a = b: TrainConfig has no setting of this name"),
        ("[factors.a.b]\nn_epochs = 0", "a = b: n_epochs must be in"),
        ('[factors.a.b]\nwithout = ["reverb"]', "without must name steps of the chain"),
        ("folds = [1]", "at least one factor"),
        ("folds = [1, 1]\n[factors.a.b]", "folds must be different whole numbers"),
        ("folds = [[1]]\n[factors.a.b]", "folds must be different whole numbers"),
        ("seeds = [true]\n[factors.a.b]", "seeds must be different whole numbers"),
        ("settings = 3\n[factors.a.b]", "settings must be a table"),
        ("[factors.a.b]\nwithout = 3", "without must be a list of names"),
        ("[factors.fold.b]", "a factor's name must be made of a–z, 0–9, _ . + -, and be no column"),
        ("[factors.a.x]\n[factors.a.x-y]\n[factors.b.y-z]\n[factors.b.z]", "must differ from run to run, got 'x-y-z-"),
        ("fold = [1]\n[factors.a.b]", "a grid has"),
        ('lesson = "x"', "lesson must be one of leak, augmentation"),
        ('lesson = "leak"\nfolds = [1]', "a lesson brings its own arms and folds"),
        ('name = "../x"\n[factors.a.b]', "name must be made of"),
        ('[factors.a."../x"]', "a level's name must be made of"),
    ],
)
def test_bad_grids(tmp_path: Path, text: str, rule: str) -> None:
    """Each gets its sentence."""
    with pytest.raises(EscError, match=re.escape(rule)):
        read_grid(write_grid(tmp_path, text))


def test_the_example_in_the_docs_is_a_plan(tmp_path: Path) -> None:
    """It can be read, and its runs can be trained."""
    text = textwrap.dedent(str(read_grid.__doc__).split("::")[1].split("With ``lesson")[0])
    grid = read_grid(write_grid(tmp_path, text))
    assert [cell.levels["augmentation"] for cell in grid.cells[:3]] == ["none", "full", "unmasked"]
    for cell in grid.cells:
        check_trainable(cell.config)


def test_a_lesson_is_repeated_by_its_seeds(tmp_path: Path) -> None:
    """Cells differ in the seed only, and have the lesson's settings where the plan has none."""
    grid = read_grid(write_grid(tmp_path, 'lesson = "leak"\nseeds = [3, 4]\n[settings]\nn_epochs = 48'))
    assert grid.lesson == "leak"
    planned = [replace(lesson_config("leak", seed=seed), n_epochs=48, warmup_epochs=4) for seed in (3, 4)]
    assert [cell.config for cell in grid.cells] == planned
    assert len({cell.id for cell in grid.cells}) == 2


def test_tables_that_are_damaged(tmp_path: Path) -> None:
    """One sentence; none at all are no error."""
    assert read_tables(tmp_path, "tiny") is None
    (tmp_path / "tiny.json").write_text("{", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"the tables of tiny in .* can't be read"):
        read_tables(tmp_path, "tiny")


def test_every_plan_that_is_shipped_can_be_read() -> None:
    """Their names are those of their files, and no two cells share a folder."""
    plans = sorted((ROOT / "studies").glob("*.toml"))
    assert plans
    for path in plans:
        grid = read_grid(path)
        assert grid.name == path.stem
        assert grid.question.endswith("?")
        assert len({cell.id for cell in grid.cells}) == len(grid.cells)


def test_no_grid(tmp_path: Path) -> None:
    """A file that is not there."""
    with pytest.raises(TrainingError, match="can't be read"):
        read_grid(tmp_path / "none.toml")


def test_nothing_is_trained_if_a_cell_is_wrong(tmp_path: Path, tones: Path) -> None:
    """Settings that can't be trained are refused before the first run."""
    text = GRID + '[factors.mixing.bad]\ncategories = ["dog", "unicorn"]'
    with pytest.raises((ParameterError, TrainingError), match="unicorn"):
        run_study(read_grid(write_grid(tmp_path, text)), tones)
    assert not list_runs()


def test_no_scheduler(tmp_path: Path, tones: Path) -> None:
    """Nobody answers at the address."""
    with pytest.raises(TrainingError, match=re.escape("no scheduler answers at tcp://127.0.0.1:9")):
        run_study(read_grid(write_grid(tmp_path)), tones, scheduler="tcp://127.0.0.1:9")


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, *, workers: tuple[str, ...] = ("one", "two")) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        scheduler = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(scheduler)]
        self.start("distributed.cli.dask_scheduler", *options)
        wait_until(scheduler.exists, what="the scheduler")
        self.address = json.loads(scheduler.read_text())["address"]
        self.workers = [self.add_worker(name) for name in workers]

    def start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        variables = {**os.environ, "PYTHONPATH": str(ROOT), "ESC_TRAINING_SLOTS": "2"}
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *options], stdout=log, stderr=log, env=variables, cwd=self.folder
            )
        self.processes.append(process)
        return process

    def add_worker(self, name: str) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--memory-limit", "0")
        return self.start("distributed.cli.dask_worker", self.address, "--name", name, *options)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Start it, and end it."""
    running = Cluster(tmp_path)
    yield running
    running.close()


@pytest.mark.timeout(600)
def test_a_killed_worker_loses_and_doubles_nothing(tmp_path: Path, tones: Path, cluster: Cluster) -> None:
    """Kill a worker and the training it watches in the middle; a second call trains nothing."""
    slow = GRID.replace("n_epochs = 4", f"n_epochs = {N_EPOCHS}").replace("folds = [1, 2]", "folds = [1]")
    grid = read_grid(write_grid(tmp_path, slow + THIRD))
    lines: list[str] = []
    out = tmp_path / "results"
    rows = []

    def study() -> None:
        rows.extend(run_study(grid, tones, scheduler=cluster.address, out=out, progress=lines.append))

    thread = threading.Thread(target=study)
    thread.start()
    runs = study_dir(grid) / "runs"

    def training() -> list[Run]:
        found = [Run(path) for path in sorted(runs.glob("*")) if (path / "run.json").exists()]
        return [run for run in found if run.status().state == "training" and run.status().epoch >= 1]

    with Client(cluster.address) as client:  # connected before, since a quick machine is soon through the epochs
        wait_until(lambda: len(training()) == 2 or not thread.is_alive(), what="two runs at work")
        # the third cell lies at neither worker, which are busy
        assert [len(cells) for cells in client.processing().values()] == [1, 1]
    [victim, *_] = training()
    epochs_done = victim.status().epoch
    cluster.workers[0].send_signal(signal.SIGKILL)
    pid = victim.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    thread.join(timeout=400)
    assert not thread.is_alive()

    assert [row.cell.id for row in rows] == [cell.id for cell in grid.cells]
    assert {key for row in rows for key in row.result} <= set(COLUMNS)  # which no factor may be called
    for row in rows:
        epochs = [metrics["epoch"] for metrics in Run(runs / row.cell.id).metrics()]
        assert epochs == list(range(1, N_EPOCHS + 1))  # none lost, none doubled
    assert epochs_done >= 1
    with (out / "tiny.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [(row["mixing"], row["fold"]) for row in table] == [
        (c.levels["mixing"], str(c.config.val_fold)) for c in grid.cells
    ]
    assert [float(row["accuracy"]) for row in table] == [row.result["accuracy"] for row in rows]
    with (out / "tiny-clips.csv").open(newline="") as file:
        clips = list(csv.DictReader(file))
    right = np.mean([row["category"] == row["predicted"] for row in clips if row["mixing"] == "with"])
    assert right == pytest.approx(
        np.mean([row.result["accuracy"] for row in rows if row.cell.levels["mixing"] == "with"])
    )
    about = json.loads((out / "tiny.json").read_text())
    assert (about["n_cells"], about["n_done"], about["question"]) == (3, 3, "Does mixing help?")
    assert any("3 of 3 cells" in line for line in lines)
    assert as_markdown(grid, rows).count("\n") == 4

    before = {row.cell.id: (runs / row.cell.id / "metrics.jsonl").stat().st_mtime_ns for row in rows}
    again = run_study(grid, tones, scheduler=cluster.address)  # with no tables, only run folders
    assert [row.result for row in again] == [row.result for row in rows]
    assert before == {row.cell.id: (runs / row.cell.id / "metrics.jsonl").stat().st_mtime_ns for row in again}

    shutil.rmtree(study_dir(grid))
    elsewhere = run_study(grid, tones, out=out)  # with no run folders, only tables
    assert [row.values for row in elsewhere] == [row.values for row in rows]
    assert [row.predicted for row in elsewhere] == [row.predicted for row in rows]
    assert not study_dir(grid).exists()
    changed = read_grid(write_grid(tmp_path, slow.replace("n_epochs = 20", "n_epochs = 21")))
    for plan, data in ((changed, "8 kHz, 16-bit copy"), (grid, "another copy")):
        with pytest.raises(TrainingError, match=r"of the 3 runs in the tables of tiny .* this study would not keep"):
            finished_rows(out, plan, data=data)


def test_a_worker_that_died_early_leaves_one_entry(tmp_path: Path, tones: Path) -> None:
    """Killed between the link in the list of runs and the run itself: the next one makes no second link."""
    folder = tmp_path / "cell"
    folder.mkdir()
    runs_dir().mkdir(parents=True)
    (runs_dir() / "20260101-000000-cell").symlink_to(folder, target_is_directory=True)
    (runs_dir() / "20260101-000000-another").symlink_to(tmp_path, target_is_directory=True)
    run = create_run(TINY, tones, out=folder, name="cell")
    assert [one.folder.resolve() for one in list_runs()] == [run.folder.resolve()] == [folder]
    assert len(list(runs_dir().iterdir())) == 2


def test_a_lost_scheduler_is_told(tmp_path: Path, tones: Path) -> None:
    """One sentence, while cells wait for a worker."""
    grid = read_grid(write_grid(tmp_path, GRID))
    lonely = Cluster(tmp_path, workers=())
    errors: list[str] = []

    def study() -> None:
        with pytest.raises(TrainingError) as lost:
            run_study(grid, tones, scheduler=lonely.address)
        errors.append(str(lost.value))

    thread = threading.Thread(target=study)
    thread.start()
    with Client(lonely.address) as client:
        wait_until(lambda: bool(client.run_on_scheduler(n_tasks)), what="a cell that waits")
    lonely.close()
    thread.join(timeout=120)
    assert errors == [
        f"the scheduler at {lonely.address} was lost; the same command goes on from the runs that it left"
    ]


def n_tasks(dask_scheduler: Scheduler) -> int:
    """Count what a scheduler has been given."""
    return len(dask_scheduler.tasks)


def test_tables_of_an_older_version(tmp_path: Path) -> None:
    """Settings that have been added since have their default, and rows may lack columns that newer ones have."""
    grid = write_some(tmp_path, "imbalance", {"nothing": 0.6}, folds=(1,))
    data = "16 kHz, 8-bit copy"
    about = json.loads((tmp_path / "imbalance.json").read_text())
    for settings in about["settings"].values():
        del settings["dropout"]
    (tmp_path / "imbalance.json").write_text(json.dumps(about))
    ((old,),) = finished_rows(tmp_path, grid, data=data).values()
    del old.result["core_seconds"]
    write_some(tmp_path / "new", "imbalance", {"nothing": 0.6}, folds=(2,))
    ((new,),) = finished_rows(tmp_path / "new", grid, data=data).values()
    write_results(tmp_path, grid, [old, new], command="again")
    again = finished_rows(tmp_path, grid, data=data)
    assert [rows[0].result["core_seconds"] is None for rows in again.values()] == [True, False]


def test_cells_without_their_clips_are_not_thrown_away(tmp_path: Path) -> None:
    """Two of the three files are not enough, and the error says so."""
    grid = write_some(tmp_path, "imbalance", {"nothing": 0.6}, folds=(1,))
    (tmp_path / "imbalance-clips.csv").unlink()
    with pytest.raises(TrainingError, match="would not keep 1"):
        finished_rows(tmp_path, grid, data="16 kHz, 8-bit copy")


def test_other_settings_need_another_folder(tmp_path: Path, tones: Path) -> None:
    """A finished cell is not taken for one with other settings."""
    from esc_core.training.process.create import create_run
    from esc_core.training.study.cell import train_cell

    folder = tmp_path / "cell"
    create_run(TINY, tones, out=folder)
    assert runs_before(Run(folder)) == 0  # not before itself, though the list knows it by another name
    other = TrainConfig.from_dict(TINY.to_dict() | {"seed": 7})
    with pytest.raises(TrainingError, match="other settings"):
        train_cell(str(folder), other.to_dict(), str(tones))
    with pytest.raises(TrainingError, match="was trained on the data in"):
        train_cell(str(folder), TINY.to_dict(), str(tmp_path))


def test_recording_of_a_file() -> None:
    """ESC-50 writes it into the name."""
    assert recording_of("1-100032-A-0.wav") == "100032"
    assert recording_of("bark.wav") == "bark.wav"
