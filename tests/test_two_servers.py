"""Two servers with one ESC_HOME: both queue runs and fill the same data set at once, and nothing of either is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from esc_core.dataset import own
from esc_core.training.process.control import MAX_WAITING
from esc_core.training.runs.listing import list_runs
from tests.browser.serve import ROOT
from tests.small_runs import write_tones

pytestmark = pytest.mark.timeout(600)

EACH = 8
"""What each server does; both together want more runs than may wait."""

SERVER = """
import json, sys
import numpy as np
from esc_core.dataset import own
from esc_core.errors import TrainingError
from esc_core.training.process import control
from tests.small_runs import TINY
control.start_worker = lambda run: None
which, data, key, each = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
shared, refused = own.open_set(key), []
print("ready", flush=True)
sys.stdin.readline()
for i in range(each):
    try:
        control.submit(TINY, data)
    except TrainingError as error:
        refused.append(str(error))
    y = np.random.default_rng(100 * which + i).standard_normal(8_000).astype(np.float32) / 10
    shared.add_samples([own.NewSound(y=y, sr=16_000, category="dog", title=f"{which}-{i}", source="file")])
    own.create(f"set {which}-{i}")
print(json.dumps(refused))
"""


def test_both_at_once(tmp_path: Path) -> None:
    """Of the runs as many are queued as may wait, the others are refused in a sentence."""
    data, shared = write_tones(tmp_path / "data", per_fold=1), own.create("shared")
    shared.add_category("dog")
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", SERVER, str(which), str(data), shared.key, str(EACH)],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for which in (1, 2)
    ]  # fmt: skip
    try:
        for server in servers:
            assert server.stdout
            assert server.stdout.readline() == "ready\n"
        for server in servers:
            assert server.stdin
            server.stdin.write("go\n")
            server.stdin.flush()
        answers = [server.communicate(timeout=300) for server in servers]
    finally:
        for server in servers:
            server.kill()
            server.wait()
    assert [said for _, said in answers if "Traceback" in said] == []
    refused = [sentence for said, _ in answers for sentence in json.loads(said)]
    runs = list_runs()
    assert len(runs) == MAX_WAITING
    assert len(refused) == 2 * EACH - MAX_WAITING
    assert all("runs are waiting already" in sentence for sentence in refused)
    assert len({run.name for run in runs}) == MAX_WAITING
    assert [fault for run in runs for fault in run.faults()] == []
    titles = {sample.title for sample in own.open_set(shared.key).samples}
    assert titles == {f"{which}-{i}" for which in (1, 2) for i in range(EACH)}
    assert len(own.list_sets()) == 1 + 2 * EACH
