"""What is odd about the data set in use: clips that can't be read, a table read otherwise, folds that say little."""

from __future__ import annotations

import streamlit as st

from esc_core.dataset import Dataset
from esc_core.dataset.faults import bad_sentence
from esc_core.dataset.remarks import fold_remarks
from ui import loaders
from ui.literal import literal


def oddities(dataset: Dataset) -> list[str]:
    """Return all that is odd about a data set.

    Parameters
    ----------
    dataset : Dataset
        The data in use.

    Returns
    -------
    list of str
        Sentences in Markdown.
    """
    return [*_unreadable(dataset, left_out=False), *map(literal, (*dataset.notes, *fold_remarks(dataset)))]


def _unreadable(dataset: Dataset, *, left_out: bool) -> list[str]:
    n_bad = len(loaders.bad_clips(dataset))
    return [bad_sentence(n_bad, len(dataset.clips), left_out=left_out) + "."] if n_bad else []


def show_unreadable(dataset: Dataset, *, left_out: bool = False) -> None:
    """Show how many clips can't be read, if any.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    left_out : bool
        Whether to say that they are left out.
    """
    for sentence in _unreadable(dataset, left_out=left_out):
        st.markdown(f":material/broken_image: {sentence}")
