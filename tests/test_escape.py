"""Text from outside in Markdown, in figures and in spreadsheets."""

from __future__ import annotations

import pandas as pd
import pytest

from esc_core.disk.tables import csv_text, defused, read_table
from esc_core.escape import WORD_JOINER, for_markdown, for_plotly, for_spreadsheet, from_spreadsheet

FORMULAS = ["=HYPERLINK(1)", "+cmd", "-cmd", "@SUM(1)", "\tx", "=1+1", "-2+3"]


def test_markdown_shows_marks_as_they_are() -> None:
    """Each mark has a backslash; an address and an icon are broken by what nobody sees."""
    assert for_markdown("![x](y) **b** <i> $x$ :red[x]: done") == (
        rf"\!\[x\](y) \*\*b\*\* \<i\> \$x\$ :{WORD_JOINER}red\[x\]: done"
    )
    assert for_markdown("http://a.b") == f"http://{WORD_JOINER}a.b"
    assert for_markdown(":material/close:") == f":{WORD_JOINER}material/close:"
    assert for_markdown("low_hz, _a_ and __b__") == r"low_hz, \_a\_ and \_\_b\_\_"
    assert for_markdown("one\n\n# two") == r"one \# two"


def test_plain_words_stay() -> None:
    """Names of categories, ids and sentences are the same in all three."""
    for text in ("door wood knock", "1-100032-A-0", "The file is damaged: it can't be read."):
        assert for_markdown(text) == for_plotly(text) == for_spreadsheet(text) == text


def test_a_figure_shows_no_markup() -> None:
    assert for_plotly("<a href='x'>dog</a> & <b>cat</b>") == (
        "&lt;a href='x'&gt;dog&lt;/a&gt; &amp; &lt;b&gt;cat&lt;/b&gt;"
    )


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_and_comes_back(text: str) -> None:
    assert for_spreadsheet(text) == "'" + text
    assert from_spreadsheet("'" + text) == text


@pytest.mark.parametrize("cell", [-3, -0.5, "-3", "-0.5", "+1e-5", "-12%", "'quoted", "dog", ""])
def test_numbers_and_other_texts_stay(cell: object) -> None:
    assert for_spreadsheet(cell) == cell
    assert from_spreadsheet(str(cell)) == str(cell)


def test_a_table_is_defused_and_read_back() -> None:
    """Also the names of its columns; what is missing is empty, and a negative number a number."""
    text = csv_text(["file", "=x"], [["=a.wav", -1.5], ["-b.wav", None], ["c,d", float("nan")]])
    assert text == "file,'=x\n'=a.wav,-1.5\n'-b.wav,\n\"c,d\",\n"
    assert read_table(text.encode())["file"].tolist() == ["=a.wav", "-b.wav", "c,d"]


def test_a_table_on_the_screen_is_defused() -> None:
    """Since the browser offers it as CSV."""
    table = defused(pd.DataFrame({"@n": [-1, 2], "name": ["=x", "dog"]}, index=["+a", "b"]))
    assert table.to_csv() == ",'@n,name\n'+a,-1,'=x\nb,2,dog\n"
