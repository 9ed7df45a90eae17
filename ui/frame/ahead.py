"""The default model answers once while the server starts, so that no visitor waits for what is loaded on first use."""

from __future__ import annotations

import atexit
import os
import threading

import numpy as np

from esc_core.audio import to_wav_bytes
from esc_core.inference.classify import classify_bytes
from ui import loaders, memory

SR = 44_100


def load_ahead() -> None:
    """Let the default model answer once in the background; a server that is stopped meanwhile does not wait for it."""
    thread = threading.Thread(target=answer_once, name="load-ahead", daemon=True)
    atexit.register(_leave, thread)
    thread.start()


def answer_once() -> None:
    """Classify a second of noise: this starts a decoder, and loads TensorFlow, the networks and all that they need."""
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, SR)
    try:
        if (predictor := loaders.default_predictor()) is not None:
            classify_bytes(predictor, to_wav_bytes(noise, SR), name="")
    except Exception:  # whoever asks for an answer meets the same, and is told
        return
    memory.spare_libraries()


def _leave(thread: threading.Thread) -> None:
    """End the process if it is stopped while TensorFlow is being loaded: what that holds would keep it forever."""
    if thread.is_alive():
        os._exit(1)  # as Streamlit's own end after Ctrl-C
