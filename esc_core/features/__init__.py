"""Features that networks read: mel power and levelled waveforms, of one clip or of a whole data set on disk.

cache       arrays on disk that take time to compute
mel         waveform → mel power → model input
extraction  the mel power of a whole data set → one memory-mapped array
waveforms   a whole data set at one rate → one memory-mapped array; levelling of the active part
overview    statistics of a data set: level, silence and siblings by clip, category and fold
"""

from esc_core.features.extraction import cache_key, extract
from esc_core.features.mel import (
    LOG_FLOOR,
    active_frames,
    clip_mel_power,
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
