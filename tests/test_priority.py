"""Training gives way in a class: niceness and cores, as a process of its own has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from esc_core.children import child_environment
from esc_core.training.process.priority import cores_for_training
from esc_core.training.timing.expected import _key
from tests.small_runs import TINY

LOOK = """
import json, os
from esc_core.training.process.priority import give_way
give_way()
print(json.dumps([os.nice(0), len(os.sched_getaffinity(0))]))
"""


@pytest.mark.parametrize(("n", "given"), [(1, 1), (2, 1), (3, 1), (4, 2), (8, 4)])
def test_half_of_the_cores_and_at_least_one(n: int, given: int, monkeypatch: pytest.MonkeyPatch) -> None:
    present = set(range(10, 10 + n))
    assert cores_for_training(present) == present
    monkeypatch.setenv("ESC_GIVE_WAY", "1")
    assert cores_for_training(present) < present or n == 1
    assert len(cores_for_training(present)) == given


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system ties no process to cores")
@pytest.mark.parametrize(("gives_way", "niceness"), [("0", 5), ("1", 19)])
def test_the_process_has_what_is_said(gives_way: str, niceness: int) -> None:
    """The system itself is asked; who is nicer already stays so."""
    here, mine = len(os.sched_getaffinity(0)), os.nice(0)
    variables = child_environment() | {"ESC_GIVE_WAY": gives_way}
    said = json.loads(subprocess.check_output([sys.executable, "-c", LOOK], env=variables, timeout=120))
    assert said == [max(niceness, mine), max(1, here // 2) if gives_way == "1" else here]


def test_the_time_of_a_step_is_known_for_each_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With half of the cores a step takes longer; one time must not stand for the other."""
    usual = _key(TINY)
    monkeypatch.setenv("ESC_GIVE_WAY", "1")
    assert _key(TINY) != usual
