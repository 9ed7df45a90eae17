"""What the user can take away: the sound, the chain, the link, and the lines of Python."""

from __future__ import annotations

import json
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from esc_core import audio
from esc_core.augment import Applied
from esc_core.augment.audible import audible_waveform
from esc_core.augment.script import python_lines
from esc_core.dataset import Clip, Dataset
from ui.augment.second import second_path
from ui.augment.sound import Sound


def show_take(
    sound: Sound, chain: list[dict[str, Any]], seed: int, applied: Applied, dataset: Dataset | None, second: Clip | None
) -> None:
    """Show the downloads, what the link carries, and how to reproduce the sound."""
    stem = Path(sound.path).stem
    with st.container(horizontal=True):
        st.download_button(
            "Sound as WAV", partial(_wav, applied), f"{stem}-augmented.wav", "audio/wav", icon=":material/download:",
            on_click="ignore", help="16-bit WAV, as loud as the chain made it.",
        )  # fmt: skip
        st.download_button(
            "Chain as JSON", json.dumps(chain, indent=1), "chain.json", "application/json",
            icon=":material/download:", on_click="ignore",
            help="For the command line, and for the setting “augment” of a training run.",
        )  # fmt: skip
        if sound.recording is not None:
            st.download_button(
                "Recording as WAV", sound.recording, sound.path, "audio/wav", icon=":material/mic:",
                on_click="ignore", help="The sound as it was recorded, which the lines below change.",
            )  # fmt: skip
    if sound.clip is not None:
        st.markdown(
            ":material/link: The address of this page contains the clip, the chain and the seed. Anyone who opens it "
            "with the same data set hears the same sound, sample for sample."
        )
    else:
        st.info(
            "A link cannot carry a sound of your own: the address of this page contains only the chain and the seed. "
            "Send the sound file as well; with it, the lines below give the same result.",
            icon=":material/link_off:",
        )
    path = second_path(dataset, second)
    st.markdown("**In Python**")
    st.code(
        python_lines(
            sound.path, chain, seed, second=path, first_seconds=sound.first_seconds, audible=applied.mel is not None
        ),
        language=None,
        wrap_lines=True,
    )
    st.markdown("**On the command line**, with the chain in a file")
    words = ["augment", sound.path, "augmented.wav", "--chain", "chain.json", "--seed", str(seed)]
    words += ["--second", path] if path else []
    words += ["--first-seconds", f"{sound.first_seconds:g}"] if sound.first_seconds else []
    st.code("python -m esc_core " + shlex.join(words), language=None, wrap_lines=True)


def _wav(applied: Applied) -> bytes:
    y, sr, _ = audible_waveform(applied)
    return audio.to_wav_bytes(y, sr)
