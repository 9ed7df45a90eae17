"""All clips that pass the filters as one table, to sort, open and download."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from esc_core.dataset import Clip, Dataset
from esc_core.disk.tables import csv_text, defused
from esc_core.words import readable
from ui import state


def show_table(dataset: Dataset, clips: Sequence[Clip]) -> None:
    """Show the table; a selected row selects its clip.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    clips : sequence of Clip
        The clips that pass the filters.
    """
    table = clip_table(dataset, clips)
    ids = [clip.clip_id for clip in clips]
    # another table is another element, or else a row selected earlier would mean another clip
    key = f"table:{hashlib.sha1(' '.join(ids).encode(), usedforsecurity=False).hexdigest()[:12]}"
    st.dataframe(
        defused(table),
        key=key,
        height=420,
        hide_index=True,
        on_select=partial(_open, key, ids),
        selection_mode="single-row",
        alt="Clips with category, fold and recording",
        column_config={
            "clip": st.column_config.TextColumn(help="File name without its extension: fold, recording, take, target."),
            "siblings": st.column_config.NumberColumn(
                help="Other clips cut from the same recording, in the same fold."
            ),
            "take": st.column_config.TextColumn(help="Letter of the fragment of the recording."),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download as CSV",
            lambda: csv_text(list(table), table.itertuples(index=False)),
            "clips.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption(
            f"{len(clips)} clips. Click a column's name to sort by it, or the box before a row to open its clip."
        )


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "clip": column.TextColumn(help="File name without its extension: fold, recording, take, target."),
        "siblings": column.NumberColumn(help="Other clips cut from the same recording, in the same fold."),
        "take": column.TextColumn(help="Letter of the fragment of the recording."),
    }


def clip_table(dataset: Dataset, clips: Sequence[Clip]) -> pd.DataFrame:
    """Return one row per clip, in the order given."""
    in_recording = dataset.table["src_file"].value_counts()
    return pd.DataFrame(
        {
            "category": [readable(clip.category) for clip in clips],
            "group": [clip.group for clip in clips],
            "clip": [clip.clip_id for clip in clips],
            "fold": [clip.fold for clip in clips],
            "recording": [clip.src_file for clip in clips],
            "take": [clip.take for clip in clips],
            "siblings": [int(in_recording[clip.src_file]) - 1 for clip in clips],
            "ESC-10": [clip.esc10 for clip in clips],
        }
    )


def _open(key: str, ids: list[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        state.CLIP.write(ids[rows[0]])
