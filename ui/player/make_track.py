"""A waveform and its mel spectrogram as a track of the player."""

from __future__ import annotations

import numpy as np

from esc_core import audio
from esc_core.config import FeatureConfig
from esc_core.plots import spectrograms
from ui.player import MelValues, Track

MIN_PLAYED_SR = 8_000
"""Lowest rate sent to the browser, in Hz: below it, or at the latest below 3 kHz, browsers refuse to play."""


def make_track(
    y: np.ndarray,
    sr: int,
    level_db: np.ndarray,
    config: FeatureConfig,
    *,
    label: str,
    color: str,
    top_db: float = 70.0,
    high_db: float | None = None,
    scale: float = 1.0,
) -> Track:
    """Make a track of a sound and its spectrogram.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform, played without normalisation.
    sr : int
        Its rate in Hz.
    level_db : numpy.ndarray, shape (n_mels, t), float32
        Mel power in dB.
    config : FeatureConfig
        Frames and bands of `level_db`.
    label : str
        Name of the track.
    color : str
        Colour of the waveform.
    top_db : float
        Range of the picture below its brightest level, in dB.
    high_db : float, optional
        Level shown brightest; the spectrogram's own peak if left out. Two tracks to compare share one.
    scale : float
        Factor by which the waveform is multiplied; two tracks to compare share one.

    Returns
    -------
    Track
        For `ui.player.player`.
    """
    y, sr = audio.at_rates(y, sr, most=audio.MAX_KEPT_SR, least=MIN_PLAYED_SR)
    shown = spectrograms.fewer_columns(level_db)
    high = float(shown.max()) if high_db is None else high_db
    band_hz = spectrograms.band_centres(config)
    return Track(
        wav=audio.to_wav_bytes(y, sr, scale=scale),
        label=label,
        mel_png=spectrograms.spectrogram_png(shown, low=high - top_db, high=high),
        duration=y.size / sr,
        color=color,
        frequency_ticks=spectrograms.frequency_ticks(config),
        values=MelValues(
            levels=np.clip((shown - high + top_db) / top_db * 255, 0, 255).astype(np.uint8),
            db_range=(high - top_db, high),
            band_hz=band_hz,
        ),
    )
