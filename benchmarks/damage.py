"""Damage each kind of file in ESC_HOME in several ways, one after the other, and open all that reads it.

Run with ``python -m benchmarks.damage [--seeds N] [--cases N] [--no-training]``. In every case the pages that read the
file are opened, all runs and models are read by the library, and damaged caches are opened again; if the file is of
a stopped run, the run is resumed, if to a model, the model is loaded. It ends with 1 if a case ends on an uncaught
exception, hides another run or model, or leaves a cache or the starter set wrong.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402

import ui.frame.starter  # noqa: E402
import ui.runs.measuring  # noqa: E402
from esc_core.dataset.starter import make_starter_set, starter_is_whole  # noqa: E402
from esc_core.errors import EscError  # noqa: E402
from esc_core.inference import Predictor  # noqa: E402
from esc_core.models.installed import model_cards, own_models_dir  # noqa: E402
from esc_core.training.process.control import requeue  # noqa: E402
from esc_core.training.process.worker import work  # noqa: E402
from tests.damage import RUNS, WAYS, Case, damaged, library_problems, make_caches, page_problems, resumable, write_home  # noqa: E402
from tests.test_written_before import write_tones  # noqa: E402

RANDOM_WAYS = ("a wrong byte", "a value of another kind", "random bytes")
"""Ways that the seed decides."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damage", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each random way (default: 3)")
    parser.add_argument("--cases", type=int, help="a seeded sample of so many cases (default: all)")
    parser.add_argument("--no-training", action="store_true", help="do not resume runs or load networks")
    options = parser.parse_args(argv)
    logging.disable(logging.CRITICAL)  # Streamlit's log of each exception, which is counted here
    with tempfile.TemporaryDirectory() as folder:
        home, data = Path(folder) / "home", write_tones(Path(folder) / "tones")
        os.environ["ESC_HOME"] = str(home)
        os.environ.pop("ESC50_DIR", None)
        # no process beside the pages
        ui.frame.starter._start = lambda root: SimpleNamespace(poll=lambda: None)  # type: ignore[assignment]
        ui.runs.measuring.measure = lambda name, config, dataset: False  # type: ignore[assignment]
        files = write_home(home, data)
        cases = [Case(file, way, seed) for file in files for way in WAYS for seed in seeds_of(way, options.seeds)]
        if options.cases:
            cases = random.Random(0).sample(cases, min(options.cases, len(cases)))
        fresh = make_caches(data)
        began, found = time.monotonic(), {}
        for case in cases:
            found[case] = problems_of(case, home, data, fresh, training=not options.no_training)
            for problem in found[case]:
                print(f"{case}\n    {problem}", flush=True)
        starter = starter_problems(home)
    return tell(found, starter, time.monotonic() - began)


def seeds_of(way: str, n: int) -> range:
    return range(n if way in RANDOM_WAYS else 1)


def problems_of(case: Case, home: Path, data: Path, fresh: list[np.ndarray], *, training: bool) -> list[str]:
    with damaged(home, case):
        problems = library_problems(case) + page_problems(case)
        if case.file.startswith(("features/", "copies/", "overview/")):
            problems += cache_problems(data, fresh)
        if training and case.file.startswith("models/"):
            problems += model_problems()
        if training and RUNS["stopped"] in case.file:
            problems += resume_problems(home)
    return problems


def cache_problems(data: Path, fresh: list[np.ndarray]) -> list[str]:
    """Return what is not read as it was computed at first."""
    try:
        again = make_caches(data)
    except Exception as error:
        return [f"exception: the caches: {error!r}"]
    return [
        f"wrong: array {i} is not what was computed at first"
        for i, (a, b) in enumerate(zip(fresh, again, strict=True))
        if a.shape != b.shape or not np.allclose(a, b, rtol=1e-4, equal_nan=True)
    ]


def model_problems() -> list[str]:
    problems = []
    for path in model_cards(own_models_dir()).values():
        try:
            Predictor(path.parent).load()
        except EscError as error:
            if path.parent.name == "other":
                problems.append(f"hidden: model other: {error}")
        except Exception as error:
            problems.append(f"exception: loading {path.parent.name}: {error!r}")
    return problems


def resume_problems(home: Path) -> list[str]:
    """Resume the stopped run in this process, on a copy that is put back at the end."""
    folder, backup = home / "runs" / RUNS["stopped"], home / "runs" / ".backup"
    shutil.copytree(folder, backup)
    try:
        run = resumable()
        requeue(run, run.status())
        result = work(run)
        return [] if result.epochs == run.config.n_epochs else [f"wrong: {result.epochs} epochs"]
    except EscError:
        return []
    except Exception as error:
        return [f"exception: resuming: {error!r}"]
    finally:
        shutil.rmtree(folder)
        backup.rename(folder)


def starter_problems(home: Path) -> dict[Case, list[str]]:
    """Damage the starter set; each time it must be noticed and finished."""
    root = make_starter_set(home / "starter")
    clip = next(path.name for path in sorted((root / "audio").iterdir()))
    found: dict[Case, list[str]] = {}
    for name in ("meta/esc50.csv", "meta/COMPLETE", f"audio/{clip}"):
        for way in ("empty", "half", "one byte short", "random bytes", "a folder"):
            case = Case(f"starter/{name}", way)
            with damaged(home, case):
                noticed = not starter_is_whole(root)
                finished = starter_is_whole(make_starter_set(root))
                needed = way == "a folder" or "COMPLETE" not in name  # what is in that file does not matter
                found[case] = [] if finished and (noticed or not needed) else ["wrong: the starter set is not finished"]
    return found


def tell(found: dict[Case, list[str]], starter: dict[Case, list[str]], seconds: float) -> int:
    kinds = Counter(kind for problems in found.values() for kind in {problem.split(":")[0] for problem in problems})
    print(f"{len(found)} damaged files in {seconds:.0f} s, {len(starter)} of the starter set")
    for kind, words in (("exception", "end on an uncaught exception"), ("hidden", "hide another run or model"),
                        ("wrong", "are read as something else")):  # fmt: skip
        print(f"{kinds[kind]} {words}")
    unfinished = sum(map(bool, starter.values()))
    print(f"{unfinished} leave an incomplete starter set")
    return int(bool(kinds or unfinished))


if __name__ == "__main__":
    sys.exit(main())
