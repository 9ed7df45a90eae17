"""Where samples come from: the microphone, files, and clips of the data set in use."""

from __future__ import annotations

import random
from pathlib import PurePath

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from esc_core.config import CONTAINER_NAMES, AudioLimits
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.own import NewSound, OwnSet
from esc_core.dataset.own.cuts import LONGEST
from esc_core.dataset.own.names import group_of_file, group_of_recording
from esc_core.decoding.decode import decode
from esc_core.errors import AudioError, EscError
from esc_core.words import counted, readable
from ui import loaders
from ui.literal import literal, named
from ui.microphone import Recording, record_clip
from ui.own.cards import key_of
from ui.own.cutting import Long, wait
from ui.own.notes import failed, say

ROOM_SECONDS = 2.0
"""Length of the recording of the room, in seconds."""

ONE_SECONDS, ROW_SECONDS = 10.0, 60.0
"""Longest recording of one sound, and of several in a row, in seconds."""

MOST_CLIPS = 40
"""Most clips that are taken at once: a category of ESC-50."""

MICROPHONE, FILE, CLIP = "microphone", "file", "ESC-50"
"""Sources as the store names them."""

_TAKEN, _ROUND = "own:taken", "own:round"


def record_one(own: OwnSet, category: str, *, max_seconds: float = ONE_SECONDS) -> None:
    """Show a recorder; what it records is a sample as soon as it stops."""
    recording = _new_recording(own, category, max_seconds=max_seconds, mode="one")
    if recording is None:
        return
    n = own.counts()[category][0] + 1
    try:
        own.add_sample(
            _with_sound(recording.y), recording.sr, category=category, title=f"{readable(category)} {n}",
            source=MICROPHONE,
        )  # fmt: skip
    except EscError as error:
        failed(str(error))
    else:
        say(f"Saved to {named(category)}: {recording.y.size / recording.sr:.1f} s.{_filtered(recording)}")
    st.rerun()


def record_row(own: OwnSet, category: str) -> None:
    """Show a recorder for several sounds in a row, with a pause after each; they are cut afterwards."""
    recording = _new_recording(own, category, max_seconds=ROW_SECONDS, mode="row")
    if recording is not None:
        title = readable(category)
        wait(Long(recording.id, title, recording.y, recording.sr, own.key, category, MICROPHONE))
        st.rerun()


def _new_recording(own: OwnSet, category: str, *, max_seconds: float, mode: str) -> Recording | None:
    """Show a recorder of its own for each category, and return a recording once."""
    taken: set[str] = st.session_state.setdefault(_TAKEN, set())
    try:
        recording = record_clip(key=f"own:microphone:{own.key}:{key_of(category)}:{mode}", max_seconds=max_seconds)
    except EscError as error:
        failed(str(error))
        st.rerun()
    if recording is None or recording.id in taken:
        return None
    taken.add(recording.id)
    return recording


def _with_sound(y: np.ndarray) -> np.ndarray:
    if not y.any():
        raise AudioError("The microphone gave only silence. Check that it is not muted, then record again.")
    return y


def _filtered(recording: Recording) -> str:
    if not recording.filtered:
        return ""
    return " The browser kept its voice filter on, which can remove sounds such as rain and fans."


def add_files(own: OwnSet, category: str) -> None:
    """Show the uploader; short files are samples at once, long ones are cut first."""
    turn = st.session_state.get(_ROUND, 0)
    files = st.file_uploader(
        "Sound files", accept_multiple_files=True, key=f"own:files:{own.key}:{key_of(category)}:{turn}",
        label_visibility="collapsed", help=f"Up to {AudioLimits().largest_file} each.",
    )  # fmt: skip
    st.caption(
        f"{CONTAINER_NAMES}. A file of more than {LONGEST:.0f} s is cut into its sounds, and you choose which to keep."
    )
    if not files:
        return
    with st.spinner(f"Reading {counted(len(files), 'file', 'files')}"):
        n_saved = sum(_add_file(own, category, file) for file in files)
    if n_saved:
        say(f"{counted(n_saved, 'file was', 'files were')} saved to {named(category)}.")
    st.session_state[_ROUND] = turn + 1  # an empty uploader, so that no file is taken twice
    st.rerun()


def _add_file(own: OwnSet, category: str, file: UploadedFile) -> bool:
    """Store a short file as a sample, and return whether it was; have a long one cut."""
    data, title = file.getvalue(), PurePath(file.name).stem or file.name
    try:
        sound = decode(data, name=file.name)
        group = group_of_file(file.name, data)
        if sound.y.size > LONGEST * sound.sr:
            wait(Long(file.file_id, title, sound.y, sound.sr, own.key, category, FILE, group))
            return False
        there = {sample.id for sample in own.samples}
        sample = own.add_sample(sound.y, sound.sr, category=category, title=title, source=FILE, group=group)
    except EscError as error:
        failed(f"{file.name}: {error}")
        return False
    if sample.id in there:
        failed(f"{file.name}: {category} has this sound already, as {sample.title}.")
    return sample.id not in there


def add_clips(own: OwnSet, category: str, dataset: Dataset | None) -> None:
    """Let the user take clips of the data set in use, each of another recording where there are enough."""
    if dataset is None:
        st.info(
            "There is no data set to take clips from. The data button above gets one.", icon=":material/folder_open:"
        )
        return
    if dataset.root == own.folder:
        st.info("This set is itself the data in use. The data button above goes back to the other data.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.selectbox(
            "Category of the data set", dataset.categories, format_func=readable, width=260, key="own:clips_of",
            persist_state="session",
        )  # fmt: skip
        n = st.number_input(
            "Clips", 1, MOST_CLIPS, 8, width=120, key="own:n_clips", persist_state="session",
            help="They are drawn at random, one from each recording as long as there are more recordings.",
        )  # fmt: skip
        if st.button("Take them", icon=":material/library_add:", key="own:take_clips"):
            _take_clips(own, category, dataset, _draw(own, dataset, str(wanted), int(n)))
            st.rerun()


def _draw(own: OwnSet, dataset: Dataset, category: str, n: int) -> list[Clip]:
    """Draw clips that the set lacks: of new recordings first."""
    there = {(sample.group, sample.title) for sample in own.samples}
    clips = dataset.clips_of(category)
    clips = [clip for clip in clips if (group_of_recording(clip.src_file), clip.clip_id) not in there]
    random.shuffle(clips)
    groups = {sample.group for sample in own.samples}
    seen: dict[str, int] = {}

    def rank(clip: Clip) -> int:
        group = group_of_recording(clip.src_file)
        seen[group] = seen.get(group, int(group in groups)) + 1
        return seen[group]

    return sorted(clips, key=rank)[:n]


def _take_clips(own: OwnSet, category: str, dataset: Dataset, clips: list[Clip]) -> None:
    if not clips:
        failed("This data set has all clips of that category already.")
        return
    saved = 0
    for clip in clips:
        try:
            y, sr = loaders.clip_sound(dataset, clip)
            group = group_of_recording(clip.src_file)
            # with its own id, by which a model knows the clip again wherever it is met
            sound = NewSound(
                y=y, sr=sr, category=category, title=clip.clip_id, source=CLIP, group=group, sample_id=clip.clip_id
            )
            own.add_samples([sound])
        except EscError as error:
            failed(f"{clip.clip_id} was not taken. {error}")
            break
        saved += 1
    if saved:
        of = literal(readable(clips[0].category))
        say(f"{counted(saved, 'clip', 'clips')} of {of} {'was' if saved == 1 else 'were'} saved to {named(category)}.")
