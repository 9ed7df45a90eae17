"""Waveform → what networks read: mel spectrograms, levelled waveforms, and arrays on disk of a whole data set.

cache       arrays on disk that cost time to compute
mel         waveform → mel power; a whole data set → one memory-mapped array; mel power → model input
waveforms   a whole data set at one rate → one memory-mapped array; the active part at one level
overview    what a data set holds: level, silence and siblings by clip, category, fold
"""

from esc_core.features.mel import (
    LOG_FLOOR,
    active_frames,
    cache_key,
    clip_mel_power,
    extract,
    full_scale_power,
    level_mel,
    log_mel,
    log_mel_db,
    mel_power,
)

__all__ = [
    "LOG_FLOOR",
    "active_frames",
    "cache_key",
    "clip_mel_power",
    "extract",
    "full_scale_power",
    "level_mel",
    "log_mel",
    "log_mel_db",
    "mel_power",
]
