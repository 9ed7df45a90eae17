"""A link may hold anything in any parameter: each page opens, shows it as text if at all, and reads no file by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from esc_core.config import esc_home
from esc_core.dataset import own, remember_folder
from esc_core.training.process.create import create_run
from tests.pages.test_hostile_text import HOSTILE, check, opened
from tests.small_runs import TINY, write_tones
from ui.frame.navigation import PAGES
from ui.state import PARAMETERS

SECRET = "what only the owner of this computer may read"

OPEN = [name for name, page in PAGES.items() if not page.for_class]
"""Pages that are there without a class."""

CHAIN = json.dumps([{"name": HOSTILE, "__class__": "os.system", "p": 1}, {"name": "gain", "gain_db": HOSTILE}])
DEEP = "[" * 5_000
LONG = json.dumps([{"name": "gain", "gain_db": 1}] * 1_000)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Write a run, a set and a file that lie outside the folders in which pages look; choose a data set."""
    remember_folder(write_tones(tmp_path / "data", per_fold=1))
    run = create_run(TINY, tmp_path / "data")
    own.create(SECRET)
    for folder in (esc_home() / "runs", esc_home() / "own", esc_home()):
        (folder.parent / f"{folder.name}-secret.txt").write_text(SECRET)
    moved = run.folder.rename(esc_home() / "run-of-another")
    (moved / "run.json").write_text(json.dumps({"name": SECRET}))
    return esc_home()


def traversals(home: Path) -> list[str]:
    return [
        "../run-of-another",
        f"{home}/run-of-another",
        "..%2frun-of-another",
        "../../../../../../etc/passwd",
        "..",
        ".",
    ]


@pytest.mark.parametrize("page", OPEN)
def test_every_parameter(outside: Path, page: str) -> None:
    """All at once, each with markup, then paths, then code; nothing of what lies outside is shown."""
    code = ["<script>alert(1)</script>", "javascript:alert(1)", "'; DROP TABLE clips; --", "=cmd|' /C calc'!A0"]
    for texts in ([HOSTILE], traversals(outside), code):
        said = check(opened(page, **{name: texts[i % len(texts)] for i, name in enumerate(PARAMETERS)}))
        assert [wrong for wrong in (SECRET, "root:", "<script") if wrong in said] == []


@pytest.mark.parametrize(
    "chain", [CHAIN, DEEP, LONG, '{"augment": 1}', "null", "[[]]", '[{"name": "gain", "gain_db": NaN}]']
)
def test_a_hostile_chain_is_a_sentence(outside: Path, chain: str) -> None:
    app = opened("augment", chain=chain, sound="clip")
    said = check(app)
    assert [
        warning.value for warning in app.warning if warning.value.startswith("The chain in the link can't be used: ")
    ]
    assert "Traceback" not in said
