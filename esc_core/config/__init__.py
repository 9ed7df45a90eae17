"""Settings as frozen dataclasses, the limits for untrusted input, and the folders on disk.

check       the error for a rule that a value breaks; types of values from JSON
paths       the shipped assets; the folder for all that is written at run time
features    how a waveform becomes a mel spectrogram
training    everything that decides a training run
generator   everything that decides the training of a generator of sounds
limits      the limits for sound files from outside, and for data sets of one's own
environment  the settings of the server, by environment variable
"""

from esc_core.config.check import require
from esc_core.config.features import CLIP_SECONDS, FeatureConfig
from esc_core.config.generator import GENERATOR_CHAIN, GeneratorConfig
from esc_core.config.limits import CONTAINER_NAMES, CONTAINERS, SOUND_ENDINGS, AudioLimits, OwnLimits
from esc_core.config.paths import ASSETS_DIR, esc_home, home_fault, named_path
from esc_core.config.training import (
    BALANCES,
    DTYPES,
    FOLD_NUMBERS,
    MEL_CHAIN,
    WAVE_CHAIN,
    TrainConfig,
    former_names_replaced,
    usual_schedule,
)

__all__ = [
    "ASSETS_DIR",
    "BALANCES",
    "CLIP_SECONDS",
    "CONTAINERS",
    "CONTAINER_NAMES",
    "DTYPES",
    "FOLD_NUMBERS",
    "GENERATOR_CHAIN",
    "MEL_CHAIN",
    "SOUND_ENDINGS",
    "WAVE_CHAIN",
    "AudioLimits",
    "FeatureConfig",
    "GeneratorConfig",
    "OwnLimits",
    "TrainConfig",
    "esc_home",
    "former_names_replaced",
    "home_fault",
    "named_path",
    "require",
    "usual_schedule",
]
