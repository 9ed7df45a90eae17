"""Kill workers and the process that started them, without warning and at random moments, and look at what is left.

    python -m benchmarks.kills [--times N] [--first N] [--seed N] [--epochs N]     (not on Windows)

Each time a process submits a short run and goes on showing it on the Train page, as the server does. After a random
time that process, the worker, or both get SIGKILL. A run whose worker lives must end as done; one whose worker was
killed must say within seconds that it was interrupted, unless it had ended. No file may be damaged, no process may be
left, and the queue must be free. Then the run is resumed, and its held-out logits must be those of a run that nobody
killed, to the bit. It ends with 1 if any of this fails. Each round is made from its number and the seed: `--first 25
--times 25` goes on where `--times 25` ended.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from esc_core.config import TrainConfig
from esc_core.disk.files import read_arrays
from esc_core.disk.locks import try_lock
from esc_core.errors import EscError
from esc_core.training.process.control import resume
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.listing import find_run
from esc_core.training.runs.queue import queue_file, slot_file
from esc_core.training.runs.run import STALE_SECONDS, Run
from tests.small_runs import TINY, write_tones

ROOT = Path(__file__).resolve().parent.parent

VICTIMS = ("worker", "server", "both")

SERVER = """
import json, logging, sys
from esc_core.config import TrainConfig
from esc_core.training.process.control import submit
logging.disable(logging.CRITICAL)
print(submit(TrainConfig.from_dict(json.loads(sys.argv[1])), sys.argv[2]).id, flush=True)
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[3], default_timeout=600).run()
app.switch_page("pages/train.py")
while True:
    app.run()
"""
"""The server without its network: it submits a run, and shows the page that reads and writes the run's files."""

START_SECONDS = 300.0
"""Longest wait for a process to begin or a run to end, on a machine that does other things."""

Problems = list[str]


def main(argv: list[str] | None = None) -> int:
    """Kill, look, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="how often (default: 50)")
    parser.add_argument("--first", type=int, default=0, help="number of the first round (default: 0)")
    parser.add_argument("--seed", type=int, default=0, help="another seed kills at other moments (default: 0)")
    parser.add_argument("--epochs", type=int, default=8, help="epochs of each run (default: 8)")
    options = parser.parse_args(argv)
    logging.disable(logging.CRITICAL)
    config = replace(TINY, n_epochs=options.epochs)
    began, states, problems = time.monotonic(), Counter[str](), dict[int, Problems]()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ESC_HOME"] = str(Path(folder) / "home")
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ.pop("ESC50_DIR", None)
        data = write_tones(Path(folder) / "tones")
        whole, span = undisturbed(config, data)
        print(f"a run that nobody kills takes {span:.1f} s", flush=True)
        for number in range(options.first, options.first + options.times):
            rng = random.Random(f"{options.seed}:{number}")
            victim, after = rng.choice(VICTIMS), rng.uniform(0, span)
            state, problems[number] = one_round(config, data, whole, victim=victim, after=after)
            states[f"{victim} killed: {state}"] += 1
            said = "; ".join(problems[number]) or "well"
            print(f"{number}: {victim} after {after:.1f} s, the run was {state}: {said}", flush=True)
    for what, n in sorted(states.items()):
        print(f"{n:4}  {what}")
    bad = sum(map(bool, problems.values()))
    print(f"verdict: {bad} of {len(problems)} rounds at fault, in {time.monotonic() - began:.0f} s")
    return int(bool(bad))


@contextmanager
def server(config: TrainConfig, data: Path) -> Iterator[tuple[psutil.Process, Run]]:
    """Start a server that submits a run; give both, and end what is left of it."""
    command = [sys.executable, "-c", SERVER, json.dumps(config.to_dict()), str(data), str(ROOT / "app.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        yield psutil.Process(process.pid), find_run(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


def undisturbed(config: TrainConfig, data: Path) -> tuple[np.ndarray, float]:
    """Return the logits of a run that nobody kills, and the seconds that it takes."""
    with server(config, data) as (_, run):
        began = time.monotonic()
        wait(lambda: run.status().state not in BUSY)
        assert run.status().state == "done", run.log()
        return logits(run), time.monotonic() - began


def one_round(config: TrainConfig, data: Path, whole: np.ndarray, *, victim: str, after: float) -> tuple[str, Problems]:
    """Start, kill, look, and resume; return the state in which the run was found, and what is wrong."""
    problems: Problems = []
    with server(config, data) as (parent, run):
        time.sleep(after)
        workers = of_run(run)
        doomed = workers * (victim != "server") + [parent] * (victim != "worker")
        for process in doomed:
            process.kill()
        psutil.wait_procs([process for process in doomed if process != parent], timeout=30)
        if victim == "server":
            wait(lambda: run.status().state not in BUSY)
        else:
            wait(lambda: run.status().state not in BUSY, seconds=STALE_SECONDS + 30)
    status = run.status()
    allowed = ("done",) if victim == "server" else ("done", "interrupted")
    if status.state not in allowed:
        problems.append(f"the run is {status.state}: {status.error or status.doing}")
    problems += damage(run) + leftovers(run)
    if status.state != "done":
        try:
            resume(run)
            wait(lambda: run.status().state not in BUSY)
        except EscError as error:
            problems.append(f"it can't be resumed: {error}")
        problems += damage(run) + leftovers(run)
    if run.status().state != "done":
        problems.append(f"resumed, it is {run.status().state}: {run.status().error}")
    elif not np.array_equal(logits(run), whole):
        problems.append("its result is another one than without the kill")
    elif [row["epoch"] for row in run.metrics()] != list(range(1, config.n_epochs + 1)):
        problems.append("its curves have gaps")
    return status.state, problems


def of_run(run: Run) -> list[psutil.Process]:
    """Return the processes that have to do with a run, by the folder in their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(run.folder) in part for part in process.cmdline()):
                found.append(process)
        except psutil.Error:  # it has ended
            continue
    return found


def damage(run: Run) -> Problems:
    """Name files that can't be read."""
    problems = run.faults()
    if run.checkpoint_file.exists() and read_arrays(run.checkpoint_file, "epoch") is None:
        problems.append("the checkpoint is damaged")
    return problems


def leftovers(run: Run) -> Problems:
    """Name processes that are left of a run that rests, and locks that are held."""
    problems = []
    if wait(lambda: not of_run(run), seconds=30, fail=False) is None:
        problems.append(f"processes are left: {[process.cmdline() for process in of_run(run)]}")
    for path in (slot_file(0), queue_file(), run.lock_file):
        lock = try_lock(path)
        if lock is None:
            problems.append(f"{path.name} is held")
        else:
            lock.close()
    return problems


def logits(run: Run) -> np.ndarray:
    arrays = read_arrays(run.folder / "val_logits.npz", "logits")
    return np.zeros(0) if arrays is None else arrays["logits"]


def wait(true: Callable[[], object], *, seconds: float = START_SECONDS, fail: bool = True) -> float | None:
    """Wait until something is true, and return the seconds that it took; None, or an error, if it does not come."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            if fail:
                raise TimeoutError(f"waited {seconds:g} s")
            return None
        time.sleep(0.1)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
