"""Clips as pictures, as sound, as figures and as tracks of the player."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from esc_core import audio, features
from esc_core.config import FeatureConfig
from esc_core.config.features import MAX_SR, MIN_SR
from esc_core.dataset import Clip, Dataset
from esc_core.errors import AudioError
from esc_core.features import overview
from esc_core.features.overview import SoundStats
from esc_core.plots import spectrograms
from esc_core.words import readable
from ui.loaders.changed import changed_at
from ui.loaders.data import damaged_files
from ui.player import Track
from ui.player.make_track import make_track

THUMBNAIL_COLUMNS = 128
THUMBNAIL_TOP_DB = 70.0


def thumbnails(dataset: Dataset, clips: Sequence[Clip]) -> list[bytes | None]:
    """Return small mel pictures of some clips as PNG, over all frequencies; None for a clip that can't be read."""
    paths = [dataset.path(clip) for clip in clips]
    return [_thumbnail(str(path), changed_at(path)) for path in paths]


@st.cache_data(max_entries=4000, show_spinner=False)
def _thumbnail(path: str, changed: int) -> bytes | None:
    try:
        return thumbnail(*audio.load(path))
    except AudioError:  # one bad clip must not cost the other cards
        if Path(path).exists():
            damaged_files().add((path, changed))
        return None


def thumbnail(y: np.ndarray, sr: int) -> bytes:
    """Return a small mel picture of a sound as PNG, up to half its sampling rate."""
    y, sr = audio.at_rates(y, sr, most=MAX_SR, least=MIN_SR)
    hop = max(1, y.size // (THUMBNAIL_COLUMNS - 1))
    # frames without gaps, so that no sound is left out, at the file's own rate: resampling would take longest
    n_fft = min(16_384, 2 ** max(hop, sr // 48).bit_length())  # of a short sound long enough for the lowest bands
    config = FeatureConfig(sr=sr, n_fft=n_fft, hop_length=min(hop, n_fft), n_mels=48, fmin=20.0, fmax=sr / 2)
    level = features.log_mel_db(features.mel_power(y, config), top_db=THUMBNAIL_TOP_DB)
    return spectrograms.spectrogram_png(level, low=-THUMBNAIL_TOP_DB, high=0.0)


def clip_sound(dataset: Dataset, clip: Clip) -> tuple[np.ndarray, int]:
    """Return a clip's waveform and its rate in Hz.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    path = dataset.path(clip)
    return _clip_sound(str(path), changed_at(path))


@st.cache_data(max_entries=32, show_spinner=False)
def _clip_sound(path: str, changed: int) -> tuple[np.ndarray, int]:
    return audio.load(path)


def sampling_rate(dataset: Dataset, clip: Clip) -> int:
    """Return the rate of a clip's file in Hz.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    try:
        return audio.header(dataset.path(clip)).sr
    except AudioError as error:
        raise AudioError(f"{clip.filename} can't be read: {error}") from error


def sound_stats(dataset: Dataset, clip: Clip) -> SoundStats:
    """Measure one clip: length, active part, silence, level.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    path = dataset.path(clip)
    return _sound_stats(str(path), changed_at(path))


@st.cache_data(max_entries=512, show_spinner=False)
def _sound_stats(path: str, changed: int) -> SoundStats:
    return overview.sound_stats(*audio.load(path))


def clip_track(
    dataset: Dataset, clip: Clip, config: FeatureConfig, *, top_db: float, color: str, label: str | None = None
) -> Track:
    """Return a clip as a track of the player; the settings change only its picture, not its sound.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    path = dataset.path(clip)
    return _clip_track(str(path), changed_at(path), config, top_db, color, label or readable(clip.category))


@st.cache_data(max_entries=32, show_spinner=False)
def _clip_track(path: str, changed: int, config: FeatureConfig, top_db: float, color: str, label: str) -> Track:
    y, sr = audio.load(path)
    mel = features.mel_power(audio.resample(y, orig_sr=sr, target_sr=config.sr), config)
    level_db = features.log_mel_db(mel, top_db=top_db)
    return make_track(y, sr, level_db, config, label=label, color=color, top_db=top_db)
