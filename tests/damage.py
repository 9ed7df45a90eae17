"""An ESC_HOME with one file of each kind, ways to damage a file, and what must hold all the same."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from esc_core.augment import Compose
from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset import load_dataset, remember_folder
from esc_core.errors import EscError
from esc_core.features import extract
from esc_core.features.overview import clip_stats
from esc_core.features.waveforms import extract_waveforms
from esc_core.models.installed import list_models
from esc_core.training.data.copies import make_copies
from esc_core.training.finished.envelope import opened
from esc_core.training.finished.export import predictions_csv
from esc_core.training.lessons.teach import lesson_curves
from esc_core.training.presets import PRESETS
from esc_core.training.record import held_out_probs
from esc_core.training.runs.listing import find_run, list_runs
from esc_core.training.runs.run import Run
from esc_core.training.timing.expected import known_seconds, remember_steps

ROOT = Path(__file__).parent.parent
WRITTEN = Path(__file__).parent / "data"
"""Runs and a model, trained once; see its README."""

RUNS = {
    "finished": "20260101-000001-finished",
    "stopped": "20260101-000002-stopped",
    "lesson": "20260101-000003-lesson",
}
"""Runs that are damaged, by the folder in `WRITTEN`."""

OTHER_RUN, OTHER_MODEL = "20260101-000004-other", "other"
"""A run and a model that are never damaged."""

FEATURES = FeatureConfig(sr=8_000, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0)
CHAIN = Compose.from_json([{"name": "gain", "gain_db": [-6.0, -3.0]}])
SECONDS = 120


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    if not data:
        return b"\xff"
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([data[at] ^ int(rng.integers(1, 256))]) + data[at + 1 :]


def _swap(data: bytes, rng: np.random.Generator) -> bytes:
    """Give one name in an object of JSON, or in one of the lines, a value of another kind."""
    try:
        lines = [json.loads(data)]
    except ValueError:
        try:
            lines = [json.loads(line) for line in data.splitlines()]
        except ValueError:
            lines = []
    if not lines or not isinstance(lines[0], dict):
        return _flip(data, rng)
    row = lines[int(rng.integers(len(lines)))]
    key = sorted(row)[int(rng.integers(len(row)))]
    row[key] = [None, "x", [], [[1]], {}, -1, 1e6, 10**40, True][int(rng.integers(9))]
    return "\n".join(map(json.dumps, lines)).encode() + b"\n"


WAYS: dict[str, Callable[[bytes, np.random.Generator], bytes | None]] = {
    "empty": lambda data, rng: b"",
    "half": lambda data, rng: data[: len(data) // 2],
    "one byte short": lambda data, rng: data[:-1],
    "a wrong byte": _flip,
    "a list": lambda data, rng: b"[]",
    "null": lambda data, rng: b"null",
    "a text": lambda data, rng: b'"x"',
    "an empty object": lambda data, rng: b"{}",
    "numbers that are none": lambda data, rng: data.replace(b": 1", b": NaN").replace(b": 0", b": Infinity"),
    "a value of another kind": _swap,
    "random bytes": lambda data, rng: rng.bytes(max(1, min(len(data), 4096))),
    "a folder": lambda data, rng: None,
}
"""Ways to damage a file: what stands in its place, None for a folder."""


@dataclass(frozen=True)
class Case:
    """A file and a way to damage it.

    Attributes
    ----------
    file : str
        The file, below ESC_HOME.
    way : str
        One of `WAYS`.
    seed : int
        Decides wrong and random bytes.
    """

    file: str
    way: str
    seed: int = 0

    def __str__(self) -> str:
        """Return the case in words."""
        return f"{self.file}: {self.way} ({self.seed})"


def write_home(home: Path, data: Path) -> list[str]:
    """Fill an ESC_HOME, which the environment must name, and return the files that can be damaged.

    Parameters
    ----------
    home : pathlib.Path
        ESC_HOME; it must be empty.
    data : pathlib.Path
        The tones on which the runs in `WRITTEN` were trained.
    """
    for name, run_id in {**RUNS, "finished ": OTHER_RUN}.items():
        folder = home / "runs" / run_id
        shutil.copytree(WRITTEN / "runs" / name.strip(), folder)
        about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        (folder / "run.json").write_text(json.dumps({**about, "data_dir": str(data)}), encoding="utf-8")
        (folder / "model").mkdir(exist_ok=True)
    for name in ("tiny", OTHER_MODEL):
        shutil.copytree(WRITTEN / "models" / "tiny", home / "models" / name)
    remember_folder(data)
    remember_steps(_preset(data), {"float32": 0.02, "mixed_bfloat16": 0.03})
    make_caches(data)
    return sorted(
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and not {OTHER_RUN, OTHER_MODEL, ".slots"} & set(path.parts)
        if path.suffix != ".keras" or path.name == "fold1.keras"
    )


def _preset(data: Path) -> TrainConfig:
    return next(iter(PRESETS.values())).config(load_dataset(data))


def make_caches(data: Path) -> list[np.ndarray]:
    """Compute or reopen everything that is cached, and return it in memory."""
    dataset = load_dataset(data)
    arrays = [
        extract(dataset, FEATURES).mel,
        extract_waveforms(dataset, 4_000),
        make_copies(dataset, np.arange(2), CHAIN, FEATURES, kind="log_mel", n_copies=1, seed=0, n_workers=1),
        clip_stats(dataset)[["seconds", "level_db"]].to_numpy(),
        np.array([known_seconds(_preset(data), dataset) or np.nan]),
    ]
    return [np.array(array) for array in arrays]


@contextmanager
def damaged(home: Path, case: Case) -> Iterator[Path]:
    """Damage a file, and restore it at the end, whatever was made in its place meanwhile."""
    path = home / case.file
    data, stat = path.read_bytes(), path.stat()
    content = WAYS[case.way](data, np.random.default_rng(case.seed))
    path.unlink()
    if content is None:
        path.mkdir()
        (path / "inside").touch()
    else:
        path.write_bytes(content)
    try:
        yield path
    finally:
        for left in (path, path.with_name(f"{path.name}.damaged")):
            if left.is_dir():
                shutil.rmtree(left)
            left.unlink(missing_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


READS: dict[str, Callable[[Run], object]] = {
    "status": Run.status,
    "metrics": Run.metrics,
    "guesses": Run.guesses,
    "watched": Run.watched,
    "faults": Run.faults,
    "log": Run.log,
    "envelope": opened,
    "lesson": lesson_curves,
    "probabilities": held_out_probs,
    "predictions": predictions_csv,
    "settings": lambda run: (run.name, run.lesson, run.config, run.data_dir),
}
"""What pages and command line read of a run."""


def others(case: Case) -> tuple[set[str], set[str]]:
    """Return the runs and the models that a damaged file must not hide."""
    runs = {*RUNS.values(), OTHER_RUN} - set(case.file.split("/"))
    return runs, {"tiny", OTHER_MODEL} - set(case.file.split("/"))


def library_problems(case: Case) -> list[str]:
    """Read all runs and models by the library; name what raises anything but an error for people, or is hidden."""
    runs, models = others(case)
    problems = [f"hidden: run {run_id}" for run_id in runs - {run.id for run in list_runs()}]
    problems += [f"hidden: model {name}" for name in models - {card.name for card in list_models()}]
    for run in list_runs():
        for name, read in READS.items():
            try:
                read(run)
            except EscError:
                continue
            except Exception as error:
                problems.append(f"exception: {name} of {run.id}: {error!r}")
    return problems


def views_for(case: Case) -> list[tuple[str, dict[str, str]]]:
    """Return the pages, with their parameters, that read a file."""
    watch = [("train", {"show": "Watch", "run": run_id}) for run_id in RUNS.values() if run_id in case.file]
    lists = [("train", {"show": "All runs"}), ("train", {"show": "Lesson: does augmentation help?"})]
    if case.file.startswith("runs/"):
        return [*watch, *lists, ("train", {"show": "Watch", "run": OTHER_RUN})]
    everywhere = [("explore", {}), ("augment", {}), ("train", {"show": "Watch"}), ("results", {})]
    if case.file.startswith("models/"):
        name = case.file.split("/")[1]
        return [*everywhere, ("classify", {"from": "clip", "model": name}), ("augment", {"model": name})]
    if case.file.startswith(("features/", "copies/", "overview/")):
        return [("explore", {"view": "overview"})]
    if case.file == "step_seconds.json":
        return [("train", {"show": "Watch"}), ("train", {"show": "Set it up"})]
    return [*everywhere, ("classify", {"from": "clip"})]


def page_problems(case: Case) -> list[str]:
    """Open the pages that read a file; name those that end on an exception or do not list the other runs."""
    problems = []
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.run()
    for page, parameters in views_for(case):
        app.switch_page(f"pages/{page}.py")
        app.query_params.clear()
        app.query_params.update(parameters)
        app.run()
        problems += [f"exception: {page} {parameters}: {error.message}" for error in app.exception]
        runs = next((box.options for box in app.selectbox if box.label == "Run"), None)
        if page == "train" and parameters["show"] == "Watch" and case.file != "data_folder.txt":
            n_expected = len(others(case)[0] - {RUNS["lesson"]})
            if runs is None or len(runs) < n_expected:
                problems.append(f"hidden: the page lists {runs}")
    return problems


def resumable() -> Run:
    """Return the run that was stopped."""
    return find_run(RUNS["stopped"])
