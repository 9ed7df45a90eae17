"""The sound that the Augment page changes: the selected clip, a file, or a recording."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from esc_core import colours
from esc_core.audio import to_wav_bytes
from esc_core.config import CONTAINER_NAMES, AudioLimits
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.known import known_clip_id
from esc_core.dataset.own.names import group_of_file
from esc_core.decoding.decode import decode
from esc_core.errors import AudioError, EscError
from esc_core.inference.classify import held_out_fold
from esc_core.inference.recognise import recognise
from esc_core.models.card import Card
from esc_core.words import readable
from ui import loaders, state
from ui.clip.bar import clip_bar
from ui.clip.picker import pick_clip
from ui.literal import literal, show_error
from ui.microphone import record_clip

SOURCES = {
    "clip": ":material/library_music: Clip",
    "file": ":material/upload_file: File",
    "microphone": ":material/mic: Microphone",
}
MAX_SECONDS = 30.0
"""Longest sound in use, in seconds: a slider should respond at once."""


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound to be changed.

    Attributes
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    sr : int
        Its rate in Hz.
    label : str
        Its name for the user.
    path : str
        Its path; only the file name if the user supplied it.
    key : str
        Identifies the sound for caching.
    color : str
        Colour of its group, or grey.
    clip : Clip or None
        The clip of the data set, if it is one.
    known_as : str or None
        Id of the clip of ESC-50, if it is one, whatever its source.
    first_seconds : float or None
        Seconds from its beginning that are in use; None if all of it is.
    siblings : tuple of str
        Ids of the clips of the data set that are of the same recording.
    group : str
        Group of the file, from `esc_core.dataset.own.names.group_of_file`; empty if it is none.
    recording : bytes or None
        A recording as a WAV file, which the user does not have otherwise.
    """

    y: np.ndarray
    sr: int
    label: str
    path: str
    key: str
    color: str = colours.GREY
    clip: Clip | None = None
    known_as: str | None = None
    first_seconds: float | None = None
    siblings: tuple[str, ...] = ()
    group: str = ""
    recording: bytes | None = None

    def held_out_fold(self, card: Card) -> int | None:
        """Return the fold whose model alone must be used; None where all of the card's models may be."""
        return held_out_fold(card, self.known_as, name=self.path, siblings=self.siblings, recording=self.group)


def selected_sound(dataset: Dataset | None) -> Sound | None:
    """Let the user choose the source of the sound, and return the sound.

    Parameters
    ----------
    dataset : Dataset or None
        The data in use.

    Returns
    -------
    Sound or None
        None as long as there is none.
    """
    source = st.segmented_control(
        "Source of the sound", state.SOUND.allowed, format_func=lambda name: SOURCES[name],
        default=state.SOUND.read(), required=True, key="augment:source", label_visibility="collapsed",
    )  # fmt: skip
    state.SOUND.write(source)
    try:
        if source == "clip":
            return _clip(dataset)
        return _file() if source == "file" else _recording()
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return None


def _clip(dataset: Dataset | None) -> Sound | None:
    if dataset is None:  # the page already says that sounds are being synthesised
        return None
    clip = pick_clip(dataset)
    if clip is None:
        return None
    clip_bar(clip, here="augment")
    return clip_as_sound(dataset, clip)


def clip_as_sound(dataset: Dataset, clip: Clip) -> Sound:
    """Return a clip of the data set as a sound.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    y, sr = loaders.clip_sound(dataset, clip)
    path = dataset.path(clip)
    return Sound(
        y,
        sr,
        readable(clip.category),
        str(path),
        f"{path}:{path.stat().st_mtime_ns}",
        colours.GROUPS[clip.group],
        clip,
        loaders.known_as(dataset, clip),
        siblings=dataset.sibling_ids(clip),
    )


def _file() -> Sound | None:
    file = st.file_uploader(
        "Sound file", key="augment:file", label_visibility="collapsed",
        help=f"{CONTAINER_NAMES}, up to {AudioLimits().largest_file}.",
    )  # fmt: skip
    if file is None:
        st.caption(f"{CONTAINER_NAMES}. The sound stays with the computer that runs this app.")
        return None
    data = file.getvalue()
    y, sr, seconds, known_as, remarks = _decoded(data, file.name)
    for remark in remarks:
        st.caption(literal(remark))
    group = group_of_file(file.name, data)
    return replace(_from_outside(y, sr, file.name, known_as, seconds=seconds), group=group)


@st.cache_data(max_entries=8, show_spinner=False)
def _decoded(data: bytes, name: str) -> tuple[np.ndarray, int, float, str | None, tuple[str, ...]]:
    decoded = decode(data, name=name)
    known_as = known_clip_id(name, data) or recognise(decoded.y, decoded.sr)
    y = decoded.y[: int(MAX_SECONDS * decoded.sr)].copy()  # a copy, so that the rest of the file is not kept in memory
    return y, decoded.sr, decoded.y.size / decoded.sr, known_as, decoded.remarks


def _recording() -> Sound | None:
    recording = record_clip(key="augment:microphone")
    if recording is None:
        st.caption("Record up to ten seconds. The sound stays with the computer that runs this app.")
        return None
    # the samples of the file that the user can take away: what is shown here can be had from it, bit for bit
    wav = to_wav_bytes(recording.y, recording.sr)
    y, sr, seconds, _, _ = _decoded(wav, "recording.wav")
    return _from_outside(y, sr, "recording.wav", None, seconds=seconds, recording=wav)


def _from_outside(
    y: np.ndarray, sr: int, name: str, known_as: str | None, *, seconds: float, recording: bytes | None = None
) -> Sound:
    if seconds > MAX_SECONDS:
        st.caption(f"Of {seconds:.0f} s the first {MAX_SECONDS:.0f} s are used, so that the sliders respond at once.")
    if not y.any():
        raise AudioError("The sound is silent from beginning to end.")
    digest = hashlib.sha1(y.tobytes(), usedforsecurity=False).hexdigest()
    first = MAX_SECONDS if seconds > MAX_SECONDS else None
    return Sound(y, sr, name, name, f"{digest}:{sr}", known_as=known_as, first_seconds=first, recording=recording)
