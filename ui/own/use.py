"""The model on other pages, and data set and model as files."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import streamlit as st

from esc_core.dataset.own import OwnSet, write_zip
from esc_core.models.card import Card
from esc_core.models.folder import card_path, model_path
from esc_core.training.finished import export
from esc_core.words import counted
from ui import loaders, state
from ui.literal import literal
from ui.loaders import visitor
from ui.own.learn import model_name, use_links
from ui.own.notes import attempt

FILES: dict[str, tuple[str, str, Callable[[Card], bytes], str]] = {
    "Keras model": (
        ".keras",
        "application/octet-stream",
        lambda card: model_path(loaders.model_folder(card.name), card.folds[0]).read_bytes(),
        "The network with its weights.",
    ),
    "TensorFlow Lite": (
        ".tflite",
        "application/octet-stream",
        lambda card: export.tflite_bytes(loaders.model_folder(card.name)),
        "For phones and small computers; labels and card are attached. The conversion takes some seconds.",
    ),
    "Card": (
        ".card.json",
        "application/json",
        lambda card: card_path(loaders.model_folder(card.name)).read_bytes(),
        "Labels, features, settings and scores: all that is needed to use and judge the model.",
    ),
}
"""Downloads by label: file ending, MIME type, maker, and help text."""


def show_use(own: OwnSet) -> None:
    """Show what can be done with the model and with the data set.

    Parameters
    ----------
    own : OwnSet
        The set.
    """
    st.markdown("**The model**")
    cards = loaders.cards_of(own.key)
    if not cards:
        st.info("Learn first: then the model can be used on other pages.", icon=":material/school:")
        st.button(
            "Go to Learn", icon=":material/arrow_back:", key="own:to_learn", on_click=state.STEP.write, args=("Learn",)
        )
    else:
        for card in cards:
            _use(card, own)
        _who_may(own)
    _files(own)


def _who_may(own: OwnSet) -> None:
    """Say who can use the model, and let the user change it where others could."""
    if visitor.on_this_computer():
        st.caption("The model stays on this computer, with the data set. It is there again after a restart.")
        return
    shared = st.toggle(
        "Everyone who can open this app may use the model", own.shares_models,
        key=f"own:share:{own.key}:{own.shares_models}",
        help="Without it, only who has the link to this data set sees the model. The sounds are not shared.",
    )  # fmt: skip
    if shared != own.shares_models:
        attempt(lambda: own.share_models(shared=shared))
        st.rerun()


def _use(card: Card, own: OwnSet) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(
            f"**{literal(card.name)}** · {counted(len(card.labels), 'category', 'categories')}", width="content"
        )
        use_links(card, own)
        with st.popover("Download", icon=":material/download:"):
            for label, (ending, mime, make, about) in FILES.items():
                st.download_button(
                    label, partial(make, card), f"{card.name}{ending}", mime, key=f"own:{card.name}:{label}",
                    help=about, icon=":material/download:", type="tertiary", on_click="ignore",
                )  # fmt: skip


def _files(own: OwnSet) -> None:
    """Offer the set as a zip, which opens again on this page, on the command line, and in other loaders of ESC-50."""
    st.markdown("**The data set**")
    if not own.samples:
        st.caption("There are no samples to download yet.")
        return
    st.download_button(
        f"Download {literal(own.name)}", partial(_zip, own), f"{model_name(own.name)}.zip", "application/zip",
        icon=":material/download:", on_click="ignore", key="own:zip",
        help="A zip in ESC-50's layout: the sounds, their categories, recordings and folds. New opens it again.",
    )  # fmt: skip


def _zip(own: OwnSet) -> bytes:
    file = io.BytesIO()
    write_zip(own, file)
    return file.getvalue()
