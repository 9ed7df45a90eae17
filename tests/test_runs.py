"""Runs: real worker processes on tones. They are queued, watched, stopped, killed, resumed, and found again."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esc_core.config import TrainConfig
from esc_core.dataset import load_dataset
from esc_core.disk.files import write_json
from esc_core.disk.locks import try_lock
from esc_core.errors import ParameterError, TrainingError
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.presets import PRESETS, preset
from esc_core.training.process import control, create
from esc_core.training.process.control import delete, requeue, resume, stop, submit
from esc_core.training.process.create import create_run
from esc_core.training.process.worker import work
from esc_core.training.runs import heartbeat, listing
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.heartbeat import StoppedError
from esc_core.training.runs.listing import find_run, list_runs, rename, runs_dir
from esc_core.training.runs.names import ADJECTIVES, ANIMALS, new_name
from esc_core.training.runs.queue import n_slots, runs_before, slot_file
from esc_core.training.runs.run import STALE_SECONDS, Run
from esc_core.training.runs.status import changed_guesses
from tests.browser.serve import ROOT
from tests.small_runs import ENDLESS, NAMES, TINY, wait_until, write_tones

pytestmark = pytest.mark.timeout(600)  # workers give way to everything else on a busy machine

LONG = replace(TINY, n_epochs=ENDLESS)


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture(autouse=True)
def _no_worker_is_left() -> Iterator[None]:
    yield
    for process in control._started:
        process.kill()
        process.wait()
    control._started.clear()


def state(run: Run) -> str:
    return run.status().state


def kill(run: Run) -> None:
    pid = run.status().pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    for process in control._started:
        if process.pid == pid:
            process.wait()


def logits(run: Run) -> np.ndarray:
    with np.load(run.folder / "val_logits.npz") as held_out:
        return held_out["logits"]


def unfinished_run(tones: Path) -> Run:
    """Write a run whose files say that it trains, as if its worker had died."""
    run = create_run(TINY, tones)
    path = run.folder / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"state": "training", "pid": 1, "epoch": 2}))
    return run


def test_a_run_from_submission_to_the_end(tones: Path) -> None:
    """It is listed at once, goes through its states, and leaves curves, guesses and a model that agree."""
    run = submit(TINY, tones, preset="one-minute")
    assert [listed.id for listed in list_runs()] == [run.id]
    assert state(run) == "queued"
    wait_until(lambda: state(run) not in BUSY, what="the end")
    status = run.status()
    assert status.state == "done", run.log()
    assert (status.epoch, status.n_epochs, status.progress, status.error) == (4, 4, 1.0, None)
    rows, guesses, watched = run.metrics(), run.guesses(), run.watched()
    assert [row["epoch"] for row in rows] == [g.epoch for g in guesses] == [1, 2, 3, 4]
    assert watched
    assert set(watched.filenames) == {c.filename for c in load_dataset(tones).clips if c.fold == 1}
    right = guesses[-1].predicted == watched.labels
    assert status.accuracy == rows[-1]["val_accuracy"] == pytest.approx(right.mean())
    confusion = run.confusion(guesses[-1])
    assert confusion.sum(axis=1).tolist() == [2, 2, 2]
    assert np.trace(confusion) == right.sum()
    recalls = np.diag(confusion) / 2
    assert status.macro_recall == rows[-1]["macro_recall"] == pytest.approx(recalls.mean())
    changed = changed_guesses(guesses[0], guesses[-1])
    assert changed.tolist() == [i for i in range(6) if guesses[0].predicted[i] != guesses[-1].predicted[i]]
    assert [given.calibrated for given in guesses] == [False, False, False, True]
    assert ((guesses[-1].confidence > 1 / 3) & (guesses[-1].confidence <= 1)).all()
    assert run.about["preset"] == "one-minute"
    assert run.data_dir == tones
    assert "epoch 4/4" in run.log()


def test_one_trains_and_the_next_follows_a_dead_one(tones: Path) -> None:
    """One trains and two know their place; the one killed is interrupted, and the oldest that waits starts."""
    first, second, third = submit(LONG, tones), submit(LONG, tones), submit(LONG, tones)
    wait_until(lambda: first.status().epoch >= 1, what="the first run's epoch")
    assert (state(second), state(third)) == ("queued", "queued")
    assert (runs_before(second), runs_before(third)) == (0, 1)
    wait_until(lambda: second.status().doing == "waiting for 1 other run", what="the place in the queue")
    kill(first)
    took = wait_until(lambda: state(first) == "interrupted", what="the interruption")
    assert took < STALE_SECONDS + 2
    wait_until(lambda: state(second) not in ("queued",), what="the next run")
    assert state(third) == "queued"
    assert first.status().can_resume
    stop(third)
    wait_until(lambda: state(third) == "stopped", what="a queued run to stop")
    stop(second)
    wait_until(lambda: state(second) == "stopped", what="a run at work to stop")


def test_a_worker_outlives_its_starter(tones: Path) -> None:
    """The process that submitted it is gone; the run goes on, another process finds it, and can't start it twice."""
    program = (
        "import json, sys\n"
        "from esc_core.config import TrainConfig\n"
        "from esc_core.training.process.control import submit\n"
        "print(submit(TrainConfig.from_dict(json.loads(sys.argv[1])), sys.argv[2]).id)"
    )
    command = [sys.executable, "-c", program, json.dumps(LONG.to_dict()), str(tones)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    run = find_run(done.stdout.strip())
    wait_until(lambda: run.status().epoch >= 1, what="an epoch")
    with pytest.raises(TrainingError, match="has a worker already"):
        work(run)
    with pytest.raises(TrainingError, match="is training; only a run that ended early"):
        resume(run)
    with pytest.raises(TrainingError, match="is still at work; stop it first"):
        delete(run)
    assert state(run) == "training"
    stop(run)
    assert state(run) in ("stopping", "stopped")
    wait_until(lambda: state(run) == "stopped", what="the stop")
    delete(run)
    assert list_runs() == []


def test_a_resumed_run_ends_like_an_uninterrupted_one(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the bit, whether it was stopped within an epoch, or died after an epoch's row and before its checkpoint."""
    whole, stopped, died = (create_run(TINY, tones) for _ in range(3))
    work(whole)

    def count(n: int) -> None:
        steps = iter(range(n))
        monkeypatch.setattr(heartbeat.Heartbeat, "asked_to_stop", lambda self: training(self) and not any_left(steps))

    def training(beat: heartbeat.Heartbeat) -> bool:
        return beat.status.state == "training"

    def any_left(steps: Iterator[int]) -> bool:
        return next(steps, None) is not None

    monkeypatch.setattr(heartbeat, "LISTEN_SECONDS", 1e6)  # only the training loop asks
    count(14)
    with pytest.raises(StoppedError):
        work(stopped)
    status = stopped.status()
    assert status.state == "stopped"
    assert 1 <= status.epoch < 4
    assert Checkpoint(stopped.folder / "checkpoint.npz").epoch() == status.epoch
    monkeypatch.undo()

    save = Checkpoint.save

    def die(self: Checkpoint, *args: object, epoch: int) -> None:
        if epoch == 3:
            raise RuntimeError("died")
        save(self, *args, epoch=epoch)

    monkeypatch.setattr(Checkpoint, "save", die)
    with pytest.raises(TrainingError, match="unexpected error"):
        work(died)
    monkeypatch.setattr(Checkpoint, "save", save)
    assert [row["epoch"] for row in died.metrics()] == [1, 2, 3]

    for run in (stopped, died):
        requeue(run, run.status())
        work(run)
        assert logits(run).tobytes() == logits(whole).tobytes()
        assert [row["loss"] for row in run.metrics()] == [row["loss"] for row in whole.metrics()]
        assert [g.epoch for g in run.guesses()] == [1, 2, 3, 4]
        spent = [row["core_seconds"] for row in run.metrics()]
        assert spent == sorted(spent)  # over both sessions
        assert spent[0] > 0
    with pytest.raises(TrainingError, match="is done; only a run that ended early can go on"):
        resume(whole)


def test_resume_starts_a_worker(tones: Path) -> None:
    """A run that died is queued again under its name and ends at the planned epoch."""
    run = unfinished_run(tones)
    assert state(run) == "interrupted"
    resume(run)
    wait_until(lambda: state(run) not in BUSY, what="the end")
    assert (state(run), run.status().epoch) == ("done", 4), run.log()


def no_space(*args: object, **kwargs: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("where", ["checkpoint", "rows"])
def test_a_full_disk(tones: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """A clear sentence, every file whole, and with room made the run goes on."""
    from esc_core.training import record
    from esc_core.training.fit import checkpoint

    run = create_run(TINY, tones)
    real_save, real_append = checkpoint.write_whole, record.append_row
    calls: list[int] = []

    def once_full(real):
        def write(*args: object) -> None:
            calls.append(1)
            no_space() if len(calls) > 2 else real(*args)

        return write

    if where == "checkpoint":
        monkeypatch.setattr(checkpoint, "write_whole", once_full(real_save))
    else:
        monkeypatch.setattr(record, "append_row", once_full(real_append))
    with pytest.raises(TrainingError, match="The disk is full"):
        work(run)
    status = run.status()
    assert status.state == "failed"
    kept = f"; all up to epoch {status.epoch} is kept" if status.epoch else ""
    assert status.error == f"The disk is full{kept}. Make room, then resume the run."
    assert status.epoch == Checkpoint(run.checkpoint_file).epoch() == {"checkpoint": 2, "rows": 1}[where]
    assert not [path for path in run.folder.iterdir() if path.name.startswith(".")]
    monkeypatch.undo()
    requeue(run, status)
    assert work(run).epochs == 4
    assert [row["epoch"] for row in run.metrics()] == [1, 2, 3, 4]


def test_a_disk_so_full_that_no_file_can_be_made(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last state is written over the one before."""
    run = create_run(TINY, tones)
    monkeypatch.setattr(heartbeat, "write_json", no_space)
    with pytest.raises(OSError, match="No space left"), heartbeat.Heartbeat(run) as beat:
        raise AssertionError(beat)
    monkeypatch.undo()
    with heartbeat.Heartbeat(run) as beat:
        monkeypatch.setattr(heartbeat, "write_json", no_space)
        beat.finish(state="failed", error="The disk is full.")
    assert (state(run), run.status().error) == ("failed", "The disk is full.")


def test_a_full_disk_is_told_by_every_button(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resume, rename and start: one sentence each, and no half of a run stays."""
    run = create_run(TINY, tones)
    run.stop_file.touch()
    with pytest.raises(StoppedError):
        work(run)
    for module in (create, listing):
        monkeypatch.setattr(module, "write_json", no_space)
    with pytest.raises(TrainingError, match="can't be queued: the disk is full"):
        control.resume(run)
    with pytest.raises(TrainingError, match="the name can't be written: the disk is full"):
        rename(run, "blue crab")
    with pytest.raises(TrainingError, match=r"can't be written to .*: the disk is full"):
        create_run(TINY, tones)
    assert [path.name for path in runs_dir().iterdir() if path.name != ".slots"] == [run.id]


def test_settings_that_are_gone_are_not_the_defaults(tones: Path) -> None:
    """If they are missing or damaged, reading them is an error."""
    run = create_run(TINY, tones)
    for content in ("{broken", "[]", None):
        (run.folder / "config.json").unlink()
        if content:
            (run.folder / "config.json").write_text(content)
        with pytest.raises(TrainingError, match=r"config\.json is missing or damaged"):
            print(run.config)
        (run.folder / "config.json").touch()
    (run.folder / "status.json").write_text('{"state": "paused"}')  # of another program
    assert run.status().state == "interrupted"


def test_what_is_being_deleted_is_in_no_list(tones: Path) -> None:
    """Not while its files go, and not if that was ended in the middle; an hour later it is swept away."""
    run, other = create_run(TINY, tones), create_run(TINY, tones)
    for one in (run, other):
        write_json(one.folder / "status.json", {"state": "stopped"})
    left = run.folder.rename(run.folder.with_name(f".deleting-{run.id}"))
    assert [run.id for run in list_runs()] == [other.id]
    os.utime(left, (0, 0))
    control.delete(other)
    assert not left.exists()


def test_only_so_many_runs_wait(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them is a process."""
    monkeypatch.setattr(control, "MAX_WAITING", 2)
    for _ in range(2):
        create_run(TINY, tones)
    with pytest.raises(TrainingError, match="2 runs are waiting already"):
        control.submit(TINY, tones)
    assert len(list_runs()) == 2


def test_only_so_many_runs_are_kept(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs fill the disk. One that is there can go on all the same."""
    monkeypatch.setenv("ESC_MAX_RUNS", "2")
    monkeypatch.setattr(control, "start_worker", lambda run: None)
    first, second = control.submit(TINY, tones), control.submit(TINY, tones)
    for start in (lambda: control.submit(TINY, tones), lambda: control.submit_lesson("leak", tones)):
        with pytest.raises(TrainingError, match=r"^there are 2 runs, and 2 are kept; delete some first$"):
            start()
    write_json(first.status_file, {"state": "stopped"})
    control.resume(first)
    assert first.status().state == "queued"
    write_json(second.status_file, {"state": "stopped"})
    control.delete(second)
    control.submit(TINY, tones)
    assert len(list_runs()) == 2


@pytest.mark.parametrize("action", ["start", "resume"])
def test_the_limit_holds_when_many_press_at_once(tones: Path, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    """Of forty presses as many succeed as may wait; the others get the sentence."""
    monkeypatch.setattr(control, "start_worker", lambda run: None)
    stopped = [create_run(TINY, tones) for _ in range(40)] if action == "resume" else [None] * 40
    for run in filter(None, stopped):
        write_json(run.status_file, {"state": "stopped"})

    def press(run: Run | None) -> str:
        try:
            control.submit(TINY, tones) if run is None else control.resume(run)
        except TrainingError as error:
            return str(error)
        return "queued"

    with ThreadPoolExecutor(40) as pool:
        said = list(pool.map(press, stopped))
    refused = f"{control.MAX_WAITING} runs are waiting already, each in a process; stop some of them first"
    assert (said.count("queued"), said.count(refused)) == (control.MAX_WAITING, 40 - control.MAX_WAITING)
    assert sum(run.status().state == "queued" for run in list_runs()) == control.MAX_WAITING


def test_a_lesson_that_was_stopped_starts_again(tones: Path) -> None:
    """It keeps no checkpoint, so no epoch counts as done."""
    run = create_run(TINY, tones, lesson="leak")
    requeue(run, replace(run.status(), state="stopped", epoch=9, n_epochs=12, seconds=5.0))
    assert (run.status().epoch, run.status().seconds) == (0, 0.0)


def test_it_stops_while_features_are_computed(tones: Path) -> None:
    """The stop file is heeded before TensorFlow is thought of."""
    run = create_run(TINY, tones)
    run.stop_file.touch()
    assert state(run) == "stopping"
    with pytest.raises(StoppedError):
        work(run)
    assert state(run) == "stopped"
    requeue(run, run.status())
    assert state(run) == "queued"


def test_a_worker_that_does_not_listen_is_ended(tones: Path) -> None:
    """After a moment of grace the state is stopped, and the process is ended wherever it is."""
    run, ended = create_run(TINY, tones), []
    with heartbeat.Heartbeat(run, end=lambda: ended.append(state(run))):
        run.stop_file.touch()
        took = wait_until(lambda: ended, what="the end")
    assert took < 30
    assert ended == ["stopped"]


def test_names(tones: Path) -> None:
    """Two words, not in use; a run can have another, and keeps its id."""
    name = new_name(())
    assert name.split()[0] in ADJECTIVES
    assert name.split()[1] in ANIMALS
    every = {f"{a} {b}" for a in ADJECTIVES for b in ANIMALS}
    assert new_name(every - {"amber fox"}) == "amber fox"
    assert new_name(every).endswith(" 2")
    run = create_run(TINY, tones, name="amber fox")
    assert run.id.endswith("-amber-fox")
    rename(run, "  my   first ")
    assert (find_run(run.id).name, run.status().state) == ("my first", "queued")
    for wrong in ("", " ", "x" * 61):
        with pytest.raises(ParameterError, match="name must have 1–60 characters"):
            rename(run, wrong)
    with pytest.raises(TrainingError, match="there is no run 'x'"):
        find_run("x")


def test_a_folder_of_the_users_own(tones: Path, tmp_path: Path) -> None:
    """It shows up among the others; deleting the run leaves the folder."""
    run = create_run(TINY, tones, out=tmp_path / "mine")
    assert [listed.config for listed in list_runs()] == [TINY]
    assert run.folder.parent == runs_dir()
    wait_until(lambda: state(run) == "interrupted", what="a run without a worker to be told from a queued one")
    delete(run)
    assert list_runs() == []
    assert (tmp_path / "mine" / "config.json").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"categories": ("dog", "cat")}, "the data set has no category 'cat'"),
        ({"limits": {"cat": 3}}, "limits names the category 'cat'"),
        ({"categories": ("dog", "rain"), "limits": {"rooster": 3}}, "limits names the category 'rooster'"),
        ({"augment": ({"name": "gain"},)}, "the chain must"),
    ],
)
def test_what_cannot_be_trained_is_not_queued(tones: Path, settings: dict, message: str) -> None:
    """One sentence, and no run."""
    with pytest.raises((TrainingError, ParameterError), match=message):
        submit(replace(TINY, **settings), tones)
    assert list_runs() == []


def test_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """One, or as many as the variable says."""
    assert n_slots() == 1
    monkeypatch.setenv("ESC_TRAINING_SLOTS", "3")
    assert n_slots() == 3
    monkeypatch.setenv("ESC_TRAINING_SLOTS", "none")
    with pytest.raises(ParameterError, match="ESC_TRAINING_SLOTS must be in 1–64, got 'none'"):
        n_slots()


def test_presets_fit_the_data(tones: Path) -> None:
    """Ten categories where there are more; everything else as declared, unless overridden."""
    for name in PRESETS:
        config = preset(name).config(load_dataset(tones), val_fold=2, seed=5)
        assert (config.categories, config.val_fold, config.seed) == (None, 2, 5)
    assert isinstance(config, TrainConfig)
    with pytest.raises(ParameterError, match="preset must be one of one-minute, five-minutes, one-fold, got 'x'"):
        preset("x")


def test_the_command_line_uses_the_same_queue(tones: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A run started in a shell waits for its turn among the page's, and is listed with them."""
    slot_file(0).parent.mkdir(parents=True)
    slot = try_lock(slot_file(0))  # as a run of the page holds it
    assert slot
    page = unfinished_run(tones)  # died before: it is passed over
    (tmp_path / "tiny.json").write_text(json.dumps(TINY.to_dict()))
    command = ["train", "--data", tones, "--val-fold", 2, "--config", tmp_path / "tiny.json", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "esc_core", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        wait_until(lambda: len(list_runs()) == 2, what="the run in the list")
        shell = next(run for run in list_runs() if run.id != page.id)
        wait_until(lambda: shell.status().doing == "waiting for 1 other run", what="its place in the queue")
        slot.close()
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "waiting for 1 other run" in err
    result = json.loads(out.splitlines()[-1])
    assert result == {"accuracy": shell.status().accuracy, "epochs": 4, "seconds": shell.status().seconds}
    assert shell.config == replace(TINY, val_fold=2)
    assert set(NAMES) == set(shell.watched().categories)
