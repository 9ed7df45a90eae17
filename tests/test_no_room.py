"""A disk that is full or read-only under ESC_HOME: each action says so in a sentence, and every page still opens."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serve import ROOT, skip_or_fail
from tests.small_runs import write_tones

pytestmark = pytest.mark.timeout(900)

REASONS = {"full": "the disk is full", "read-only": "read-only file system"}


def on_a_small_disk(folder: Path, state: str) -> dict[str, Any]:
    """Run `tests.no_room` with an ESC_HOME on a disk of 4 MB that only it sees."""
    unshare = shutil.which("unshare")
    home, data = folder / "home", write_tones(folder / "data", per_fold=1)
    home.mkdir()
    mount = f"mount -t tmpfs -o size=4m tmpfs {shlex.quote(str(home))}"
    if unshare is None or subprocess.run([unshare, "-rm", "sh", "-c", mount], capture_output=True).returncode:
        skip_or_fail("this system lets nobody mount a disk of his own (unshare -rm, mount -t tmpfs)")
    command = f"{mount} && exec {shlex.quote(sys.executable)} -m tests.no_room {state}"
    variables = {**os.environ, "ESC_HOME": str(home), "ESC50_DIR": str(data), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", command], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("state", REASONS)
def test_nothing_can_be_written(tmp_path: Path, state: str) -> None:
    """All that was there is there afterwards, and no more."""
    found = on_a_small_disk(tmp_path, state)
    silent = found["said"].pop("overview")
    assert silent == ["", "15"], "a cache that can't be stored is computed all the same"
    assert found["said"].pop("checkpoint")[0] == "OSError", "which the worker puts into words"
    if state == "full":  # asking comes before the disk
        assert found["said"].pop("download")[0] == "told"
    for name, (kind, words) in found["said"].items():
        assert kind == "told", (name, words)
        assert REASONS[state] in words.lower(), (name, words)
    assert found["pages"] == {}
    assert found["left"] == []
