"""The model on other pages, and data set and model as files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial

import streamlit as st

from esc_core.dataset.own import OwnSet, write_zip
from esc_core.models.card import Card
from esc_core.models.folder import card_path, model_path
from esc_core.models.installed import find_model
from esc_core.training import export, quick
from esc_core.training.quick import Learnt
from esc_core.training.quick.learn import data_key
from esc_core.training.quick.saved import own_model_folder
from esc_core.words import counted
from ui import loaders, state
from ui.frame.navigation import PAGES
from ui.literal import literal
from ui.own.learn import learnt_from
from ui.own.notes import attempt, quoted

WITH_MODEL = ("classify", "live", "augment")
"""Pages that a model can be used on, as far as there are such pages."""

FILES: dict[str, tuple[str, str, Callable[[Card], bytes], str]] = {
    "Keras model": (
        ".keras",
        "application/octet-stream",
        lambda card: model_path(find_model(card.name), card.folds[0]).read_bytes(),
        "The network with its weights.",
    ),
    "TensorFlow Lite": (
        ".tflite",
        "application/octet-stream",
        lambda card: export.tflite_bytes(find_model(card.name)),
        "For phones and small computers; labels and card are attached. The conversion takes some seconds.",
    ),
    "Card": (
        ".card.json",
        "application/json",
        lambda card: card_path(find_model(card.name)).read_bytes(),
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
    learnt = learnt_from(own)
    if learnt is None:
        st.info("Learn first: then the model can be used on other pages.", icon=":material/school:")
        st.button(
            "Go to Learn", icon=":material/arrow_back:", key="own:to_learn", on_click=state.STEP.write, args=("Learn",)
        )
    else:
        _save(own, learnt)
    for card in loaders.cards():
        if card.details.get("learnt_from") == data_key(own.folder):
            _use(card)
    _files(own)


def _save(own: OwnSet, learnt: Learnt) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the model",
            model_name(own.name),
            key=f"own:model_name:{own.key}",
            persist_state="session",
            width=300,
        )
        if st.button("Save the model", icon=":material/save:", type="primary", key="own:save_model"):
            plain = model_name(name)
            attempt(
                lambda: quick.save(learnt, own_model_folder(plain)),
                f"The model {quoted(plain)} can be used on all pages now.",
            )
            st.rerun()
    st.caption("Everyone who can open this app can then choose the model. The sounds it learnt from are not in it.")


def model_name(name: str) -> str:
    """Return a name as that of a model's folder: "My sounds" becomes "my-sounds"."""
    return re.sub(r"[^\w.-]+", "-", name.lower()).strip("-._") or "my-sounds"


def _use(card: Card) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(
            f"**{literal(card.name)}** · {counted(len(card.labels), 'category', 'categories')}", width="content"
        )
        for page in (PAGES[name] for name in WITH_MODEL if name in PAGES):
            st.page_link(page.file, label=page.title, icon=page.symbol, query_params={state.MODEL.name: card.name})
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
