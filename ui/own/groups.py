"""Which samples are one recording: what shares a group is never on both sides of a test."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from esc_core.dataset.own import OwnSet
from esc_core.disk.tables import defused
from esc_core.words import counted, listed, readable
from ui.own.cards import CONTAINER, chosen_sample, letters, play_sample, sample_cards
from ui.own.notes import attempt

WHY = (
    "**Three recordings of one door knock are one door.** If two of them are learnt and the third is the test, the "
    "model only has to recognise that door. So samples that belong together share a letter, and they are never on both "
    "sides of a test."
)


def show_groups(own: OwnSet) -> None:
    """Show each group with its samples, and let the user merge groups.

    Parameters
    ----------
    own : OwnSet
        The set.
    """
    st.markdown(WHY)
    if not own.samples:
        st.info("There are no samples yet.", icon=":material/mic:")
        return
    names = letters(own)
    _table(own, names)
    _merge(own, names)
    _samples(own, names)


def _table(own: OwnSet, names: dict[str, str]) -> None:
    folds = {clip.clip_id: clip.fold for clip in own.dataset().clips}
    rows = []
    for group, letter in names.items():
        samples = [sample for sample in own.samples if sample.group == group]
        categories = list(dict.fromkeys(readable(sample.category) for sample in samples))
        fold = folds.get(samples[0].id, 0)
        rows.append(
            {
                "recording": letter,
                "categories": ", ".join(categories),
                "samples": len(samples),
                "which": listed([sample.title for sample in samples]),
                "fold": str(fold) if fold else "–",
            }
        )
    st.dataframe(
        defused(pd.DataFrame(rows)), hide_index=True, height=min(320, 38 + 35 * len(rows)), alt="Recordings of the set",
        column_config={
            "fold": st.column_config.TextColumn(help="Part of the set that is tested together. – means: no test.")
        },
    )  # fmt: skip


def _merge(own: OwnSet, names: dict[str, str]) -> None:
    by_letter = {letter: group for group, letter in names.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "These recordings are the same thing", list(by_letter), key=f"own:merge:{own.key}:{len(names)}",
            persist_state="session", placeholder="Choose two or more letters", width=360,
        )  # fmt: skip
        if st.button("Merge", icon=":material/merge:", disabled=len(chosen) < 2, key="own:merge_button"):
            merged = [by_letter[letter] for letter in chosen]
            before = {s.id: s.group for s in (*own.samples, *own.deleted) if s.group in merged}
            attempt(
                lambda: own.merge_groups(merged),
                f"{', '.join(chosen)} are one recording now: "
                f"{counted(sum(s.id in before for s in own.samples), 'sample', 'samples')}.",
                undo=lambda: own.regroup(before),
            )
            st.rerun()


def _samples(own: OwnSet, names: dict[str, str]) -> None:
    order = list(names)
    samples = sorted(own.samples, key=lambda sample: order.index(sample.group))
    with st.container(key=CONTAINER):
        if chosen := chosen_sample(samples):
            play_sample(own, chosen)
    sample_cards(
        own, samples, key=f"own:all:{own.key}", label="All samples, by recording",
        says=lambda sample: f"{names[sample.group]} · {readable(sample.category)}",
    )  # fmt: skip
