"""CSV tables: what spreadsheets write is the same table, what is none is refused in a sentence, rows are read back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from esc_core.disk import tables
from esc_core.disk.tables import naming_table, read_table, table_rows, whole_number, write_table
from esc_core.errors import TableError, TrainingError

PLAIN = "filename,category,fold\na.wav,dog,1\nb.wav,None,2\n"
ROWS = [["a.wav", "dog", "1"], ["b.wav", "None", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
        b"\r\n  " + PLAIN.encode() + b",,\n",
        PLAIN.rstrip().encode(),
        PLAIN.replace(",", ";").encode(),
        b"sep=;\r\n" + PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", " , ").encode(),
        PLAIN.replace("filename", " FileName ").replace("fold", "FOLD").encode(),
        PLAIN.replace("\n", ",\n").encode(),
        PLAIN.replace("1\n", "1,\n").encode(),
        PLAIN.replace("dog", '"dog"').replace("filename", '"filename"').encode(),
    ],
    ids=["plain", "BOM", "UTF-16", "UTF-16 BE", "Windows", "old Mac", "empty lines", "empty ends", "no last line end",
         "semicolons", "sep line", "tabs", "blanks", "names", "trailing", "trailing in a row", "quotes"],
)  # fmt: skip
def test_one_table_in_many_forms(content: bytes, tmp_path: Path) -> None:
    """Each has the same columns and cells, and "None" stays text."""
    (tmp_path / "table.csv").write_bytes(content)
    for source in (content, tmp_path / "table.csv", str(tmp_path / "table.csv")):
        table = read_table(source, required=["fold", "filename"])
        assert list(table.columns) == ["filename", "category", "fold"]
        assert table.to_numpy().tolist() == ROWS


@pytest.mark.parametrize("name", ["NA", "nan", "null", "N/A", "-", "1e5", "TRUE", ""])
def test_a_cell_stays_text(name: str) -> None:
    """No word is taken for a gap or for a number."""
    assert read_table(f"filename,category\na.wav,{name}\n".encode())["category"].tolist() == [name]


def test_quoted_separators_belong_to_the_cell() -> None:
    """Neither in a cell nor in a column's name do they divide, nor are they counted when the separator is found."""
    table = read_table(b'filename;"wet, cold, dark";fold\na.wav;"drinking, sipping";1\n')
    assert list(table.columns) == ["filename", "wet, cold, dark", "fold"]
    assert table.iloc[0].tolist() == ["a.wav", "drinking, sipping", "1"]


def test_a_table_without_rows_has_its_columns() -> None:
    """Whether that is an error is the caller's matter."""
    table = read_table(b"filename,fold\n")
    assert (list(table.columns), len(table)) == (["filename", "fold"], 0)


def test_columns_without_a_name_are_left_out() -> None:
    """Row numbers that pandas writes have no name."""
    table = read_table(b",filename,\n0,a.wav,\n1,b.wav,\n")
    assert list(table.columns) == ["filename"]
    assert table["filename"].tolist() == ["a.wav", "b.wav"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"name,class\na,b\n", "the table lacks the column filename; its first line names name, class"),
        (b"filename,Fold,fold \na,1,1\n", "the table must have one column fold, got 2"),
        (b"filename,fold\na.wav,1\nb.wav\n", "line 3 must have 2 fields, as the first, got 1"),
        (b"filename,fold\na.wav,1,x\n", "line 2 must have 2 fields, as the first, got 3"),
        (b'filename,fold\n"a.wav,1\n', "can't be read as a CSV table"),
        (b"filename\n\xe9.wav\n", "save it as CSV in UTF-8"),
        (b"\xff\xfe\x00", "save it as CSV in UTF-8"),
        (b"PK\x03\x04rest", "is a workbook or a zip, not a CSV table; save the sheet as CSV"),
        (b"x," * tables.MAX_COLUMNS + b"filename\n", "at most 1000 columns, got 1001"),
    ],
)
def test_what_is_no_table(content: bytes, message: str) -> None:
    """One sentence says what is wrong, and where it helps what to do."""
    with pytest.raises(TableError) as error:
        read_table(content, required=["filename"])
    assert message in str(error.value)


def test_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes and rows are counted before more is read."""
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    assert len(read_table(b"filename\na\nb\n")) == 2
    with pytest.raises(TableError, match="at most 2 rows"):
        read_table(b"filename\na\nb\nc\n")
    monkeypatch.setattr(tables, "MAX_BYTES", 2**20)
    with pytest.raises(TableError, match="at most 1 MB, got 2 MB"):
        read_table(b"x" * 2**21)


@pytest.mark.parametrize(("name", "message"), [("nowhere.csv", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_opened(tmp_path: Path, name: str, message: str) -> None:
    """The system's reason ends the sentence."""
    with pytest.raises(TableError, match=f"the file can't be read: {message}"):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1", 1), ("1.0", 1), ("1,0", 1), ("05", 5), ("-1", -1), ("1.5", None), ("", None), ("one", None), ("1e9", None),
     ("99999999999999999999", None), ("²", None)],
)  # fmt: skip
def test_whole_numbers(cell: str, number: int | None) -> None:
    """What a spreadsheet makes of 1 is 1."""
    assert whole_number(cell) == number


def test_rows_that_are_written_are_read(tmp_path: Path) -> None:
    """As text by column, also what a spreadsheet would compute; a missing folder is made, a missing file is empty."""
    path = tmp_path / "new" / "scores.csv"
    assert table_rows(path, required=["name"]) == []
    write_table(path, ["name", "share"], [("=bark", 0.5), ("rain", None)])
    assert table_rows(path, required=["name"]) == [{"name": "=bark", "share": "0.5"}, {"name": "rain", "share": ""}]


@pytest.mark.parametrize("column", ["name", "share"])
def test_a_damaged_table_is_named(column: str, tmp_path: Path) -> None:
    """Whether a column is missing or a number is none, the sentence says which file in which folder."""
    path = tmp_path / "scores.csv"
    write_table(path, ["name"], [("bark",)])
    says = rf"the table scores\.csv in {re.escape(str(tmp_path))} is damaged: \w+"
    with pytest.raises(TrainingError, match=says), naming_table(path):
        float(table_rows(path, required=[column])[0]["name"])
