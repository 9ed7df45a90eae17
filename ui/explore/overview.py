"""Statistics of the clips that pass the filters: counts, silence, level, siblings, folds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from esc_core.dataset import Clip, Dataset
from esc_core.disk.tables import defused
from esc_core.errors import EscError
from esc_core.features import overview
from esc_core.words import percent, percent_number, readable
from ui import state
from ui.frame.starter import start_if_needed
from ui.literal import literal

HEIGHT = 420


def show_overview(dataset: Dataset, clips: Sequence[Clip]) -> None:
    """Show summaries by group, category and fold; a selected category opens its cards.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    clips : sequence of Clip
        The clips that pass the filters; siblings are counted over the whole data set.
    """
    if start_if_needed():
        st.info("The overview appears once all sounds are synthesised, in a few seconds.", icon=":material/hourglass:")
        return
    bar = st.empty()

    def show(done: int, n: int) -> None:
        bar.progress(done / n, f"Measuring the sounds: {done} of {n}")

    try:
        stats = overview.clip_stats(dataset, progress=show)
    except EscError as error:
        bar.error(literal(str(error)), icon=":material/broken_image:")
        return
    bar.empty()
    stats = stats[stats["clip_id"].isin({clip.clip_id for clip in clips})]
    _sums(stats)
    st.markdown("**Groups**")
    st.dataframe(_percent(overview.by_group(stats)), hide_index=True, column_config=_columns(), alt="Summary by group")
    left, right = st.columns([5, 3])
    with left:
        st.markdown("**Categories** – select one to see its clips")
        _categories(stats)
    with right:
        st.markdown("**Clips by category and fold**")
        counts = overview.fold_counts(stats, set(dataset.folds.tolist()))
        counts.index = pd.Index([readable(name) for name in counts.index], name="category")
        counts.columns = [f"fold {fold}" for fold in counts.columns]
        st.dataframe(defused(counts), height=HEIGHT, alt="Number of clips of each category in each fold")


def _sums(stats: pd.DataFrame) -> None:
    shared = int((stats["siblings"] > 0).sum())
    padded = (stats["silence"] > 0.05).mean()
    figures = {
        "Clips": (len(stats), "Clips that pass the filters."),
        "Categories": (stats["category"].nunique(), "Kinds of sound."),
        "Recordings": (stats["src_file"].nunique(), "Recordings from which the clips were cut."),
        "Share a recording": (
            shared,
            "Clips with a sibling from the same recording. Siblings must lie in the same fold, or training would "
            "already contain parts of the test.",
        ),
        "Padded": (percent(padded), "Clips with more than 5% digital silence. A model could learn the padding."),
        "Active": (f"{stats['active_seconds'].mean():.1f} s", "Mean length within 40 dB of a clip's loudest moment."),
    }
    with st.container(horizontal=True, gap="large", key="sums"):
        for label, (value, about) in figures.items():
            st.metric(label, value, help=about, width="content")


def _categories(stats: pd.DataFrame) -> None:
    table = overview.by_category(stats)
    names = table["category"].map(readable).tolist()
    st.dataframe(
        defused(_percent(table.assign(category=names))),
        key=f"categories:{len(stats)}:{len(names)}",
        height=HEIGHT,
        hide_index=True,
        on_select=partial(_open, f"categories:{len(stats)}:{len(names)}", names),
        selection_mode="single-row",
        column_config=_columns(),
        alt="Summary by category",
    )


def _percent(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(silence=table["silence"].map(percent_number))


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "with_siblings": column.NumberColumn("siblings", help="Clips with a sibling from the same recording."),
        "active_seconds": column.NumberColumn(
            "active", format="%.1f s", help="Mean length within 40 dB of the clip's loudest moment."
        ),
        "silence": column.ProgressColumn(
            "digital silence",
            format="%.0f%%",
            min_value=0,
            max_value=100,
            help="Mean share of exact silence, such as padding.",
        ),
        "level_db": column.NumberColumn("level", format="%.0f dBFS", help="Mean level of the active part."),
    }


def _open(key: str, names: list[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        state.CATEGORY.write(names[rows[0]])
        state.VIEW.write("cards")
        state.PAGE.write(None)
