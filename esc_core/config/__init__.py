"""Settings as frozen dataclasses, the caps for untrusted input, and where things live on disk.

check       a rule and the value that broke it; types as JSON may bring them
paths       the shipped assets; the folder for all that is written at run time
features    how a waveform becomes what a network reads
training    everything that decides a training run
limits      the caps for sound files that come from outside
"""

from esc_core.config.check import require
from esc_core.config.features import CLIP_SECONDS, FeatureConfig
from esc_core.config.limits import AudioLimits
from esc_core.config.paths import ASSETS_DIR, esc_home
from esc_core.config.training import BALANCES, DTYPES, MEL_CHAIN, WAVE_CHAIN, TrainConfig

__all__ = [
    "ASSETS_DIR",
    "BALANCES",
    "CLIP_SECONDS",
    "DTYPES",
    "MEL_CHAIN",
    "WAVE_CHAIN",
    "AudioLimits",
    "FeatureConfig",
    "TrainConfig",
    "esc_home",
    "require",
]
