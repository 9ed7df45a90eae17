"""How fast Explore answers while a run trains, and how long a class waits for the first confusion matrix.

Run with ``python -m benchmarks.load`` (or ``ESC50_DIR=/path/to/ESC-50 python -m benchmarks.load`` for real clips). The
same answers, page turns, filters and opened clips, are timed through AppTest without and with a worker at the first
preset, beside a page of one ``st.write`` in the same two states.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from streamlit.testing.v1 import AppTest  # noqa: E402

from benchmarks.explore import check, timed  # noqa: E402
from esc_core.dataset import Dataset, load_dataset  # noqa: E402
from esc_core.dataset.starter import make_starter_set  # noqa: E402
from esc_core.training.presets import PRESETS  # noqa: E402
from esc_core.training.process import control  # noqa: E402
from esc_core.training.runs.contents import BUSY  # noqa: E402
from esc_core.training.runs.run import Run  # noqa: E402

ROUNDS = 20
"""Rounds of three answers each."""

LIMIT = 1.0
"""95th percentile that is promised while a run trains, in seconds."""

MATRIX_LIMIT = 180.0
"""From the press of the first preset to a confusion matrix, in seconds."""

WAIT_SECONDS = 600.0


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        os.environ["ESC_HOME"] = home
        folder = os.environ.get("ESC50_DIR") or str(make_starter_set(Path(home) / "starter"))
        os.environ["ESC50_DIR"] = folder
        dataset = load_dataset(folder)
        answers(dataset)  # what is read for the first time is none of the run's business
        alone = answers(dataset), plain()
        began = time.monotonic()
        # all categories, so that it is still at work when the last answer is there
        run = control.submit(PRESETS["one-fold"].config(dataset), folder)
        try:
            first_epoch = wait_for(run, "training", began)
            beside = answers(dataset), plain()
            still = run.status().state
        finally:
            control.stop(run)
        matrix, end = first_matrix(dataset)
    print(f"{len(dataset.clips)} clips; the run began to train after {first_epoch:.0f} s and was {still} at the end")
    for name, (values, reference) in (("without a run", alone), ("while a run trains", beside)):
        middle, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        print(
            f"{name:20} median {1000 * middle:6.0f} ms, p95 {1000 * p95:6.0f} ms of {len(values)} answers  "
            f"(one st.write: median {1000 * statistics.median(reference):.0f} ms)"
        )
    p95 = statistics.quantiles(beside[0], n=20)[-1]
    print(f"limit of the p95 while a run trains: {1000 * LIMIT:.0f} ms")
    print(f"first preset: a confusion matrix after {matrix:.0f} s (limit {MATRIX_LIMIT:.0f} s), done after {end:.0f} s")
    return bool(p95 > LIMIT or matrix > MATRIX_LIMIT or still != "training")


def answers(dataset: Dataset) -> list[float]:
    """Time page turns, filters and opened clips of Explore, in seconds."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    return [seconds for i in range(ROUNDS) for seconds in one_round(app, dataset, i)]


def one_round(app: AppTest, dataset: Dataset, i: int) -> Iterator[float]:
    """Turn a page, filter a category, open a clip."""
    app.selectbox(key="category").set_value(None)
    app.query_params["page"] = str(i + 1)
    yield timed(app.run)
    check(app)
    app.selectbox(key="category").set_value(dataset.categories[i % len(dataset.categories)].replace("_", " "))
    yield timed(app.run)
    check(app)
    app.query_params["clip"] = dataset.clips[i * len(dataset.clips) // ROUNDS].clip_id
    yield timed(app.run)
    check(app)


def plain() -> list[float]:
    """Time a page of one ``st.write``."""
    app = AppTest.from_string("import streamlit as st\nst.write('hello')", default_timeout=60)
    app.run()
    return [timed(app.run) for _ in range(ROUNDS)]


def wait_for(run: Run, state: str, began: float) -> float:
    """Wait until a run is in a state, and return the seconds since `began`."""
    while (now := run.status()).state != state:
        if now.state not in BUSY or time.monotonic() - began > WAIT_SECONDS:
            sys.exit(f"the run is {now.state}: {now.error}")
        time.sleep(0.1)
    return time.monotonic() - began


def first_matrix(dataset: Dataset) -> tuple[float, float]:
    """Return the seconds from the press of the first preset to its first matrix, and to its end."""
    began = time.monotonic()
    run = control.submit(next(iter(PRESETS.values())).config(dataset), dataset.root)
    while not run.guesses():
        if run.status().state not in BUSY or time.monotonic() - began > WAIT_SECONDS:
            sys.exit(f"the run is {run.status().state}: {run.status().error}")
        time.sleep(0.1)
    return time.monotonic() - began, wait_for(run, "done", began)


if __name__ == "__main__":
    sys.exit(main())
