"""Untrusted text, such as a file name or a URL parameter, inside a sentence in Markdown."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([!#$&*:<>\[\\\]^_`{|}~])")


def literal(text: str) -> str:
    """Escape a text, so that Markdown shows it as it is.

    Otherwise a picture in a URL parameter or in a run's name would be fetched from another machine by every browser.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Markdown in one line.
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
