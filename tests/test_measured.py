"""What was measured on this machine is found again, and what is damaged or can't be stored is measured again."""

from __future__ import annotations

from pathlib import Path

from esc_core.disk.measured import Measurements
from esc_core.disk.stored import seconds


def test_values_are_kept_beside_each_other(tmp_path: Path) -> None:
    """Each file begins empty; a later value replaces one of the same name and no other."""
    store = Measurements(tmp_path / "new" / "times.json", seconds)
    assert store.get("step") is None
    store.keep({"step": 0.5, "clip": 2})
    store.keep({"step": 0.25})
    assert (store.get("step"), store.get("clip"), store.get("epoch")) == (0.25, 2, None)


def test_damaged_values_count_as_missing(tmp_path: Path) -> None:
    """A value of another kind is not read, and the others are; a damaged file is replaced."""
    path = tmp_path / "times.json"
    path.write_text('{"step": "fast", "clip": -1, "epoch": 3.5}', encoding="utf-8")
    store = Measurements(path, seconds)
    assert [store.get(name) for name in ("step", "clip", "epoch")] == [None, None, 3.5]
    path.write_text("{", encoding="utf-8")
    store.keep({"step": 0.5})
    assert (store.get("step"), store.get("epoch")) == (0.5, None)


def test_a_folder_that_takes_no_file(tmp_path: Path) -> None:
    """What can't be stored is no error: it is measured again next time."""
    (tmp_path / "file").touch()
    store = Measurements(tmp_path / "file" / "times.json", seconds)
    store.keep({"step": 0.5})
    assert store.get("step") is None
