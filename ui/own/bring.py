"""Opening a data set that is there already: a zip that was uploaded, or a folder on this computer."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from esc_core.dataset.own import Brought, OwnSet, bring
from esc_core.errors import EscError
from esc_core.words import counted, listed
from ui.literal import literal
from ui.own.notes import failed, quoted, say

LAYOUTS = (
    "ESC-50's layout, as *Use* writes it; a folder for each category; or the layout of UrbanSound8K. Larger ones: "
    "`python -m esc_core data own import`."
)


def open_zip(*, with_paths: bool) -> OwnSet | None:
    """Show the ways to open a data set, and return the set that was made of it.

    Parameters
    ----------
    with_paths : bool
        Whether folders of this computer can be named; only for people who sit at it.

    Returns
    -------
    OwnSet or None
        The new set, once.
    """
    turn = st.session_state.get("own:zip_turn", 0)
    file = st.file_uploader("Or open a data set: a zip", type=["zip"], key=f"own:zip:{turn}")
    st.caption(LAYOUTS)
    path = ""
    if with_paths:
        with st.form("own_path", border=False, clear_on_submit=True):
            path = st.text_input("Or a folder or zip on this computer", placeholder="/home/me/sounds")
            if not st.form_submit_button("Open it", icon=":material/folder_open:"):
                path = ""
    if file is not None:
        st.session_state["own:zip_turn"] = turn + 1  # an empty uploader, so that no file is opened twice
        return _brought(file)
    return _brought(path.strip()) if path.strip() else None


def _brought(source: UploadedFile | str) -> OwnSet | None:
    bar = st.progress(0.0, "Reading the sounds")

    def tell(done: int, total: int) -> None:
        bar.progress(done / max(total, 1), f"Reading the sounds: {done} of {total}")

    try:
        if isinstance(source, str):
            result = bring(Path(source).expanduser(), progress=tell)
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / (Path(source.name).name or "sounds.zip")
                path.write_bytes(source.getvalue())
                result = bring(path, progress=tell)
    except (EscError, OSError) as error:
        failed(str(error))
        return None
    finally:
        bar.empty()
    _tell(result)
    return result.own


def _tell(result: Brought) -> None:
    notes = " ".join(literal(note) for note in result.notes)
    say(f"{counted(result.n_samples, 'sample', 'samples')} came into {quoted(result.own.name)}. {notes}")
    if result.skipped:
        n = counted(len(result.skipped), "file was", "files were")
        failed(f"{n} left out: {listed([f'{name} ({why})' for name, why in result.skipped])}")
