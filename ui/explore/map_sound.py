"""A sound of the user on the map: a file or a recording."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from esc_core.audio import to_wav_bytes
from esc_core.config import CONTAINER_NAMES, AudioLimits
from esc_core.decoding.decode import decode
from esc_core.errors import EscError
from esc_core.training.quick.samples import loudest_part
from esc_core.unsupervised.embedders import load_embedder
from esc_core.unsupervised.maps import SoundMap
from ui.literal import show_error
from ui.microphone import record_clip

SOURCES = {"file": ":material/upload_file: File", "microphone": ":material/mic: Microphone"}


def own_direction(found: SoundMap, embedding: str) -> np.ndarray | None:
    """Let the user name a file or record a sound, and return its direction on the map.

    Parameters
    ----------
    found : SoundMap
        The map.
    embedding : str
        What it compares by.

    Returns
    -------
    numpy.ndarray, shape (d,), or None
        None as long as there is no sound.
    """
    source = st.segmented_control(
        "Source of the sound", list(SOURCES), format_func=SOURCES.__getitem__, default="file", required=True,
        key="map:source", label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    try:
        named = _file() if source == "file" else _recording()
        if named is None:
            return None
        name, data = named
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        return found.direction(_vector(digest, name, embedding, data))
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return None


def _file() -> tuple[str, bytes] | None:
    file = st.file_uploader(
        "Sound file", key="map:file", label_visibility="collapsed",
        help=f"{CONTAINER_NAMES}, up to {AudioLimits().largest_file}.",
    )  # fmt: skip
    if file is None:
        st.caption(f"{CONTAINER_NAMES}. The sound stays with the computer that runs this app.")
        return None
    return file.name, file.getvalue()


def _recording() -> tuple[str, bytes] | None:
    recording = record_clip(key="map:microphone")
    if recording is None:
        st.caption("Record up to ten seconds. The sound stays with the computer that runs this app.")
        return None
    return "recording.wav", to_wav_bytes(recording.y, recording.sr)


@st.cache_data(max_entries=8, show_spinner="Comparing the sound")
def _vector(digest: str, name: str, embedding: str, _data: bytes) -> np.ndarray:
    decoded = decode(_data, name=name)
    return load_embedder(embedding).vector(loudest_part(decoded.y, decoded.sr), decoded.sr)
