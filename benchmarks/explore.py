"""How fast the Explore page answers: first load, a page turn, a filter; and a first sound on a bare machine.

Run with ``ESC50_DIR=/path/to/ESC-50 python -m benchmarks.explore``. Each figure is the server's whole answer through
AppTest, in this process, beside references measured in the same run: a page of one ``st.write``, and reading 24 files.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import soundfile as sf  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from esc_core.dataset import Dataset, load_dataset  # noqa: E402
from esc_core.dataset.starter import starter_progress  # noqa: E402

REPEATS = 7
LIMITS = {"first load": 2.0, "page turn": 0.3, "filter": 0.3, "open a clip": 0.3}
"""Limits for 2000 clips, in seconds."""

SOUND_LIMIT = 10.0
"""Limit for the first sound on a machine without data, in seconds."""


def main() -> int:
    folder = os.environ.get("ESC50_DIR")
    if not folder:
        sys.exit("set ESC50_DIR to an ESC-50 folder; `python -m esc_core data download` gets one")
    with tempfile.TemporaryDirectory() as home:
        os.environ["ESC_HOME"] = home
        dataset = load_dataset(folder)
        references = {"one st.write": plain_page(), "reading 24 files": read_files(dataset)}
        measured = explore(dataset)
        sound = first_sound(Path(home) / "bare")
    for name, seconds in references.items():
        print(f"reference: {name:20} {1000 * seconds:8.1f} ms")
    failed = []
    for name, seconds in measured.items():
        ratio = seconds / references["one st.write"]
        print(f"{name:31} {1000 * seconds:8.1f} ms  limit {1000 * LIMITS[name]:5.0f} ms  {ratio:6.1f} × one st.write")
        failed += [name] if seconds > LIMITS[name] else []
    print(f"{'24 sounds on a bare machine':31} {sound:8.1f} s   limit {SOUND_LIMIT:5.0f} s")
    failed += ["first sound"] if sound > SOUND_LIMIT else []
    heavy = [name for name in ("tensorflow", "keras") if name in sys.modules]
    print(f"clips: {len(dataset.clips)}; TensorFlow loaded: {'yes' if heavy else 'no'}")
    if failed or heavy:
        print("over the limit:", ", ".join(failed + heavy))
    return bool(failed or heavy)


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def plain_page() -> float:
    app = AppTest.from_string("import streamlit as st\nst.write('hello')", default_timeout=60)
    app.run()
    return statistics.median(timed(app.run) for _ in range(REPEATS))


def read_files(dataset: Dataset) -> float:
    paths = [dataset.path(clip) for clip in dataset.clips[:24]]
    return statistics.median(timed(lambda: [sf.read(path) for path in paths]) for _ in range(REPEATS))


def explore(dataset: Dataset) -> dict[str, float]:
    """Time the page: the first load in this process, then medians over pages and filters that were never shown."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    first = timed(app.run)
    turns, filters, opened = [], [], []
    for i in range(REPEATS):
        app.query_params["page"] = str(i + 2)
        turns.append(timed(app.run))
        check(app)
    for category in dataset.categories[:REPEATS]:
        app.selectbox(key="category").set_value(category.replace("_", " "))
        filters.append(timed(app.run))
        check(app)
    for clip in dataset.clips[:: len(dataset.clips) // REPEATS][:REPEATS]:
        app.query_params["clip"] = clip.clip_id
        opened.append(timed(app.run))
        check(app)
    median = statistics.median
    values = (first, median(turns), median(filters), median(opened))
    return dict(zip(LIMITS, values, strict=True))


def check(app: AppTest) -> None:
    if app.exception:
        sys.exit(f"the page failed: {app.exception[0].message}")


def first_sound(folder: Path) -> float:
    """Time the synthesis of a first page of starter sounds in a process of its own, as in the app."""
    command = [sys.executable, "-m", "esc_core.dataset.starter", str(folder)]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        while starter_progress(folder)[0] < 24 and process.poll() is None:
            time.sleep(0.05)
        return time.perf_counter() - start
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
