"""What `tests/test_no_room.py` runs on a disk of its own: everything that writes, where nothing can be written.

    python -m tests.no_room STATE      with ESC_HOME on that disk, and ESC50_DIR on another

It prints, as JSON, the sentence of each action, and of each page that raised an exception.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from streamlit.testing.v1 import AppTest

from esc_core.config import esc_home
from esc_core.dataset import load_dataset, own
from esc_core.dataset.download import download_esc50
from esc_core.dataset.starter import make_starter_set
from esc_core.errors import EscError
from esc_core.features.cache import stored_array
from esc_core.features.overview import clip_stats
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.process.create import create_run
from esc_core.training.runs.listing import rename
from tests.bad_audio import tone
from tests.browser.serve import ROOT
from tests.small_runs import TINY

PAGES = (
    ("explore", {}), ("explore", {"view": "overview"}), ("explore", {"view": "table"}), ("augment", {"sound": "clip"}),
    ("train", {"show": "Set it up"}), ("train", {"show": "Watch"}), ("own", {}), ("results", {}), ("about", {}),
)  # fmt: skip


def main(state: str) -> None:
    """Prepare the disk, let everything write, and print."""
    logging.disable(logging.CRITICAL)
    home, data = esc_home(), Path(os.environ["ESC50_DIR"])
    dataset, run = load_dataset(data), create_run(TINY, data)
    collected = own.create("before")
    collected.add_category("dog")
    close(home, state)
    before = files(home)
    actions: dict[str, Callable[[], object]] = {
        "feature cache": lambda: stored_array(home / "x.npy", lambda i: np.ones(64), shape=(64, 64), dtype="<f4"),
        "starter set": lambda: make_starter_set(home / "starter"),
        "checkpoint": lambda: Checkpoint(run.checkpoint_file).save(SimpleNamespace(variables=[np.ones(99)]), epoch=1),
        "run": lambda: create_run(TINY, data),
        "name of a run": lambda: rename(run, "blue crab"),
        "own data set": lambda: own.create("after"),
        "own sample": lambda: collected.add_samples([sample()]),
        "download": lambda: download_esc50(home / "ESC-50", url="http://127.0.0.1:9/", md5={}),
        "overview": lambda: len(clip_stats(dataset)),
    }
    said = {name: sentence(act) for name, act in actions.items()}
    shown = opened()
    print(json.dumps({"said": said, "pages": shown, "left": sorted(files(home) - before)}))


def close(home: Path, state: str) -> None:
    """Fill the disk to its last byte, or make it read-only."""
    if state == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
        return
    with (home / "filling").open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and path.stat().st_size}


def sample() -> own.NewSound:
    y = tone(1.0, sr=16_000)[:, 0].astype(np.float32)
    return own.NewSound(y=y, sr=16_000, category="dog", title="a dog", source="file")


def sentence(act: Callable[[], object]) -> list[str]:
    """Return what an action says: the kind of its error and its words, or what it gave."""
    try:
        return ["", str(act())]
    except EscError as error:
        return ["told", str(error)]
    except OSError as error:
        return ["OSError", str(error)]


def opened() -> dict[str, list[str]]:
    """Open all pages and return the exceptions of each that has some."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600).run()
    found = {"the first": [error.message for error in app.exception]}
    for page, parameters in PAGES:
        app.switch_page(f"pages/{page}.py")
        app.query_params.clear()
        app.query_params.update(parameters)
        found[f"{page} {parameters}"] = [error.message for error in app.run().exception]
    return {page: said for page, said in found.items() if said}


if __name__ == "__main__":
    main(sys.argv[1])
