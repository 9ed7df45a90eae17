"""Text from data sets, models, files and errors, escaped for what will show it: Markdown, Plotly, or a spreadsheet."""

from __future__ import annotations

import html
import re

WORD_JOINER = "\u2060"
"""An invisible character."""

_MARKS = re.compile(r"([!#$&*<>\[\\\]^`{|}~]|(?<![^\W_])_|_(?![^\W_]))")  # within a word, _ is no mark
_LATER = re.compile(r"//|www(?=\.)|@|:(?=\w)")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?%?")


def for_markdown(text: str) -> str:
    """Escape a text, so that Markdown shows it as it is, without a link, a picture, or a colour.

    Otherwise a picture in the name of a category, of a run or in a link would be fetched from another machine by every
    browser.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Markdown in one line.
    """
    escaped = _MARKS.sub(r"\\\1", " ".join(text.split()))
    # addresses become links, and :names: icons and emoji, even after a backslash, unless something stands between
    return _LATER.sub(rf"\g<0>{WORD_JOINER}", escaped)


def for_plotly(text: str) -> str:
    """Escape a text for a figure: Plotly takes ``<b>``, ``<a href=…>`` and entities in labels for markup.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Text without markup, in one line.
    """
    return html.escape(" ".join(text.split()), quote=False)


def for_spreadsheet(cell: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would compute as a formula; `from_spreadsheet` removes it.

    Parameters
    ----------
    cell : object
        Value of a cell. Numbers stay as they are, also negative ones, and those that were formatted as text.

    Returns
    -------
    object
        The value for the CSV file.
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def from_spreadsheet(cell: str) -> str:
    """Remove the apostrophe of `for_spreadsheet`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
