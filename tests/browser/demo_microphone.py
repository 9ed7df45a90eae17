"""Both uses of the recorder, the second under ``?live``; what arrives is saved to DEMO_OUT for the tests."""

import os
from pathlib import Path

import numpy as np
import streamlit as st

from esc_core.errors import EscError
from ui import microphone

out = Path(os.environ["DEMO_OUT"])


def clip() -> None:
    """Show the last recording."""
    try:
        recording = microphone.record_clip(key="clip", max_seconds=float(os.environ.get("DEMO_SECONDS", "2")))
    except EscError as error:
        recording = None
        st.error(str(error))
    if trouble := microphone.problem(key="clip"):
        st.write(f"problem: {trouble.code}")
    if recording:
        np.savez(out / "clip.npz", y=recording.y, sr=recording.sr)
        st.write(f"recording {recording.id}")
        st.write(f"{recording.y.size} samples at {recording.sr} Hz, filtered {recording.filtered}")
    else:
        st.write("no recording")
    if st.button("Rerun"):
        st.write("rerun done")


@st.fragment
def live() -> None:
    """Count the chunks that have come in."""
    chunks = st.session_state.setdefault("chunks", [])
    chunks += microphone.listen(key="live")
    if chunks:
        np.savez(out / "live.npz", y=np.concatenate([c.y for c in chunks]), sr=chunks[0].sr)
    st.write(f"chunks: {len(chunks)}, indices {[c.index for c in chunks]}")
    st.write("comes in" if microphone.is_listening(key="live") else "no sound")
    st.write(f"{sum(c.unheard for c in chunks):.0f} s unheard")


st.title("Microphone")
if "live" in st.query_params:
    live()
else:
    clip()
