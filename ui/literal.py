"""Text of people's own, such as a file's name or a word of a link, in the middle of a sentence in Markdown."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([!#$&*:<>\[\\\]^_`{|}~])")


def literal(text: str) -> str:
    """Return Markdown that shows a text as it is.

    A picture in a link's parameter or in a run's name would else be fetched from another machine by all who look.

    Parameters
    ----------
    text : str
        Whatever somebody typed.

    Returns
    -------
    str
        In one line, for the middle of a sentence.
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
