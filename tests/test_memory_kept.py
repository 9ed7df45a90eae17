"""Whether a training's process keeps its memory; see benchmarks.memory for what that brings."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from tests.browser.serve import ROOT

FREE = """
import sys
import numpy as np
from esc_core.training.fit.memory import keep_memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

if sys.argv[1] == "kept":
    keep_memory()
before = resident()
x = np.ones(100 * 2**20, np.uint8)
del x
print(resident() - before)
"""


def megabytes_after(how: str, environment: dict[str, str]) -> float:
    """Return how much larger a process is after it has had 100 MB and freed them."""
    command = [sys.executable, "-c", FREE, how]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back at once")
def test_what_is_freed_is_kept() -> None:
    """But not where the environment says how to allocate."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    environment["PYTHONPATH"] = str(ROOT)
    assert megabytes_after("given back", environment) < 10
    assert megabytes_after("kept", environment) > 90
    assert megabytes_after("kept", {**environment, "MALLOC_TOP_PAD_": "1000"}) < 10
