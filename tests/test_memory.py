"""What the garbage collector is spared: libraries, once they are loaded."""

from __future__ import annotations

import gc
import sys
from types import ModuleType

import pytest

from ui import memory


@pytest.fixture
def _thawed(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.unfreeze()
    monkeypatch.setattr(memory, "_n_modules", 0)


@pytest.mark.usefixtures("_thawed")
def test_a_new_library_is_spared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call freezes all there is; later ones wait for another library."""
    memory.spare_libraries()
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    kept = [[] for _ in range(1000)]
    memory.spare_libraries()
    assert gc.get_freeze_count() <= frozen
    for number in range(memory.GROWTH):
        monkeypatch.setitem(sys.modules, f"library.part{number}", ModuleType("part"))
    memory.spare_libraries()
    assert gc.get_freeze_count() > frozen
    assert len(kept) == 1000


@pytest.mark.usefixtures("_thawed")
def test_garbage_is_not_kept() -> None:
    """An unreachable circle is collected before the rest is frozen."""

    class Circle:
        gone = 0

        def __init__(self) -> None:
            self.myself = self

        def __del__(self) -> None:
            Circle.gone += 1

    Circle()
    memory.spare_libraries()
    assert Circle.gone == 1
