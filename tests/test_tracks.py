"""A waveform becomes a track at a rate that browsers play."""

from __future__ import annotations

import numpy as np
import pytest

from esc_core.config import FeatureConfig
from ui import loaders
from ui.clip.picture import for_the_eye
from ui.player.make_track import make_track
from ui.player.tracks import wav_format

CONFIG = FeatureConfig(sr=8_000, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0)


@pytest.mark.parametrize(("sr", "played"), [(1_000, 8_000), (2_999, 8_997), (22_050, 22_050), (192_000, 48_000)])
def test_a_rate_that_browsers_refuse_or_nobody_hears_is_changed(sr: int, played: int) -> None:
    """Below 3 kHz browsers play nothing. The track is as long as the sound."""
    y = (0.1 * np.sin(2 * np.pi * 200 * np.arange(2 * sr) / sr)).astype(np.float32)
    level_db = np.zeros((CONFIG.n_mels, 2 * 8_000 // CONFIG.hop_length), np.float32)
    track = make_track(y, sr, level_db, CONFIG, label="tone", color="#E69F00")
    assert wav_format(track.wav) == (played, 2 * played)
    assert track.duration == 2.0


@pytest.mark.filterwarnings("ignore:Empty filters")  # bands that are narrower than a bin stay dark
@pytest.mark.parametrize(("sr", "shown"), [(1_000, 4_000), (16_000, 16_000), (768_000, 192_000)])
def test_a_picture_is_made_of_every_rate_that_is_read(sr: int, shown: int) -> None:
    """A rate of which no spectrogram is made is shown at the nearest one."""
    y = (0.1 * np.sin(2 * np.pi * 200 * np.arange(sr) / sr)).astype(np.float32)
    assert loaders.thumbnail(y, sr).startswith(b"\x89PNG")
    assert for_the_eye(sr).sr == shown
