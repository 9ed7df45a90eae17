"""The filters of Explore, kept in the URL so that a link carries them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from esc_core.dataset import GROUPS, OTHER, Clip, Dataset
from esc_core.scoring.figures import PEOPLE
from esc_core.words import percent, readable
from ui import state

FILTERS = (state.GROUP, state.CATEGORY, state.FOLD, state.SUBSET, state.TEXT)
"""All filters; each lets all clips pass at its default."""

FIELD_PIXELS = 170
"""Width of a field, in pixels: two fit side by side on a phone."""


def filter_clips(dataset: Dataset) -> list[Clip]:
    """Show the filters and return the clips that pass them, in the order of browsing.

    Parameters
    ----------
    dataset : Dataset
        The data in use.

    Returns
    -------
    list of Clip
        First one clip per category, then a second one, and so on, so that the first page shows many kinds of sound.
    """
    present_groups, present_folds = _groups(dataset), sorted(set(dataset.folds.tolist()))
    state.GROUP.hold_to(present_groups)
    state.FOLD.hold_to(present_folds)
    with st.container(horizontal=True, key="filters"):
        groups = st.pills(
            "Group", present_groups, selection_mode="multi",
            on_change=_first_page, **state.GROUP.bind(),
            help="The five major categories of ESC-50, ten categories each; others belong to none of them.",
        )  # fmt: skip
        present = {clip.category for clip in dataset.clips if not groups or clip.group in groups}
        categories = [name for name in dataset.categories if name in present]
        category = st.selectbox(
            "Category", [readable(name) for name in categories], index=None, placeholder="all", width=FIELD_PIXELS,
            on_change=_first_page, **state.CATEGORY.bind(),
            help="One category of the selected groups.",
        )  # fmt: skip
        text = st.text_input(
            "Search", placeholder="name or number", type="search", width=FIELD_PIXELS, live=True,
            on_change=_first_page, **state.TEXT.bind(),
            help="Words in the category or in the clip's id, such as the number of the recording.",
        )  # fmt: skip
        folds = st.pills(
            "Fold", present_folds, selection_mode="multi",
            on_change=_first_page, **state.FOLD.bind(),
            help="A model that is tested on a fold was not trained on it. Fold 0, if there is one, is never tested.",
        )  # fmt: skip
        subset = st.pills(
            "Subset", state.SUBSET.allowed, on_change=_first_page, **state.SUBSET.bind(),
            help=f"Ten easy categories: people classify {percent(PEOPLE['ESC-10', 10])} of their clips correctly.",
        )  # fmt: skip
    return matching(dataset, groups=groups, category=category, folds=folds, esc10=subset is not None, text=text)


def _groups(dataset: Dataset) -> list[str]:
    """Return the five groups, if the data has one of them, and "other" if it has that."""
    present = {clip.group for clip in dataset.clips}
    return [*(GROUPS if present & set(GROUPS) else ()), *((OTHER,) if OTHER in present else ())]


def matching(
    dataset: Dataset, *, groups: list[str], category: str | None, folds: list[int], esc10: bool, text: str | None
) -> list[Clip]:
    """Return the clips that pass, in the order of browsing; an empty filter lets all pass."""
    table = _browse_table(dataset)
    passes = pd.Series(True, index=table.index)
    if groups:
        passes &= table["group"].isin(groups)
    if category:
        passes &= table["category"].map(readable) == category
    if folds:
        passes &= table["fold"].isin(folds)
    if esc10:
        passes &= table["esc10"]
    for word in (text or "").lower().split():
        passes &= table["words"].str.contains(word, regex=False)
    return [dataset.clips[i] for i in table.index[passes]]


def _browse_table(dataset: Dataset) -> pd.DataFrame:
    table = dataset.table
    table = table.assign(
        rank=table.groupby(["fold", "category"]).cumcount(),
        words=(table["filename"] + " " + table["category"].map(readable) + " " + table["category"]).str.lower(),
    )
    return table.sort_values(["fold", "rank", "target"], kind="stable")


def _first_page() -> None:
    state.PAGE.write(None)


def any_filter() -> bool:
    """Tell whether a filter holds clips back, also before the filters are shown."""
    return any(st.session_state.get(parameter.name) or st.query_params.get(parameter.name) for parameter in FILTERS)


def clear_filters() -> None:
    """Let all clips pass again; for a button's `on_click`."""
    for parameter in FILTERS:
        parameter.write(None)
    _first_page()
