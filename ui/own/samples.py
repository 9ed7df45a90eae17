"""The samples of a category as cards; the selected one can be renamed, moved and deleted."""

from __future__ import annotations

import streamlit as st

from esc_core.dataset.own import OwnSet, Sample
from esc_core.words import counted, duration, readable
from ui.literal import literal, named
from ui.own.cards import CONTAINER, choose, chosen_sample, key_of, letters, play_sample, sample_cards
from ui.own.notes import attempt, quoted


def show_samples(own: OwnSet, category: str) -> None:
    """Show the samples of a category, the newest first.

    Parameters
    ----------
    own : OwnSet
        The set.
    category : str
        One of its categories.
    """
    samples = sorted((s for s in own.samples if s.category == category), key=lambda s: s.added, reverse=True)
    if not samples:
        st.caption(f"There are no samples of {named(category)} yet.")
        return
    above = st.container(key=CONTAINER)
    sample_cards(own, samples, key=f"own:cards:{own.key}:{key_of(category)}", label=f"Samples of {readable(category)}")
    chosen = chosen_sample(samples)
    if chosen is None:
        st.caption("Press the arrow of a sample to hear it, and its picture to rename, move or delete it.")
        return
    with above:
        play_sample(own, chosen)
        _change(own, chosen)


def _change(own: OwnSet, sample: Sample) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input("Title", sample.title, key=f"own:title:{sample.id}:{sample.title}", width=240)
        if title.strip() != sample.title and title.strip():
            attempt(lambda: own.rename(sample.id, title), "Renamed.")
            st.rerun()
        category = st.selectbox(
            "Category", own.categories, index=own.categories.index(sample.category), format_func=readable, width=200,
            key=f"own:move:{sample.id}:{sample.category}",
        )  # fmt: skip
        if category != sample.category:
            before = sample.category
            attempt(
                lambda: own.move([sample.id], category), f"{quoted(sample.title)} was moved to {named(category)}.",
                undo=lambda: own.move([sample.id], before),
            )  # fmt: skip
            choose(None)
            st.rerun()
        st.button(
            "Delete", icon=":material/delete:", key="own:delete", on_click=delete, args=(own, [sample]),
            help="You can undo this.",
        )  # fmt: skip
    letter = letters(own)[sample.group]
    st.caption(f"{duration(sample.seconds)} · recording {letter} · from {literal(sample.source)}")


def delete(own: OwnSet, samples: list[Sample]) -> None:
    """Delete samples, with a way back."""
    ids = [sample.id for sample in samples]
    what = quoted(samples[0].title) if len(samples) == 1 else counted(len(samples), "sample", "samples")
    was = "was" if len(samples) == 1 else "were"
    attempt(lambda: own.delete(ids), f"{what} {was} deleted.", undo=lambda: own.restore(ids))
    choose(None)
