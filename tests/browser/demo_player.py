"""Players to try out: one with marks and guesses beside a second one, or a pair (``?pair``)."""

import librosa
import numpy as np
import streamlit as st

from esc_core import audio, features
from esc_core.config import FeatureConfig
from esc_core.plots import spectrograms
from ui.player import Guess, Mark, MelValues, Track, player

SR = 22_050
CONFIG = FeatureConfig(sr=SR, n_fft=1024, hop_length=256, n_mels=96, fmax=SR / 2)


def sound(seed: int, seconds: float = 5.0) -> np.ndarray:
    """Make a few decaying chirps over a little noise, different for each seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * SR)) / SR
    y = 0.004 * rng.standard_normal(t.size)
    for start in rng.uniform(0, seconds - 0.6, 6):
        since = np.clip(t - start, 0, None)
        low, high = rng.uniform(300, 3000, 2)
        y += 0.3 * (since > 0) * np.exp(-6 * since) * np.sin(2 * np.pi * (low * since + (high - low) * since**2))
    return np.clip(y, -1, 1).astype(np.float32)


def track(y: np.ndarray, label: str, color: str, top_db: float = 80.0) -> Track:
    """Make a track with picture and values."""
    level = features.log_mel_db(features.mel_power(y, CONFIG), top_db=top_db)
    low, high = float(level.max()) - top_db, float(level.max())
    band_hz = librosa.mel_frequencies(CONFIG.n_mels + 2, fmin=CONFIG.fmin, fmax=CONFIG.fmax)[1:-1]
    ticks = [(hz, f"{hz} Hz" if hz < 1000 else f"{hz // 1000} kHz") for hz in (100, 500, 1000, 2000, 4000, 8000)]
    return Track(
        wav=audio.to_wav_bytes(y, SR),
        label=label,
        mel_png=spectrograms.spectrogram_png(level, low=low, high=high),
        duration=y.size / SR,
        color=color,
        frequency_ticks=[(float(np.interp(hz, band_hz, np.linspace(0, 1, band_hz.size))), text) for hz, text in ticks],
        values=MelValues(
            levels=np.clip((level - low) / (high - low) * 255, 0, 255).astype(np.uint8),
            db_range=(low, high),
            band_hz=band_hz,
        ),
    )


st.title("Player")
if "pair" in st.query_params:
    y = sound(1)
    shorter = 0.4 * librosa.effects.time_stretch(y, rate=1.2)
    player(key="pair", tracks=[track(y, "before", "#56B4E9"), track(shorter, "after", "#D55E00")], height=170)
else:
    state = st.session_state
    state.setdefault("clip", 0)
    state.setdefault("token", None)
    if st.button("Next clip"):
        state.clip += 1
        state.token = f"clip {state.clip}"
    if st.button("Swap"):
        state.clip += 1
    state.runs = state.get("runs", 0) + 1
    st.button("Rerun")
    st.write(f"run {state.runs}")
    marks = [Mark(1.0, 1.6, "bark")] if st.checkbox("Marks", value=True) else []
    player(
        key="first",
        tracks=[track(sound(state.clip), f"clip {state.clip}", "#E69F00", 60.0 if st.checkbox("Redraw") else 80.0)],
        marks=marks,
        guesses=[
            Guess(0, 1.8, "dog", 0.91, "#E69F00"),
            Guess(1.8, 3.2, "door knock", 0.34, "#56B4E9"),
            Guess(3.2, 5, "church bells", 0.62, "#D55E00"),
        ],
        autoplay_token=state.token,
    )
    player(key="second", tracks=[track(sound(77, 2.0), "short", "#009E73")], loop=True, height=120)
