"""Settings of the selected clip's spectrogram: for the eye, as the model receives it, or the user's own."""

from __future__ import annotations

import streamlit as st

from esc_core.config import FeatureConfig
from esc_core.config.features import MAX_SR, MIN_SR
from esc_core.models.card import Card
from esc_core.plots.spectrograms import band_centres

EYE, MODEL, OWN = "for the eye", "the model's input", "own settings"
TOP_DB = 70.0

N_FFT = (128, 256, 512, 1024, 2048, 4096, 8192)
HOP_LENGTH = (64, 128, 256, 400, 512, 1024, 2048)
N_MELS = (16, 24, 32, 48, 64, 96, 128, 192, 256)
EDGES = (0, 20, 50, 100, 200, 500, 1000, 2000, 4000, 8000, 11_025, 16_000, 22_050, 24_000)


def picture_settings(sr: int, card: Card | None) -> tuple[FeatureConfig, float]:
    """Let the user choose the settings, and return them.

    Parameters
    ----------
    sr : int
        Rate of the clip's file, in Hz.
    card : Card or None
        The model in use.

    Returns
    -------
    config : FeatureConfig
        Frames and bands of the spectrogram.
    top_db : float
        Range of the spectrogram below its peak, in dB.
    """
    model = card.features if card else FeatureConfig()
    sr = min(max(sr, MIN_SR), MAX_SR)
    with st.container(width="stretch", gap="small"):
        mode = st.segmented_control(
            "Picture", (EYE, MODEL, OWN), default=EYE, required=True, key="picture", persist_state="session",
            help="Settings of the spectrogram; the sound stays the same.",
        )  # fmt: skip
        if mode == MODEL:
            st.caption(_described(model))
            return model, TOP_DB
        return _own(sr, model) if mode == OWN else (for_the_eye(sr), TOP_DB)


def for_the_eye(sr: int) -> FeatureConfig:
    """Return settings that show a clip at a rate, in Hz, in fine detail up to its highest frequency.

    A rate of which no spectrogram can be made is shown at the nearest one.
    """
    sr = min(max(sr, MIN_SR), MAX_SR)
    n_fft = 2 ** (sr // 24).bit_length()  # bins of at most 24 Hz, so that each of 128 bands contains one
    return FeatureConfig(sr=sr, n_fft=n_fft, hop_length=n_fft // 4, n_mels=128, fmin=20.0, fmax=sr / 2)


def _described(config: FeatureConfig) -> str:
    return (
        f"{config.sr / 1000:g} kHz, frames of {config.n_fft} samples ({1000 * config.n_fft / config.sr:.0f} ms) every "
        f"{config.hop_length} ({1000 * config.hop_length / config.sr:.0f} ms), {config.n_mels} mel bands from "
        f"{config.fmin:g} to {config.fmax:g} Hz. The model also removes silence at both ends and normalises the level."
    )


def _own(sr: int, model: FeatureConfig) -> tuple[FeatureConfig, float]:
    """Show a slider for each setting, with the model's value below it."""
    eye = for_the_eye(sr)
    columns = st.columns(5)
    with columns[0]:
        n_fft = _slider("n_fft", "n_fft", N_FFT, eye.n_fft, f"{model.n_fft} at {model.sr / 1000:g} kHz",
                        "Samples per frame: long frames resolve frequency, short frames resolve time.")  # fmt: skip
    with columns[1]:
        hop_length = _slider("hop", "hop_length", HOP_LENGTH, eye.hop_length, str(model.hop_length),
                             "Samples from one frame to the next.")  # fmt: skip
    with columns[2]:
        n_mels = _slider("mels", "n_mels", N_MELS, eye.n_mels, str(model.n_mels), "Mel bands, the rows of the picture.")
    with columns[3]:
        fmin, fmax = _edges(sr, model)
    with columns[4]:
        top_db = st.slider(
            "top_db", 20, 120, int(TOP_DB), 10, format="%d dB", key="top_db", persist_state="session",
            help="Range of levels, from the loudest down to black.",
        )  # fmt: skip
        st.caption("model: 87 dB below the mean")
    hop = min(hop_length, n_fft)
    config = FeatureConfig(sr=sr, n_fft=n_fft, hop_length=hop, n_mels=n_mels, fmin=fmin, fmax=fmax)
    if hop < hop_length:
        st.caption(f"A hop longer than the frame would skip sound; {n_fft} is used instead.")
    lowest, second = band_centres(config)[:2]
    if second - lowest < sr / n_fft:
        st.caption(
            f"Dark rows: low bands are narrower than the {sr / n_fft:.0f} Hz from one FFT bin to the next, so some "
            "contain no bin. A larger n_fft or fewer bands would fill them."
        )
    return config, float(top_db)


def _edges(sr: int, model: FeatureConfig) -> tuple[float, float]:
    """Show the slider of the lowest and highest frequency and return both, in Hz; they always differ."""
    edges = [hz for hz in EDGES if hz < sr // 2] + [sr // 2]
    hertz = [f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz} Hz" for hz in edges]
    low, high = st.select_slider(
        "fmin–fmax", hertz, value=(hertz[1], hertz[-1]), key=f"edges:{sr}", persist_state="session",
        help="Lowest and highest frequency.",
    )  # fmt: skip
    st.caption(f"model: {model.fmin:g}–{model.fmax:g} Hz")
    fmin, fmax = edges[hertz.index(low)], edges[hertz.index(high)]
    if fmin == fmax:
        fmin, fmax = (edges[max(0, edges.index(fmin) - 1)], fmax) if fmin > edges[0] else (fmin, edges[1])
    return float(fmin), float(fmax)


def _slider(label: str, key: str, options: tuple[int, ...], value: int, model: str, about: str) -> int:
    chosen = st.select_slider(label, options, value=value, key=key, persist_state="session", help=about)
    st.caption(f"model: {model}")
    return chosen
