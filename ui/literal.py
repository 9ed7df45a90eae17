"""Text from data sets, models, files, links and errors inside Streamlit's Markdown: labels, captions, messages.

Every such text goes through this module; `tests/pages/test_hostile_text.py` looks at all pages with hostile ones.
"""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from esc_core.escape import for_markdown
from esc_core.models.registry import title_of
from esc_core.words import readable

literal = for_markdown


def named(category: str) -> str:
    """Return a category's name, or that of one's own data, for people, as Markdown."""
    return literal(readable(category))


def model_named(model: str) -> str:
    """Return a model's name for people, as Markdown: "mel CNN"."""
    return literal(title_of(model))


def show_error(error: EscError, *, icon: str = ":material/error:", before: str = "") -> None:
    """Show an error, which may quote data.

    Parameters
    ----------
    error : EscError
        Its message is shown as it is.
    icon : str
        A Material symbol.
    before : str
        What stands before it, as Markdown.
    """
    st.error(before + literal(str(error)), icon=icon)
