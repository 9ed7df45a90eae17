"""Files of generators and own sounds, cut short or filled with rubbish: each page that shows them still opens.

Runs of classifiers, models and caches are damaged in `benchmarks.damage` and `tests/test_damage.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from esc_core.config import GeneratorConfig, esc_home
from esc_core.dataset import own, remember_folder
from tests.pages.test_hostile_text import opened
from tests.small_generator import write_generator_run
from tests.small_runs import TINY, write_tones

pytestmark = pytest.mark.timeout(600)

RUBBISH = np.random.default_rng(0).bytes(300)


@contextmanager
def damaged(path: Path, way: str) -> Iterator[None]:
    """Damage a file, and put it back at the end, whatever stands in its place then."""
    data = path.read_bytes()
    if way == "a folder":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes({"half": data[: len(data) // 2], "rubbish": RUBBISH, "empty": b""}[way])
    yield
    for left in (path, path.with_name(f"{path.name}.damaged")):
        if left.is_dir():
            shutil.rmtree(left)
        left.unlink(missing_ok=True)
    path.write_bytes(data)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")


def faults(app: AppTest, folder: Path, way: str, views: dict[str, list[str]]) -> list[str]:
    """Return the exceptions of an open page, in each view, while one file after the other is damaged."""
    found = []
    for path in files(folder):
        with damaged(path, way):
            for name, values in views.items():
                for value in values:
                    app.query_params[name] = value
                    app.run()
                    found += [f"{path.name}, {value}: {error.message}" for error in app.exception]
    return found


@pytest.mark.parametrize("way", ["half", "rubbish", "a folder"])
def test_a_generator(tmp_path: Path, way: str) -> None:
    """Everything in the folder of its run; when all is back, its sounds are, too."""
    data = write_tones(tmp_path / "data", per_fold=1)
    remember_folder(data)
    run = write_generator_run(GeneratorConfig(n_epochs=2, features=TINY.features, categories=("dog", "rain")), data)
    app = opened("generate", generator=run.id, of="rain")
    assert not app.exception
    assert faults(app, run.folder, way, {"make": ["Listen", "Train one"]}) == []
    app.query_params["make"] = "Listen"
    app.run()
    assert not app.exception
    assert any("Draw again" in button.label for button in app.button)


@pytest.mark.parametrize("way", ["half", "rubbish", "a folder"])
def test_own_sounds(tmp_path: Path, way: str) -> None:
    """The list, the table, a sound, and what is known of this computer."""
    remember_folder(write_tones(tmp_path / "data", per_fold=1))
    made = own.create("Doors")
    for category in ("background", "door"):
        made.add_category(category)
        y = 0.1 * np.random.default_rng(len(category)).standard_normal(16_000)
        made.add_sample(y.astype(np.float32), 16_000, category=category, title=category, source="file")
    app = opened("own", set=made.key)
    assert not app.exception
    assert faults(app, esc_home() / "own", way, {"step": ["Collect", "Groups", "Learn", "Use"]}) == []
