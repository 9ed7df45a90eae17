"""Stored files: whole or absent, and a damaged one is never more than missing."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from esc_core.disk.files import (
    append_row,
    count_bad_rows,
    keep_rows,
    read_arrays,
    read_json,
    read_rows,
    set_aside,
    sweep_temporary_files,
    write_json,
    write_whole,
)
from esc_core.disk.stored import count, fits, list_of, maybe, number, share, table_of
from tests.damage import ROOT

NOT_AN_OBJECT = [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe{}", b"[" * 100_000, b'{"a": 1}\x00']


@pytest.mark.parametrize("data", NOT_AN_OBJECT, ids=lambda data: repr(data[:8]))
def test_what_is_no_object(tmp_path: Path, data: bytes) -> None:
    """It counts as missing, also if nesting it would overflow the stack."""
    (tmp_path / "a.json").write_bytes(data)
    assert read_json(tmp_path / "a.json") == {}


def test_a_folder_is_no_object(tmp_path: Path) -> None:
    """Neither JSON nor rows nor arrays are read from it."""
    assert (read_json(tmp_path), read_rows(tmp_path), read_arrays(tmp_path, "a")) == ({}, [], None)


def test_numbers_that_are_none(tmp_path: Path) -> None:
    """NaN and infinity, which Python writes and JSON has not, are None; a huge one is no number either."""
    (tmp_path / "a.json").write_text('{"a": NaN, "b": -Infinity, "c": 1e999, "d": 1}')
    values = read_json(tmp_path / "a.json")
    assert (values["a"], values["b"], values["d"]) == (None, None, 1)
    assert [number(values[key]) for key in "abcd"] == [False, False, False, True]


def test_one_wrong_byte_costs_one_row(tmp_path: Path) -> None:
    """The others are read; the last one, which is being written, is not counted as damage."""
    path = tmp_path / "rows.jsonl"
    for i in range(4):
        append_row(path, {"i": i})
    good = path.read_bytes()
    path.write_bytes(good.replace(b'"i": 1', b'"i\xff: 1').replace(b"2}", b"NaN}") + b'{"i"')
    assert read_rows(path) == [{"i": 0}, {"i": None}, {"i": 3}]
    is_row = lambda row: fits(row, {"i": count})  # noqa: E731
    assert read_rows(path, is_row) == [{"i": 0}, {"i": 3}]
    assert count_bad_rows(path, is_row) == 2
    keep_rows(path, is_row)
    assert path.read_bytes() == b'{"i": 0}\n{"i": 3}\n'


def test_arrays_with_any_wrong_byte() -> None:
    """Whichever byte of the file is wrong: the arrays are what they were, or there are none."""
    data = io.BytesIO()
    arrays = {"a": np.arange(3), "b": np.eye(2, dtype=np.float32)}
    np.savez_compressed(data, **arrays)
    whole, n_read = data.getvalue(), 0

    class File(io.BytesIO):
        def open(self, mode: str) -> io.BytesIO:
            return io.BytesIO(self.getvalue())

    for at in range(len(whole)):
        found = read_arrays(File(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]), "a", "b")
        if found is not None:  # the byte was in a date, or elsewhere in the zip where nobody looks
            n_read += 1
            assert all((found[name] == arrays[name]).all() for name in arrays)
    assert len(whole) - n_read > 200
    for n in range(0, len(whole), 7):
        assert read_arrays(File(whole[:n]), "a", "b") is None


def test_a_folder_in_the_way_is_set_aside(tmp_path: Path) -> None:
    """The file is written, and what stood there is kept once."""
    path = tmp_path / "a.json"
    for n in range(2):
        path.mkdir()
        (path / f"inside{n}").touch()
        write_json(path, {"n": n})
        assert read_json(path) == {"n": n}
        assert [left.name for left in (tmp_path / "a.json.damaged").iterdir()] == [f"inside{n}"]
        path.unlink()
    path.write_bytes(b"bad")
    assert set_aside(path).read_bytes() == b"bad"
    assert not path.exists()


def test_an_error_leaves_no_temporary_file(tmp_path: Path) -> None:
    """The content before stays."""
    write_json(tmp_path / "a.json", {"n": 1})

    def fail(file: io.BytesIO) -> None:
        file.write(b"half")
        raise OSError

    with pytest.raises(OSError, match=r"^$"):
        write_whole(tmp_path / "a.json", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert read_json(tmp_path / "a.json") == {"n": 1}


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    """Only of this file, and not what a thread of this process is writing."""
    own: list[Path] = []

    def sweep(file: io.BytesIO) -> None:
        sweep_temporary_files(tmp_path / "a.npz")
        own.extend(tmp_path.glob(".a.npz.*"))

    for name in (".a.npz.1.2", ".a.npz.7.8", ".b.npz.1.2"):
        (tmp_path / name).touch()
    write_whole(tmp_path / "a.npz", sweep)
    assert len(own) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.npz.1.2", "a.npz"]


def test_a_process_that_must_end_leaves_nothing(tmp_path: Path) -> None:
    """Even if one of its threads is in the middle of a file."""
    code = f"""
import os, threading, time
from pathlib import Path
from esc_core.disk.files import drop_temporary_files, write_whole
begun = threading.Event()
def slow(file):
    file.write(b"half")
    file.flush()
    begun.set()
    time.sleep(60)
threading.Thread(target=write_whole, args=(Path({str(tmp_path / "checkpoint.npz")!r}), slow), daemon=True).start()
begun.wait()
print(len(os.listdir({str(tmp_path)!r})))
drop_temporary_files()
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
    assert list(tmp_path.iterdir()) == []


def test_kinds() -> None:
    """True is no number, and a list is of a kind only if each item is."""
    assert [share(value) for value in (0, 1, 0.5, -0.1, 1.1, True, "1", None)] == [True] * 3 + [False] * 5
    assert [count(value) for value in (0, 7, -1, 1.0, 10**40, False)] == [True] * 2 + [False] * 4
    assert (list_of(count)([1, 2]), list_of(count)([1, None]), list_of(count)("12")) == (True, False, False)
    assert (table_of(share)({"a": 0.5}), table_of(share)({"a": 5}), table_of(share)([0.5])) == (True, False, False)
    assert (maybe(share)(None), maybe(share)("x")) == (True, False)
    assert fits({"a": 1, "c": []}, {"a": count}, optional={"b": count})
    assert not fits({"a": 1, "b": "x"}, {"a": count}, optional={"b": count})
    assert not fits({}, {"a": count})
    assert not fits(json.loads("[]"), {})
