"""The data set as a file."""

from __future__ import annotations

import io
import re
from functools import partial

import streamlit as st

from esc_core.dataset.own import OwnSet, write_zip
from ui.literal import literal


def show_use(own: OwnSet) -> None:
    """Offer the set as a zip, which opens again on this page, on the command line, and in other loaders of ESC-50.

    Parameters
    ----------
    own : OwnSet
        The set.
    """
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


def model_name(name: str) -> str:
    """Return a name as that of a model's folder: "My sounds" becomes "my-sounds"."""
    return re.sub(r"[^\w.-]+", "-", name.lower()).strip("-._") or "my-sounds"
