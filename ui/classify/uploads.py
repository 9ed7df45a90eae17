"""The uploaded files, which stay for the session when another page or another source is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from esc_core.config import CONTAINER_NAMES, AudioLimits, environment
from esc_core.words import counted
from ui import memory

MEGABYTE = 1024 * 1024

_WIDGET, _EARLIER, _LATEST = "files", "classify:earlier", "classify:latest"


@dataclass(frozen=True, eq=False)
class Upload:
    """An uploaded file.

    Attributes
    ----------
    id : str
        Differs between uploads, also of one file.
    name : str
        Its name on the user's computer.
    data : bytes
        Its content.
    """

    id: str
    name: str
    data: bytes


def uploads(note: str) -> list[Upload]:
    """Let the user upload files, and return all that are there, in the order in which they came.

    Streamlit forgets the files of an uploader that is not shown for one run, so they are kept beside it: as many as one
    visitor may upload, the latest first.

    Parameters
    ----------
    note : str
        Sentence below the uploader.
    """
    things = memory.kept()
    earlier: list[Upload] = things.setdefault(_EARLIER, [])
    if _WIDGET not in st.session_state:  # the page comes back
        earlier += things.pop(_LATEST, [])
    files = st.file_uploader(
        "Sound files", accept_multiple_files=True, key=_WIDGET, label_visibility="collapsed",
        help=f"Up to {AudioLimits().largest_file} each.",
    )  # fmt: skip
    st.caption(f"{CONTAINER_NAMES}. {note}")
    things[_LATEST] = latest = [Upload(file.file_id, file.name, memory.content(file)) for file in files]
    if n := _forget_oldest(earlier, latest):
        st.caption(f"{counted(n, 'file', 'files')} from before had to go: all together took more than is kept.")
    if earlier:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{counted(len(earlier), 'file is', 'files are')} kept from before.", width="content")
            st.button("Remove", icon=":material/close:", type="tertiary", on_click=things.pop, args=(_EARLIER,))
    return earlier + latest


def _forget_oldest(earlier: list[Upload], latest: list[Upload]) -> int:
    """Remove files kept from before until the session holds no more than it may upload; return how many."""
    most, most_bytes = environment.MAX_UPLOADS.value(), environment.MAX_UPLOAD_MB.value() * MEGABYTE
    n_before = len(earlier)
    while earlier and (
        len(earlier) + len(latest) > most or sum(len(file.data) for file in earlier + latest) > most_bytes
    ):
        del earlier[0]
    return n_before - len(earlier)
